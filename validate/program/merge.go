package program

import (
	"math"
	"slices"

	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/schema"
)

// merger compiles the rules of several schemas into one node.
type merger struct {
	*compiler
	n *node
	// flat are the schemas that hold of the value in any case.
	flat  []*schema.Schema
	props []propRule
	items []itemRule
	// falsified: nothing is valid.
	num  numberCheck
	nums bool
	str  *stringCheck
	arr  *arrayCheck
	obj  *objectCheck
	need []string // required names
	deps []depRule
}

// propRule is what one schema asks of properties, by name.
type propRule struct {
	id       int32                     // of the rule
	names    map[string]*schema.Schema // nil: accepted
	order    []string
	patterns []schema.Kid // nil schema: accepted
	rest     *schema.Schema
}

type itemRule struct {
	prefix []*schema.Schema
	count  int            // items that are accepted where prefix ends
	rest   *schema.Schema // of the items behind both
}

type depRule struct {
	name  string
	needs []string
	node  *node
}

// flatten adds the rules of a schema, and of all that hold with it.
func (m *merger) flatten(s *schema.Schema) {
	if slices.Contains(m.flat, s) {
		return
	}
	m.flat = append(m.flat, s)
	for i := range s.Rules {
		r := &s.Rules[i]
		switch r.Op {
		case schema.Ref, schema.AllOf:
			for _, k := range r.Kids {
				m.flatten(k.Schema)
			}
		default:
			m.rule(s, r)
		}
	}
}

func (m *merger) string() *stringCheck {
	if m.str == nil {
		m.str = &stringCheck{max: math.MaxInt}
	}
	return m.str
}

func (m *merger) array() *arrayCheck {
	if m.arr == nil {
		m.arr = &arrayCheck{id: m.check(), max: math.MaxUint32}
	}
	return m.arr
}

func (m *merger) object() *objectCheck {
	if m.obj == nil {
		m.obj = &objectCheck{id: m.check(), max: math.MaxUint32}
	}
	return m.obj
}

// rule adds one rule.
func (m *merger) rule(s *schema.Schema, r *schema.Rule) {
	const numbers = jsonscan.TypeInt | jsonscan.TypeNumber
	switch r.Op {
	case schema.False:
		m.n.allowed = 0
	case schema.Type:
		t := r.Types
		if r.Integer {
			t |= jsonscan.TypeNumber
			m.num.integer, m.nums = true, true
		}
		m.n.allowed &= t
	case schema.Enum, schema.Const:
		m.values(r)
	case schema.Minimum, schema.Maximum, schema.ExclusiveMinimum, schema.ExclusiveMaximum:
		m.nums = true
		m.num.bounds = append(m.num.bounds, bound{
			value:     r.Number,
			upper:     r.Op == schema.Maximum || r.Op == schema.ExclusiveMaximum,
			exclusive: r.Op == schema.ExclusiveMinimum || r.Op == schema.ExclusiveMaximum,
		})
	case schema.MultipleOf:
		m.nums = true
		m.num.factors = append(m.num.factors, r.Number)
	case schema.MinLength:
		m.string().min = max(m.string().min, r.Count)
	case schema.MaxLength:
		m.string().max = min(m.string().max, r.Count)
	case schema.Pattern:
		m.string().patterns = append(m.string().patterns, r.Pattern)
	case schema.Format:
		m.string().formats = append(m.string().formats, r.Format)
	case schema.MinItems:
		m.array().min = max(m.array().min, uint32(r.Count))
	case schema.MaxItems:
		m.array().max = min(m.array().max, uint32(r.Count))
	case schema.UniqueItems:
		m.array().unique = true
	case schema.Items:
		m.itemRule(r)
	case schema.Contains:
		if r.Count > 0 || r.Most >= 0 {
			m.array().contains = append(m.array().contains, containsCheck{m.compiler.node(r.Kids[0].Schema), r.Count, r.Most})
		}
	case schema.MinProperties:
		m.object().min = max(m.object().min, uint32(r.Count))
	case schema.MaxProperties:
		m.object().max = min(m.object().max, uint32(r.Count))
	case schema.Required:
		m.need = append(m.need, r.Names...)
	case schema.Properties:
		m.propRule(r)
	case schema.PropertyNames:
		m.object().propNames = append(m.object().propNames, m.compiler.node(r.Kids[0].Schema))
	case schema.DependentRequired:
		for i, name := range r.Names {
			m.deps = append(m.deps, depRule{name: name, needs: r.Needs[i]})
		}
	case schema.DependentSchemas:
		for _, k := range r.Kids {
			m.deps = append(m.deps, depRule{name: k.Name, node: m.inPlace(k.Schema)})
		}
	case schema.AnyOf, schema.OneOf, schema.Not, schema.If:
		m.combination(r)
	case schema.UnevaluatedItems:
		m.unevaluatedItems(s, r)
	case schema.UnevaluatedProperties:
		m.unevaluatedProperties(s, r)
	default:
	}
	if m.nums && m.n.allowed&numbers == 0 {
		m.nums = false
		m.num = numberCheck{}
	}
}

func (m *merger) add(o op) { m.n.ops = append(m.n.ops, o) }
