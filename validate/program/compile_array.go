package program

import (
	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/schema"
)

const (
	objects = jsonscan.TypeObject
	arrays  = jsonscan.TypeArray
)

func allBut(t jsonscan.Types) jsonscan.Types { return jsonscan.AllTypes &^ t }

// itemRule adds an Items rule.
func (m *merger) itemRule(r *schema.Rule) {
	var i itemRule
	for k := range r.Kids {
		i.prefix = append(i.prefix, r.Kids[k].Schema)
	}
	if r.Rest != nil {
		i.rest = r.Rest.Schema
	}
	m.items = append(m.items, i)
}

// at returns the schema that judges the item at an index, nil for none.
func (r *itemRule) at(i int) *schema.Schema {
	switch {
	case i < len(r.prefix):
		return r.prefix[i]
	case i < r.count:
		return nil
	default:
		return r.rest
	}
}

// arrays compiles what all schemas ask of items.
func (m *merger) arrays() {
	if len(m.items) == 0 {
		return
	}
	longest := 0
	for i := range m.items {
		longest = max(longest, len(m.items[i].prefix), m.items[i].count)
	}
	judges := func(i int) *node {
		var list []*schema.Schema
		for k := range m.items {
			if s := m.items[k].at(i); s != nil {
				list = append(list, s)
			}
		}
		return m.compiler.node(list...)
	}
	a := m.array()
	for i := range longest {
		a.prefix = append(a.prefix, judges(i))
	}
	if n := judges(longest); len(n.of) > 0 && len(n.of[0].Rules) > 0 {
		a.rest = n
	}
}

// unevaluatedItems adds an UnevaluatedItems rule of s: as one more Items rule
// where what s evaluates is known, else as an op.
func (m *merger) unevaluatedItems(s *schema.Schema, r *schema.Rule) {
	mk := m.marker(s, r, false)
	m.extra[r].marks = mk
	if len(r.Kids[0].Schema.Rules) == 0 || mk.all {
		return
	}
	if len(mk.branches) == 0 && len(mk.contains) == 0 {
		m.items = append(m.items, itemRule{count: mk.prefix, rest: r.Kids[0].Schema})
		return
	}
	m.add(op{
		kind: opUnevaluatedItems, by: m.extra[r].id, pass: allBut(arrays), marks: mk,
		nodes: []*node{m.compiler.node(r.Kids[0].Schema)},
	})
}
