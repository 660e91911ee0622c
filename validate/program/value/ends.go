package value

import (
	"encoding/binary"
	"math/bits"
	"unsafe"

	"github.com/sluicedata/sluice/validate/jsonscan"
)

// Ends returns the first and the last eight bytes of b; of less than eight,
// all of it and 0.
//
// NOTE: a text is a part of a document that goes on behind it, so eight bytes
// can be read nearly always and cut to size, which a loop over a few bytes
// cannot match.
func Ends(b []byte) (head, tail uint64) {
	n := len(b)
	if n >= 8 {
		return binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[n-8:])
	}
	if cap(b) >= 8 {
		return binary.LittleEndian.Uint64(b[:8]) & (1<<(8*n&63) - 1), 0
	}
	return endsOfShort(b), 0
}

func endsOfShort(b []byte) (head uint64) {
	for i, c := range b {
		head |= uint64(c) << (8 * i)
	}
	return head
}

// Load returns the eight bytes of b at i, the first one lowest. The caller has
// made sure that i+8 <= len(b).
//
// NOTE: unsafe, as Token is. A slice costs two comparisons and a masked
// pointer at each load, and names are compared by two loads a property.
func Load(b []byte, i int) uint64 {
	p := unsafe.Add(unsafe.Pointer(unsafe.SliceData(b)), i)
	return binary.LittleEndian.Uint64((*[8]byte)(p)[:])
}

// First returns the first token, for Token.
func First(tokens []jsonscan.Token) *jsonscan.Token { return unsafe.SliceData(tokens) }

// Token returns the i-th token behind the first one. The caller has made sure
// that there is one.
//
// NOTE: unsafe like Load. A walk through an object takes two tokens a property,
// whose indexes the links of the tape bound.
func Token(first *jsonscan.Token, i int) *jsonscan.Token {
	return (*jsonscan.Token)(unsafe.Add(unsafe.Pointer(first), i*int(unsafe.Sizeof(*first))))
}

// Length returns the count of code points of a text in valid UTF-8: of the
// bytes that do not continue one. NOTE: utf8.RuneCount makes a string of it.
func Length(b []byte) int {
	n := len(b)
	for ; len(b) >= 8; b = b[8:] {
		w := binary.LittleEndian.Uint64(b)
		n -= bits.OnesCount64(w & (^w << 1) & 0x8080808080808080)
	}
	for _, c := range b {
		if c&0xC0 == 0x80 {
			n--
		}
	}
	return n
}

// Int returns the value of a number that is flagged SmallInt.
//
// NOTE: up to eight digits are summed up at once, by pairs, fours and eights:
// a loop would guess wrongly where they end.
func Int(b []byte) int64 {
	digits, neg := b, b[0] == '-'
	if neg {
		digits = b[1:]
	}
	n := len(digits)
	if n > 8 || cap(digits) < 8 {
		return jsonscan.ParseInt(b)
	}
	// The first digit comes to its place with zeros in front of it.
	w := binary.LittleEndian.Uint64(digits[:8]) << (8 * (8 - n) & 63)
	w &= 0x0F0F0F0F0F0F0F0F
	w = w * (10<<8 + 1) >> 8 & 0x00FF00FF00FF00FF
	w = w * (100<<16 + 1) >> 16 & 0x0000FFFF0000FFFF
	v := int64(w * (10000<<32 + 1) >> 32)
	if neg {
		return -v
	}
	return v
}
