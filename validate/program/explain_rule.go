package program

import (
	"slices"

	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/schema"
	"github.com/sluicedata/sluice/validate/program/value"
)

// rules explains one rule after the other. Where the value is sure to be invalid
// and nothing has failed before the last rule, that one has.
func (e *explainer) rules(s *schema.Schema, from *schema.Kid, t *jsonscan.Token, i int, sure bool) {
	before, extras := e.total, e.p.extras[s.ID]
	for k := range s.Rules {
		r, x := &s.Rules[k], &extras[k]
		fails := sure && k == len(s.Rules)-1 && e.total == before
		switch r.Op {
		case schema.False:
			e.violation(from.Keyword, "", from.Message, i)
		case schema.Ref, schema.AllOf:
			e.together(r, i, fails)
		case schema.AnyOf, schema.OneOf, schema.Not, schema.If:
			e.combination(r, x, i)
		case schema.Type, schema.Enum, schema.Const:
			if fails || !e.anyType(r, t, i) {
				e.violation(r.Keyword, r.Keyword, r.Message, i)
			}
		default:
			switch t.Kind {
			case jsonscan.Number:
				if r.Op >= schema.Minimum && r.Op <= schema.MultipleOf && (fails || !e.numberRule(r, i)) {
					e.violation(r.Keyword, r.Keyword, r.Message, i)
				}
			case jsonscan.String, jsonscan.Name:
				if r.Op >= schema.MinLength && r.Op <= schema.Format && (fails || !e.stringRule(r, i)) {
					e.violation(r.Keyword, r.Keyword, r.Message, i)
				}
			case jsonscan.Array:
				e.arrayRule(r, x, t, i)
			case jsonscan.Object:
				e.objectRule(r, x, t, i)
			default:
			}
		}
	}
}

// together explains a reference or allOf.
func (e *explainer) together(r *schema.Rule, i int, fails bool) {
	for k := range r.Kids {
		if kid := &r.Kids[k]; fails && len(r.Kids) == 1 && e.values > 0 {
			e.values--
			e.visit(kid, i, here, true, true)
		} else {
			e.also(kid, i)
		}
	}
}

// anyType judges type, enum and const.
func (e *explainer) anyType(r *schema.Rule, t *jsonscan.Token, i int) bool {
	if r.Op == schema.Type {
		if t.Type&r.Types != 0 {
			return true
		}
		if !r.Integer || t.Type != jsonscan.TypeNumber {
			return false
		}
		d := value.Parse(e.view.Raw(i), nil)
		return d.Integer()
	}
	if r.Hashes != nil && !e.mayBe(r, i) {
		return false
	}
	for _, at := range r.Values {
		if e.compare.Equal(e.view, i, r.View, at) {
			return true
		}
	}
	return false
}

// mayBe reports whether a value has the hash of one of the rule's.
func (e *explainer) mayBe(r *schema.Rule, i int) bool {
	seed := e.compare.Seed
	e.compare.Seed = 0
	hash := e.compare.Hash(e.view, i)
	e.compare.Seed = seed
	_, found := slices.BinarySearch(r.Hashes, hash)
	return found
}

func (e *explainer) numberRule(r *schema.Rule, i int) bool {
	d := value.Parse(e.view.Raw(i), nil)
	switch r.Op {
	case schema.Minimum:
		return value.Compare(&d, &r.Number) >= 0
	case schema.Maximum:
		return value.Compare(&d, &r.Number) <= 0
	case schema.ExclusiveMinimum:
		return value.Compare(&d, &r.Number) > 0
	case schema.ExclusiveMaximum:
		return value.Compare(&d, &r.Number) < 0
	default:
		return d.MultipleOf(&r.Number)
	}
}

func (e *explainer) stringRule(r *schema.Rule, i int) bool {
	text := e.view.Text(i, e.text)
	if e.view.Tokens[i].Flags&jsonscan.Escaped != 0 {
		e.text = text
	}
	switch r.Op {
	case schema.MinLength:
		return value.Length(text) >= r.Count
	case schema.MaxLength:
		return value.Length(text) <= r.Count
	case schema.Pattern:
		if len(text) > e.patternInput {
			e.stop(PatternInput, i)
			return true
		}
		return r.Pattern.Match(text)
	default:
		return r.Format(text)
	}
}
