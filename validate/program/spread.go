package program

import "github.com/sluicedata/sluice/validate/jsonscan"

// spread is a marker of properties whose branches are told apart by bits: one
// table of all names says in which branches each is evaluated, so that one
// pass over the object suffices.
type spread struct {
	names nameTable // entries' bits
	root  spreadMark
}

type spreadMark struct {
	bit      uint64
	all      bool
	branches []spreadBranch
}

type spreadBranch struct {
	from        *markBranch
	then, other *spreadMark
}

// spreadOf returns the spread of a marker, or nil if it has patterns or too
// many branches.
func spreadOf(m *marker) *spread {
	const most = 64
	s := &spread{}
	given := 0
	index := map[string]int{}
	var visit func(m *marker, to *spreadMark) bool
	visit = func(m *marker, to *spreadMark) bool {
		if given == most || len(m.patterns) > 0 {
			return false
		}
		to.bit, to.all = 1<<given, m.all
		given++
		for i := range m.names.entries {
			name := m.names.entries[i].name
			at, ok := index[name]
			if !ok {
				at = len(s.names.entries)
				index[name] = at
				s.names.entries = append(s.names.entries, newEntry(name))
			}
			s.names.entries[at].bit |= to.bit
		}
		for i := range m.branches {
			b := spreadBranch{from: &m.branches[i], then: &spreadMark{}}
			if !visit(m.branches[i].then, b.then) {
				return false
			}
			if m.branches[i].other != nil {
				if b.other = new(spreadMark); !visit(m.branches[i].other, b.other) {
					return false
				}
			}
			to.branches = append(to.branches, b)
		}
		return true
	}
	if !visit(m, &s.root) {
		return nil
	}
	s.names.build()
	return s
}

// spreadProperties is unevaluatedProperties by bits.
func (m *Machine) spreadProperties(s *spread, by int32, n *node, i int) bool {
	active, all := m.active(&s.root, i)
	if all {
		return true
	}
	ok := true
	tokens := m.view.Tokens
	for k := i + 1; k+1 < len(tokens) && k < int(tokens[i].Link); {
		v := &tokens[k+1]
		if e := s.names.find(m.view.Doc, &tokens[k]); e == nil || e.bit&active == 0 {
			if !m.alternative(n, k+1) {
				if ok = false; !m.partFails(by, i, k, n) {
					return false
				}
			}
		}
		if k += 2; v.Kind == jsonscan.Object || v.Kind == jsonscan.Array {
			k = int(v.Link)
		}
	}
	return ok
}

// active returns the bits of the marks that hold for the object at i.
func (m *Machine) active(s *spreadMark, i int) (bits uint64, all bool) {
	if s.all {
		return 0, true
	}
	bits = s.bit
	for k := range s.branches {
		b := &s.branches[k]
		next := b.other
		if m.branch(b.from, i) == b.from.then {
			next = b.then
		}
		if next == nil {
			continue
		}
		more, every := m.active(next, i)
		if every {
			return 0, true
		}
		bits |= more
	}
	return bits, false
}
