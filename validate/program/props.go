package program

import (
	"math"
	"strings"

	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/value"
)

// propTable is a nameTable for the walk through an object: one look-up without
// a call, a branch or a bounds check more than it needs.
type propTable struct {
	slots []*prop
	props []prop
	rest  *prop // of properties without an entry, the first of props
	mult  uint32
	shift uint32
}

// prop is an entry, with what the walk needs of its node: one cache line. Names
// of more than 16 bytes, the empty one, and those with a backslash, which a
// document can only write escaped, have the size of none.
type prop struct {
	// head and tail are the first and the last eight bytes of the name, last is
	// where tail begins, and cut how many bits of both are no part of the name.
	// So two loads tell names of up to 16 bytes apart, whatever their length.
	head, tail    uint64
	count         uint64
	node          *node
	str           *stringCheck // quick of node
	size          uint32
	entry         int32          // index in the names, -1 for none
	simple        simple         // of node
	pass, strings jsonscan.Types // of node; TypeString where str is more than simple
	last, cut     uint8
}

// none is the size of no name.
const none = math.MaxUint32

// build takes over a table whose nodes are built, and the node of properties
// without an entry, which may be nil.
func (t *propTable) build(names *nameTable, rest *node) {
	t.props = make([]prop, len(names.entries)+1)
	t.rest = &t.props[0]
	*t.rest = prop{size: none, pass: jsonscan.AllTypes, entry: -1}
	if rest != nil {
		t.rest.judge(rest)
	}
	for i := range names.entries {
		e := &names.entries[i]
		p := &t.props[i+1]
		*p = prop{
			head: e.head, tail: e.tail, size: e.size, count: e.count,
			entry: int32(i),
		}
		p.judge(e.node)
		switch {
		case e.size == 0 || e.size > 16 || strings.ContainsRune(e.name, '\\'):
			p.size = none
		case e.size < 8:
			p.cut, p.tail = uint8(64-8*e.size), e.head
		default:
			p.last = uint8(e.size - 8)
		}
	}
	slots := names.slots
	if t.mult, t.shift = names.mult, uint32(names.shift); len(slots) == 0 {
		slots, t.shift = make([]uint32, 2), 31
	}
	t.slots = make([]*prop, len(slots))
	for i, at := range slots {
		t.slots[i] = &t.props[at]
	}
}

// judge says which node judges the values.
func (p *prop) judge(n *node) {
	p.node, p.pass, p.str, p.simple = n, n.pass, n.quick, n.simple
	if p.str != nil && p.simple.types&jsonscan.TypeString == 0 {
		p.strings = jsonscan.TypeString
	}
}

// at returns the prop that the name may be, by its hash alone.
func (t *propTable) at(name *jsonscan.Token) *prop {
	return t.slots[name.Link*t.mult>>(t.shift&31)]
}

// property returns the prop of a name. It is what the walk does by hand.
func (c *objectCheck) property(doc []byte, name *jsonscan.Token) *prop {
	p, start := c.props.at(name), int(name.Start)
	if p.size != name.N || start > len(doc)-8 ||
		((value.Load(doc, start)^p.head)|(value.Load(doc, start+int(p.last))^p.tail))<<(p.cut&63) != 0 {
		return c.other(p, doc, name)
	}
	return p
}

// other is the end of a look-up that found p for another name.
func (c *objectCheck) other(p *prop, doc []byte, name *jsonscan.Token) *prop {
	if p.entry < 0 && name.Flags&jsonscan.Escaped == 0 {
		return p // no property of the schema
	}
	return c.seldom(p, doc, name)
}

// seldom is the end for names that are long, escaped, at the very end of the
// document or no property of the schema.
func (c *objectCheck) seldom(p *prop, doc []byte, name *jsonscan.Token) *prop {
	if name.Flags&jsonscan.Escaped != 0 {
		return &c.props.props[c.names.index(doc, name)+1]
	}
	if e := &c.names.entries[p.entry]; e.hash == name.Link && e.is(doc, name) {
		return p
	}
	return c.props.rest
}
