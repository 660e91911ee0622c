package schema

import "fmt"

// maxInPlace bounds how many schemas may judge a value before one of them goes
// on to its content: each costs stack.
const maxInPlace = 1000

// InPlace calls f with every subschema that a rule applies to the very value
// that it judges.
func (r *Rule) InPlace(f func(k *Kid)) {
	switch r.Op {
	case Ref, AllOf, AnyOf, OneOf, Not, If, DependentSchemas:
		for i := range r.Kids {
			if r.Kids[i].Schema != nil {
				f(&r.Kids[i])
			}
		}
	default:
	}
}

// checkCycles refuses schemas that lead back to themselves on the same value:
// judging by them would never end.
func (l *loader) checkCycles() {
	const (
		unseen = iota
		open
		done
	)
	state := make([]uint8, len(l.all))
	depth := make([]int, len(l.all))
	var visit func(s *Schema)
	visit = func(s *Schema) {
		state[s.ID] = open
		deepest := 0
		for i := range s.Rules {
			r := &s.Rules[i]
			r.InPlace(func(k *Kid) {
				switch state[k.Schema.ID] {
				case open:
					l.problem(s.Doc, r.at, fmt.Sprintf("%q leads back to %s without going on to a part of the document", r.Keyword, k.Schema.URI),
						"break the circle, or put a property or an item between")
				case unseen:
					visit(k.Schema)
				}
				deepest = max(deepest, depth[k.Schema.ID])
			})
		}
		if depth[s.ID] = deepest + 1; depth[s.ID] == maxInPlace {
			l.problem(s.Doc, s.At, fmt.Sprintf("more than %d schemas judge the same value", maxInPlace), "shorten the chain of references")
		}
		state[s.ID] = done
	}
	for _, s := range l.all {
		if state[s.ID] == unseen {
			visit(s)
		}
	}
}
