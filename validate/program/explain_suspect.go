package program

import (
	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/schema"
)

// suspects are the parts of the container that is being explained which are
// invalid, as far as that is known: all others need no look.
type suspects struct {
	known    bool
	from, to int  // in parts
	complete bool // no property is missing that others or the schema ask for
	// ops: the notes say of all rules that try alternatives which fail.
	ops bool
}

// part is a part of a container that is invalid.
type part struct {
	token int   // of the name or the item
	node  int32 // that judged it
}

// nobody is the id of no node.
const nobody = -1

// judged goes on to a subschema that judges a part, which a node has found
// invalid. The subschema's own node settles it, others do not.
func (e *explainer) judged(k *schema.Kid, i int, f frame, by int32) {
	if e.p.nodes[k.Schema.ID].id == by {
		e.into(k, i, f)
	} else {
		e.down(k, i, f)
	}
}

// suspect finds the suspects of the value at i: in the notes of the run, or
// those of the schema around, or at the speed of a run.
func (e *explainer) suspect(n *node, t *jsonscan.Token, i int, inherit bool) {
	all := len(e.list) > 0 && e.about(-1-n.id, i)
	ops := all || inherit && e.suspects.ops
	switch {
	case t.Kind == jsonscan.Object && n.obj != nil && e.noted(n.obj.id, i),
		t.Kind == jsonscan.Array && n.arr != nil && e.noted(n.arr.id, i),
		inherit:
	case all && (t.Kind == jsonscan.Object && (n.obj == nil || n.obj.plain) || t.Kind == jsonscan.Array):
		e.suspects = suspects{known: true, complete: true} // alternatives fail, nothing else
	case t.Kind == jsonscan.Object && n.obj != nil && n.obj.plain:
		from := len(e.parts)
		complete := e.failing(n.obj, t, i)
		e.suspects = suspects{known: true, from: from, to: len(e.parts), complete: complete}
	default:
		e.suspects = suspects{}
	}
	e.suspects.ops = ops
}

// noted takes the suspects from the notes on a check of the container at i, if
// there are any.
func (e *explainer) noted(by int32, i int) bool {
	if len(e.list) == 0 || !e.about(by, i) {
		return false
	}
	s := suspects{known: true, from: len(e.parts), complete: true}
	for k := range e.list {
		switch n := &e.list[k]; {
		case n.by != by || n.at != int32(i):
		case n.part == whole:
			s.complete = false
		default:
			e.parts = append(e.parts, part{int(n.part), n.node})
		}
	}
	s.to = len(e.parts)
	e.suspects = s
	return true
}

// failing is object that goes on where a property fails: it adds those that do
// to parts, and reports whether no property can be missing.
func (m *Machine) failing(c *objectCheck, t *jsonscan.Token, i int) (complete bool) {
	var seen uint64
	tokens := m.view.Tokens
	for k := i + 1; k < int(t.Link); k = m.view.Next(k + 1) {
		p, v := c.property(m.view.Doc, &tokens[k]), &tokens[k+1]
		seen += p.count
		if v.Type&p.pass == 0 && !m.leaf(p.node, v, k+1) {
			m.parts = append(m.parts, part{k, p.node.id})
		}
	}
	return seen&requiredMask >= c.required && c.dependents == nil
}
