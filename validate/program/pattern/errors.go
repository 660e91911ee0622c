package pattern

import "fmt"

// Error says why an expression cannot be used.
type Error struct {
	// Offset is the byte of the expression where the trouble begins.
	Offset int
	// What is wrong there.
	What string
	// Mend says how to mend it; it may be empty.
	Mend string
	// Unsupported: the expression is one of ECMA-262 but not of ours, because
	// it asks for backtracking, for tables that we lack, or for too much.
	Unsupported bool
}

// Error returns the three parts in one line.
func (e *Error) Error() string {
	if e.Mend == "" {
		return fmt.Sprintf("byte %d of the pattern: %s", e.Offset, e.What)
	}
	return fmt.Sprintf("byte %d of the pattern: %s: %s", e.Offset, e.What, e.Mend)
}

// wrong returns the error of an expression that is none of ECMA-262.
func wrong(offset int, format string, args ...any) *Error {
	return &Error{Offset: offset, What: fmt.Sprintf(format, args...)}
}

// refuse returns the error of an expression that is not supported.
func refuse(offset int, format string, args ...any) *Error {
	return &Error{Offset: offset, What: fmt.Sprintf(format, args...), Unsupported: true}
}

// mend adds the advice to e and returns it.
func (e *Error) mend(advice string) *Error {
	e.Mend = advice
	return e
}
