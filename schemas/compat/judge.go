package compat

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/sluicedata/sluice/validate/program/schema"
	"github.com/sluicedata/sluice/validate/program/value"
)

// accepts says whether a schema accepts a value. It is unknown where that hangs
// on what other schemas evaluated.
func (p *prover) accepts(s *schema.Schema, v any) answer {
	all := yes
	rules := p.rules(s)
	for i := range rules {
		if all = all.and(p.obeys(&rules[i], v)); all == no {
			return no
		}
	}
	return all
}

// obeys says whether a value obeys a rule.
func (p *prover) obeys(r *schema.Rule, v any) answer {
	kind := kindOf(v)
	if kind&concerns(r.Op) == 0 {
		return yes
	}
	switch r.Op {
	case schema.False:
		return no
	case schema.Type:
		return truth(kind&kindsOf(r.Types) != 0)
	case schema.Enum, schema.Const:
		return truth(contains(valuesOf(r), v))
	case schema.Ref, schema.AllOf, schema.AnyOf, schema.OneOf, schema.Not, schema.If:
		return p.combines(r, v)
	default:
	}
	switch v := v.(type) {
	case json.Number:
		return truth(numberObeys(r, decimal(v)))
	case string:
		return truth(stringObeys(r, v))
	case []any:
		return p.arrayObeys(r, v)
	case map[string]any:
		return p.objectObeys(r, v)
	default:
		return unknown
	}
}

func (p *prover) combines(r *schema.Rule, v any) answer {
	if r.Op == schema.If {
		c := p.accepts(r.Kids[0].Schema, v)
		branch := func(k *schema.Kid) answer {
			if k.Schema == nil {
				return yes
			}
			return p.accepts(k.Schema, v)
		}
		switch c {
		case yes:
			return branch(&r.Kids[1])
		case no:
			return branch(&r.Kids[2])
		default:
			both := branch(&r.Kids[1])
			if other := branch(&r.Kids[2]); both != other {
				return unknown
			}
			return both
		}
	}
	met, open := 0, 0
	for i := range r.Kids {
		switch p.accepts(r.Kids[i].Schema, v) {
		case yes:
			met++
		case no:
		default:
			open++
		}
	}
	n := len(r.Kids)
	switch r.Op {
	case schema.AnyOf:
		return between(met, met+open, 1, n)
	case schema.OneOf:
		return between(met, met+open, 1, 1)
	case schema.Not:
		return between(met, met+open, 0, 0)
	default:
		return between(met, met+open, n, n)
	}
}

// between says whether a number that lies within low and high lies within
// least and most; most -1 is no bound.
func between(low, high, least, most int) answer {
	switch {
	case high < least || most >= 0 && low > most:
		return no
	case low >= least && (most < 0 || high <= most):
		return yes
	default:
		return unknown
	}
}

func numberObeys(r *schema.Rule, d value.Decimal) bool {
	switch c := value.Compare(&d, &r.Number); r.Op {
	case schema.Minimum:
		return c >= 0
	case schema.ExclusiveMinimum:
		return c > 0
	case schema.Maximum:
		return c <= 0
	case schema.ExclusiveMaximum:
		return c < 0
	default:
		return d.MultipleOf(&r.Number)
	}
}

func stringObeys(r *schema.Rule, s string) bool {
	switch r.Op {
	case schema.MinLength:
		return utf8.RuneCountInString(s) >= r.Count
	case schema.MaxLength:
		return utf8.RuneCountInString(s) <= r.Count
	case schema.Pattern:
		return r.Pattern.Match([]byte(s))
	default:
		return r.Format([]byte(s))
	}
}

func (p *prover) arrayObeys(r *schema.Rule, list []any) answer {
	switch r.Op {
	case schema.MinItems:
		return truth(len(list) >= r.Count)
	case schema.MaxItems:
		return truth(len(list) <= r.Count)
	case schema.UniqueItems:
		for i := range list {
			if contains(list[:i], list[i]) {
				return no
			}
		}
		return yes
	case schema.Items:
		all := yes
		for i, item := range list {
			if s := itemSchema(r, i); s != nil {
				all = all.and(p.accepts(s, item))
			}
		}
		return all
	case schema.Contains:
		met, open := 0, 0
		for _, item := range list {
			switch p.accepts(r.Kids[0].Schema, item) {
			case yes:
				met++
			case no:
			default:
				open++
			}
		}
		return between(met, met+open, r.Count, r.Most)
	default:
		return unknown
	}
}

// itemSchema is what an Items rule applies to an item; nil is nothing.
func itemSchema(r *schema.Rule, i int) *schema.Schema {
	switch {
	case i < len(r.Kids):
		return r.Kids[i].Schema
	case r.Rest != nil:
		return r.Rest.Schema
	default:
		return nil
	}
}

func (p *prover) objectObeys(r *schema.Rule, m map[string]any) answer {
	all := yes
	switch r.Op {
	case schema.MinProperties:
		return truth(len(m) >= r.Count)
	case schema.MaxProperties:
		return truth(len(m) <= r.Count)
	case schema.Required:
		return truth(hasAll(m, r.Names))
	case schema.DependentRequired:
		for i, name := range r.Names {
			if _, ok := m[name]; ok && !hasAll(m, r.Needs[i]) {
				return no
			}
		}
	case schema.DependentSchemas:
		for i := range r.Kids {
			if _, ok := m[r.Kids[i].Name]; ok {
				all = all.and(p.accepts(r.Kids[i].Schema, m))
			}
		}
	case schema.PropertyNames:
		for name := range m {
			all = all.and(p.accepts(r.Kids[0].Schema, name))
		}
	case schema.Properties:
		for name, v := range m {
			for _, s := range propertySchemas(r, class{name: name, named: true}) {
				all = all.and(p.accepts(s, v))
			}
		}
	default:
		return unknown
	}
	return all
}

func hasAll(m map[string]any, names []string) bool {
	for _, name := range names {
		if _, ok := m[name]; !ok {
			return false
		}
	}
	return true
}
