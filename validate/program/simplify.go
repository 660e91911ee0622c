package program

import (
	"math"
	"slices"

	"github.com/sluicedata/sluice/validate/jsonscan"
)

// test is a condition on an object that asks only whether one property is one
// of some strings: the usual if.
type test struct {
	key      entry
	values   *stringSet
	required bool // else an absent property meets it
}

// testOf returns what a node asks of objects as a test, or nil.
func testOf(n *node) *test {
	o := n.obj
	if n.allowed&jsonscan.TypeObject == 0 || o == nil || len(n.ops) > 0 {
		return nil
	}
	if !o.plain || !o.open || len(o.names.entries) != 1 || o.min > 0 || o.max != math.MaxUint32 || o.dependents != nil {
		return nil
	}
	e := &o.names.entries[0]
	v := e.node
	if v.pass != 0 || v.allowed != jsonscan.TypeString || v.quick == nil || v.quick.only != onlySet {
		return nil
	}
	return &test{key: newEntry(e.name), values: v.quick.set, required: o.required > 0}
}

// meets reports whether the object at i meets the test.
func (m *Machine) meets(t *test, i int) bool {
	v := m.member(&t.key, i)
	if v == 0 {
		return !t.required
	}
	return m.view.Tokens[v].Kind == jsonscan.String && t.values.has(m.string(v))
}

// string returns the content of a string, valid until the next call.
func (m *Machine) string(i int) []byte {
	t := &m.view.Tokens[i]
	text := m.view.Doc[t.Start : t.Start+t.N]
	if t.Flags&jsonscan.Escaped != 0 {
		m.text = jsonscan.Unescape(m.text[:0], text)
		text = m.text
	}
	return text
}

// cases are several ifs that test the same property. One look at it says
// which of their branches hold.
type cases struct {
	key    entry
	values *stringSet
	lists  [][]*node // by index in values
	others []*node   // any other value
	absent []*node
	ops    []op // the ifs, for values that are no objects
}

// simplify replaces what can be told by one property. It runs when all nodes
// are built.
func (c *compiler) simplify() {
	c.tests = make([]*test, len(c.nodes))
	for id, n := range c.nodes {
		c.tests[id] = testOf(n)
	}
	for _, n := range c.all {
		n.ops = switches(n.ops)
		for i := range n.ops {
			if o := &n.ops[i]; o.kind == opUnevaluatedProperties {
				o.spread = spreadOf(o.marks)
			}
		}
	}
	seen := map[*marker]bool{}
	for _, m := range c.markers {
		m.findTests(seen)
	}
}

func (m *marker) findTests(seen map[*marker]bool) {
	if m == nil || seen[m] {
		return
	}
	seen[m] = true
	for i := range m.branches {
		b := &m.branches[i]
		if b.cond != nil {
			b.test = testOf(b.cond)
		}
		b.then.findTests(seen)
		b.other.findTests(seen)
	}
}

// switches makes one op of the ifs that test the same property.
func switches(ops []op) []op {
	byKey := map[string]*cases{}
	tests := make([]*test, len(ops))
	var order []*cases
	for i := range ops {
		if ops[i].kind != opIf {
			continue
		}
		t := testOf(ops[i].nodes[0])
		if t == nil {
			continue
		}
		tests[i] = t
		c := byKey[t.key.name]
		if c == nil {
			c = &cases{key: t.key}
			byKey[t.key.name] = c
			order = append(order, c)
		}
		c.ops = append(c.ops, ops[i])
	}
	if len(order) == 0 {
		return ops
	}
	out := slices.DeleteFunc(slices.Clone(ops), func(o op) bool { return o.kind == opIf && testOf(o.nodes[0]) != nil })
	for _, c := range order {
		c.fill()
		pass := jsonscan.AllTypes
		for i := range c.ops {
			pass &= c.ops[i].pass
		}
		out = append(out, op{kind: opSwitch, pass: pass, cases: c})
	}
	return out
}

// fill finds the nodes that hold for each value.
func (c *cases) fill() {
	tests := make([]*test, len(c.ops))
	var values []string
	for i := range c.ops {
		tests[i] = testOf(c.ops[i].nodes[0])
		for k := range tests[i].values.list {
			values = append(values, tests[i].values.list[k].text)
		}
	}
	c.values = newStringSet(values)
	list := func(met func(t *test) bool) (nodes []*node) {
		for i := range c.ops {
			n := c.ops[i].nodes[2]
			if met(tests[i]) {
				n = c.ops[i].nodes[1]
			}
			if n != nil && n.pass&jsonscan.TypeObject == 0 {
				nodes = append(nodes, n)
			}
		}
		return nodes
	}
	for i := range c.values.list {
		value := []byte(c.values.list[i].text)
		c.lists = append(c.lists, list(func(t *test) bool { return t.values.has(value) }))
	}
	c.others = list(func(*test) bool { return false })
	c.absent = list(func(t *test) bool { return !t.required })
}

// cases judges by several ifs at once.
func (m *Machine) cases(c *cases, t *jsonscan.Token, i int) bool {
	if t.Kind != jsonscan.Object {
		for k := range c.ops {
			if o := &c.ops[k]; t.Type&o.pass == 0 && !m.op(o, t, i) {
				return false
			}
		}
		return true
	}
	list := c.absent
	if v := m.member(&c.key, i); v != 0 {
		list = c.others
		if m.view.Tokens[v].Kind == jsonscan.String {
			if at := c.values.index(m.string(v)); at >= 0 {
				list = c.lists[at]
			}
		}
	}
	for _, n := range list {
		if !m.alternative(n, i) {
			return false
		}
	}
	return true
}

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
func (m *Machine) spreadProperties(s *spread, n *node, i int) bool {
	active, all := m.active(&s.root, i)
	if all {
		return true
	}
	tokens := m.view.Tokens
	for k := i + 1; k+1 < len(tokens) && k < int(tokens[i].Link); {
		v := &tokens[k+1]
		if e := s.names.find(m.view.Doc, &tokens[k]); e == nil || e.bit&active == 0 {
			if !m.alternative(n, k+1) {
				return false
			}
		}
		if k += 2; v.Kind == jsonscan.Object || v.Kind == jsonscan.Array {
			k = int(v.Link)
		}
	}
	return true
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
