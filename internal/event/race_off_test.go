//go:build !race

package event

const underRace = false
