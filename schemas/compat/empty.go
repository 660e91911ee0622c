package compat

import (
	"maps"
	"slices"

	"github.com/sluicedata/sluice/validate/program/schema"
)

// empty shows that there are no documents that a conj describes.
func (p *prover) empty(c conj) bool {
	return p.goal(p.key(c)+"0", func() bool {
		f := p.facts(c)
		if f.kinds == 0 {
			return true
		}
		if f.finite {
			return len(f.values) == 0 || p.refused(c, f)
		}
		all := true
		for k := range f.kinds.each {
			all = all && p.emptyKind(f, k)
		}
		return all || p.refused(c, f) || p.inBranches(c, f, p.empty)
	})
}

// refused shows that a schema which must not accept does, always.
func (p *prover) refused(c conj, f *facts) bool {
	for _, s := range f.negs {
		if p.includes(c, s) {
			return true
		}
	}
	return false
}

func (p *prover) emptyKind(f *facts, k kinds) bool {
	switch k {
	case kindInteger:
		return lower(f, true).above(upper(f, true))
	case kindFraction:
		if isWhole(f) {
			return true
		}
		low, high := lower(f, false), upper(f, false)
		return low.above(high)
	case kindString:
		return least(f, schema.MinLength) > most(f, schema.MaxLength)
	case kindArray:
		high := p.mostItems(f)
		if least(f, schema.MinItems) > high {
			return true
		}
		for _, g := range f.rules {
			if g.rule.Op == schema.Contains && (g.rule.Count > high || g.rule.Most >= 0 && g.rule.Most < g.rule.Count) {
				return true
			}
		}
		return false
	case kindObject:
		if leastProperties(f) > most(f, schema.MaxProperties) {
			return true
		}
		names := slices.Sorted(maps.Keys(f.required))
		// Constants that tell branches apart are cheap to look at.
		for _, name := range names {
			if g := p.facts(propertyConj(f, class{name: name, named: true})); g.kinds == 0 {
				return true
			}
		}
		for _, name := range names {
			if p.isAbsent(f, name) {
				return true
			}
		}
		return least(f, schema.MinProperties) > len(names) && least(f, schema.MinProperties) > p.mostProperties(f)
	default:
		return false
	}
}

// isAbsent shows that no document has a property.
func (p *prover) isAbsent(f *facts, name string) bool {
	return f.absent[name] || !p.isPossible(f, class{name: name, named: true}, nil)
}
