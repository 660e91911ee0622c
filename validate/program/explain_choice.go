package program

import (
	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/schema"
)

// passes reports whether the notes of the run say that the value at i meets a
// rule that tries alternatives.
func (e *explainer) passes(x *extra, i int) bool { return e.suspects.ops && !e.about(x.id, i) }

// fails reports whether they say that it does not.
func (e *explainer) fails(x *extra, i int) bool { return e.suspects.ops && e.about(x.id, i) }

func (e *explainer) combination(r *schema.Rule, x *extra, i int) {
	if e.passes(x, i) {
		return
	}
	nodes := e.p.nodes
	switch r.Op {
	case schema.If:
		if k := e.branchNoted(r, x, i); k != nil {
			e.into(k, i, here)
			return
		}
		k := &r.Kids[2]
		if e.condition(r.Kids[0].Schema.ID, i) {
			k = &r.Kids[1]
		}
		if k.Schema != nil {
			e.down(k, i, here)
		}
	case schema.Not:
		if e.fails(x, i) || e.alternative(nodes[r.Kids[0].Schema.ID], i) {
			e.violation(r.Keyword, r.Keyword, r.Message, i)
		}
	default:
		e.anyOrOne(r, x, i)
	}
}

// branchNoted returns which of then and else the value at i does not meet, where
// the notes tell.
func (e *explainer) branchNoted(r *schema.Rule, x *extra, i int) *schema.Kid {
	if r.Kids[1].Schema == nil || r.Kids[2].Schema == nil {
		return nil
	}
	then, other := e.p.nodes[r.Kids[1].Schema.ID].id, e.p.nodes[r.Kids[2].Schema.ID].id
	for k := range e.list {
		switch n := &e.list[k]; {
		case n.by != x.id || n.at != int32(i) || then == other:
		case n.node == then:
			return &r.Kids[1]
		case n.node == other:
			return &r.Kids[2]
		}
	}
	return nil
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
func (e *explainer) anyOrOne(r *schema.Rule, x *extra, i int) {
	ch, at := x.choice, anything
	if ch != nil && e.view.Tokens[i].Kind == jsonscan.Object {
		at = ch.at(e.Machine, i)
	}
	valid := 0
	t := e.view.Tokens[i].Type
	members := e.members(r, ch, at)
	if allFail := e.fails(x, i) && (r.Op == schema.AnyOf || len(members) == 1); !allFail {
		for _, k := range members {
			if e.alternative(e.p.nodes[r.Kids[k].Schema.ID], i) {
				valid++
			}
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
	if len(members) == 1 && e.alternatives > 0 {
		e.alternatives--
		e.into(&r.Kids[members[0]], i, here)
		return
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
