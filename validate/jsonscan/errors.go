package jsonscan

import "fmt"

// ErrorKind says why a document was refused.
type ErrorKind uint8

// The kinds of errors. The zero ErrorKind is none.
const (
	// Syntax: not one JSON text as RFC 8259 writes it.
	Syntax ErrorKind = iota + 1
	// UTF8: bytes or escapes that are not Unicode text.
	UTF8
	// Duplicate: an object names a property twice.
	Duplicate
	// Limit: the document is over one of Limits.
	Limit
)

// String returns the kind in lower case.
func (k ErrorKind) String() string {
	switch k {
	case Syntax:
		return "syntax"
	case UTF8:
		return "utf-8"
	case Duplicate:
		return "duplicate name"
	case Limit:
		return "limit"
	default:
		return "none"
	}
}

// Error is the error of Scan. It holds nothing of the document's content.
type Error struct {
	Kind ErrorKind
	// Offset is the byte at which the document was refused.
	Offset int
	// Message is a constant text, such as "expected a colon".
	Message string
}

// Error returns the message and the offset.
func (e *Error) Error() string {
	return fmt.Sprintf("%s at byte %d", e.Message, e.Offset)
}

// Limits bound a document. A zero field is no limit; documents of 2 GiB and
// more are refused all the same.
type Limits struct {
	Bytes    int // size of the document
	Depth    int // nesting of containers: [[]] is 2
	Values   int // values, names not counted
	Digits   int // digits of a number before its exponent
	Exponent int // absolute value of a number's exponent
	// AllowDuplicates accepts objects that name a property more than once. Only
	// the last of each name comes onto the tape.
	AllowDuplicates bool
}

// The messages, kept together so that they read alike.
const (
	msgEmpty      = "no JSON value"
	msgBOM        = "starts with a byte order mark; JSON texts must not"
	msgUTF16      = "starts like UTF-16; JSON texts are UTF-8"
	msgTrailing   = "more bytes follow the JSON value"
	msgEnd        = "ends in the middle of a JSON value"
	msgValue      = "expected a JSON value"
	msgName       = "expected a property name in double quotes"
	msgNameComma  = "expected a property name behind the comma"
	msgColon      = "expected a colon behind the property name"
	msgObjectNext = "expected a comma or a closing brace"
	msgArrayNext  = "expected a comma or a closing bracket"
	msgControl    = "control character in a string; it must be escaped"
	msgEscape     = "unknown escape in a string"
	msgHex        = "a \\u escape needs four hexadecimal digits"
	msgSurrogate  = "a \\u escape is half of a surrogate pair"
	msgUTF8       = "invalid UTF-8"
	msgNumber     = "expected a digit in a number"
	msgZero       = "a number starts with a superfluous zero"
	msgDuplicate  = "an object names a property twice"

	msgLimitBytes    = "the document is over the size limit"
	msgLimitDepth    = "the document is nested deeper than the limit"
	msgLimitValues   = "the document holds more values than the limit"
	msgLimitDigits   = "a number has more digits than the limit"
	msgLimitExponent = "a number's exponent is over the limit"
)
