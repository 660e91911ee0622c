package program

import (
	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/schema"
)

// suspects are the parts of the container that is being explained which are
// invalid, as far as that is known: all others need no look.
type suspects struct {
	known    bool
	from, to int32 // in parts
	complete bool  // no property is missing that others or the schema ask for
	// ops: the notes say of all rules that try alternatives which fail.
	ops bool
	// by is the id of the rule that the parts' entries are of, if there is one.
	by int32
}

// none: nothing but rules that try alternatives can fail.
func (s *suspects) none() bool { return s.known && s.complete && s.from == s.to }

// part is a part of a container that is invalid.
type part struct {
	token int   // of the name or the item
	node  int32 // that judged it
	entry int32 // of its name, in the table of the check that judged it
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
	all := e.about(-1-n.id, i)
	ops := all || inherit && e.suspects.ops
	switch {
	case t.Kind == jsonscan.Object && n.obj != nil && e.noted(n.obj.id, i):
		e.suspects.by = n.obj.first
	case t.Kind == jsonscan.Array && n.arr != nil && e.noted(n.arr.id, i),
		inherit:
	case all && (t.Kind == jsonscan.Object && (n.obj == nil || n.obj.plain) || t.Kind == jsonscan.Array):
		e.suspects = suspects{known: true, complete: true} // alternatives fail, nothing else
	case t.Kind == jsonscan.Object && n.obj != nil && n.obj.plain:
		from := len(e.parts)
		complete := e.failing(n.obj, t, i)
		e.suspects = suspects{known: true, from: int32(from), to: int32(len(e.parts)), complete: complete, by: n.obj.first}
	default:
		e.suspects = suspects{}
	}
	e.suspects.ops = ops
}

// noted takes the suspects from the notes on a check of the container at i, if
// there are any.
func (e *explainer) noted(by int32, i int) bool {
	s := suspects{from: int32(len(e.parts)), complete: true}
	for k := range e.list {
		n := &e.list[k]
		if n.by != by || n.at != int32(i) {
			continue
		}
		if s.known = true; n.part == whole {
			s.complete = false
		} else {
			e.parts = append(e.parts, part{int(n.part), n.node, n.entry})
		}
	}
	if s.known {
		s.to = int32(len(e.parts))
		e.suspects = s
	}
	return s.known
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
			m.parts = append(m.parts, part{k, p.node.id, p.entry})
		}
	}
	return seen&requiredMask >= c.required && c.dependents == nil
}
