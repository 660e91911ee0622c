package program

import (
	"math/bits"

	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/pattern"
	"github.com/sluicedata/sluice/validate/program/value"
)

// stringSet is a set of strings. It is found by its ends, and the ends are
// spread by a multiplier that was searched for so that no two strings meet.
type stringSet struct {
	list   []member
	slots  []uint32 // member + 1; 0 is none
	mult   uint64
	shift  uint8
	linear bool // no such multiplier was found: probe on
}

// member is a string of a set.
type member struct {
	head, tail uint64
	text       string
}

func newStringSet(list []string) *stringSet {
	s := &stringSet{}
	seen := map[string]bool{}
	for _, text := range list {
		if !seen[text] {
			seen[text] = true
			head, tail := value.Ends([]byte(text))
			s.list = append(s.list, member{head, tail, text})
		}
	}
	s.build()
	return s
}

func (s *stringSet) build() {
	const tries, many = 200, 128
	base := bits.Len(uint(2*len(s.list) | 1))
	for size := base; size < base+3 && len(s.list) <= many; size++ {
		mult := uint64(0x9E3779B97F4A7C15)
		for range tries {
			if s.place(mult, size) {
				return
			}
			mult = mult*0xD1342543DE82EF95 | 1
		}
	}
	s.linear = true
	s.place(0x9E3779B97F4A7C15, base+1)
}

// place fills 2^size slots, and reports false where two members meet that may
// not.
func (s *stringSet) place(mult uint64, size int) bool {
	s.mult, s.shift = mult, uint8(64-size)
	s.slots = make([]uint32, 1<<size)
	for i := range s.list {
		at := s.slot([]byte(s.list[i].text), s.list[i].head, s.list[i].tail)
		for s.slots[at] != 0 {
			if !s.linear {
				return false
			}
			at = (at + 1) & uint64(len(s.slots)-1)
		}
		s.slots[at] = uint32(i + 1)
	}
	return true
}

// slot is where a text is looked for. The middle of a long one counts, too:
// lists of URIs often differ only there.
func (s *stringSet) slot(text []byte, head, tail uint64) uint64 {
	h := head ^ bits.RotateLeft64(tail, 29) ^ uint64(len(text))
	if len(text) > 16 {
		h = uint64(jsonscan.Hash(text))
	}
	h *= s.mult
	return (h ^ h<<32) >> (s.shift & 63)
}

// Match is has, quicker for texts of up to 16 bytes: a set is a pattern.Matcher.
func (s *stringSet) Match(text []byte) bool {
	if len(text) > 16 || s.linear {
		return s.index(text) >= 0
	}
	head, tail := value.Ends(text)
	h := (head ^ bits.RotateLeft64(tail, 29) ^ uint64(len(text))) * s.mult
	i := int(s.slots[(h^h<<32)>>(s.shift&63)]) - 1
	if uint(i) >= uint(len(s.list)) {
		return false
	}
	m := &s.list[i]
	return m.head == head && m.tail == tail && len(m.text) == len(text)
}

// word is a set of one string of at most 16 bytes.
type word member

// Match reports whether the text is the word.
func (w *word) Match(text []byte) bool {
	if len(text) != len(w.text) {
		return false
	}
	head, tail := value.Ends(text)
	return head == w.head && tail == w.tail
}

// matcher returns what matches the strings of the set.
func (s *stringSet) matcher() pattern.Matcher {
	if len(s.list) == 1 && len(s.list[0].text) <= 16 {
		return (*word)(&s.list[0])
	}
	return s
}

// has reports whether the text is in the set.
func (s *stringSet) has(text []byte) bool { return s.index(text) >= 0 }

// index returns the place of the text in the set, -1 if it is not in it.
func (s *stringSet) index(text []byte) int {
	head, tail := value.Ends(text)
	at := s.slot(text, head, tail)
	for at < uint64(len(s.slots)) {
		i := int(s.slots[at]) - 1
		if uint(i) >= uint(len(s.list)) {
			return -1
		}
		m := &s.list[i]
		if m.head == head && m.tail == tail && len(m.text) == len(text) && (len(text) <= 16 || string(text) == m.text) {
			return i
		}
		if !s.linear {
			return -1
		}
		at = (at + 1) & uint64(len(s.slots)-1)
	}
	return -1
}
