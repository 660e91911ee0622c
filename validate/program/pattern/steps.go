package pattern

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// steps matches a sequence such as ORD-[0-9]{4,8} of literals and of counted
// sets of ASCII from the beginning of a string. NOTE: it is what most patterns
// of schemas are, and goes through a string twice as fast as an automaton,
// whose every look-up waits for the one before.
type steps struct {
	list []step
	// open: more may follow at the end.
	open bool
	// slow judges strings in which a character beyond ASCII stopped us.
	slow matcher
}

// step is a literal, or from min to max characters of a set.
type step struct {
	// low and over are, byte by byte, the one or two ranges of the set, or of the
	// characters of a short literal, as those of a fixedWord; word says that they
	// are known.
	low, over [2]uint64
	word      bool
	min, max  int
	lit       string
	set       [256]bool
	// ranges are those of the set, where they are few.
	ranges []spread
}

// spread is a range of ASCII, for eight bytes at a time: their sums with low
// have the high bits set where they are in the range or above it, those with
// over where they are above it.
type spread struct{ low, over uint64 }

// maxRanges is the count of ranges up to which eight bytes at a time cost less
// than one look-up each.
const maxRanges = 6

func newSpread(low, high rune) spread {
	const ones = 0x0101010101010101
	return spread{uint64(utf8.RuneSelf-low) * ones, uint64(utf8.RuneSelf-1-high) * ones}
}

// run returns how many bytes of s from i on are in the step's set.
func (st *step) run(s []byte, i int) int {
	start := i
	for st.ranges != nil && i < len(s) && i+8 <= cap(s) {
		// What lies behind s is counted, and taken off in the end.
		x := binary.LittleEndian.Uint64(s[i : i+8])
		var in uint64
		for k := range st.ranges {
			r := &st.ranges[k]
			in |= (x + r.low) &^ (x + r.over)
		}
		if out := (^in | x) & highBits; out != 0 {
			i += bits.TrailingZeros64(out) >> 3
			return min(i, len(s)) - start
		}
		i += 8
	}
	for i < len(s) && st.set[s[i]] {
		i++
	}
	return min(i, len(s)) - start
}

// newSteps returns the steps of a tree, or nil if it is no such sequence, or
// one where taking as many characters as fit may be wrong.
func newSteps(n *node, slow matcher) *steps {
	seq := n.sequence()
	if len(seq) == 0 || seq[0].op != opBegin {
		return nil
	}
	seq = seq[1:]
	p := &steps{open: true, slow: slow}
	if last := len(seq) - 1; last >= 0 && seq[last].op == opEnd {
		p.open = false
		seq = seq[:last]
	}
	if len(seq) == 0 {
		return nil
	}
	for i, n := range seq {
		st, s := step{min: 1, max: 1}, n
		if n.op == opRepeat {
			st.min, st.max, s = n.min, n.max, n.subs[0]
		}
		if s.op != opSet {
			return nil
		}
		if st.min != st.max && !separate(s.set, seq[i+1:]) {
			return nil
		}
		if r, ok := s.set.rune(); ok && r < utf8.RuneSelf && n.op == opSet {
			st.lit = string(r)
			if k := len(p.list) - 1; k >= 0 && p.list[k].lit != "" {
				p.list[k].lit += st.lit
				continue
			}
		}
		if st.lit == "" {
			st.fill(s.set)
		}
		p.list = append(p.list, st)
	}
	for k := range p.list {
		p.list[k].spell()
	}
	return p
}

// fill notes the ASCII of a set.
func (st *step) fill(s set) {
	for c := range rune(utf8.RuneSelf) {
		st.set[c] = s.has(c)
	}
	for i := 0; i < len(s) && s[i] < utf8.RuneSelf; i += 2 {
		st.ranges = append(st.ranges, newSpread(s[i], min(s[i+1], utf8.RuneSelf-1)))
	}
	switch {
	case len(st.ranges) <= len(st.low):
		st.word = true
		for k, r := range st.ranges {
			st.low[k], st.over[k] = r.low, r.over
		}
	case len(st.ranges) > maxRanges:
		st.ranges = nil
	}
}

// spell notes the characters of a literal that fits a word.
func (st *step) spell() {
	if st.lit == "" || len(st.lit) > 8 {
		return
	}
	st.word, st.min, st.max = true, len(st.lit), len(st.lit)
	for i, c := range st.lit {
		st.low[0] |= uint64(utf8.RuneSelf-c) << (8 * i)
		st.over[0] |= uint64(utf8.RuneSelf-1-c) << (8 * i)
	}
}

// separate reports whether no character of s can be the first of what rest
// matches, so that a repetition of s ends where it must.
func separate(s set, rest []*node) bool {
	for _, n := range rest {
		next, least := n, 1
		if n.op == opRepeat {
			next, least = n.subs[0], n.min
		}
		if next.op != opSet || len(s.minus(next.set)) != len(s) || !equalSets(s.minus(next.set), s) {
			return false
		}
		if least > 0 {
			return true
		}
	}
	return true
}

func equalSets(a, b set) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return len(a) == len(b)
}

func (p *steps) Match(s []byte) bool {
	i := 0
	for k := range p.list {
		st := &p.list[k]
		if st.word && i+8 <= cap(s) {
			// st.run by hand; what lies behind s is taken off.
			x := binary.LittleEndian.Uint64(s[i : i+8])
			in := (x+st.low[0])&^(x+st.over[0]) | (x+st.low[1])&^(x+st.over[1])
			n := min(bits.TrailingZeros64((^in|x)&highBits)>>3, len(s)-i)
			if n == 8 && st.max > 8 {
				n += st.run(s, i+8)
			}
			if n = min(n, st.max); n < st.min {
				i += n
				return i < len(s) && s[i] >= utf8.RuneSelf && p.slow.match(s)
			}
			i += n
			continue
		}
		if st.lit != "" {
			if len(s)-i < len(st.lit) || string(s[i:i+len(st.lit)]) != st.lit {
				return i < len(s) && s[i] >= utf8.RuneSelf && p.slow.match(s)
			}
			i += len(st.lit)
			continue
		}
		n := min(st.run(s, i), st.max)
		if i += n; n < st.min {
			return i < len(s) && s[i] >= utf8.RuneSelf && p.slow.match(s)
		}
	}
	return p.open || i == len(s) || s[i] >= utf8.RuneSelf && p.slow.match(s)
}
