package main

import (
	"os"
	"strings"
	"testing"
)

// TestColors are shown on a terminal alone, and never where NO_COLOR is set.
func TestColors(t *testing.T) {
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil || !isTerminal(terminal) {
		t.Skipf("no terminal can be had: %v", err)
	}
	defer terminal.Close()
	f := func(want bool, noColor, term string) {
		t.Helper()
		t.Setenv("NO_COLOR", noColor)
		t.Setenv("TERM", term)
		if got := strings.Contains(colorsOf(terminal).red("x"), "\x1b"); got != want {
			t.Errorf("NO_COLOR=%q TERM=%q: colors %t", noColor, term, got)
		}
	}
	f(true, "", "xterm")
	f(false, "1", "xterm")
	f(false, "", "dumb")
	if text := colorsOf(new(output)).green("x"); text != "x" {
		t.Errorf("%q in a buffer", text)
	}
}
