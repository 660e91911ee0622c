package program

import (
	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/schema"
)

func (e *explainer) arrayRule(r *schema.Rule, x *extra, t *jsonscan.Token, i int) {
	ok := true
	switch r.Op {
	case schema.MinItems:
		ok = int(t.N) >= r.Count
	case schema.MaxItems:
		ok = int(t.N) <= r.Count
	case schema.UniqueItems:
		ok = e.compare.Unique(e.view, i)
	case schema.Items:
		e.items(r, t, i)
	case schema.Contains:
		e.contains(r, t, i)
	case schema.UnevaluatedItems:
		e.unevaluatedItems(r, x, t, i)
	default:
	}
	if !ok {
		e.violation(r.Keyword, r.Keyword, r.Message, i)
	}
}

func (e *explainer) contains(r *schema.Rule, t *jsonscan.Token, i int) {
	found := 0
	n := e.p.nodes[r.Kids[0].Schema.ID]
	for k := i + 1; k < int(t.Link); k = e.view.Next(k) {
		if e.alternative(n, k) {
			found++
		}
	}
	switch {
	case found < r.Count && r.Count == 1:
		e.violation("contains", "contains", r.Messages[0], i)
	case found < r.Count:
		e.violation("minContains", "minContains", r.Messages[0], i)
	case r.Most >= 0 && found > r.Most:
		e.violation("maxContains", "maxContains", r.Messages[1], i)
	}
}

// items explains items: of those that are suspects, if it is known which are.
func (e *explainer) items(r *schema.Rule, t *jsonscan.Token, i int) {
	s, at := e.suspects, -1
	for k := i + 1; k < int(t.Link); k = e.view.Next(k) {
		at++
		judge := int32(nobody)
		if s.known {
			if s.from == s.to {
				return
			}
			if e.parts[s.from].token != k {
				continue
			}
			judge = e.parts[s.from].node
			s.from++
		}
		switch {
		case at < len(r.Kids):
			e.judged(&r.Kids[at], k, frame{name: -1, index: at}, judge)
		case r.Rest != nil:
			e.judged(r.Rest, k, frame{name: -1, index: at}, judge)
		}
	}
}
