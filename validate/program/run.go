package program

import (
	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/value"
)

const (
	// stepsPerToken and stepsAnyway are how many alternatives a run tries
	// before it remembers results.
	stepsPerToken = 64
	stepsAnyway   = 4096
	// maxSteps bounds what it tries after that, without what it remembers.
	maxSteps = 1 << 23

	memoryBits = 16
	memorySize = 1 << memoryBits
)

// Valid reports whether the document on the machine's tape meets the schema.
// It allocates nothing once the machine has grown to the document's size.
func (p *Prog) Valid(m *Machine) bool {
	m.load(p)
	m.notes.reset(false)
	ok := m.valid(p.nodes[p.root.ID], 0)
	return ok && m.halt == 0
}

// Check is Valid for a document that is to be explained where it is invalid:
// then it goes on to the end, and takes notes for Explain.
func (p *Prog) Check(m *Machine) bool {
	m.load(p)
	m.notes.reset(true)
	ok := m.valid(p.nodes[p.root.ID], 0)
	if m.taking = false; m.halt != 0 {
		m.notes.reset(false)
	}
	return ok && m.halt == 0
}

// valid reports whether the value at i meets the node.
func (m *Machine) valid(n *node, i int) bool {
	t := &m.view.Tokens[i]
	if t.Type&n.pass != 0 {
		return true
	}
	if t.Type&n.allowed == 0 {
		return false
	}
	switch t.Kind {
	case jsonscan.String, jsonscan.Name:
		if n.str != nil && !m.str(n.str, t, i) {
			return false
		}
	case jsonscan.Number:
		if n.num != nil && !m.number(n.num, t) {
			return false
		}
	case jsonscan.Object:
		if n.obj != nil && !m.object(n.obj, t, i) {
			return m.nodeFails(n, t, i, 0)
		}
	case jsonscan.Array:
		if n.arr != nil && !m.array(n.arr, t, i) {
			return m.nodeFails(n, t, i, 0)
		}
	default:
	}
	for k := range n.ops {
		if o := &n.ops[k]; t.Type&o.pass == 0 && !m.op(o, t, i) {
			m.opFails(o, i)
			return m.nodeFails(n, t, i, k+1)
		}
	}
	return true
}

// leaf is valid, without detours for the values that are most frequent. The
// node does not pass the value by its type.
func (m *Machine) leaf(n *node, v *jsonscan.Token, i int) bool {
	switch v.Type {
	case jsonscan.TypeString:
		if n.quick != nil {
			return m.str(n.quick, v, i)
		}
	case jsonscan.TypeObject:
		if n.onlyObj {
			return m.object(n.obj, v, i)
		}
	case jsonscan.TypeInt:
		if c := n.ints; c != nil {
			if v.N <= c.easy && m.view.Doc[v.Start]-'1' <= 8 {
				return true
			}
			x := value.Int(m.view.Doc[v.Start : v.Start+v.N])
			return x >= c.least && x <= c.most
		}
	case jsonscan.TypeNumber:
		if n.onlyNum {
			return v.Flags == jsonscan.Fraction && n.num.clearly(m.view.Doc[v.Start:v.Start+v.N]) || m.number(n.num, v)
		}
	case jsonscan.TypeArray:
		if n.onlyArr {
			return m.array(n.arr, v, i)
		}
	}
	return m.valid(n, i)
}

// alternative is valid for nodes that may judge a value which others judge
// too: when a run takes many steps, results are remembered, or recursive
// alternatives would double the work with every level of the document.
func (m *Machine) alternative(n *node, i int) bool {
	t := m.view.Tokens[i].Type
	if t&n.pass != 0 {
		return true
	}
	if t&n.allowed == 0 || m.halt != 0 {
		return false
	}
	if m.steps > 0 {
		m.steps--
		return m.valid(n, i)
	}
	return m.remembered(n, i)
}

// remembered is alternative for a run that has taken many steps. Only nodes
// that try alternatives further down are worth remembering. The memory is a
// cache of one word a slot: node, token and result. It may forget, for what is
// asked again is asked soon after.
func (m *Machine) remembered(n *node, i int) bool {
	if !n.branches {
		return m.valid(n, i)
	}
	if !m.remembers {
		m.remembers = true
		if m.memory == nil {
			m.memory = make([]uint64, memorySize)
		}
		clear(m.memory)
	}
	key := uint64(n.id)<<33 | uint64(i)<<1 | 1<<63
	slot := &m.memory[key*0x9E3779B97F4A7C15>>(64-memoryBits)]
	if *slot&^1 == key {
		return *slot&1 != 0
	}
	if m.steps--; m.steps < -maxSteps {
		return m.stop(Steps, i)
	}
	ok := m.valid(n, i)
	if *slot = key; ok {
		*slot |= 1
	}
	return ok
}
