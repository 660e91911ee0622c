package program

import (
	"github.com/sluicedata/sluice/validate/program/schema"
)

// propRule adds a Properties rule.
func (m *merger) propRule(r *schema.Rule) {
	p := propRule{id: m.extra[r].id, names: map[string]*schema.Schema{}, patterns: r.Patterns}
	for i := range r.Kids {
		p.names[r.Kids[i].Name] = r.Kids[i].Schema
		p.order = append(p.order, r.Kids[i].Name)
	}
	if r.Rest != nil {
		p.rest = r.Rest.Schema
	}
	m.props = append(m.props, p)
}

// judges returns the schemas that judge a property of a name.
func (p *propRule) judges(name string) (judges []*schema.Schema) {
	s, matched := p.names[name]
	if s != nil {
		judges = append(judges, s)
	}
	for i := range p.patterns {
		if k := &p.patterns[i]; k.Pattern.Match([]byte(name)) {
			matched = true
			if k.Schema != nil {
				judges = append(judges, k.Schema)
			}
		}
	}
	if !matched && p.rest != nil {
		judges = append(judges, p.rest)
	}
	return judges
}

// objects compiles what all schemas ask of properties into one table.
func (m *merger) objects() {
	if len(m.props)+len(m.need)+len(m.deps) == 0 {
		if m.obj != nil {
			m.obj.plain = m.obj.propNames == nil
			m.obj.open = m.obj.plain
		}
		return
	}
	o := m.object()
	index := map[string]int32{}
	entryOf := func(name string) int32 {
		i, ok := index[name]
		if !ok {
			i = int32(len(o.names.entries))
			index[name] = i
			e := newEntry(name)
			var judges []*schema.Schema
			// Each name meets each pattern, which takes time where there are many of both.
			for k := 0; k < len(m.props) && !m.gaveUp(); k++ {
				judges = append(judges, m.props[k].judges(name)...)
			}
			e.node = m.compiler.node(judges...)
			o.names.entries = append(o.names.entries, e)
		}
		return i
	}
	for k := range m.props {
		for _, name := range m.props[k].order {
			entryOf(name)
		}
		if k == 0 && len(o.names.entries) == len(m.props[0].order) {
			o.first = m.props[0].id
		}
	}
	for _, name := range m.need {
		o.names.entries[entryOf(name)].count = countRequired
	}
	for _, d := range m.deps {
		dep := dependent{entry: entryOf(d.name), node: d.node}
		for _, name := range d.needs {
			dep.needs = append(dep.needs, entryOf(name))
		}
		o.dependents = append(o.dependents, dep)
	}
	bits := o.bits()
	for i := range o.names.entries {
		e := &o.names.entries[i]
		o.required += e.count
		e.count += countOne + e.bit
		o.all += e.count
	}
	m.rests(o)
	o.names.build()
	o.plain = bits && len(o.names.entries) < countRequired && o.groups == nil && o.propNames == nil && !o.names.linear
}

// bits gives the entries whose presence matters to others a bit each; it
// reports false if there are too many.
func (o *objectCheck) bits() bool {
	given := 0
	give := func(i int32) {
		if e := &o.names.entries[i]; e.bit == 0 {
			e.bit = 1 << ((firstBit + given) & 63)
			given++
		}
	}
	for _, d := range o.dependents {
		give(d.entry)
		for _, i := range d.needs {
			give(i)
		}
	}
	return given <= 64-firstBit
}

// maxFirst is the last bit of group.first.
const maxFirst = 31

// rests compiles what judges the properties without an entry.
func (m *merger) rests(o *objectCheck) {
	var rests []*schema.Schema
	patterns := false
	for k := range m.props {
		p := &m.props[k]
		patterns = patterns || len(p.patterns) > 0
		if p.rest != nil {
			rests = append(rests, p.rest)
		}
	}
	if !patterns {
		if n := m.compiler.node(rests...); len(n.of) > 0 && len(n.of[0].Rules) > 0 {
			o.rest = n
		}
		o.open = o.rest == nil && len(o.propNames) == 0
		return
	}
	for k := range m.props {
		p := &m.props[k]
		g := group{}
		for i := range p.patterns {
			pn := patternNode{pattern: p.patterns[i].Pattern}
			if s := p.patterns[i].Schema; s != nil {
				pn.node = m.compiler.node(s)
			} else {
				pn.node = m.compiler.node()
			}
			for c, may := range pn.pattern.First() {
				if may {
					g.first[c] |= 1 << min(i, maxFirst)
				}
			}
			g.patterns = append(g.patterns, pn)
		}
		if p.rest != nil {
			g.rest = m.compiler.node(p.rest)
		}
		if g.patterns != nil || g.rest != nil {
			o.groups = append(o.groups, g)
		}
	}
}

// unevaluatedProperties adds an UnevaluatedProperties rule of s: as one more
// Properties rule where what s evaluates is known, else as an op.
func (m *merger) unevaluatedProperties(s *schema.Schema, r *schema.Rule) {
	mk := m.marker(s, r, true)
	m.extra[r].marks = mk
	if len(r.Kids[0].Schema.Rules) == 0 || mk.all {
		return
	}
	if len(mk.branches) == 0 {
		p := propRule{names: map[string]*schema.Schema{}, rest: r.Kids[0].Schema}
		for _, e := range mk.names.entries {
			p.names[e.name] = nil
			p.order = append(p.order, e.name)
		}
		for _, pattern := range mk.patterns {
			p.patterns = append(p.patterns, schema.Kid{Pattern: pattern})
		}
		m.props = append(m.props, p)
		return
	}
	m.add(op{
		kind: opUnevaluatedProperties, by: m.extra[r].id, pass: allBut(objects), marks: mk,
		nodes: []*node{m.compiler.node(r.Kids[0].Schema)},
	})
}
