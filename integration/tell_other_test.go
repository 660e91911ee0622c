//go:build !linux

package integration

// tellTheGoCommand has no way to the terminal here: use go test -v.
func tellTheGoCommand(string) {}
