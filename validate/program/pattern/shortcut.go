package pattern

import (
	"bytes"
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// build chooses the cheapest matcher for a tree without look-around, and
// returns its cost in steps for a byte of input.
func build(n *node, o Options) (matcher, int, *Error) {
	n = trim(n, true, true)
	if m, ok := shortcut(n); ok {
		return m, 1, nil
	}
	if _, err := measure(n, o.MaxProgram); err != nil {
		return matcher{}, 0, err
	}
	re := lower(n)
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return matcher{}, 0, refuse(n.pos, "the translation does not compile: %v", err)
	}
	if a := buildAutomaton(prog, o.MaxStates); a != nil {
		return walk(n, matcher{kind: table, dfa: a}), 1, nil
	}
	compiled, err := compileRegexp(re)
	if err != nil {
		return matcher{}, 0, refuse(n.pos, "the translation does not compile: %v", err)
	}
	return walk(n, matcher{kind: program, re: compiled}), len(prog.Inst), nil
}

// walk puts steps in front of a matcher, where the tree has some.
func walk(n *node, m matcher) matcher {
	if f := newFixed(n); f != nil {
		return matcher{kind: constant, fixed: f}
	}
	if p := newSteps(n, m); p != nil {
		return matcher{kind: sequence, steps: p}
	}
	return m
}

// trim drops what an open edge makes idle: as a match may begin and end
// anywhere, .*x matches where x does, and x{2,9} where x{2} does. It drops
// from the first node of n if left is open, from the last one if right is.
func trim(n *node, left, right bool) *node {
	switch n.op {
	case opConcat:
		seq := n.subs
		for left && len(seq) > 0 && idle(seq[0]) {
			seq = seq[1:]
		}
		for right && len(seq) > 0 && idle(seq[len(seq)-1]) {
			seq = seq[:len(seq)-1]
		}
		if len(seq) == 0 {
			return &node{op: opConcat, pos: n.pos}
		}
		seq = slices.Clone(seq)
		if len(seq) == 1 {
			return trim(seq[0], left, right)
		}
		last := len(seq) - 1
		seq[0], seq[last] = trim(seq[0], left, false), trim(seq[last], false, right)
		return concat(n.pos, seq...)
	case opAlternate:
		subs := slices.Clone(n.subs)
		for i := range subs {
			subs[i] = trim(subs[i], left, right)
		}
		return &node{op: opAlternate, pos: n.pos, subs: subs}
	case opRepeat:
		switch {
		case !left && !right:
			return n
		case n.min == 0:
			return &node{op: opConcat, pos: n.pos}
		case n.min == 1:
			return trim(n.subs[0], left, right)
		default:
			return &node{op: opRepeat, pos: n.pos, min: n.min, max: n.min, subs: n.subs}
		}
	default:
		return n
	}
}

// idle reports whether n matches the empty string by not being repeated.
func idle(n *node) bool {
	return n.op == opRepeat && n.min == 0 || n.op == opConcat && len(n.subs) == 0
}

// shortcut returns a matcher for expressions of the simplest shapes.
func shortcut(n *node) (matcher, bool) {
	n0 := n
	seq := n.sequence()
	begin := len(seq) > 0 && seq[0].op == opBegin
	if begin {
		seq = seq[1:]
	}
	end := len(seq) > 0 && seq[len(seq)-1].op == opEnd
	if end {
		seq = seq[:len(seq)-1]
	}
	if lit, ok := literalOf(seq); ok {
		return literalMatcher(lit, begin, end), true
	}
	if !begin || !end || len(seq) != 1 {
		return matcher{}, false
	}
	switch n := seq[0]; {
	case n.op == opAlternate:
		return wordsMatcher(n)
	case n.op == opSet:
		return matcher{kind: run, run: newRun(n.set, 1, 1)}, true
	case newFixed(n0) != nil:
		return matcher{kind: constant, fixed: newFixed(n0)}, true
	case n.op == opRepeat && n.subs[0].op == opSet:
		m := matcher{kind: run, run: newRun(n.subs[0].set, n.min, n.max)}
		if p := newSteps(n0, m); p != nil && p.list[0].ranges != nil {
			m = matcher{kind: sequence, steps: p}
		}
		return m, true
	default:
		return matcher{}, false
	}
}

// literalOf returns the bytes that seq spells, if it can be spelled in UTF-8.
func literalOf(seq []*node) ([]byte, bool) {
	var lit []byte
	for _, n := range seq {
		if n.op != opSet {
			return nil, false
		}
		r, ok := n.set.rune()
		if !ok || !utf8.ValidRune(r) {
			return nil, false
		}
		lit = utf8.AppendRune(lit, r)
	}
	return lit, true
}

func literalMatcher(lit []byte, begin, end bool) matcher {
	m := matcher{lit: lit}
	switch {
	case begin && end:
		m.kind = equals
	case len(lit) == 0:
		m.kind = always
	case begin:
		m.kind = prefix
	case end:
		m.kind = suffix
	default:
		m.kind = contains
	}
	return m
}

func containsBytes(s, lit []byte) bool { return bytes.Contains(s, lit) }

func wordsMatcher(n *node) (matcher, bool) {
	w := &wordSet{}
	for _, sub := range n.subs {
		lit, ok := literalOf(sub.sequence())
		if !ok {
			return matcher{}, false
		}
		w.words = append(w.words, string(lit))
	}
	slices.SortFunc(w.words, compareWords)
	w.words = slices.Compact(w.words)
	return matcher{kind: words, words: w}, true
}

// wordSet is a set of words, ordered by length and then by their bytes.
type wordSet struct{ words []string }

func compareWords(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return bytes.Compare([]byte(a), []byte(b))
}

func (w *wordSet) Match(s []byte) bool {
	lo, hi := 0, len(w.words)
	for lo < hi {
		m := int(uint(lo+hi) >> 1)
		switch word := w.words[m]; {
		case len(word) < len(s), len(word) == len(s) && word < string(s):
			lo = m + 1
		case len(word) == len(s) && word == string(s):
			return true
		default:
			hi = m
		}
	}
	return false
}

// runCounter matches min to max characters of one set and nothing else.
type runCounter struct {
	ascii    [utf8.RuneSelf]bool
	set      set
	min, max int
}

func newRun(s set, lo, hi int) *runCounter {
	r := &runCounter{set: s, min: lo, max: hi}
	for c := range rune(utf8.RuneSelf) {
		r.ascii[c] = s.has(c)
	}
	return r
}

func (r *runCounter) Match(s []byte) bool {
	n := 0
	for i := 0; i < len(s); n++ {
		if c := s[i]; c < utf8.RuneSelf {
			if !r.ascii[c] {
				return false
			}
			i++
			continue
		}
		c, size := utf8.DecodeRune(s[i:])
		if !r.set.has(c) {
			return false
		}
		i += size
	}
	return n >= r.min && n <= r.max
}
