package jsonscan

import "slices"

// dropRepeated takes off the tape every property that a later one of the same
// object and name overrides, so that no reader has to know of them.
func (t *Tape) dropRepeated() {
	tokens := t.tokens[:t.n]
	moved := append(t.moved[:0], make([]uint32, t.n+1)...) // 1: dropped; then the new index
	for i := range tokens {
		if tokens[i].Flags&repeating != 0 && tokens[i].Kind == Object {
			tokens[i].Flags &^= repeating
			t.markRepeated(tokens, uint32(i), moved)
		}
	}
	n := uint32(0)
	for i, drop := range moved[:len(tokens)] {
		moved[i] = n
		if drop == 0 {
			tokens[n] = tokens[i]
			n++
		}
	}
	moved[len(tokens)] = n
	for i := range tokens[:n] {
		if k := &tokens[i]; k.Kind == Array || k.Kind == Object {
			k.Link = moved[k.Link]
		}
	}
	t.n, t.moved = int(n), moved
}

// markRepeated marks, with their values, the names of an object that a later
// one overrides, and counts them out.
func (t *Tape) markRepeated(tokens []Token, object uint32, marks []uint32) {
	s := &t.names
	order, compare := s.byName(t.doc, tokens[:tokens[object].Link], object)
	for k := 1; k < len(order); k++ {
		if first := order[k-1]; compare(first, order[k]) == 0 {
			for i := first; i < next(tokens, first+1); i++ {
				marks[i] = 1
			}
			tokens[object].N--
		}
	}
}

// byName returns the names of an object sorted by their text, equal ones in
// the order of the document, and the comparison of texts.
func (s *nameSet) byName(doc []byte, tokens []Token, object uint32) ([]uint32, func(a, b uint32) int) {
	s.order = s.order[:0]
	for i := object + 1; int(i) < len(tokens); i = next(tokens, i+1) {
		s.order = append(s.order, i)
	}
	compare := func(a, b uint32) int {
		return s.compare(doc, &tokens[a], &tokens[b])
	}
	slices.SortStableFunc(s.order, compare)
	return s.order, compare
}
