package schema

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/sluicedata/sluice/validate/jsonscan"
)

// Problem is one thing wrong with a schema.
type Problem struct {
	// URI of the document, and JSON Pointer in it.
	URI, Pointer string
	// Line and Column begin at 1; columns count bytes.
	Line, Column int
	// What is wrong, and how to Mend it.
	What, Mend string
}

// maxProblems bounds what one load reports.
const maxProblems = 100

// problem notes what is wrong at a token; the first note at a token stands.
func (l *loader) problem(d *document, at int, what, mend string) {
	l.problemAt(d, at, 0, what, mend)
}

// problemAt is problem for a byte of the token's content.
func (l *loader) problemAt(d *document, at, offset int, what, mend string) {
	key := place{d, at}
	if l.noted[key] || len(l.problems) >= maxProblems {
		return
	}
	l.noted[key] = true
	p := Problem{URI: d.uri, Pointer: d.pointer(0, at), What: what, Mend: mend}
	start := 0
	if at < len(d.view.Tokens) {
		start = int(d.view.Tokens[at].Start)
		if k := d.view.Tokens[at].Kind; k == jsonscan.String && offset == 0 {
			start-- // the quote
		}
	}
	p.Line, p.Column = lineColumn(d.data, start+offset)
	l.problems = append(l.problems, p)
}

func lineColumn(data []byte, offset int) (line, column int) {
	before := data[:min(offset, len(data))]
	return bytes.Count(before, []byte("\n")) + 1, len(before) - bytes.LastIndexByte(before, '\n')
}

// sortProblems orders problems by document, as they were loaded, and place.
func (l *loader) sortProblems() {
	rank := map[string]int{}
	for i, d := range l.order {
		if _, ok := rank[d.uri]; !ok {
			rank[d.uri] = i
		}
	}
	slices.SortStableFunc(l.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(rank[a.URI], rank[b.URI]), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// pointer returns the JSON pointer from a value to one inside it.
func (d *document) pointer(from, to int) string {
	var b strings.Builder
	v := d.view
	for i := from; i != to && i < len(v.Tokens); {
		k := &v.Tokens[i]
		found := false
		switch k.Kind {
		case jsonscan.Object:
			for j := i + 1; j < int(k.Link); j = v.Next(j + 1) {
				if to == j || to < v.Next(j+1) {
					b.WriteByte('/')
					b.WriteString(EscapePointer(string(v.Text(j, nil))))
					i, found = j+1, to != j
					break
				}
			}
		case jsonscan.Array:
			n := 0
			for j := i + 1; j < int(k.Link); j = v.Next(j) {
				if to < v.Next(j) {
					b.WriteByte('/')
					b.WriteString(strconv.Itoa(n))
					i, found = j, true
					break
				}
				n++
			}
		default:
		}
		if !found {
			break
		}
	}
	return b.String()
}

// EscapePointer returns a name as a token of a JSON pointer (RFC 6901).
func EscapePointer(name string) string {
	if !strings.ContainsAny(name, "~/") {
		return name
	}
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
