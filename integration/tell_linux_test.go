package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// tellTheGoCommand writes to where the go command writes its errors. Without
// -v it throws away what the tests of a passing package print, on both of
// their outputs, so they have no other way to say what they left out.
func tellTheGoCommand(lines string) {
	parent := os.Getppid()
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", parent))
	if err != nil || strings.TrimSpace(string(name)) != "go" {
		return
	}
	if out, err := duplicate(parent, 2); err == nil {
		defer out.Close()
		_, _ = out.WriteString(lines) // nobody is left to be told of an error
		return
	}
	// A file that is opened anew would be written from its own position.
	path := filepath.Join("/proc", fmt.Sprint(parent), "fd", "2")
	if info, err := os.Stat(path); err != nil || info.Mode().IsRegular() {
		return
	}
	if out, err := os.OpenFile(path, os.O_WRONLY, 0); err == nil {
		defer out.Close()
		_, _ = out.WriteString(lines)
	}
}

// duplicate takes a file descriptor of another process, position and all.
// Kernels may forbid it.
func duplicate(pid, fd int) (*os.File, error) {
	process, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(process)
	n, err := unix.PidfdGetfd(process, fd, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(n), "stderr of go"), nil
}
