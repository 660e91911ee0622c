package program

import (
	"github.com/sluicedata/sluice/validate/program/pattern"
	"github.com/sluicedata/sluice/validate/program/schema"
)

// marker says which properties or items a schema evaluates that is known to
// be valid.
type marker struct {
	// all are evaluated.
	all bool
	// names and patterns of properties.
	names    nameTable
	patterns []*pattern.Pattern
	// prefix is the count of items evaluated; those that contains are, too.
	prefix   int
	contains []*node
	// branches depend on the document.
	branches []markBranch
}

// markBranch is a marker that counts where a node finds the value valid.
type markBranch struct {
	// property must be present, where it is not nil.
	property *entry
	// cond decides between then and other; nil is yes. test is the same where
	// it is not nil, and cheaper.
	cond        *node
	test        *test
	then, other *marker
}

// nothing reports whether the marker never marks.
func (m *marker) nothing() bool {
	return !m.all && len(m.names.entries) == 0 && len(m.patterns) == 0 && m.prefix == 0 && len(m.contains) == 0 && len(m.branches) == 0
}

type markerKey struct {
	schema     *schema.Schema
	except     *schema.Rule
	properties bool
}

// marker returns the marker of a schema, without one of its own rules.
func (c *compiler) marker(s *schema.Schema, except *schema.Rule, properties bool) *marker {
	key := markerKey{s, except, properties}
	if m := c.markers[key]; m != nil {
		return m
	}
	m := &marker{}
	c.markers[key] = m
	b := markBuilder{compiler: c, m: m, properties: properties, except: except, seen: map[*schema.Schema]bool{}, names: map[string]bool{}}
	b.schema(s)
	m.names.build()
	return m
}

type markBuilder struct {
	*compiler
	m          *marker
	properties bool
	except     *schema.Rule
	seen       map[*schema.Schema]bool
	names      map[string]bool
}

func (b *markBuilder) schema(s *schema.Schema) {
	if b.seen[s] {
		return
	}
	b.seen[s] = true
	for i := range s.Rules {
		r := &s.Rules[i]
		if r == b.except {
			continue
		}
		switch r.Op {
		case schema.Ref, schema.AllOf:
			for _, k := range r.Kids {
				b.schema(k.Schema)
			}
		case schema.AnyOf, schema.OneOf:
			for _, k := range r.Kids {
				b.branch(markBranch{cond: b.inPlace(k.Schema), then: b.marker(k.Schema, nil, b.properties)})
			}
		case schema.If:
			yes := b.joined(r.Kids[0].Schema, r.Kids[1].Schema)
			no := b.joined(r.Kids[2].Schema)
			b.branch(markBranch{cond: b.inPlace(r.Kids[0].Schema), then: yes, other: no})
		case schema.DependentSchemas:
			for _, k := range r.Kids {
				e := newEntry(k.Name)
				b.branch(markBranch{property: &e, then: b.marker(k.Schema, nil, b.properties)})
			}
		default:
			if b.properties {
				b.propertyRule(r)
			} else {
				b.itemRule(s, r)
			}
		}
	}
}

func (b *markBuilder) branch(br markBranch) {
	if br.then.nothing() && (br.other == nil || br.other.nothing()) {
		return
	}
	b.m.branches = append(b.m.branches, br)
}

// joined returns one marker for schemas that are all valid; some may be nil.
func (b *markBuilder) joined(list ...*schema.Schema) *marker {
	m := &marker{}
	for _, s := range list {
		if s != nil {
			m.branches = append(m.branches, markBranch{then: b.marker(s, nil, b.properties)})
			if m.branches[len(m.branches)-1].then.nothing() {
				m.branches = m.branches[:len(m.branches)-1]
			}
		}
	}
	return m
}

func (b *markBuilder) propertyRule(r *schema.Rule) {
	switch r.Op {
	case schema.Properties:
		b.m.all = b.m.all || r.Rest != nil
		for _, k := range r.Kids {
			if !b.names[k.Name] {
				b.names[k.Name] = true
				b.m.names.entries = append(b.m.names.entries, newEntry(k.Name))
			}
		}
		for _, k := range r.Patterns {
			b.m.patterns = append(b.m.patterns, k.Pattern)
		}
	case schema.UnevaluatedProperties:
		b.m.all = true
	default:
	}
}

func (b *markBuilder) itemRule(s *schema.Schema, r *schema.Rule) {
	switch r.Op {
	case schema.Items:
		b.m.all = b.m.all || r.Rest != nil
		b.m.prefix = max(b.m.prefix, len(r.Kids))
	case schema.Contains:
		if s.Draft() >= schema.Draft2020 {
			b.m.contains = append(b.m.contains, b.node(r.Kids[0].Schema))
		}
	case schema.UnevaluatedItems:
		b.m.all = true
	default:
	}
}
