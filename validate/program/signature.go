package program

import (
	"bytes"
	"math"

	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/schema"
)

// signature says, by the notes of a run, how a document fails: which rules on
// which values, and by which names these are reached. Documents that have the
// same one have the same violations, but for the names that the schema lacks.
type signature struct {
	key []uint32
	// strange are the tokens of the names that the schema lacks.
	strange []int32
}

// maxKey bounds a signature.
const maxKey = 64

// leafRules are the rules that judge a value as a whole.
type leafRules struct {
	list []*schema.Rule
	// deeper: other rules look into arrays or objects. tries: others try
	// alternatives. never: one rejects everything.
	deeper, tries, never bool
}

// add adds a rule of a node.
func (l *leafRules) add(r *schema.Rule) {
	switch {
	case r.Op == schema.False:
		l.never = true
	case r.Op >= schema.Type && r.Op <= schema.Format:
		l.list = append(l.list, r)
	case r.Op >= schema.AnyOf && r.Op <= schema.If:
		l.tries = true
	default:
		l.deeper = true
	}
}

// sign finds the signature of the document that Check took notes on. It reports
// false where the notes do not tell all.
func (m *Machine) sign(p *Prog) bool {
	m.key, m.strange = m.key[:0], m.strange[:0]
	return len(m.list) > 0 && !m.remembers && m.signs(p, p.nodes[p.root.ID], 0) && len(m.key) <= maxKey && m.halt == 0
}

// signs adds how the value at i fails a node.
func (m *Machine) signs(p *Prog, n *node, i int) bool {
	t := &m.view.Tokens[i]
	deeper := n.obj != nil && t.Kind == jsonscan.Object || n.arr != nil && t.Kind == jsonscan.Array || len(n.ops) > 0
	switch {
	case !n.merged || len(m.key) > maxKey:
		return false
	case t.Type&n.allowed == 0 || t.Kind <= jsonscan.String || !deeper:
		return m.signsLeaf(n, t, i)
	default:
		m.key = append(m.key, uint32(n.id)<<3|uint32(t.Kind))
		return m.signsDeeper(p, n, t, i)
	}
}

// signsLeaf adds which rules the value at i fails: the last one, if no other.
func (m *Machine) signsLeaf(n *node, t *jsonscan.Token, i int) bool {
	if n.leaf.tries || n.leaf.deeper && t.Kind > jsonscan.String || len(n.leaf.list) > 32 {
		return false
	}
	var failed uint32
	for k, r := range n.leaf.list {
		ok := true
		switch {
		case k == len(n.leaf.list)-1 && failed == 0 && !n.leaf.never:
			ok = false
		case r.Op <= schema.Const:
			ok = m.anyType(r, t, i)
		case r.Op <= schema.MultipleOf:
			ok = t.Kind != jsonscan.Number || m.numberRule(r, i)
		default:
			ok = t.Kind != jsonscan.String || m.stringRule(r, i)
		}
		if !ok {
			failed |= 1 << k
		}
	}
	m.key = append(m.key, uint32(n.id)<<3, failed)
	return true
}

// signsDeeper adds which parts of the array or object at i fail, what else fails
// of it as a whole, and which rules that try alternatives.
func (m *Machine) signsDeeper(p *Prog, n *node, t *jsonscan.Token, i int) bool {
	if len(n.ops) > 0 && !m.about(-1-n.id, i) {
		return false
	}
	fails, ok := false, true
	switch {
	case t.Kind == jsonscan.Array && n.arr != nil:
		fails, ok = m.signsArray(p, n.arr, t, i)
	case t.Kind == jsonscan.Object && n.obj != nil:
		fails, ok = m.signsObject(p, n.obj, i)
	}
	for k := 0; k < len(n.ops) && ok; k++ {
		if o := &n.ops[k]; t.Type&o.pass == 0 {
			var failed bool
			failed, ok = m.signsOp(p, o, t, i)
			fails = fails || failed
		}
	}
	m.key = append(m.key, 0)
	return ok && fails
}

// signsObject adds which properties of the object at i fail a check, and which
// it has where others are missing.
func (m *Machine) signsObject(p *Prog, c *objectCheck, i int) (fails, ok bool) {
	for k := range m.list {
		x := &m.list[k]
		if x.by != c.id || x.at != int32(i) {
			continue
		}
		fails = true
		switch {
		case x.part != whole:
			if !m.signsPart(p, x) {
				return true, false
			}
		case !c.tells:
			return true, false
		default:
			m.key = append(m.key, math.MaxUint32)
		}
		m.key = append(m.key, uint32(x.detail))
	}
	return fails, c.plain
}

