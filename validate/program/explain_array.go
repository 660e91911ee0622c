package program

import (
	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/schema"
)

func (e *explainer) arrayRule(s *schema.Schema, r *schema.Rule, t *jsonscan.Token, i int) {
	ok := true
	switch r.Op {
	case schema.MinItems:
		ok = int(t.N) >= r.Count
	case schema.MaxItems:
		ok = int(t.N) <= r.Count
	case schema.UniqueItems:
		ok = e.compare.Unique(e.view, i)
	case schema.Items:
		at := 0
		for k := i + 1; k < int(t.Link); k = e.view.Next(k) {
			switch {
			case at < len(r.Kids):
				e.down(&r.Kids[at], k, -1, at)
			case r.Rest != nil:
				e.down(r.Rest, k, -1, at)
			}
			at++
		}
	case schema.Contains:
		e.contains(s, r, t, i)
	case schema.UnevaluatedItems:
		e.unevaluated(r, t, i, false)
	default:
	}
	if !ok {
		e.violation(s, r.Keyword, r.Keyword, r.Message, i)
	}
}

func (e *explainer) contains(s *schema.Schema, r *schema.Rule, t *jsonscan.Token, i int) {
	found := 0
	n := e.p.nodes[r.Kids[0].Schema.ID]
	for k := i + 1; k < int(t.Link); k = e.view.Next(k) {
		if e.alternative(n, k) {
			found++
		}
	}
	switch {
	case found < r.Count && r.Count == 1:
		e.violation(s, "contains", "contains", r.Messages[0], i)
	case found < r.Count:
		e.violation(s, "minContains", "minContains", r.Messages[0], i)
	case r.Most >= 0 && found > r.Most:
		e.violation(s, "maxContains", "maxContains", r.Messages[1], i)
	}
}

// unevaluated explains unevaluatedItems and unevaluatedProperties.
func (e *explainer) unevaluated(r *schema.Rule, t *jsonscan.Token, i int, properties bool) {
	mk := e.p.marks[r]
	s := e.push(int(t.N))
	defer func() { e.words = e.words[:s.base] }()
	step := 1
	if properties {
		e.markProperties(mk, s, i)
		step = 2
	} else {
		e.markItems(mk, s, i)
	}
	at := 0
	for k := i + 1; k < int(t.Link); k = e.view.Next(k + step - 1) {
		if !e.has(s, at) {
			if properties {
				e.down(&r.Kids[0], k+1, k, -1)
			} else {
				e.down(&r.Kids[0], k, -1, at)
			}
		}
		at++
	}
}
