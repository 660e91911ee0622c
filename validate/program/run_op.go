package program

import "github.com/sluicedata/sluice/validate/jsonscan"

func (m *Machine) op(o *op, t *jsonscan.Token, i int) bool {
	switch o.kind {
	case opAll:
		ok := true
		for _, n := range o.nodes {
			if !m.alternative(n, i) {
				if ok = false; !m.taking {
					break
				}
			}
		}
		return ok
	case opAny:
		list := m.chosen(o, t, i)
		if len(list) == 1 {
			return m.alternative(list[0], i)
		}
		for _, n := range list {
			if m.test(n, i) {
				return true
			}
		}
		return false
	case opOne:
		list := m.chosen(o, t, i)
		if len(list) == 1 {
			return m.alternative(list[0], i)
		}
		found := false
		for _, n := range list {
			if m.test(n, i) {
				if found {
					return false
				}
				found = true
			}
		}
		return found
	case opNot:
		return !m.test(o.nodes[0], i)
	case opIf:
		n := o.nodes[2]
		if m.test(o.nodes[0], i) {
			n = o.nodes[1]
		}
		return n == nil || m.alternative(n, i)
	case opValues:
		return m.values(o.values, t, i)
	case opUnevaluatedItems:
		return m.unevaluatedItems(o.marks, o.nodes[0], i)
	case opUnevaluatedProperties:
		return m.unevaluatedProperties(o, i)
	case opSwitch:
		return m.cases(o.cases, t, i)
	default:
		return true
	}
}

// chosen returns the members of anyOf or oneOf that may allow the value.
func (m *Machine) chosen(o *op, t *jsonscan.Token, i int) []*node {
	if ch := o.choice; ch != nil && t.Kind == jsonscan.Object {
		if at := ch.at(m, i); at >= 0 {
			return ch.lists[at]
		} else if at == others {
			return ch.others
		}
	}
	return o.byKind[t.Kind]
}

const (
	others   = -1 // a string that no member lists
	anything = -2 // no string
)

// at returns the index of the list of members that the object at i selects, or
// others or anything.
//
// NOTE: asked by a run, it is asked again by the explanation.
func (ch *choice) at(m *Machine, i int) int {
	if m.chose.by != ch || m.chose.object != i {
		m.chose = chose{ch, i, ch.look(m, i)}
	}
	return m.chose.at
}

// chose is the last answer of a choice.
type chose struct {
	by         *choice
	object, at int
}

func (ch *choice) look(m *Machine, i int) int {
	v := m.member(&ch.key, i)
	if v == 0 || m.view.Tokens[v].Kind != jsonscan.String {
		return anything
	}
	text := m.view.Text(v, m.text)
	if m.view.Tokens[v].Flags&jsonscan.Escaped != 0 {
		m.text = text
	}
	return ch.values.index(text)
}

// values compares arrays and objects with those of enum or const.
func (m *Machine) values(l *literals, t *jsonscan.Token, i int) bool {
	if t.Type&l.types == 0 {
		return false
	}
	const few = 4
	if len(l.at) > few {
		seed := m.compare.Seed
		m.compare.Seed = 0
		sum := m.compare.Hash(m.view, i)
		m.compare.Seed = seed
		for k, at := range l.at {
			if l.sums[k] == sum && m.compare.Equal(m.view, i, l.view, at) {
				return true
			}
		}
		return false
	}
	for _, at := range l.at {
		if m.compare.Equal(m.view, i, l.view, at) {
			return true
		}
	}
	return false
}
