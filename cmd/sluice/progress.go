package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"github.com/sluicedata/sluice/cmd/sluice/internal/pipe"
)

// progress is a line on the terminal that counts, unless the records
// themselves go there.
func progress(stderr, stdout io.Writer) func(pipe.Summary) {
	terminal := func(w io.Writer) bool {
		f, ok := w.(*os.File)
		return ok && term.IsTerminal(int(f.Fd()))
	}
	if !terminal(stderr) || terminal(stdout) {
		return nil
	}
	var last time.Time
	return func(s pipe.Summary) {
		if now := time.Now(); now.Sub(last) > 200*time.Millisecond {
			last = now
			fmt.Fprintf(stderr, "\r%d records, %d bad, %.1f MB\x1b[K\r", s.Good+s.Bad, s.Bad, float64(s.Bytes)/1e6)
		}
	}
}
