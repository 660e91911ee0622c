package value

import (
	"math/bits"

	"github.com/sluicedata/sluice/validate/jsonscan"
)

// few and fewScalars are the counts of items up to which comparing all pairs
// is cheaper than hashing.
const (
	few        = 4
	fewScalars = 16
)

// Unique reports whether no two items of the array at i are the same value.
// It is linear in the array: items are hashed, and only those of the same hash
// compared.
func (s *Scratch) Unique(v View, i int) bool {
	k := &v.Tokens[i]
	switch {
	case k.N < 2 || k.N <= fewStrings && stringsApart(v, i+1, int(k.Link)) || k.N <= filterItems && s.apart(v, i+1, int(k.Link)):
		return true
	case int(k.Link)-i-1 == int(k.N) && k.N <= fewScalars:
		return s.uniqueScalars(v, i+1, int(k.Link))
	case k.N <= few:
		return s.uniqueFew(v, i+1, int(k.Link))
	}
	unique, sure := s.uniqueBy(v, i, (*Scratch).sketch)
	if !sure {
		unique, _ = s.uniqueBy(v, i, (*Scratch).Hash)
	}
	return unique
}

// fewStrings is the count of strings up to which a small filter of their ends is
// likely to say that they all differ.
const fewStrings = 8

// stringsApart reports whether all items are strings without escapes whose ends
// or lengths differ. It may report false for items that differ.
//
// NOTE: without a branch for each string's length, as nobody can guess it: tags
// take half of the time.
func stringsApart(v View, i, end int) bool {
	var filter [8]uint64
	tokens := v.Tokens[i:end]
	for n := range tokens {
		t := &tokens[n]
		size := int(t.N)
		start, short := int(t.Start), min(size, 8)
		if t.Type != jsonscan.TypeString || t.Flags&jsonscan.Escaped != 0 || start+8 > len(v.Doc) || n >= fewStrings {
			return false
		}
		cut := uint(64 - 8*short)
		head, tail := Load(v.Doc, start)<<cut, Load(v.Doc, start+size-short)<<cut
		h := (head ^ bits.RotateLeft64(tail, 29) + uint64(size)) * mix0
		word, bit := &filter[h>>61], uint64(1)<<(h>>55&63)
		if *word&bit != 0 {
			return false
		}
		*word |= bit
	}
	return true
}

// filterItems is the count of items up to which a filter is likely to say
// that they all differ.
const filterItems = 64

// apart reports whether the sketches of all items say that they differ. It may
// report false for items that do.
func (s *Scratch) apart(v View, i, end int) bool {
	var filter [64]uint64
	for ; i < end; i = v.Next(i) {
		h := s.sketch(v, i) * mix0
		word, bit := &filter[h>>58], uint64(1)<<(h>>52&63)
		if *word&bit != 0 {
			return false
		}
		*word |= bit
	}
	return true
}

// uniqueBy is Unique by a hash. It is not sure where more items collide than
// chance explains, which only those of Hash cannot be made to do.
func (s *Scratch) uniqueBy(v View, i int, hash func(s *Scratch, v View, i int) uint64) (unique, sure bool) {
	k := &v.Tokens[i]
	size := 1 << bits.Len(uint(2*k.N))
	if cap(s.table) < size {
		s.table = make([]uint32, size)
		s.sums = make([]uint64, size)
	}
	table, sums, mask := s.table[:size], s.sums[:size], uint64(size-1)
	clear(table)
	probes := 8*int(k.N) + 64
	for i++; i < int(k.Link); i = v.Next(i) {
		h := hash(s, v, i)
		for at := h & mask; ; at = (at + 1) & mask {
			j := table[at]
			if j == 0 { // no item's token has index 0
				table[at], sums[at] = uint32(i), h
				break
			}
			if sums[at] == h && s.Equal(v, int(j), v, i) {
				return false, true
			}
			if probes--; probes == 0 {
				return false, false
			}
		}
	}
	return true, true
}

// uniqueScalars is Unique for a few items of one token each.
func (s *Scratch) uniqueScalars(v View, i, end int) bool {
	items := v.Tokens[i:end]
	for a := range items {
		x := &items[a]
		for b := a + 1; b < len(items); b++ {
			y := &items[b]
			if x.Type != y.Type || x.N != y.N && (x.Flags|y.Flags)&jsonscan.Escaped == 0 && x.Type == jsonscan.TypeString {
				// 1 and 1.0 are of two types and equal.
				if (x.Type|y.Type)&^(jsonscan.TypeInt|jsonscan.TypeNumber) != 0 {
					continue
				}
			}
			if x.Type == jsonscan.TypeString && x.N > 0 && (x.Flags|y.Flags)&jsonscan.Escaped == 0 && v.Doc[x.Start] != v.Doc[y.Start] {
				continue
			}
			if s.Equal(v, i+a, v, i+b) {
				return false
			}
		}
	}
	return true
}

func (s *Scratch) uniqueFew(v View, i, end int) bool {
	for ; i < end; i = v.Next(i) {
		for j := v.Next(i); j < end; j = v.Next(j) {
			if differ(&v.Tokens[i], &v.Tokens[j]) {
				continue
			}
			if s.Equal(v, i, v, j) {
				return false
			}
		}
	}
	return true
}

// differ reports whether two values are told apart by their tokens alone.
func differ(a, b *jsonscan.Token) bool {
	if a.Kind != b.Kind {
		return true
	}
	switch a.Kind {
	case jsonscan.String:
		return a.N != b.N && (a.Flags|b.Flags)&jsonscan.Escaped == 0
	case jsonscan.Array, jsonscan.Object:
		return a.N != b.N
	default:
		return false
	}
}
