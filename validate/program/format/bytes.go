package format

import "unicode/utf8"

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isAlpha(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isAlnum(c byte) bool { return isDigit(c) || isAlpha(c) }

func isHex(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

// isEscape reports whether s begins with a percent-encoded byte.
func isEscape(s []byte) bool {
	return len(s) >= 3 && s[0] == '%' && isHex(s[1]) && isHex(s[2])
}

// byteSet is a set of ASCII characters. NOTE: it has room for all bytes, so
// that looking one up needs no check.
type byteSet [256]bool

// newByteSet returns the set of letters, digits and others.
func newByteSet(others string) *byteSet {
	var set byteSet
	for c := range byte(utf8.RuneSelf) {
		set[c] = isAlnum(c)
	}
	for _, c := range []byte(others) {
		set[c] = true
	}
	return &set
}

func (set *byteSet) has(c byte) bool { return set[c] }
