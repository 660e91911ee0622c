package compat

import (
	"github.com/sluicedata/sluice/validate/program/schema"
)

// anything is the schema without rules.
var anything = &schema.Schema{}

// rules returns the rules of a schema. Those about what is unevaluated are
// said without that word where it does not hang on the document which
// subschemas evaluate what, that is, where the schema has no branches.
func (p *prover) rules(s *schema.Schema) []schema.Rule {
	if list, ok := p.plain[s]; ok {
		return list
	}
	list := make([]schema.Rule, 0, len(s.Rules))
	for i := range s.Rules {
		r := s.Rules[i]
		switch r.Op {
		case schema.UnevaluatedProperties:
			if plain, ok := plainProperties(s, &r); ok {
				r = plain
			}
		case schema.UnevaluatedItems:
			if plain, ok := plainItems(s, &r); ok {
				r = plain
			}
		default:
		}
		list = append(list, r)
	}
	p.plain[s] = list
	return list
}

// inPlace calls f with the rules that always apply to the value that s judges,
// and reports whether there are no others.
func inPlace(s *schema.Schema, f func(r *schema.Rule)) bool {
	for i := range s.Rules {
		r := &s.Rules[i]
		switch r.Op {
		case schema.Ref, schema.AllOf:
			for k := range r.Kids {
				if !inPlace(r.Kids[k].Schema, f) {
					return false
				}
			}
		case schema.AnyOf, schema.OneOf, schema.If, schema.DependentSchemas:
			return false
		case schema.Not: // evaluates nothing
		default:
			f(r)
		}
	}
	return true
}

func plainProperties(s *schema.Schema, r *schema.Rule) (schema.Rule, bool) {
	plain := *r
	plain.Op, plain.Kids = schema.Properties, nil
	rest := r.Kids[0]
	plain.Rest = &rest
	all := false // are evaluated
	ok := inPlace(s, func(o *schema.Rule) {
		switch {
		case o.Op == schema.Properties:
			all = all || o.Rest != nil
			for i := range o.Kids {
				plain.Kids = append(plain.Kids, schema.Kid{Schema: anything, Name: o.Kids[i].Name})
			}
			for i := range o.Patterns {
				plain.Patterns = append(plain.Patterns, schema.Kid{Schema: anything, Name: o.Patterns[i].Name, Pattern: o.Patterns[i].Pattern})
			}
		case o.Op == schema.UnevaluatedProperties && o.Kids[0].Schema != r.Kids[0].Schema:
			all = true
		}
	})
	if all {
		plain.Rest = nil
	}
	return plain, ok
}

func plainItems(s *schema.Schema, r *schema.Rule) (schema.Rule, bool) {
	plain := *r
	plain.Op, plain.Kids = schema.Items, nil
	rest := r.Kids[0]
	plain.Rest = &rest
	all, contains := false, false
	ok := inPlace(s, func(o *schema.Rule) {
		switch {
		case o.Op == schema.Items:
			all = all || o.Rest != nil
			for len(plain.Kids) < len(o.Kids) {
				plain.Kids = append(plain.Kids, schema.Kid{Schema: anything})
			}
		case o.Op == schema.UnevaluatedItems && o.Kids[0].Schema != r.Kids[0].Schema:
			all = true
		case o.Op == schema.Contains:
			contains = true // which items it evaluates depends on them
		}
	})
	if all {
		plain.Rest = nil
	}
	return plain, ok && (all || !contains)
}
