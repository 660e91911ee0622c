package validate

import (
	"fmt"
	"strings"
)

// Problem is one thing wrong with a schema, with its place and its mend.
type Problem struct {
	// Location is the URI of the document, Pointer the JSON pointer in it.
	Location string
	Pointer  string
	// Line and Column begin at 1; columns count bytes.
	Line, Column int
	// What is wrong, and how to Mend it.
	What, Mend string
}

// String is location:line:column: #pointer: what: mend.
func (p Problem) String() string {
	return fmt.Sprintf("%s:%d:%d: #%s: %s: %s", p.Location, p.Line, p.Column, p.Pointer, p.What, p.Mend)
}

// Problems is everything that Compile found wrong, in the order of the
// documents. It is the error of Compile.
type Problems []Problem

// Error lists the problems, one a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}