// signsArray adds which items of the array at i fail a check, and how many it
// has and whether they are unique where that may matter.
func (m *Machine) signsArray(p *Prog, c *arrayCheck, t *jsonscan.Token, i int) (fails, ok bool) {
	item, at := i+1, uint32(0)
	for k := range m.list {
		x := &m.list[k]
		if x.by != c.id || x.at != int32(i) {
			continue
		}
		fails = true
		if x.part == whole {
			m.key = append(m.key, math.MaxUint32, t.N)
			continue
		}
		for ; item < int(x.part); item = m.view.Next(item) {
			at++
		}
		m.key = append(m.key, uint32(c.id), at)
		if item != int(x.part) || !m.signs(p, p.all[x.node], item) {
			return true, false
		}
	}
	if fails && c.unique && !m.compare.Unique(m.view, i) {
		m.key = append(m.key, math.MaxUint32)
	}
	return fails, c.contains == nil
}

// signsPart adds how a property fails that there is a note of.
func (m *Machine) signsPart(p *Prog, x *note) bool {
	n, value := p.all[x.node], int(x.part)+1
	m.key = append(m.key, uint32(x.by))
	if x.detail >= 0 {
		return m.signs(p, n, value)
	}
	name := &m.view.Tokens[x.part]
	if name.Flags&jsonscan.Escaped != 0 || escapes(m.view.Doc[name.Start:name.Start+name.N]) {
		return false
	}
	m.strange = append(m.strange, x.part)
	return n.merged && m.signsLeaf(n, &m.view.Tokens[value], value)
}

// signsOp adds how the object at i fails an op, if it does.
func (m *Machine) signsOp(p *Prog, o *op, t *jsonscan.Token, i int) (fails, ok bool) {
	if o.by != 0 && !m.about(o.by, i) {
		return false, true
	}
	switch o.kind {
	case opSwitch:
		for k := range m.list {
			x := &m.list[k]
			if x.at != int32(i) || !o.cases.has(x.by) {
				continue
			}
			fails = true
			if m.key = append(m.key, uint32(x.by)); x.node < 0 || !m.signs(p, p.all[x.node], i) {
				return true, false
			}
		}
		return fails, true
	case opNot:
		m.key = append(m.key, uint32(o.by))
		return true, true
	case opUnevaluatedProperties:
		m.key = append(m.key, uint32(o.by))
		for k := range m.list {
			if x := &m.list[k]; x.by == o.by && x.at == int32(i) && x.part != whole && !m.signsPart(p, x) {
				return true, false
			}
		}
		return true, true
	case opAny, opOne:
		m.key = append(m.key, uint32(o.by))
		return true, m.signsChoice(p, o, i)
	default:
		return true, false
	}
}

// signsChoice adds which member of anyOf or oneOf the object at i fails, where a
// property tells.
func (m *Machine) signsChoice(p *Prog, o *op, i int) bool {
	if o.choice == nil || m.view.Tokens[i].Kind != jsonscan.Object {
		return false
	}
	at := o.choice.at(m, i)
	list := o.choice.others
	switch {
	case at == anything && o.choice.needed:
		// The explanation looks into the first member, which the run did not.
		list = o.byKind[jsonscan.Object][:1]
		m.taking = true
		m.alternative(list[0], i)
		if m.halt != 0 || !m.taking { // the notes are not complete
			m.notes.reset(false)
			return false
		}
		m.taking = false
	case at == anything:
		return false
	case at >= 0:
		list = o.choice.lists[at]
	}
	m.key = append(m.key, uint32(at))
	return len(list) == 0 && at == others || len(list) == 1 && m.signs(p, list[0], i)
}

// has reports whether an id is that of one of the ifs.
func (c *cases) has(id int32) bool {
	for k := range c.ops {
		if c.ops[k].by == id {
			return true
		}
	}
	return false
}

// escapes reports whether a name is written otherwise in a JSON pointer.
func escapes(name []byte) bool {
	return bytes.IndexByte(name, '~') >= 0 || bytes.IndexByte(name, '/') >= 0
}
