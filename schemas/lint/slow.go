package lint

import (
	"fmt"

	"github.com/sluicedata/sluice/validate/program"
	"github.com/sluicedata/sluice/validate/program/pattern"
	"github.com/sluicedata/sluice/validate/program/schema"
)

// What is slow enough to tell: patterns that take so many steps for a byte,
// alternatives of which so many are tried, and unevaluated keywords over
// alternatives that nest so deep.
const (
	manySteps   = 8
	manyMembers = 5
	deepNesting = 3
)

// slow warns of what makes judging by a contract slow.
func (l *linter) slow(set *schema.Set) {
	prog := program.Compile(set, program.Options{})
	for _, s := range set.Schemas {
		for i := range s.Rules {
			r := &s.Rules[i]
			l.pattern(s.Site(r), r.Pattern)
			for k := range r.Patterns {
				at, ok := s.Member("patternProperties")
				if !ok {
					at = s.Site(r)
				}
				l.pattern(at, r.Patterns[k].Pattern)
			}
			switch r.Op {
			case schema.UniqueItems:
				if !bounded(s) {
					l.warn(s.Site(r), "uniqueItems compares all items, and the array has no maxItems", "add maxItems")
				}
			case schema.AnyOf, schema.OneOf:
				if n := prog.Tried(s, r); n >= manyMembers {
					l.warn(s.Site(r), fmt.Sprintf("%s tries up to %d members for each object: no property tells them apart", r.Keyword, n),
						"give each member a required property with a const or enum of its own, such as \"type\"")
				}
			case schema.UnevaluatedProperties, schema.UnevaluatedItems:
				if n := nesting(s, map[*schema.Schema]bool{}); n >= deepNesting {
					l.warn(s.Site(r), fmt.Sprintf("%s looks through alternatives that nest %d deep, to know what they have evaluated", r.Keyword, n),
						"name the properties beside it, or close the alternatives with additionalProperties")
				}
			default:
			}
		}
	}
}

func (l *linter) pattern(at schema.Site, p *pattern.Pattern) {
	if p != nil && p.Cost() >= manySteps {
		l.warn(at, fmt.Sprintf("the pattern %q takes up to %d steps for each byte of a string: no small automaton does what it asks", p.String(), p.Cost()),
			"write shorter or fewer counted repetitions, anchor it, or bound the string with maxLength")
	}
}

// bounded reports whether a schema bounds the length of arrays.
func bounded(s *schema.Schema) bool {
	for i := range s.Rules {
		if s.Rules[i].Op == schema.MaxItems {
			return true
		}
	}
	return false
}

// nesting is how deep alternatives for the same value nest in a schema.
func nesting(s *schema.Schema, above map[*schema.Schema]bool) int {
	if s == nil || above[s] {
		return 0
	}
	above[s] = true
	defer delete(above, s)
	most := 0
	for i := range s.Rules {
		r := &s.Rules[i]
		deeper := 0
		switch r.Op {
		case schema.Ref, schema.AllOf:
		case schema.AnyOf, schema.OneOf, schema.If, schema.DependentSchemas:
			deeper = 1
		default:
			continue
		}
		for k := range r.Kids {
			most = max(most, deeper+nesting(r.Kids[k].Schema, above))
		}
	}
	return most
}
