package program

import (
	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/schema"
	"github.com/sluicedata/sluice/validate/program/value"
)

// values adds an enum or a const: a mask for types of one value, sets for
// strings and numbers, and a comparison of arrays and objects.
func (m *merger) values(r *schema.Rule) {
	var (
		types   jsonscan.Types
		strings []string
		numbers = []value.Decimal{}
		lits    = &literals{view: r.View}
		scratch value.Scratch
	)
	for _, at := range r.Values {
		k := &r.View.Tokens[at]
		types |= k.Type
		switch k.Kind {
		case jsonscan.String:
			strings = append(strings, string(r.View.Text(at, nil)))
		case jsonscan.Number:
			types |= jsonscan.TypeInt | jsonscan.TypeNumber
			numbers = append(numbers, value.Parse(r.View.Raw(at), nil))
		case jsonscan.Array, jsonscan.Object:
			lits.at = append(lits.at, at)
			lits.sums = append(lits.sums, scratch.Hash(r.View, at))
			lits.types |= k.Type
		default:
		}
	}
	m.n.allowed &= types
	if strings != nil {
		m.string().sets = append(m.string().sets, newStringSet(strings))
	}
	if len(numbers) > 0 {
		m.nums = true
		m.num.sets = append(m.num.sets, numbers)
	}
	if lits.at != nil {
		m.add(op{kind: opValues, pass: jsonscan.AllTypes &^ (jsonscan.TypeArray | jsonscan.TypeObject), values: lits})
	}
}

// combination adds anyOf, oneOf, not or if.
func (m *merger) combination(r *schema.Rule) {
	o := op{rule: r, by: m.extra[r].id}
	for i := range r.Kids {
		var kid *node
		if s := r.Kids[i].Schema; s != nil {
			kid = m.inPlace(s)
		}
		o.nodes = append(o.nodes, kid)
	}
	var allowed jsonscan.Types
	switch r.Op {
	case schema.AnyOf:
		o.kind = opAny
		for _, k := range o.nodes {
			o.pass |= k.pass
			allowed |= k.allowed
		}
	case schema.OneOf:
		o.kind = opOne
		var once, twice jsonscan.Types
		for _, k := range o.nodes {
			twice |= once & k.allowed
			once |= k.allowed
			o.pass |= k.pass
		}
		o.pass &^= twice
		allowed = once
	case schema.Not:
		o.kind = opNot
		o.pass = jsonscan.AllTypes &^ o.nodes[0].allowed
		allowed = jsonscan.AllTypes &^ o.nodes[0].pass
	case schema.If:
		if r.Kids[1].Schema == nil && r.Kids[2].Schema == nil {
			return
		}
		o.kind = opIf
		thenPass, elsePass := jsonscan.AllTypes, jsonscan.AllTypes
		thenAllowed, elseAllowed := jsonscan.AllTypes, jsonscan.AllTypes
		if k := o.nodes[1]; k != nil {
			thenPass, thenAllowed = k.pass, k.allowed
		}
		if k := o.nodes[2]; k != nil {
			elsePass, elseAllowed = k.pass, k.allowed
		}
		never, always := jsonscan.AllTypes&^o.nodes[0].allowed, o.nodes[0].pass
		o.pass = thenPass&elsePass | always&thenPass | never&elsePass
		allowed = thenAllowed&^never | elseAllowed&^always
	default:
	}
	m.n.allowed &= allowed
	if o.kind == opAny || o.kind == opOne {
		for kind := range o.byKind {
			t := typesOf(jsonscan.Kind(kind))
			for _, k := range o.nodes {
				if k.allowed&t != 0 {
					o.byKind[kind] = append(o.byKind[kind], k)
				}
			}
		}
	}
	if o.pass == jsonscan.AllTypes {
		return
	}
	m.add(o)
}

// typesOf returns the types of the values of a kind.
func typesOf(k jsonscan.Kind) jsonscan.Types {
	switch k {
	case jsonscan.Number:
		return jsonscan.TypeInt | jsonscan.TypeNumber
	case jsonscan.Name:
		return jsonscan.TypeString
	case 0:
		return 0
	default:
		return 1 << k
	}
}
