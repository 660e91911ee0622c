package program

import "github.com/sluicedata/sluice/validate/jsonscan"

// set is a bit set on the machine's stack of words.
type set struct{ base, size int }

// push makes an empty set of n bits. Whoever pushes truncates m.words.
func (m *Machine) push(n int) set {
	s := set{len(m.words), n}
	for range (n + 63) / 64 {
		m.words = append(m.words, 0)
	}
	return s
}

func (m *Machine) put(s set, i int)      { m.words[s.base+i>>6] |= 1 << (i & 63) }
func (m *Machine) has(s set, i int) bool { return m.words[s.base+i>>6]&(1<<(i&63)) != 0 }

func (m *Machine) putAll(s set) {
	for i := range (s.size + 63) / 64 {
		m.words[s.base+i] = ^uint64(0)
	}
}

// unevaluatedProperties judges the properties of the object at i that the
// marker leaves out.
func (m *Machine) unevaluatedProperties(o *op, i int) bool {
	mk, n := o.marks, o.nodes[0]
	if m.taking && m.about(o.by, i) {
		return false
	}
	if o.spread != nil {
		return m.spreadProperties(o.spread, o.by, n, i)
	}
	s := m.push(int(m.view.Tokens[i].N))
	defer func() { m.words = m.words[:s.base] }()
	m.markProperties(mk, s, i)
	ok := true
	at := 0
	for k := i + 1; k < int(m.view.Tokens[i].Link); k = m.view.Next(k + 1) {
		if !m.has(s, at) && !m.alternative(n, k+1) {
			if ok = false; !m.partFails(o.by, i, k, n) {
				return false
			}
		}
		at++
	}
	return ok
}

// markProperties marks, by their place, the properties of the object at i that
// a schema evaluates.
func (m *Machine) markProperties(mk *marker, s set, i int) {
	if mk.all {
		m.putAll(s)
		return
	}
	if len(mk.names.entries)+len(mk.patterns) > 0 {
		at := 0
		for k := i + 1; k < int(m.view.Tokens[i].Link); k = m.view.Next(k + 1) {
			if mk.names.find(m.view.Doc, &m.view.Tokens[k]) != nil || m.matches(mk, k) {
				m.put(s, at)
			}
			at++
		}
	}
	for b := range mk.branches {
		if next := m.branch(&mk.branches[b], i); next != nil {
			m.markProperties(next, s, i)
		}
	}
}

// branch returns the marker that counts for the value at i, or nil.
func (m *Machine) branch(b *markBranch, i int) *marker {
	if b.property != nil && (m.view.Tokens[i].Kind != jsonscan.Object || m.member(b.property, i) == 0) {
		return nil
	}
	switch {
	case b.cond == nil:
		return b.then
	case b.test != nil && m.view.Tokens[i].Kind == jsonscan.Object:
		if m.meets(b.test, i) {
			return b.then
		}
	case m.test(b.cond, i):
		return b.then
	}
	return b.other
}

func (m *Machine) matches(mk *marker, k int) bool {
	if len(mk.patterns) == 0 {
		return false
	}
	text := m.view.Text(k, m.text)
	if m.view.Tokens[k].Flags&jsonscan.Escaped != 0 {
		m.text = text
	}
	if len(text) > m.patternInput {
		return m.stop(PatternInput, k)
	}
	for _, p := range mk.patterns {
		if p.Match(text) {
			return true
		}
	}
	return false
}

// unevaluatedItems judges the items of the array at i that the marker leaves
// out.
func (m *Machine) unevaluatedItems(mk *marker, n *node, i int) bool {
	s := m.push(int(m.view.Tokens[i].N))
	defer func() { m.words = m.words[:s.base] }()
	m.markItems(mk, s, i)
	at := 0
	for k := i + 1; k < int(m.view.Tokens[i].Link); k = m.view.Next(k) {
		if !m.has(s, at) && !m.alternative(n, k) {
			return false
		}
		at++
	}
	return true
}

// markItems marks the items of the array at i that a schema evaluates.
func (m *Machine) markItems(mk *marker, s set, i int) {
	if mk.all {
		m.putAll(s)
		return
	}
	for at := range min(mk.prefix, s.size) {
		m.put(s, at)
	}
	for _, c := range mk.contains {
		at := 0
		for k := i + 1; k < int(m.view.Tokens[i].Link); k = m.view.Next(k) {
			if !m.has(s, at) && m.test(c, k) {
				m.put(s, at)
			}
			at++
		}
	}
	for b := range mk.branches {
		if next := m.branch(&mk.branches[b], i); next != nil {
			m.markItems(next, s, i)
		}
	}
}
