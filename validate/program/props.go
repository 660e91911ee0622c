package program

import (
	"math"

	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/value"
)

// propTable is a nameTable for the walk through an object: one look-up without
// a call, a branch or a bounds check more than it needs.
type propTable struct {
	slots []uint32 // index in props
	props []prop   // the first one is none
	mult  uint32
	shift uint32
}

// prop is an entry, with what the walk needs of its node: one cache line.
type prop struct {
	// head and tail are the first and the last eight bytes of the name, mask
	// those that are part of it, and last where tail begins. So two loads tell
	// names of up to 16 bytes apart, whatever their length.
	head, tail, mask uint64
	last             uint32
	size             uint32
	count, bit       uint64
	node             *node
	pass             jsonscan.Types // of node
	long             bool           // of more than 16 bytes: see entry.name
	entry            *entry
}

// none is the size of no name.
const none = math.MaxUint32

// build takes over a table whose nodes are built.
func (t *propTable) build(names *nameTable) {
	t.props = make([]prop, len(names.entries)+1)
	t.props[0].size = none
	for i := range names.entries {
		e := &names.entries[i]
		p := &t.props[i+1]
		*p = prop{
			head: e.head, tail: e.tail, mask: math.MaxUint64, size: e.size, count: e.count, bit: e.bit,
			node: e.node, pass: e.node.pass, long: e.size > 16, entry: e,
		}
		if e.size < 8 {
			p.mask, p.tail = 1<<(8*e.size)-1, e.head
		} else {
			p.last = e.size - 8
		}
	}
	if t.slots, t.mult, t.shift = names.slots, names.mult, uint32(names.shift); len(t.slots) == 0 {
		t.slots, t.shift = make([]uint32, 2), 31
	}
}

// at returns the prop that the name may be, by its hash alone.
func (t *propTable) at(name *jsonscan.Token) *prop {
	return &t.props[t.slots[name.Link*t.mult>>(t.shift&31)]]
}

// find returns the prop of a short plain name. It is what the walk does by
// hand.
func (t *propTable) find(doc []byte, name *jsonscan.Token) *prop {
	p, start := t.at(name), int(name.Start)
	if p.size != name.N || name.Flags&jsonscan.Escaped != 0 || start+8 > len(doc) || p.long ||
		((value.Load(doc, start)^p.head)|(value.Load(doc, start+int(p.last))^p.tail))&p.mask != 0 {
		return nil
	}
	return p
}

// property returns the prop of a name, or nil.
func (c *objectCheck) property(doc []byte, name *jsonscan.Token) *prop {
	if p := c.props.find(doc, name); p != nil {
		return p
	}
	return c.seldom(c.props.at(name), doc, name)
}

// seldom is the end of a look-up that found p, for names that are long, escaped,
// at the very end of the document or no property of the schema. It returns nil
// for the last ones.
func (c *objectCheck) seldom(p *prop, doc []byte, name *jsonscan.Token) *prop {
	if name.Flags&jsonscan.Escaped == 0 {
		if p.entry != nil && p.entry.hash == name.Link && p.entry.is(doc, name) {
			return p
		}
		return nil
	}
	if i := c.names.index(doc, name); i >= 0 {
		return &c.props.props[i+1]
	}
	return nil
}
