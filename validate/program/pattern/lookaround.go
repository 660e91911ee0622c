package pattern

// Look-around asks for more than an automaton that reads a string once can
// give, save where it is a conjunction in disguise. Where the place that a
// look-ahead looks from is known, ^(?!x)y matches what ^y matches and ^x does
// not: two questions, each without look-around. The place is known
//
//   - at the beginning of the string, and behind a part of fixed width that
//     begins there: ^a[0-9]{3}(?=x)y asks ^a[0-9]{3}y and ^a[0-9]{3}x;
//   - for look-behind, likewise from the end of the string: x(?<!y)$ asks x$
//     and not y$.
//
// An alternative that holds a look-around is multiplied out first, so that
// each product can be judged for itself. At either edge of an expression that
// is not anchored there, x(?=y) is xy, and x(?![y]) is x(?:[^y]|$).

// maxClauses bounds the products of alternatives that hold look-around.
const maxClauses = 64

// term is a body without look-around that must match, or must not.
type term struct {
	not  bool
	body *node
}

// conjunctions splits the tree into conjunctions of terms, one of which must
// hold.
func conjunctions(tree *node) ([][]term, *Error) {
	branches := []*node{tree}
	if tree.op == opAlternate {
		branches = tree.subs
	}
	var plain []*node
	var s splitter
	for _, b := range branches {
		if !b.has(isLook) {
			plain = append(plain, b)
			continue
		}
		if err := s.split(b.sequence(), nil); err != nil {
			return nil, err
		}
	}
	switch {
	case len(plain) == len(branches):
		return [][]term{{{body: tree}}}, nil
	case len(plain) == 1:
		s.out = append(s.out, []term{{body: plain[0]}})
	case len(plain) > 1:
		s.out = append(s.out, []term{{body: &node{op: opAlternate, pos: tree.pos, subs: plain}}})
	}
	return s.out, nil
}

// splitter collects conjunctions.
type splitter struct{ out [][]term }

// split takes one look-around after the other out of seq and adds the
// conjunctions that result.
func (s *splitter) split(seq []*node, terms []term) *Error {
	i := indexLook(seq)
	if i < 0 {
		if len(s.out) == maxClauses {
			return refuse(seq[0].pos, "look-around in so many alternatives is not supported").
				mend("write fewer alternatives, or several patterns under allOf or anyOf")
		}
		s.out = append(s.out, append(terms[:len(terms):len(terms)], term{body: sequenceOf(seq)}))
		return nil
	}
	n, before, after := seq[i], seq[:i], seq[i+1:]
	switch {
	case n.op == opAlternate:
		for _, b := range n.subs {
			if err := s.split(splice(before, b.sequence(), after), terms); err != nil {
				return err
			}
		}
		return nil
	case n.op == opRepeat && n.max == 1:
		if n.min == 0 {
			if err := s.split(splice(before, nil, after), terms); err != nil {
				return err
			}
		}
		return s.split(splice(before, n.subs[0].sequence(), after), terms)
	case n.op == opConcat:
		return s.split(splice(before, n.subs, after), terms)
	case n.op != opLook:
		return cannot(n, "inside a repetition")
	case n.subs[0].has(isLook):
		return cannot(n, "around another one")
	case n.behind:
		return s.behind(seq, terms)
	default:
		return s.ahead(seq, i, terms)
	}
}

// ahead takes the look-ahead seq[i] out; there is no look-around before it.
func (s *splitter) ahead(seq []*node, i int, terms []term) *Error {
	n, before, after := seq[i], seq[:i], seq[i+1:]
	body := n.subs[0]
	if prefix, ok := anchoredBefore(before, after); ok {
		t := term{not: n.not, body: sequenceOf(splice(prefix, body.sequence(), nil))}
		return s.split(splice(before, nil, after), append(terms[:len(terms):len(terms)], t))
	}
	if len(after) == 0 {
		if edge := atEdge(n, opEnd); edge != nil {
			return s.split(splice(before, edge.sequence(), nil), terms)
		}
		if n.not && len(before) > 0 && before[len(before)-1].op == opEnd && body.least() > 0 {
			return s.split(before, terms) // nothing follows the end
		}
	}
	return cannot(n, "that does not look from a fixed distance behind ^")
}

