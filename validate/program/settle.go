package program

import (
	"math"
	"slices"

	"github.com/sluicedata/sluice/validate/jsonscan"
)

// settle moves what was gathered into the node and finds the types that pass.
func (m *merger) settle() {
	n := m.n
	pass := n.allowed
	if m.str != nil && n.allowed&jsonscan.TypeString != 0 {
		n.str = m.str.settle(m.patternInput)
		pass &^= jsonscan.TypeString
	}
	if m.nums {
		n.num = m.num.settle()
		pass &^= jsonscan.TypeNumber
		if len(m.num.bounds)+len(m.num.factors)+len(m.num.sets) > 0 {
			pass &^= jsonscan.TypeInt
		}
	}
	if m.arr != nil && n.allowed&jsonscan.TypeArray != 0 {
		n.arr = m.arr
		pass &^= jsonscan.TypeArray
	}
	if m.obj != nil && n.allowed&jsonscan.TypeObject != 0 {
		n.obj = m.obj
		pass &^= jsonscan.TypeObject
	}
	n.ops = slices.DeleteFunc(n.ops, func(o op) bool { return n.allowed&^o.pass == 0 })
	for i := range n.ops {
		pass &= n.ops[i].pass
	}
	n.pass = pass
	if n.str != nil && len(n.ops) == 0 {
		n.quick = n.str
	}
	n.onlyObj = n.obj != nil && len(n.ops) == 0
	n.onlyArr = n.arr != nil && len(n.ops) == 0
	n.onlyNum = n.num != nil && len(n.ops) == 0 && n.allowed&jsonscan.TypeNumber != 0
	if n.num != nil && len(n.ops) == 0 && n.allowed&jsonscan.TypeInt != 0 && !n.num.smallExact && n.num.multiples == nil {
		n.ints = n.num
	}
	n.simple = n.simplest()
}

// settle finds out whether there is only one check beside the length.
func (c *stringCheck) settle(patternInput int) *stringCheck {
	c.limit = math.MaxInt
	switch {
	case len(c.sets)+len(c.patterns)+len(c.formats) > 1:
	case len(c.sets) > 0:
		c.only, c.match = onlyMatch, c.sets[0].matcher()
	case len(c.patterns) > 0:
		c.only, c.match, c.limit = onlyMatch, c.patterns[0].Matcher(), patternInput
	case len(c.formats) > 0:
		c.only, c.format = onlyFormat, c.formats[0]
	default:
		c.only = onlyLength
	}
	return c
}
