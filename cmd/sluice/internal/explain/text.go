package explain

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text writes explanations for people. Color marks what matters on a terminal.
type Text struct {
	W     io.Writer
	Color bool
}

const (
	bold  = "1"
	red   = "31"
	green = "32"
	faint = "2"
)

func (t *Text) paint(code, text string) string {
	if !t.Color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (t *Text) field(name, format string, args ...any) {
	fmt.Fprintf(t.W, "%s %s\n", t.paint(bold, fmt.Sprintf("%-11s", name)), fmt.Sprintf(format, args...))
}

// Print writes an explanation.
func (t *Text) Print(e *Explanation) {
	key := "no key"
	if e.Key != "" {
		key = fmt.Sprintf("key %q", clip(e.Key))
	}
	t.field("record", "of %s, %s, %d bytes", e.Topic, key, e.Bytes)
	if l := e.Letter; l != nil {
		const form = "2006-01-02T15:04:05.000Z"
		t.field("dead letter", "%s for %s, attempt %d, failed %s", l.Reason, l.Product, l.Attempt, l.FailedAt.Format(form))
		fmt.Fprintf(t.W, "            %s\n", l.Message)
		t.field("origin", "%s of %s", l.Origin, l.Stamp.Format(form))
	}
	t.product(e)
	t.verdict(e)
	if e.Accepted() || e.isNull {
		return
	}
	switch {
	case len(e.Violations) > 0:
		fmt.Fprintln(t.W)
		t.record(e)
	case e.Message != "":
		fmt.Fprintln(t.W)
		t.raw(e)
	}
	if n := e.Total - len(e.Violations); n > 0 && len(e.Violations) > 0 {
		fmt.Fprintf(t.W, "\nand %d more violations\n", n)
	}
}

func (t *Text) product(e *Explanation) {
	switch {
	case len(e.Asked) == 0:
		t.field("product", "%s, as you say", e.Product)
	case e.matched:
		t.field("product", "%s", e.Product)
	default:
		t.field("product", "none takes it")
	}
	width := 0
	for _, a := range e.Asked {
		width = max(width, utf8.RuneCountInString(a.Product))
	}
	for _, a := range e.Asked {
		sign := t.paint(faint, "-")
		if a.Takes {
			sign = t.paint(green, "+")
		}
		fmt.Fprintf(t.W, "  %s %-*s  %s\n", sign, width, a.Product, a.Why)
	}
}

func (t *Text) verdict(e *Explanation) {
	switch {
	case e.Accepted():
		t.field("verdict", "%s, to %s", t.paint(green, "accepted"), e.To)
		return
	case e.To == "":
		t.field("verdict", "%s: %s", t.paint(red, "dropped"), e.Reason)
		return
	}
	text := ""
	switch {
	case e.Total == 1:
		text = ": 1 violation of " + e.Schema
	case e.Total > 1:
		text = fmt.Sprintf(": %d violations of %s", e.Total, e.Schema)
	case e.Message != "":
		text = ": " + e.Message
	}
	t.field("verdict", "%s, to %s%s", t.paint(red, "dead letter, "+e.Reason), e.To, text)
}

// margin is how many lines around a violation are shown of a long record.
const (
	margin    = 3
	longLines = 60
)

// record prints the record with carets below each violation.
func (t *Text) record(e *Explanation) {
	list := slices.Clone(e.Violations)
	slices.SortStableFunc(list, func(a, b Violation) int { return cmp.Compare(a.Line, b.Line) })
	shown := make([]bool, len(e.lines)+1)
	for i := range shown {
		shown[i] = len(e.lines) <= longLines
	}
	for _, v := range list {
		for i := max(1, v.Line-margin); i <= min(len(e.lines), v.Line+margin); i++ {
			shown[i] = true
		}
	}
	gap := false
	for n, line := range e.lines {
		if !shown[n+1] {
			if !gap {
				fmt.Fprintln(t.W, t.paint(faint, "   ..."))
			}
			gap = true
			continue
		}
		gap = false
		fmt.Fprintf(t.W, "%s %s\n", t.paint(faint, fmt.Sprintf("%4d |", n+1)), line)
		for _, v := range list {
			if v.Line == n+1 {
				t.violation(&v)
			}
		}
	}
}

func (t *Text) violation(v *Violation) {
	bar := t.paint(faint, "     |")
	indent := strings.Repeat(" ", v.Column-1)
	width := min(max(v.width, 1), 40)
	fmt.Fprintf(t.W, "%s %s%s\n", bar, indent, t.paint(red, strings.Repeat("^", width)+" "+v.Keyword+": "+v.Message))
	if v.Spot != nil {
		fmt.Fprintf(t.W, "%s %s%s\n", bar, indent, t.paint(faint, fmt.Sprintf("%s:%d:%d: %s", v.Spot.File, v.Spot.Line, v.Spot.Column, clip(v.Spot.Text))))
	}
}

// around is how many bytes of a text are shown on each side of an offset.
const around = 60

// raw shows where a value that cannot be read goes wrong.
func (t *Text) raw(e *Explanation) {
	at := min(max(e.Offset-e.before, 0), len(e.doc))
	from := max(0, at-around)
	if i := bytes.LastIndexByte(e.doc[from:at], '\n'); i >= 0 {
		from += i + 1
	}
	to := min(len(e.doc), at+around)
	if i := bytes.IndexByte(e.doc[at:to], '\n'); i >= 0 {
		to = at + i
	}
	line := bytes.Count(e.doc[:at], []byte("\n")) + 1
	before := Printable(e.doc[from:at])
	fmt.Fprintf(t.W, "%s %s\n", t.paint(faint, fmt.Sprintf("%4d |", line)), before+Printable(e.doc[at:to]))
	fmt.Fprintf(t.W, "%s %s%s\n", t.paint(faint, "     |"), strings.Repeat(" ", utf8.RuneCountInString(before)),
		t.paint(red, fmt.Sprintf("^ byte %d: %s", e.Offset, e.Message)))
}

// Printable puts a dot in the place of what a terminal would not show, or obey.
func Printable(text []byte) string {
	var b strings.Builder
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if r == utf8.RuneError && n == 1 || !unicode.IsPrint(r) {
			r = '·'
		}
		b.WriteRune(r)
		text = text[n:]
	}
	return b.String()
}
