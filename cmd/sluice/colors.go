package main

import (
	"io"
	"os"
)

// colors are escape sequences where people read on a terminal that shows them,
// and nothing elsewhere.
type colors bool

// colorsOf are the colors for what is written to w: none unless it is a
// terminal, and none where NO_COLOR is set (https://no-color.org).
func colorsOf(w io.Writer) colors {
	return colors(isTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb")
}

func (c colors) red(text string) string    { return c.paint("31", text) }
func (c colors) green(text string) string  { return c.paint("32", text) }
func (c colors) yellow(text string) string { return c.paint("33", text) }

func (c colors) paint(code, text string) string {
	if !c {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
