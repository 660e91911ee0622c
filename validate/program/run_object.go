package program

import (
	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/value"
)

func (m *Machine) object(c *objectCheck, t *jsonscan.Token, i int) bool {
	if !c.plain {
		return m.objectFull(c, t, i)
	}
	if t.N < c.min || t.N > c.max {
		return m.objectFails(c, i, whole, 0)
	}
	if c.open && c.all == 0 {
		return true
	}
	var (
		tokens = value.First(m.view.Tokens)
		doc    = m.view.Doc
		last   = len(doc) - 8 // where eight bytes can be loaded
		end    = int(t.Link)
		seen   uint64 // counts
	)
	for k := i + 1; k < end; {
		name, v := value.Token(tokens, k), value.Token(tokens, k+1)
		p, start, at := c.props.at(name), int(name.Start), k+1
		if k += 2; v.Kind > jsonscan.String { // a container
			k = int(v.Link)
		}
		if p.size != name.N || start > last ||
			((value.Load(doc, start)^p.head)|(value.Load(doc, start+int(p.last))^p.tail))<<(p.cut&63) != 0 {
			p = c.other(p, doc, name)
		}
		seen += p.count
		if v.Type&p.pass == 0 {
			if v.Type&p.strings != 0 {
				// m.str by hand, for what is most frequent.
				s := p.str
				var ok bool
				if n := int(v.N); v.Flags != 0 || n > s.limit || n < s.min || n > s.max {
					ok = m.str(s, v, at)
				} else if text := doc[v.Start : v.Start+v.N]; s.match != nil {
					ok = s.match.Match(text)
				} else if s.format != nil {
					ok = s.format(text)
				} else {
					ok = m.str(s, v, at)
				}
				if !ok {
					return m.objectFails(c, i, k, seen)
				}
			} else if !p.simple.passes(doc, v) && !m.leaf(p.node, v, at) {
				return m.objectFails(c, i, k, seen)
			}
		}
		if seen == c.all && c.open {
			break
		}
	}
	if seen&requiredMask < c.required || c.dependents != nil && !m.dependents(c, i, seen) {
		return m.objectFails(c, i, whole, seen)
	}
	return true
}

// objectFull is object for what is less usual.
func (m *Machine) objectFull(c *objectCheck, t *jsonscan.Token, i int) bool {
	if t.N < c.min || t.N > c.max {
		return false
	}
	var seen uint64
	tokens := m.view.Tokens
	for k := i + 1; k+1 < len(tokens) && k < int(t.Link); {
		name, v := &tokens[k], &tokens[k+1]
		for _, n := range c.propNames {
			if name.Type&n.pass == 0 && !m.valid(n, k) {
				return false
			}
		}
		n := c.rest
		e := c.names.find(m.view.Doc, name)
		if e != nil {
			seen += e.count
			n = e.node
		}
		if n != nil && v.Type&n.pass == 0 && !m.valid(n, k+1) {
			return false
		}
		if e == nil && len(c.groups) > 0 && !m.unnamed(c, k) {
			return false
		}
		if k += 2; v.Kind == jsonscan.Object || v.Kind == jsonscan.Array {
			k = int(v.Link)
		}
	}
	return seen&requiredMask >= c.required && (c.dependents == nil || m.dependentsFull(c, i))
}

// dependents judges what the presence of properties asks for.
func (m *Machine) dependents(c *objectCheck, i int, seen uint64) bool {
	for k := range c.dependents {
		d := &c.dependents[k]
		if seen&c.names.entries[d.entry].bit == 0 {
			continue
		}
		for _, need := range d.needs {
			if seen&c.names.entries[need].bit == 0 {
				return false
			}
		}
		if d.node != nil && !m.alternative(d.node, i) {
			return false
		}
	}
	return true
}

// dependentsFull is dependents for more properties than a word has bits.
func (m *Machine) dependentsFull(c *objectCheck, i int) bool {
	s := m.push(len(c.names.entries))
	defer func() { m.words = m.words[:s.base] }()
	for k := i + 1; k < int(m.view.Tokens[i].Link); k = m.view.Next(k + 1) {
		if at := c.names.index(m.view.Doc, &m.view.Tokens[k]); at >= 0 {
			m.put(s, at)
		}
	}
	for k := range c.dependents {
		d := &c.dependents[k]
		if !m.has(s, int(d.entry)) {
			continue
		}
		for _, need := range d.needs {
			if !m.has(s, int(need)) {
				return false
			}
		}
		if d.node != nil && !m.alternative(d.node, i) {
			return false
		}
	}
	return true
}

// unnamed judges a property without an entry by its patterns.
func (m *Machine) unnamed(c *objectCheck, k int) bool {
	name := &m.view.Tokens[k]
	text := m.view.Doc[name.Start : name.Start+name.N]
	if name.Flags&jsonscan.Escaped != 0 {
		// Judging a value may overwrite m.text while the name is still needed:
		// names have a stack of their own.
		base := len(m.names)
		m.names = jsonscan.Unescape(m.names, text)
		text = m.names[base:]
		defer func() { m.names = m.names[:base] }()
	}
	if len(text) > m.patternInput {
		return m.stop(PatternInput, k)
	}
	for g := range c.groups {
		matched := false
		patterns := c.groups[g].patterns
		may := ^uint32(0)
		if len(text) > 0 {
			may = c.groups[g].first[text[0]]
		}
		for p := range patterns {
			if may>>min(p, maxFirst)&1 == 0 || !patterns[p].pattern.Match(text) {
				continue
			}
			matched = true
			if !m.alternative(patterns[p].node, k+1) {
				return false
			}
		}
		if n := c.groups[g].rest; !matched && n != nil && !m.alternative(n, k+1) {
			return false
		}
	}
	return true
}

// member returns the value of the property that an entry names, 0 for none.
func (m *Machine) member(e *entry, object int) int {
	tokens := m.view.Tokens
	for k := object + 1; k < int(tokens[object].Link); k = m.view.Next(k + 1) {
		if name := &tokens[k]; name.Link == e.hash && e.is(m.view.Doc, name) {
			return k + 1
		}
	}
	return 0
}
