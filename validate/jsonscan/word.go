package jsonscan

import (
	"encoding/binary"
	"unsafe"
)

const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
)

// load returns the eight bytes of doc at i, the first one lowest. The caller
// has made sure that i+8 <= len(doc).
//
// NOTE: the one use of unsafe. doc[i:] costs two comparisons and a masked
// pointer at each load, which the compiler cannot prove away in a loop whose
// index moves by what it read: a fifth of a scan of octokit's webhooks, a third
// of one of long strings.
func load(doc []byte, i int) uint64 {
	p := unsafe.Add(unsafe.Pointer(unsafe.SliceData(doc)), i)
	return binary.LittleEndian.Uint64((*[8]byte)(p)[:])
}

// special marks, by the high bit of each byte, the first byte of w that needs
// a look: a quote, a backslash, a control character, a byte above 0x7F. Bytes
// behind the first may be marked wrongly (borrows run upwards).
//
// Flipping bit 1 brings the quote, 0x22, to 0x20 and the blank to 0x22, so that
// one comparison with 0x21 finds quotes and control characters. The usual test
// for a byte below a bound, (v-bound)&^v&high, needs no &^v here: where v's
// high bit is set w is marked anyway.
func special(w uint64) uint64 {
	quote := (w ^ 0x02*lowBits) - 0x21*lowBits
	slash := (w ^ '\\'*lowBits) - lowBits
	return (quote | slash | w) & highBits
}

// notDigit marks, as special does, the first byte of w that is no digit.
func notDigit(w uint64) uint64 {
	v := w ^ '0'*lowBits
	return (v + 0x76*lowBits | v) & highBits
}

// before returns the bytes of w in front of the first one that m marks, the
// others cleared; all of w where m marks none.
func before(w, m uint64) uint64 {
	m >>= 7
	return w & (m - 1) &^ m
}
