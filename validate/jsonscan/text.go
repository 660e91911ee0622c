package jsonscan

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
)

// special marks, by the high bit of each byte, the first byte of w that needs
// a look: a quote, a backslash, a control character, a byte above 0x7F. Bytes
// behind the first may be marked wrongly (borrows run upwards).
//
// The usual test for a zero byte, (v-low)&^v&high, needs no &^v here: where
// v's high bit is set w is marked anyway.
func special(w uint64) uint64 {
	quote := (w ^ '"'*lowBits) - lowBits
	slash := (w ^ '\\'*lowBits) - lowBits
	control := w - ' '*lowBits
	return (quote | slash | control | w) & highBits
}

// plain returns the offset of the first byte at or behind i that needs a look.
// It may be len(doc). The flags are those of a string that ends there.
func plain(doc []byte, i int) (int, Flags) {
	for i+8 <= len(doc) {
		if m := special(binary.LittleEndian.Uint64(doc[i:])); m != 0 {
			return i + bits.TrailingZeros64(m)>>3, 0
		}
		i += 8
	}
	for i < len(doc) {
		if c := doc[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			break
		}
		i++
	}
	return i, 0
}

// text reads the rest of a string from a byte that needs a look and returns
// the offset of its closing quote.
func text(doc []byte, i int) (int, Flags, *Error) {
	var flags Flags
	for i < len(doc) {
		switch c := doc[i]; {
		case c == '"':
			return i, flags, nil
		case c == '\\':
			flags |= Escaped
			n, e := escape(doc, i)
			if e != nil {
				return 0, 0, e
			}
			i += n
		case c < ' ':
			return 0, 0, &Error{Syntax, i, msgControl}
		case c < utf8.RuneSelf:
			i, _ = plain(doc, i)
			continue
		default:
			flags |= NonASCII
			n := runeLen(doc, i)
			if n == 0 {
				return 0, 0, &Error{UTF8, i, msgUTF8}
			}
			i += n
		}
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

// escape returns the length of the escape that begins with the backslash at i;
// both halves of a surrogate pair are one.
func escape(doc []byte, i int) (int, *Error) {
	if i+1 >= len(doc) {
		return 0, &Error{Syntax, len(doc), msgEnd}
	}
	switch doc[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2, nil
	case 'u':
	default:
		return 0, &Error{Syntax, i, msgEscape}
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
