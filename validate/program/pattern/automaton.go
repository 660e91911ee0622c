package pattern

import "unicode/utf8"

// automaton is a deterministic automaton over classes of characters. All
// characters of a class take the program from which it was built to the same
// places, so that a table of states by classes is small; ASCII finds its
// class by index, other characters by binary search.
//
// A state is the offset of its row in the table. Row 0 is the dead end and
// row 1 the match; both are final. The last class of each row is the end of
// the string, and leads to one of the two.
type automaton struct {
	ascii   [utf8.RuneSelf]uint8
	first   []rune  // where spans of equal class begin, from RuneSelf on
	class   []uint8 // of each span
	width   uint16  // of a row: the number of classes
	start   uint16
	outcome []uint16
}

// match reports whether the automaton accepts s. Invalid UTF-8 counts as
// U+FFFD, byte by byte, as it does for package regexp.
func (a *automaton) Match(s []byte) bool {
	table, state, accept := a.outcome, a.start, a.width
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			state = table[int(state)+int(a.ascii[c])]
			i++
		} else {
			r, size := utf8.DecodeRune(s[i:])
			state = table[int(state)+int(a.classOf(r))]
			i += size
		}
		if state <= accept {
			return state == accept
		}
	}
	return state == accept || state > accept && table[int(state)+int(accept)-1] == accept
}

// classOf returns the class of a character beyond ASCII.
func (a *automaton) classOf(r rune) uint8 {
	lo, hi := 0, len(a.first)
	for hi-lo > 1 {
		if m := int(uint(lo+hi) >> 1); a.first[m] <= r {
			lo = m
		} else {
			hi = m
		}
	}
	return a.class[lo]
}
