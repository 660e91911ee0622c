package program

import (
	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/schema"
)

// Tried returns how many members of an anyOf or oneOf are judged in turn for an
// object, at worst: all that allow one, unless a property was found whose
// string tells which may be valid.
func (p *Prog) Tried(s *schema.Schema, r *schema.Rule) int {
	for i := range s.Rules {
		if &s.Rules[i] == r && p.extras[s.ID][i].choice != nil {
			return 1
		}
	}
	n := 0
	for _, k := range r.Kids {
		if k.Schema != nil && p.nodes[k.Schema.ID].allowed&jsonscan.TypeObject != 0 {
			n++
		}
	}
	return n
}
