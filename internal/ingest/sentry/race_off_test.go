//go:build !race

package sentry

const underRace = false
