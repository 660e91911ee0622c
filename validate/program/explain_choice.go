package program

import (
	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/schema"
)

func (e *explainer) combination(r *schema.Rule, i int) {
	nodes := e.p.nodes
	switch r.Op {
	case schema.If:
		k := &r.Kids[2]
		if e.condition(r.Kids[0].Schema.ID, i) {
			k = &r.Kids[1]
		}
		if k.Schema != nil {
			e.down(k, i, here)
		}
	case schema.Not:
		if e.alternative(nodes[r.Kids[0].Schema.ID], i) {
			e.violation(r.Keyword, r.Keyword, r.Message, i)
		}
	default:
		e.anyOrOne(r, i)
	}
}

// condition reports whether the value at i meets a schema.
func (e *explainer) condition(id, i int) bool {
	if t := e.p.tests[id]; t != nil && e.view.Tokens[i].Kind == jsonscan.Object {
		return e.meets(t, i)
	}
	return e.alternative(e.p.nodes[id], i)
}

// anyOrOne explains anyOf and oneOf. Of members that all fail it looks into
// those that are likely to be meant: the ones that a property selects, else
// the first few that allow a value of its type.
func (e *explainer) anyOrOne(r *schema.Rule, i int) {
	ch, at := e.p.choices[r], anything
	if ch != nil && e.view.Tokens[i].Kind == jsonscan.Object {
		at = ch.at(e.Machine, i)
	}
	valid := 0
	t := e.view.Tokens[i].Type
	members := e.members(r, ch, at)
	for _, k := range members {
		if e.alternatively(e.p.nodes[r.Kids[k].Schema.ID], i) {
			valid++
		}
	}
	switch {
	case valid > 1 && r.Op == schema.OneOf:
		e.violation(r.Keyword, r.Keyword, r.Messages[0], i)
		return
	case valid > 0:
		return
	case at == others && len(ch.otherIndex) == 0:
		e.violation(r.Keyword, r.Keyword, ch.message, i)
		return
	}
	most := maxMembers
	if ch != nil && at == anything {
		e.violation(r.Keyword, r.Keyword, ch.message, i)
		most = 1
	} else {
		e.violation(r.Keyword, r.Keyword, r.Message, i)
	}
	looked := 0
	for pass := range 2 {
		for _, k := range members {
			if allows := e.p.nodes[r.Kids[k].Schema.ID].allowed&t != 0; allows != (pass == 0) || looked == most || e.alternatives == 0 {
				continue
			}
			looked++
			e.alternatives--
			e.into(&r.Kids[k], i, here)
		}
		if looked > 0 {
			return
		}
	}
}

// members returns the members of anyOf or oneOf that may allow the value: the
// others are ruled out by the property that tells them apart.
func (e *explainer) members(r *schema.Rule, ch *choice, at int) []int {
	switch {
	case at >= 0:
		return ch.listIndex[at]
	case at == others:
		return ch.otherIndex
	}
	for len(e.indexes) < len(r.Kids) {
		e.indexes = append(e.indexes, len(e.indexes))
	}
	return e.indexes[:len(r.Kids)]
}

// alternatively reports whether the value at i meets a member of anyOf or oneOf.
func (e *explainer) alternatively(n *node, i int) bool {
	if len(e.list) > 0 && n.obj != nil && e.view.Tokens[i].Kind == jsonscan.Object && e.about(n.obj.id, i) {
		return false
	}
	return e.alternative(n, i)
}
