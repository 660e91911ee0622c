package program

import (
	"math"

	"github.com/sluicedata/sluice/validate/jsonscan"
)

// simple is a test that most valid values pass by their token and first byte
// alone: strings of which only the length is asked, and numbers between bounds. It
// says nothing of values that do not pass it. The zero simple passes none.
//
// NOTE: it spares half of the values in records a call or two.
type simple struct {
	low, span   uint32         // the size is from low to low+span
	types       jsonscan.Types // the type is one of these
	flags       jsonscan.Flags // none of these is set
	first, most byte           // the first byte is from first to first+most
}

// passes reports whether the value passes.
func (s *simple) passes(doc []byte, v *jsonscan.Token) bool {
	return v.Type&s.types != 0 && v.N-s.low <= s.span && v.Flags&s.flags == 0 && doc[v.Start]-s.first <= s.most
}

// simplest returns the test of a node whose other fields are settled.
func (n *node) simplest() simple {
	if c := n.quick; c != nil && c.only == onlyLength && c.min <= c.max && c.min <= math.MaxInt32 {
		s := simple{types: jsonscan.TypeString, low: uint32(c.min), span: uint32(min(c.max-c.min, math.MaxInt32)), most: math.MaxUint8}
		if c.min > 1 {
			// A code point may be written with more than one byte.
			s.flags = jsonscan.Escaped | jsonscan.NonASCII
		}
		return s
	}
	c := n.ints
	if c == nil || c.easy == 0 {
		return simple{}
	}
	s := simple{types: jsonscan.TypeInt, low: 1, span: c.easy - 1, first: '1', most: '9' - '1'}
	if n.onlyNum && c.positive && c.places == math.MaxInt {
		s.types |= jsonscan.TypeNumber
		s.flags = jsonscan.Exponent
	}
	return s
}
