// Package storetest is the behaviour that every implementation of the ports of
// internal/store must show, as suites to be run on each database.
package storetest
