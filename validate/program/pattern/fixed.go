package pattern

import (
	"encoding/binary"
	"unicode/utf8"
)

// fixed matches strings of one length, each of whose characters is of one or
// two ranges of ASCII, such as ^ORD-[0-9]{8}$. NOTE: it looks at eight
// characters at a time, which is four times as fast as one after the other.
type fixed struct {
	size  int
	words []fixedWord
}

// fixedWord judges the eight bytes from at on. The sums of a byte with its
// bounds have their high bits set where the byte is at least the lower one, and
// where it is more than the upper one.
type fixedWord struct {
	at        int
	low, over [2]uint64
}

// maxFixed is the length up to which fixed is used.
const maxFixed = 40

const highBits = 0x8080808080808080

// newFixed returns the matcher of a sequence, or nil if it is another one.
func newFixed(n *node) *fixed {
	seq := n.sequence()
	last := len(seq) - 1
	if last < 1 || seq[0].op != opBegin || seq[last].op != opEnd {
		return nil
	}
	var sets []set
	for _, n := range seq[1:last] {
		count := 1
		if n.op == opRepeat {
			if n.min != n.max || n.max > maxFixed {
				return nil
			}
			n, count = n.subs[0], n.min
		}
		if n.op != opSet || len(n.set) == 0 || len(n.set) > 4 || n.set[len(n.set)-1] >= utf8.RuneSelf {
			return nil
		}
		for range count {
			sets = append(sets, n.set)
		}
		if len(sets) > maxFixed {
			return nil
		}
	}
	if len(sets) == 0 {
		return nil
	}
	f := &fixed{size: len(sets)}
	for at := 0; at < len(sets); at += 8 {
		if at+8 > len(sets) && len(sets) > 8 {
			at = len(sets) - 8 // the last word overlaps
		}
		f.words = append(f.words, newFixedWord(sets, at))
	}
	return f
}

func newFixedWord(sets []set, at int) fixedWord {
	w := fixedWord{at: at}
	for i := range 8 {
		// Behind the end of a short string stand zeros.
		s := set{0, 0}
		if at+i < len(sets) {
			s = sets[at+i]
		}
		for k := range 2 {
			low, high := rune(utf8.RuneSelf), rune(utf8.RuneSelf-1) // none
			if 2*k < len(s) {
				low, high = s[2*k], s[2*k+1]
			}
			w.low[k] |= uint64(utf8.RuneSelf-low) << (8 * i)
			w.over[k] |= uint64(utf8.RuneSelf-1-high) << (8 * i)
		}
	}
	return w
}

func (f *fixed) Match(s []byte) bool {
	if len(s) != f.size {
		return false
	}
	for k := range f.words {
		w := &f.words[k]
		var x uint64
		switch {
		case w.at+8 <= len(s):
			x = binary.LittleEndian.Uint64(s[w.at:])
		case cap(s) >= 8:
			// What lies behind the string is cut off.
			x = binary.LittleEndian.Uint64(s[:8]) & (1<<(8*len(s)&63) - 1)
		default:
			for i, c := range s {
				x |= uint64(c) << (8 * i)
			}
		}
		first := (x + w.low[0]) &^ (x + w.over[0])
		second := (x + w.low[1]) &^ (x + w.over[1])
		if (first|second)&^x&highBits != highBits {
			return false
		}
	}
	return true
}
