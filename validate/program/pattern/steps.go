package pattern

import "unicode/utf8"

// steps matches a sequence such as ORD-[0-9]{4,8} of literals and of counted
// sets of ASCII from the beginning of a string. NOTE: it is what most patterns
// of schemas are, and goes through a string twice as fast as an automaton,
// whose every look-up waits for the one before.
type steps struct {
	list []step
	// sets has the bits of the steps whose sets a byte is in.
	sets [256]uint32
	// open: more may follow at the end.
	open bool
	// slow judges strings in which a character beyond ASCII stopped us.
	slow matcher
}

// step is a literal, or from min to max characters of a set.
type step struct {
	lit      string
	min, max int
	bit      uint32
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
	bit := uint32(1)
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
			if bit == 0 {
				return nil // too many sets
			}
			for c := range rune(utf8.RuneSelf) {
				if s.set.has(c) {
					p.sets[c] |= bit
				}
			}
			st.bit, bit = bit, bit<<1
		}
		p.list = append(p.list, st)
	}
	return p
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

func (p *steps) match(s []byte) bool {
	i := 0
	for k := range p.list {
		st := &p.list[k]
		if st.lit != "" {
			if len(s)-i < len(st.lit) || string(s[i:i+len(st.lit)]) != st.lit {
				return i < len(s) && s[i] >= utf8.RuneSelf && p.slow.match(s)
			}
			i += len(st.lit)
			continue
		}
		end := len(s)
		if st.max < end-i {
			end = i + st.max
		}
		start := i
		for i < end && p.sets[s[i]]&st.bit != 0 {
			i++
		}
		if i-start < st.min {
			return i < len(s) && s[i] >= utf8.RuneSelf && p.slow.match(s)
		}
	}
	return p.open || i == len(s) || s[i] >= utf8.RuneSelf && p.slow.match(s)
}
