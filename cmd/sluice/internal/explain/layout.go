package explain

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sluicedata/sluice/validate/jsonscan"
)

// mostText is how much of a text is shown, in characters.
const mostText = 120

// clip shortens a text for a line of the terminal.
func clip(text string) string {
	if utf8.RuneCountInString(text) <= mostText {
		return text
	}
	n := 0
	for i := range text {
		if n == mostText {
			return text[:i] + "…"
		}
		n++
	}
	return text
}

// mark is where a value stands in a layout: line and column from 1, in
// characters, and how wide what stands there is.
type mark struct{ line, column, width int }

// layout is a record printed for people, and where its values are.
type layout struct {
	tape  *jsonscan.Tape
	lines []string
	b     strings.Builder // the line that is being written
	marks map[string]mark // by JSON pointer; only those that are asked for
}

// lay prints a document and notes where the values at pointers are. It is nil
// if the document is not JSON.
func lay(doc []byte, pointers map[string]bool) *layout {
	tape := new(jsonscan.Tape)
	if tape.Scan(doc, jsonscan.Limits{AllowDuplicates: true}) != nil {
		return nil
	}
	l := &layout{tape: tape, marks: make(map[string]mark)}
	for pointer := range pointers {
		l.marks[pointer] = mark{}
	}
	l.value(0, "", 0)
	l.end()
	return l
}

func (l *layout) end() {
	l.lines = append(l.lines, l.b.String())
	l.b.Reset()
}

func (l *layout) begin(depth int) { l.b.WriteString(strings.Repeat("  ", depth)) }

// value prints the value at a token.
func (l *layout) value(i int, pointer string, depth int) {
	column := utf8.RuneCountInString(l.b.String()) + 1
	line := len(l.lines) + 1
	token := &l.tape.Tokens()[i]
	switch token.Kind {
	case jsonscan.Object, jsonscan.Array:
		l.container(i, pointer, depth)
		l.mark(pointer, mark{line, column, 1})
		return
	case jsonscan.String:
		l.b.WriteString(quoted(l.tape.Raw(i)))
	case jsonscan.Number:
		l.b.WriteString(clip(string(l.tape.Raw(i))))
	case jsonscan.True:
		l.b.WriteString("true")
	case jsonscan.False:
		l.b.WriteString("false")
	default:
		l.b.WriteString("null")
	}
	l.mark(pointer, mark{line, column, utf8.RuneCountInString(l.b.String()) + 1 - column})
}

func (l *layout) mark(pointer string, m mark) {
	if _, asked := l.marks[pointer]; asked {
		l.marks[pointer] = m
	}
}

// quoted is a string as the record writes it, shortened and printable: JSON
// need not escape all that a terminal obeys.
func quoted(raw []byte) string { return `"` + clip(Printable(raw)) + `"` }

var escaper = strings.NewReplacer("~", "~0", "/", "~1")

func (l *layout) container(i int, pointer string, depth int) {
	tokens := l.tape.Tokens()
	open, shut := "{", "}"
	if tokens[i].Kind == jsonscan.Array {
		open, shut = "[", "]"
	}
	l.b.WriteString(open)
	after := l.tape.Next(i)
	n := 0
	for at := i + 1; at < after; n++ {
		if n > 0 {
			l.b.WriteByte(',')
		}
		l.end()
		l.begin(depth + 1)
		name := strconv.Itoa(n)
		if tokens[at].Kind == jsonscan.Name {
			name = escaper.Replace(string(l.tape.Text(at, nil)))
			l.b.WriteString(quoted(l.tape.Raw(at)) + ": ")
			at++
		}
		l.value(at, pointer+"/"+name, depth+1)
		at = l.tape.Next(at)
	}
	if n > 0 {
		l.end()
		l.begin(depth)
	}
	l.b.WriteString(shut)
}
