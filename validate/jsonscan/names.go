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
	h := uint64(0)
	for ; len(b) >= 16; b = b[16:] {
		h = mix(h^load(b, 0), load(b, 8))
	}
	switch n := len(b); {
	case n > 8:
		return uint32(mix(h^load(b, 0), load(b, n-8)>>(8*(16-n)&63)))
	case n >= 4:
		w := uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint32(b[n-4:]))<<(8*(n-4)&63)
		return uint32(mix(h^w, 0))
	case n > 0:
		w := uint64(b[0]) | uint64(b[n>>1])<<(8*(n>>1)&63) | uint64(b[n-1])<<(8*(n-1)&63)
		return uint32(mix(h^w, 0))
	}
	return uint32(mix(h, 0))
}

// mix multiplies two words and folds the product, so that every bit of both
// reaches the low and the high bits of the hash.
func mix(a, b uint64) uint64 {
	const k0, k1 = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F
	hi, lo := bits.Mul64(a^k0, b^k1)
	return hi ^ lo
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

// filter is a Bloom filter of an open object's names, three bits a name in one
// word. Most objects are small and free of repetitions, and it says so at once.
//
// NOTE: with one bit a name an object of 80 names is looked up nearly always,
// with three hardly ever: 7 % of a scan of such objects.
type filter [16]uint64

// filters is the count of the filters. Deeper objects share the last one and
// are looked up whatever it says.
const filters = 32

// add reports whether the hash of a name may be in the filter, and puts it in.
func (f *filter) add(h uint32) bool {
	word, mask := &f[h>>28], uint64(1)<<(h&63)|1<<(h>>6&63)|1<<(h>>12&63)
	old := *word
	*word = old | mask
	return old&mask == mask
}

func next(tokens []Token, i uint32) uint32 {
	if k := &tokens[i]; k.Kind >= Array {
		return k.Link
	}
	return i + 1
}

// lookUp returns the index of a name's token that repeats an earlier name of
// the object. tokens end with the object's content.
//
// It is a hash table. Names that collide more than chance explains are sorted
// instead, so that no choice of names makes the check quadratic.
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