// behind takes the last look-around of seq out, if it is a look-behind.
func (s *splitter) behind(seq []*node, terms []term) *Error {
	first, last := indexLook(seq), len(seq)-1
	for !seq[last].has(isLook) {
		last--
	}
	n, before, after := seq[last], seq[:last], seq[last+1:]
	switch {
	case n.op != opLook || !n.behind:
		return cannot(seq[first], "behind, with other look-around after it,")
	case n.subs[0].has(isLook):
		return cannot(n, "around another one")
	}
	if suffix, ok := anchoredAfter(before, after); ok {
		t := term{not: n.not, body: sequenceOf(splice(n.subs[0].sequence(), suffix, nil))}
		return s.split(splice(before, nil, after), append(terms[:len(terms):len(terms)], t))
	}
	if len(before) == 0 {
		if edge := atEdge(n, opBegin); edge != nil {
			return s.split(splice(edge.sequence(), after, nil), terms)
		}
	}
	return cannot(n, "that does not look from a fixed distance before $")
}

// atEdge returns what n means at an open edge of the expression, or nil if
// that cannot be said. The edge is opBegin or opEnd.
func atEdge(n *node, edge op) *node {
	body := n.subs[0]
	switch {
	case !n.not:
		return body
	case body.op == opSet:
		other := &node{op: opSet, pos: n.pos, set: body.set.complement()}
		return &node{op: opAlternate, pos: n.pos, subs: []*node{other, {op: edge, pos: n.pos}}}
	default:
		return nil
	}
}

// anchoredBefore returns the part that leads from the beginning of the string
// to the place between before and after, if its width is fixed.
func anchoredBefore(before, after []*node) (prefix []*node, ok bool) {
	w, ok := sequenceOf(before).width()
	switch {
	case !ok:
		return nil, false
	case anchored(before, opBegin, false):
		return before, true
	case w == 0 && anchored(after, opBegin, false):
		return splice([]*node{{op: opBegin}}, before, nil), true
	default:
		return nil, false
	}
}

// anchoredAfter returns the part that leads from the place between before and
// after to the end of the string, if its width is fixed.
func anchoredAfter(before, after []*node) (suffix []*node, ok bool) {
	w, ok := sequenceOf(after).width()
	switch {
	case !ok:
		return nil, false
	case anchored(after, opEnd, true):
		return after, true
	case w == 0 && anchored(before, opEnd, true):
		return splice(after, []*node{{op: opEnd}}, nil), true
	default:
		return nil, false
	}
}

// anchored reports whether seq can match only at the anchor, looking from its
// first node, or from its last one.
func anchored(seq []*node, anchor op, fromLast bool) bool {
	for i := range seq {
		n := seq[i]
		if fromLast {
			n = seq[len(seq)-1-i]
		}
		switch n.op {
		case anchor:
			return true
		case opBegin, opEnd, opBoundary, opNoBoundary, opLook:
			continue
		case opConcat:
			if len(n.subs) == 0 {
				continue
			}
			return anchored(n.subs, anchor, fromLast)
		case opAlternate:
			for _, sub := range n.subs {
				if !anchored(sub.sequence(), anchor, fromLast) {
					return false
				}
			}
			return true
		case opRepeat:
			return n.min > 0 && anchored(n.subs[0].sequence(), anchor, fromLast)
		default:
			return false
		}
	}
	return false
}

func indexLook(seq []*node) int {
	for i, n := range seq {
		if n.has(isLook) {
			return i
		}
	}
	return -1
}

// splice returns a new sequence of three.
func splice(a, b, c []*node) []*node {
	out := make([]*node, 0, len(a)+len(b)+len(c))
	return append(append(append(out, a...), b...), c...)
}

func sequenceOf(seq []*node) *node {
	if len(seq) == 1 {
		return seq[0]
	}
	return &node{op: opConcat, subs: seq}
}

// cannot refuses the look-around n, or the first one inside n.
func cannot(n *node, why string) *Error {
	pos := n.pos
	n.has(func(sub *node) bool {
		if sub.op == opLook {
			pos = sub.pos
		}
		return sub.op == opLook
	})
	return refuse(pos, "look-around %s needs backtracking", why).
		mend(`begin the pattern with ^(?!…) or ^(?=…), or write several patterns under allOf or not`)
}
