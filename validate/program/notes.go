package program

import "github.com/sluicedata/sluice/validate/jsonscan"

// notes are what a run finds invalid, part by part, so that Explain need not
// look for it. A run that takes notes goes on where it would stop.
//
// What is noted of a container by one check is complete, or nothing is noted
// of it: whoever finds notes knows that all other parts are valid.
type notes struct {
	// taking: the run takes notes. It does not while it tries alternatives,
	// whose failures mean nothing yet.
	taking bool
	list   []note
}

// note is a part of a container that is invalid.
type note struct {
	by   int32 // id of the check
	at   int32 // token of the container
	part int32 // token of the name or of the item; or whole
	node int32 // that judged the part
	// entry of the part's name in the check's table, where it has one; or unnamed.
	entry int32
}

// unnamed is the entry of what is told by no name of a check's table.
const unnamed = -1

// whole is no part: something else fails, such as a missing property.
const whole = -1

// maxNotes bounds the notes, as each is looked for in all of them. A document
// with more is explained without.
const maxNotes = 64

// reset forgets all notes.
func (n *notes) reset(take bool) {
	n.taking, n.list = take, n.list[:0]
}

// note adds one, and stops taking notes where there are too many.
func (n *notes) note(by int32, at, part int, node int32) {
	n.property(by, at, part, node, unnamed)
}

// property is note for a part whose name has an entry.
func (n *notes) property(by int32, at, part int, node, entry int32) {
	switch {
	case !n.taking:
	case len(n.list) < maxNotes:
		n.list = append(n.list, note{by, int32(at), int32(part), node, entry})
	default:
		n.reset(false)
	}
}

// about reports whether there are notes of a check of a container.
func (n *notes) about(by int32, at int) bool {
	for k := range n.list {
		if n.list[k].by == by && n.list[k].at == int32(at) {
			return true
		}
	}
	return false
}

// objectFails goes on with an object that a check finds invalid: by the property
// in front of the next one, or whole. seen is the sum of the counts up to there.
// The result is false.
func (m *Machine) objectFails(c *objectCheck, i, next int, seen uint64) bool {
	if !m.taking || m.about(c.id, i) {
		return false
	}
	tokens := m.view.Tokens
	t := &tokens[i]
	if next == whole {
		m.note(c.id, i, whole, nobody)
		if t.N >= c.min && t.N <= c.max {
			return false // all properties were looked at before
		}
		next = i + 1
	} else {
		name := i + 1
		for to := m.view.Next(name + 1); to != next; to = m.view.Next(name + 1) {
			name = to
		}
		p := c.property(m.view.Doc, &tokens[name])
		m.notes.property(c.id, i, name, p.node.id, p.entry)
	}
	for k := next; k < int(t.Link) && m.taking; k = m.view.Next(k + 1) {
		p, v := c.property(m.view.Doc, &tokens[k]), &tokens[k+1]
		seen += p.count
		if v.Type&p.pass == 0 && !m.leaf(p.node, v, k+1) {
			m.notes.property(c.id, i, k, p.node.id, p.entry)
		}
	}
	if t.N >= c.min && t.N <= c.max && (seen&requiredMask < c.required || c.dependents != nil && !m.dependents(c, i, seen)) {
		m.note(c.id, i, whole, nobody)
	}
	return false
}

// arrayFails goes on with an array that a check finds invalid: by the item at
// a token, or whole.
func (m *Machine) arrayFails(c *arrayCheck, i, item int) bool {
	if !m.taking || m.about(c.id, i) {
		return false
	}
	if item == whole {
		m.note(c.id, i, whole, 0)
		if t := &m.view.Tokens[i]; t.N >= c.min && t.N <= c.max {
			return false // all items were looked at before
		}
	}
	tokens := m.view.Tokens
	at := 0
	for k := i + 1; k < int(tokens[i].Link) && m.taking; k = m.view.Next(k) {
		n := c.rest
		if at < len(c.prefix) {
			n = c.prefix[at]
		}
		at++
		if v := &tokens[k]; n != nil && v.Type&n.pass == 0 && (k == item || k > item && !m.leaf(n, v, k)) {
			m.note(c.id, i, k, n.id)
		}
	}
	return false
}

// each reports whether the value at i passes some ops.
func (m *Machine) each(ops []op, t *jsonscan.Token, i int) bool {
	ok := true
	for k := range ops {
		if o := &ops[k]; t.Type&o.pass == 0 && !m.op(o, t, i) {
			if ok = false; !m.opFails(o, i) {
				break
			}
		}
	}
	return ok
}

// opFails notes that an op fails, and reports whether to go on with the others.
func (m *Machine) opFails(o *op, i int) bool {
	if o.by != 0 && !m.about(o.by, i) {
		m.note(o.by, i, whole, nobody)
	}
	return m.taking
}

// nodeFails goes on with the ops, from the k-th on, of a node that a container
// does not meet.
func (m *Machine) nodeFails(n *node, t *jsonscan.Token, i, k int) bool {
	if m.taking && n.merged {
		m.each(n.ops[k:], t, i)
		m.note(-1-n.id, i, whole, nobody)
	}
	return false
}

// test is alternative where a failure may mean nothing.
func (m *Machine) test(n *node, i int) bool {
	taking := m.taking
	m.taking = false
	ok := m.alternative(n, i)
	m.taking = taking
	return ok
}

// partFails notes that a part is invalid, and reports whether to go on with the
// others.
func (m *Machine) partFails(by int32, i, part int, n *node) bool {
	m.note(by, i, part, n.id)
	return m.taking
}
