package program

import (
	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/schema"
)

// unevaluatedProperties explains the keyword of that name: by the notes of the
// run, by the suspects where what is evaluated does not depend on the object,
// else by marking.
func (e *explainer) unevaluatedProperties(r *schema.Rule, x *extra, t *jsonscan.Token, i int) {
	mk, kid := x.marks, &r.Kids[0]
	outer := e.suspects
	switch {
	case mk.all, len(mk.branches) > 0 && e.passes(x, i):
	case e.noted(x.id, i):
		for k := e.suspects.from; k < e.suspects.to; k++ {
			e.into(kid, e.parts[k].token+1, frame{name: e.parts[k].token, index: -1})
		}
		e.parts = e.parts[:e.suspects.from]
		e.suspects = outer
	case outer.known && len(mk.branches) == 0:
		for k := outer.from; k < outer.to; k++ {
			name := e.parts[k].token
			if mk.names.find(e.view.Doc, &e.view.Tokens[name]) == nil && !e.matches(mk, name) {
				e.judged(kid, name+1, frame{name: name, index: -1}, e.parts[k].node)
			}
		}
	default:
		s := e.push(int(t.N))
		defer func() { e.words = e.words[:s.base] }()
		e.markProperties(mk, s, i)
		at := 0
		for k := i + 1; k < int(t.Link); k = e.view.Next(k + 1) {
			if !e.has(s, at) {
				e.down(kid, k+1, frame{name: k, index: -1})
			}
			at++
		}
	}
}

// unevaluatedItems explains the keyword of that name.
func (e *explainer) unevaluatedItems(r *schema.Rule, x *extra, t *jsonscan.Token, i int) {
	if mk := x.marks; mk.all || (len(mk.branches) > 0 || len(mk.contains) > 0) && e.passes(x, i) {
		return
	}
	s := e.push(int(t.N))
	defer func() { e.words = e.words[:s.base] }()
	e.markItems(x.marks, s, i)
	at := 0
	for k := i + 1; k < int(t.Link); k = e.view.Next(k) {
		if !e.has(s, at) {
			e.down(&r.Kids[0], k, frame{name: -1, index: at})
		}
		at++
	}
}
