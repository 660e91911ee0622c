package program

import (
	"math"

	"github.com/sluicedata/sluice/validate/jsonscan"
)

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
	if v.pass != 0 || v.allowed != jsonscan.TypeString || v.quick == nil {
		return nil
	}
	if c := v.quick; c.only != onlyMatch || len(c.sets) != 1 || c.min > 0 || c.max < math.MaxInt {
		return nil
	}
	return &test{key: newEntry(e.name), values: v.quick.sets[0], required: o.required > 0}
}

// meets reports whether the object at i meets the test.
func (m *Machine) meets(t *test, i int) bool {
	v := m.member(&t.key, i)
	if v == 0 {
		return !t.required
	}
	return m.view.Tokens[v].Kind == jsonscan.String && t.values.has(m.string(v))
}
