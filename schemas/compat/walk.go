package compat

import (
	"slices"
	"strconv"

	"github.com/sluicedata/sluice/validate/program/schema"
)

// frame is a part of documents, and how to come from the part to the whole.
type frame struct {
	outer *frame
	whole conj // that the part lies in
	class class
	rule  *schema.Rule // that applies a schema to the part
	item  int          // -1 for a property
	path  string
	deep  int
}

// gap is a rule that could not be shown to hold.
type gap struct {
	at     *frame
	have   conj // what could not be shown to obey
	want   fact
	detail string // which part of the rule
	class  *class // of properties that the rule forbids
}

// walker finds the innermost rules of one schema that the documents of another
// may break.
type walker struct {
	*prover
	gaps []gap
	seen map[string]bool
	told int // gaps that were met again
}

// found counts what was noted, here or before.
func (w *walker) found() int { return len(w.gaps) + w.told }

func (w *walker) note(g gap) { w.gaps = append(w.gaps, g) }

// walk adds the gaps between a conj and a schema.
func (w *walker) walk(c conj, s *schema.Schema, at *frame) {
	s = through(s)
	if w.includes(c, s) {
		return
	}
	key := w.key(c) + "<" + strconv.Itoa(w.id(s))
	if w.seen[key] {
		w.told++
		return
	}
	w.seen[key] = true
	rules := w.rules(s)
	for i := range rules {
		r := fact{s, &rules[i]}
		if r.rule.Op == schema.Ref || r.rule.Op == schema.AllOf {
			for k := range r.rule.Kids {
				w.walk(c, r.rule.Kids[k].Schema, at)
			}
			continue
		}
		if !w.implies(c, r) {
			n := w.found()
			if at.deep < maxDeep {
				w.explain(c, r, at)
			}
			if w.found() == n {
				w.note(gap{at: at, have: c, want: r})
			}
		}
	}
}

// explain adds the gaps inside a rule that is not implied, if it can.
func (w *walker) explain(c conj, r fact, at *frame) {
	f := w.facts(c)
	switch r.rule.Op {
	case schema.Required:
		for _, name := range r.rule.Names {
			s := w.requiring(name)
			if !w.includes(c, s) {
				w.note(gap{at: at, have: c, want: fact{r.owner, r.rule}, detail: name})
			}
		}
	case schema.Items:
		for i := w.failingItem(f, r.rule, 0); i >= 0; i = w.failingItem(f, r.rule, i+1) {
			path := at.path + "[" + strconv.Itoa(i) + "]"
			if i >= tuple(f, r.rule) {
				path = at.path + "[*]"
			}
			s := itemSchema(r.rule, i)
			if isFalse(w.rules(s)) {
				w.note(gap{at: at, have: c, want: r, detail: path[len(at.path):]})
				continue
			}
			w.walk(itemConj(f, i), s, &frame{outer: at, whole: c, rule: r.rule, item: i, path: path, deep: at.deep + 1})
		}
	case schema.Properties:
		w.properties(c, f, r, at)
	case schema.AnyOf, schema.OneOf:
		w.alternatives(c, f, r, at)
	default:
	}
}

func isFalse(rules []schema.Rule) bool { return len(rules) > 0 && rules[0].Op == schema.False }

func (w *walker) properties(c conj, f *facts, r fact, at *frame) {
	list, patterns, ok := w.classes(f, r.rule)
	if !ok {
		return
	}
	for _, k := range list {
		have := propertyConj(f, k)
		for _, s := range w.unmet(f, r.rule, k, patterns) {
			if isFalse(w.rules(s)) {
				w.note(gap{at: at, have: c, want: r, detail: k.String(), class: &k})
				continue
			}
			w.walk(have, s, &frame{outer: at, whole: c, class: k, rule: r.rule, item: -1, path: at.path + step(k.String()), deep: at.deep + 1})
		}
	}
}

// alternatives compares branch by branch: those of the documents, where they
// have some, with the ones that are allowed.
func (w *walker) alternatives(c conj, f *facts, r fact, at *frame) {
	kids := r.rule.Kids
	i := slices.IndexFunc(f.choices, func(g fact) bool { return g.rule.Op == schema.AnyOf || g.rule.Op == schema.OneOf })
	if i < 0 || len(c.used) >= maxSplits {
		if one := w.overlapping(c, kids); one != nil {
			w.walk(c, one, at)
		}
		return
	}
	from := f.choices[i]
	for i, b := range w.branches(c, from) {
		if w.implies(b, r) {
			continue
		}
		n := w.found()
		if one := w.overlapping(b, kids); one != nil {
			w.walk(b, one, at)
		} else if s := counterpart(from.rule.Kids, i, kids); s != nil {
			w.walk(b, s, at)
		}
		if w.found() == n {
			w.note(gap{at: at, have: b, want: r, detail: "/" + strconv.Itoa(i)})
		}
	}
}

// counterpart returns the schema that stands where a branch stood: behind the
// same reference, else at the same place among as many.
func counterpart(from []schema.Kid, i int, to []schema.Kid) *schema.Schema {
	name := pointer(from[i].Schema)
	for k := range to {
		if name != "" && name == pointer(to[k].Schema) {
			return to[k].Schema
		}
	}
	if len(from) == len(to) {
		return to[i].Schema
	}
	return nil
}

// pointer is that of the schema that a schema only refers to, empty if it
// refers to none.
func pointer(s *schema.Schema) string {
	if t := through(s); t != s && t.Doc != nil {
		return t.Site(nil).Pointer
	}
	return ""
}

// overlapping returns the only schema that may accept some of the documents,
// nil if there are more or none.
func (w *walker) overlapping(c conj, kids []schema.Kid) (one *schema.Schema) {
	for i := range kids {
		if w.empty(c.with(kids[i].Schema)) {
			continue
		}
		if one != nil {
			return nil
		}
		one = kids[i].Schema
	}
	return one
}
