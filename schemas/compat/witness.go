package compat

import (
	"maps"
	"slices"

	"github.com/sluicedata/sluice/validate/program/schema"
)

// witness looks for a document that the one side accepts and the other does
// not, because of a gap. The engine has the last word.
func (w *walker) witness(g gap, accepts, refuses *Side) []byte {
	s := w.near(g.want.rule)
	broken := g.want.rule
	if broken.Op == schema.Required && g.detail != "" {
		broken = &w.requiring(g.detail).Rules[0]
	}
	var found []any
	for _, v := range s.values(g.have, maxNested) {
		if w.meets(g.have, v) != no && w.obeys(broken, v) != yes && (g.class == nil || has(v, *g.class, broken)) {
			found = append(found, v)
		}
	}
	for at := g.at; at.outer != nil && len(found) > 0; at = at.outer {
		found = s.wrap(at, found)
	}
	for _, v := range found {
		if doc := text(v); accepts.judge.Valid(doc) && !refuses.judge.Valid(doc) {
			return doc
		}
	}
	return nil
}

// has reports whether an object has a property of a class.
func has(v any, c class, r *schema.Rule) bool {
	m, ok := v.(map[string]any)
	if !ok {
		return false
	}
	if c.named {
		_, ok := m[c.name]
		return ok
	}
	for name := range m {
		if !slices.ContainsFunc(r.Kids, func(k schema.Kid) bool { return k.Name == name }) {
			return true
		}
	}
	return false
}

// wrap puts parts into wholes.
func (s *sampler) wrap(at *frame, parts []any) []any {
	const most = 40
	var list []any
	f := s.facts(at.whole)
	// A few wholes are enough: those that hold little come first.
	wholes := s.values(at.whole, maxNested)
	for _, whole := range wholes {
		for _, part := range parts[:min(len(parts), 8)] {
			var v any
			switch whole := whole.(type) {
			case map[string]any:
				name, ok := s.nameOf(f, at)
				if !ok || at.item >= 0 {
					continue
				}
				m := maps.Clone(whole)
				m[name] = part
				v = m
			case []any:
				if at.item < 0 || at.item > len(whole) {
					continue
				}
				a := slices.Clone(whole)
				if at.item == len(a) {
					a = append(a, nil)
				}
				a[at.item] = part
				v = a
			default:
				continue
			}
			if s.meets(at.whole, v) != no {
				if list = append(list, v); len(list) >= most {
					return list
				}
			}
		}
	}
	return list
}

// nameOf is a name of the class that a frame is about.
func (s *sampler) nameOf(f *facts, at *frame) (string, bool) {
	if at.class.named {
		return at.class.name, true
	}
	for _, spare := range s.spares([]class{at.class}, rulesOf(f, at.rule)) {
		return spare.name, true
	}
	return "", false
}
