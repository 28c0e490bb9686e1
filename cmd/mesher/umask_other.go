//go:build !unix

package main

// privateFiles has nothing to set here: files take the permissions of their folder.
func privateFiles() {}
