package jsonscan

import (
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// plain returns the offset of the first byte at or behind i that needs a look.
// It may be len(doc).
func plain(doc []byte, i int) int {
	// NOTE: two words a turn; one takes a quarter longer over long strings.
	for i+16 <= len(doc) {
		m, m2 := special(load(doc, i)), special(load(doc, i+8))
		if m|m2 != 0 {
			return i + markedOf16(m, m2)
		}
		i += 16
	}
	if i+8 <= len(doc) {
		if m := special(load(doc, i)); m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
		i += 8
	}
	for i < len(doc) {
		if c := doc[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			break
		}
		i++
	}
	return i
}

// markedOf16 returns the index of the first byte marked in two words, 16 where
// none is.
func markedOf16(m, m2 uint64) int {
	if m != 0 {
		return bits.TrailingZeros64(m) >> 3
	}
	return 8 + bits.TrailingZeros64(m2)>>3
}

// text reads the rest of a string from i on and returns the offset of its
// closing quote.
//
// NOTE: runes are tested as a masked word, not byte by byte, and in one loop
// with the text between them. The masks read, in the order of the bytes,
// 110xxxxx 10xxxxxx and so on; the bits in the second tests are those of which
// some must be set (else the encoding is overlong) or not together (surrogates,
// above U+10FFFF).
func text(doc []byte, i int) (int, Flags, *Error) {
	var flags Flags
	for i+8 <= len(doc) {
		w := load(doc, i)
		switch {
		case w&0x80 == 0:
			m := special(w)
			if m == 0 {
				i = plain(doc, i+8)
				continue
			}
			at := bits.TrailingZeros64(m) &^ 7
			i += at >> 3
			switch c := byte(w >> (at & 63)); {
			case c == '"':
				return i, flags, nil
			case c == '\\':
				n, e := escape(doc, i)
				if e != nil {
					return 0, 0, e
				}
				i += n
				flags |= Escaped
			case c < ' ':
				return 0, 0, &Error{Syntax, i, msgControl}
			}
			continue
		case w&0xC0C0F0 == 0x8080E0:
			if some := w & 0x200F; some == 0 || some == 0x200D {
				return 0, 0, &Error{UTF8, i, msgUTF8}
			}
			i += 3
		case w&0xC0E0 == 0x80C0:
			if w&0x1E == 0 {
				return 0, 0, &Error{UTF8, i, msgUTF8}
			}
			i += 2
		case w&0xC0C0C0F8 == 0x808080F0:
			if some := w & 0x3007; some == 0 || some&0x4 != 0 && some != 0x4 {
				return 0, 0, &Error{UTF8, i, msgUTF8}
			}
			i += 4
		default:
			return 0, 0, &Error{UTF8, i, msgUTF8}
		}
		flags |= NonASCII
	}
	return lastText(doc, i, flags)
}

// lastText is text for the last bytes of the document.
func lastText(doc []byte, i int, flags Flags) (int, Flags, *Error) {
	for i < len(doc) {
		n := 1
		switch c := doc[i]; {
		case c == '"':
			return i, flags, nil
		case c == '\\':
			var e *Error
			if n, e = escape(doc, i); e != nil {
				return 0, 0, e
			}
			flags |= Escaped
		case c < ' ':
			return 0, 0, &Error{Syntax, i, msgControl}
		case c >= utf8.RuneSelf:
			if n = runeLen(doc, i); n == 0 {
				return 0, 0, &Error{UTF8, i, msgUTF8}
			}
			flags |= NonASCII
		}
		i += n
	}
	return 0, 0, &Error{Syntax, i, msgEnd}
}

// runeLen returns the length of the encoded rune above 0x7F at i, 0 where the
// bytes are none (Unicode 15, table 3-7).
func runeLen(doc []byte, i int) int {
	b := doc[i:]
	switch c := b[0]; {
	case c < 0xC2:
		return 0
	case c < 0xE0:
		if len(b) >= 2 && b[1]&0xC0 == 0x80 {
			return 2
		}
	case c < 0xF0:
		if len(b) < 3 || b[1]&0xC0 != 0x80 || b[2]&0xC0 != 0x80 ||
			c == 0xE0 && b[1] < 0xA0 || // overlong
			c == 0xED && b[1] > 0x9F { // surrogate
			return 0
		}
		return 3
	case c < 0xF5:
		if len(b) < 4 || b[1]&0xC0 != 0x80 || b[2]&0xC0 != 0x80 || b[3]&0xC0 != 0x80 ||
			c == 0xF0 && b[1] < 0x90 || // overlong
			c == 0xF4 && b[1] > 0x8F { // above U+10FFFF
			return 0
		}
		return 4
	}
	return 0
}

var simpleEscape = [256]bool{'"': true, '\\': true, '/': true, 'b': true, 'f': true, 'n': true, 'r': true, 't': true}

// escape returns the length of the escape that begins with the backslash at i;
// both halves of a surrogate pair are one.
func escape(doc []byte, i int) (int, *Error) {
	if i+1 >= len(doc) {
		return 0, &Error{Syntax, len(doc), msgEnd}
	}
	if c := doc[i+1]; c != 'u' {
		if !simpleEscape[c] {
			return 0, &Error{Syntax, i, msgEscape}
		}
		return 2, nil
	}
	r, ok := hex4(doc, i+2)
	if !ok {
		return 0, &Error{Syntax, i, msgHex}
	}
	if !utf16.IsSurrogate(r) {
		return 6, nil
	}
	if i+12 <= len(doc) && doc[i+6] == '\\' && doc[i+7] == 'u' {
		if low, ok := hex4(doc, i+8); ok && utf16.DecodeRune(r, low) != utf8.RuneError {
			return 12, nil
		}
	}
	return 0, &Error{UTF8, i, msgSurrogate}
}

func hex4(doc []byte, i int) (rune, bool) {
	if i+4 > len(doc) {
		return 0, false
	}
	var r rune
	for _, c := range doc[i : i+4] {
		switch {
		case c-'0' <= 9:
			c -= '0'
		case c|0x20-'a' <= 5:
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// Unescape appends the content of a scanned string to dst: raw with its
// escapes resolved. What raw holds must have passed a scan.
func Unescape(dst, raw []byte) []byte {
	for i := 0; i < len(raw); {
		c := raw[i]
		if c != '\\' || i+1 >= len(raw) {
			dst = append(dst, c)
			i++
			continue
		}
		switch c = raw[i+1]; c {
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 't':
			c = '\t'
		case 'u':
			r, _ := hex4(raw, i+2)
			i += 6
			if utf16.IsSurrogate(r) {
				low, _ := hex4(raw, i+2)
				r = utf16.DecodeRune(r, low)
				i += 6
			}
			dst = utf8.AppendRune(dst, r)
			continue
		}
		dst = append(dst, c)
		i += 2
	}
	return dst
}
