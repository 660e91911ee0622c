// Package progress draws how far a long command is: one line of a terminal,
// written again and again.
package progress

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

const (
	// every is how often the line is drawn anew.
	every = 200 * time.Millisecond
	// cells of the bar.
	cells = 24
)

// State is how far the command is.
type State struct {
	// Done, of Total; Total 0 is not known.
	Done, Total int64
	// Unit words an amount of them; Bytes is one.
	Unit func(amount float64) string
	// Note stands at the end of the line.
	Note string
}

// Bar is the line. A nil Bar draws nothing.
type Bar struct {
	w       io.Writer
	now     func() time.Time
	columns func() int
	started time.Time
	drawn   time.Time
}

// New returns a Bar on w, or nil if w is no terminal that can draw it.
func New(w io.Writer) *Bar {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) || os.Getenv("TERM") == "dumb" {
		return nil
	}
	return newBar(w, time.Now, func() int {
		columns, _, err := term.GetSize(int(f.Fd()))
		if err != nil || columns <= 0 { // some terminals do not know
			return 80
		}
		return columns
	})
}

func newBar(w io.Writer, now func() time.Time, columns func() int) *Bar {
	return &Bar{w: w, now: now, columns: columns, started: now()}
}

// Update draws the line, unless it has just been drawn. State is asked for only
// when it is.
func (b *Bar) Update(state func() State) {
	if b == nil {
		return
	}
	now := b.now()
	if now.Sub(b.drawn) < every {
		return
	}
	b.drawn = now
	line := state().line(now.Sub(b.started))
	if most := b.columns() - 1; len(line) > most {
		line = line[:max(most, 0)]
	}
	fmt.Fprint(b.w, "\r"+line+"\x1b[K")
}

// Clear removes the line, for what is written next.
func (b *Bar) Clear() {
	if b != nil && !b.drawn.IsZero() {
		fmt.Fprint(b.w, "\r\x1b[K")
	}
}

// line is plain ASCII, so that its bytes are its columns.
func (s State) line(since time.Duration) string {
	rate := 0.0
	if since > 0 {
		rate = float64(s.Done) / since.Seconds()
	}
	var parts []string
	if s.Total > 0 {
		full := min(int(s.Done*cells/s.Total), cells)
		parts = append(parts, fmt.Sprintf("[%s%s] %3d%%", strings.Repeat("#", full), strings.Repeat("-", cells-full), min(s.Done*100/s.Total, 100)))
	} else {
		parts = append(parts, s.Unit(float64(s.Done)))
	}
	parts = append(parts, s.Unit(rate)+"/s")
	if s.Total > 0 && rate > 0 {
		left := time.Duration(float64(max(s.Total-s.Done, 0)) / rate * float64(time.Second))
		parts = append(parts, left.Round(time.Second).String()+" left")
	}
	return strings.Join(append(parts, s.Note), "  ")
}

// Bytes words an amount of bytes.
func Bytes(n float64) string {
	for _, unit := range []string{"B", "kB", "MB"} {
		if n < 1000 {
			return fmt.Sprintf("%.3g %s", n, unit)
		}
		n /= 1000
	}
	return fmt.Sprintf("%.3g GB", n)
}
