package program

import (
	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/schema"
)

func (e *explainer) objectRule(r *schema.Rule, x *extra, t *jsonscan.Token, i int) {
	switch r.Op {
	case schema.MinProperties:
		if int(t.N) < r.Count {
			e.violation(r.Keyword, r.Keyword, r.Message, i)
		}
	case schema.MaxProperties:
		if int(t.N) > r.Count {
			e.violation(r.Keyword, r.Keyword, r.Message, i)
		}
	case schema.Required:
		if !e.suspects.complete {
			e.required(r, x.names, t, i)
		}
	case schema.Properties:
		if e.suspects.known {
			for k := e.suspects.from; k < e.suspects.to; k++ {
				p := e.parts[k]
				if e.suspects.by != x.id {
					p.entry = int32(x.names.index(e.view.Doc, &e.view.Tokens[p.token]))
				}
				e.property(r, p)
			}
			return
		}
		for k := i + 1; k < int(t.Link); k = e.view.Next(k + 1) {
			e.property(r, part{k, nobody, int32(x.names.index(e.view.Doc, &e.view.Tokens[k]))})
		}
	case schema.PropertyNames:
		for k := i + 1; k < int(t.Link); k = e.view.Next(k + 1) {
			e.down(&r.Kids[0], k, frame{name: k, index: -1})
		}
	case schema.DependentRequired:
		if !e.suspects.complete {
			e.dependentRequired(r, x.names, i)
		}
	case schema.DependentSchemas:
		for k := range r.Kids {
			if !e.suspects.complete && e.hasMember(i, r.Kids[k].Name) {
				e.down(&r.Kids[k], i, here)
			}
		}
	case schema.UnevaluatedProperties:
		e.unevaluatedProperties(r, x, t, i)
	default:
	}
}

// required explains required: it marks the names that are there.
func (e *explainer) required(r *schema.Rule, table *nameTable, t *jsonscan.Token, i int) {
	there := e.push(len(r.Names))
	defer func() { e.words = e.words[:there.base] }()
	missing := len(r.Names)
	for k := i + 1; k < int(t.Link) && missing > 0; k = e.view.Next(k + 1) {
		if at := table.index(e.view.Doc, &e.view.Tokens[k]); at >= 0 {
			e.put(there, at)
			missing--
		}
	}
	for k := 0; k < len(r.Names) && missing > 0; k++ {
		if !e.has(there, k) {
			missing--
			e.violation(r.Keyword, r.Keyword, r.Messages[k], i)
		}
	}
}

func (e *explainer) hasMember(object int, name string) bool {
	entry := newEntry(name)
	return e.member(&entry, object) != 0
}

// property explains a property. Its entry tells which of the rule's names it
// has; those behind them are of other rules.
func (e *explainer) property(r *schema.Rule, p part) {
	k, judge, matched := p.token, p.node, false
	if uint(p.entry) < uint(len(r.Kids)) {
		matched = true
		e.judged(&r.Kids[p.entry], k+1, frame{name: k, index: -1, named: true}, judge)
	}
	f := frame{name: k, index: -1}
	if len(r.Patterns) > 0 {
		text := append([]byte(nil), e.view.Text(k, nil)...)
		if len(text) > e.patternInput {
			e.stop(PatternInput, k)
			return
		}
		for p := range r.Patterns {
			if kid := &r.Patterns[p]; kid.Pattern.Match(text) {
				matched = true
				e.judged(kid, k+1, f, judge)
			}
		}
	}
	if !matched && r.Rest != nil {
		e.judged(r.Rest, k+1, f, judge)
	}
}

func (e *explainer) dependentRequired(r *schema.Rule, names *nameTable, i int) {
	for k, name := range r.Names {
		if e.member(&names.entries[k], i) == 0 {
			continue
		}
		for n, need := range r.Needs[k] {
			if !e.hasMember(i, need) {
				path := r.Keyword + "/" + schema.EscapePointer(name)
				e.violation(r.Keyword, path, r.NeedMessages[k][n], i)
			}
		}
	}
}
