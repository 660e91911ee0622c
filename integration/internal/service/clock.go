package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Clock is a file by which a test moves the clock of a service that was built
// by BuildMovable.
type Clock struct{ file string }

// NewClock makes a clock that tells the time of this machine.
func NewClock(folder string) (*Clock, error) {
	c := &Clock{filepath.Join(folder, "clock")}
	return c, c.Set(0)
}

// Env is what the service must have in its environment.
func (c *Clock) Env() string { return "SLUICE_CLOCK=" + c.file }

// Set lets the clock go so much ahead of the machine's, or behind, within
// moments. Only the time of day moves: Go measures durations by another clock,
// as it does where the time of day is set by hand.
func (c *Clock) Set(ahead time.Duration) error {
	next := c.file + ".next"
	if err := os.WriteFile(next, fmt.Appendf(nil, "%d", int64(ahead/time.Second)), 0o600); err != nil {
		return err
	}
	return os.Rename(next, c.file)
}

const (
	// timeOffset becomes a file of the package time.
	timeOffset = `package time

import "sync/atomic"

// ClockOffset is added to the time of day, in seconds.
var ClockOffset atomic.Int64
`
	reads   = "\tsec, nsec, mono := runtimeNow()\n\tif mono == 0 {"
	moved   = "\tsec, nsec, mono := runtimeNow()\n\tsec += ClockOffset.Load()\n\tif mono == 0 {"
	watcher = `package main

import (
	"os"
	"strconv"
	"time"
)

func init() {
	file := os.Getenv("SLUICE_CLOCK")
	if file == "" {
		return
	}
	go func() {
		for {
			text, _ := os.ReadFile(file)
			if n, err := strconv.ParseInt(string(text), 10, 64); err == nil {
				time.ClockOffset.Store(n)
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
}
`
)

// BuildMovable builds the command with a clock that can be moved: the compiler
// is shown a time.Now that adds an offset, and a file of the command that reads
// it. The sources have neither.
func BuildMovable(ctx context.Context, root, folder, name string) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOROOT: %w", err)
	}
	pkg := filepath.Join(strings.TrimSpace(string(out)), "src", "time")
	now, err := os.ReadFile(filepath.Join(pkg, "time.go"))
	if err != nil {
		return "", err
	}
	if strings.Count(string(now), reads) != 1 {
		return "", errors.New("time.Now is not as expected in this version of Go: look how it reads the clock")
	}
	replace := make(map[string]string)
	for file, text := range map[string]string{
		filepath.Join(pkg, "time.go"):                     strings.Replace(string(now), reads, moved, 1),
		filepath.Join(pkg, "clock_offset.go"):             timeOffset,
		filepath.Join(root, "cmd", "sluice", "moving.go"): watcher,
	} {
		shown := filepath.Join(folder, name+"-"+filepath.Base(file))
		if err := os.WriteFile(shown, []byte(text), 0o600); err != nil {
			return "", err
		}
		replace[file] = shown
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	file := filepath.Join(folder, name+"-overlay.json")
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		return "", err
	}
	return build(ctx, root, filepath.Join(folder, name), "-overlay", file)
}
