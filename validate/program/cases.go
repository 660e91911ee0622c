package program

import (
	"slices"

	"github.com/sluicedata/sluice/validate/jsonscan"
)

// cases are several ifs that test the same property. One look at it says
// which of their branches hold.
type cases struct {
	key    entry
	values *stringSet
	lists  [][]branch // by index in values
	others []branch   // any other value
	absent []branch
	ops    []op // the ifs, for values that are no objects
}

// branch is then or else of an if.
type branch struct {
	node *node
	by   int32 // id of the if
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
	list := func(met func(t *test) bool) (list []branch) {
		for i := range c.ops {
			n := c.ops[i].nodes[2]
			if met(tests[i]) {
				n = c.ops[i].nodes[1]
			}
			if n != nil && n.pass&jsonscan.TypeObject == 0 {
				list = append(list, branch{n, c.ops[i].by})
			}
		}
		return list
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
		return m.each(c.ops, t, i)
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
	ok := true
	for k := range list {
		if !m.alternative(list[k].node, i) {
			if ok = false; !m.partFails(list[k].by, i, whole, list[k].node) {
				break
			}
		}
	}
	return ok
}
