package jsonscan

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// Hash returns the hash of a name's content that Token.Link holds. It is the
// same in every process, so a schema's names are hashed once; nobody may rely
// on strangers' names being spread by it.
func Hash(b []byte) uint32 {
	const k0, k1 = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F
	n := len(b)
	h := uint64(n) * k1
	switch {
	case n > 16:
		for ; len(b) > 16; b = b[8:] {
			h = bits.RotateLeft64((h^binary.LittleEndian.Uint64(b))*k0, 29)
		}
		fallthrough
	case n >= 8:
		h = bits.RotateLeft64((h^binary.LittleEndian.Uint64(b))*k0, 29)
		h ^= binary.LittleEndian.Uint64(b[len(b)-8:])
	case n >= 4:
		h ^= uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint32(b[n-4:]))<<32
	case n > 0:
		h ^= uint64(b[0]) | uint64(b[n>>1])<<8 | uint64(b[n-1])<<16
	}
	// Both halves of the product, so that every bit of h, the last bytes of
	// numbered names above all, reaches the low and the high bits of the hash.
	hi, lo := bits.Mul64(h, k0)
	return uint32(hi ^ lo)
}

// nameSet finds names that occur twice in an object. It holds only scratch.
type nameSet struct {
	table   []uint32 // open addressing: index of a name's token, 0 is free
	order   []uint32
	scratch []byte
	other   []byte
}

func (s *nameSet) bytes() int {
	return 4*(cap(s.table)+cap(s.order)) + cap(s.scratch) + cap(s.other)
}

func (s *nameSet) hashEscaped(raw []byte) uint32 {
	s.scratch = Unescape(s.scratch[:0], raw)
	return Hash(s.scratch)
}

// duplicate returns the index of a name's token that repeats an earlier name of
// the object. tokens end with the object's content.
//
// Most objects are small and free of repetitions: a Bloom filter of one bit a
// name says so at once. The others pay for a hash table, and those whose names
// collide more than chance explains are sorted, so that no choice of names
// makes the check quadratic.
func (s *nameSet) duplicate(doc []byte, tokens []Token, object uint32) (uint32, bool) {
	const filterMax = 48
	if count := tokens[object].N; count <= filterMax {
		var seen [8]uint64
		clash := false
		for i := object + 1; int(i) < len(tokens); i = next(tokens, i+1) {
			h := tokens[i].Link >> 23
			word, bit := &seen[h>>6], uint64(1)<<(h&63)
			clash = clash || *word&bit != 0
			*word |= bit
		}
		if !clash {
			return 0, false
		}
	}
	return s.lookUp(doc, tokens, object)
}

func next(tokens []Token, i uint32) uint32 {
	if k := &tokens[i]; k.Kind >= Array {
		return k.Link
	}
	return i + 1
}

func (s *nameSet) lookUp(doc []byte, tokens []Token, object uint32) (uint32, bool) {
	count := int(tokens[object].N)
	size := 1 << bits.Len(uint(2*count))
	if cap(s.table) < size {
		s.table = make([]uint32, size)
	}
	table, mask := s.table[:size], uint32(size-1)
	clear(table)
	probes := 16*count + 64
	for i := object + 1; int(i) < len(tokens); i = next(tokens, i+1) {
		h := tokens[i].Link
		for at := h & mask; ; at = (at + 1) & mask {
			k := table[at]
			if k == 0 { // no name's token has index 0
				table[at] = i
				break
			}
			if tokens[k].Link == h && bytes.Equal(s.text(doc, &tokens[k], &s.scratch), s.text(doc, &tokens[i], &s.other)) {
				return i, true
			}
			if probes--; probes < 0 {
				return s.sorted(doc, tokens, object)
			}
		}
	}
	return 0, false
}

// sorted is lookUp for names that were chosen to collide.
func (s *nameSet) sorted(doc []byte, tokens []Token, object uint32) (uint32, bool) {
	order, compare := s.byName(doc, tokens, object)
	for k := 1; k < len(order); k++ {
		if compare(order[k-1], order[k]) == 0 {
			return order[k], true
		}
	}
	return 0, false
}

func (s *nameSet) compare(doc []byte, a, b *Token) int {
	return bytes.Compare(s.text(doc, a, &s.scratch), s.text(doc, b, &s.other))
}

func (s *nameSet) text(doc []byte, k *Token, scratch *[]byte) []byte {
	raw := doc[k.Start : k.Start+k.N]
	if k.Flags&Escaped == 0 {
		return raw
	}
	*scratch = Unescape((*scratch)[:0], raw)
	return *scratch
}
