package format

import (
	"encoding/binary"
	"math/bits"
)

// Eight bytes at a time: the helpers below look at a word of text at once.
// Bytes above 0x7F must be ruled out by the caller, then no sum carries into
// the next byte.

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

func word(s []byte) uint64 { return binary.LittleEndian.Uint64(s) }

// hexWord reports whether all bytes of w are hexadecimal digits.
func hexWord(w uint64) bool {
	digit := w ^ '0'*ones                 // 0 to 9
	letter := (w | 0x20*ones) ^ 0x60*ones // 1 to 6, of either case
	noDigit := digit + (0x7F-9)*ones      // high bit: more than 9
	noLetter := letter + (0x7F-6)*ones    // high bit: more than 6
	isLetter := letter + 0x7F*ones        // high bit: not 0
	return (w|noDigit&(noLetter|^isLetter))&highs == 0
}

// shaped reports whether w has decimal digits where shape has '0', and shape's
// bytes elsewhere; most holds 9 and 0 for the two, by byte.
func shaped(w, shape, most uint64) bool {
	x := w ^ shape
	return (x|(x+0x7F*ones-most))&highs == 0
}

// plainRun returns the index at or behind i of the first byte of s that is no
// letter, digit or one of - . / and _, which nearly all URIs consist of.
func plainRun(s []byte, i int) int {
	for i+8 <= len(s) {
		if other := notPlain(word(s[i:])); other != 0 {
			return i + bits.TrailingZeros64(other)>>3
		}
		i += 8
	}
	if rest := len(s) - 8; rest >= 0 && i < len(s) {
		// The last eight bytes again, some of which are known to be plain.
		other := notPlain(word(s[rest:])) >> (8 * (i - rest) & 63)
		return min(i+bits.TrailingZeros64(other)>>3, len(s))
	}
	for i < len(s) && plainBytes[s[i]] {
		i++
	}
	return i
}

// notPlain marks by their high bits the bytes of w that are not plain.
func notPlain(w uint64) uint64 {
	lower := w | 0x20*ones
	marks := (w + (0x80-'-')*ones) &^ (w + (0x7F-'9')*ones) // - to 9
	letters := (lower + (0x80-'a')*ones) &^ (lower + (0x7F-'z')*ones)
	line := (w ^ '_'*ones) + 0x7F*ones // high bit: another byte
	return (^(marks|letters)&line | w) & highs
}

var plainBytes = newByteSet("-./_")
