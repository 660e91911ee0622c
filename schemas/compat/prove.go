package compat

import (
	"fmt"
	"math"

	"github.com/sluicedata/sluice/validate/program/schema"
)

// Bounds on one comparison: beyond them the answer is that nothing is known.
const (
	maxGoals  = 60_000 // that are looked into
	maxDeep   = 150    // goals on the way to one
	maxSplits = 3      // choices that are made at a time
)

// prover shows inclusions of sets of documents. What it says yes to is proven;
// what it says no to is only not.
//
// A goal that is met again on the way to itself is taken as shown if a part of
// the document lies between: the proof is then by induction over the size of
// documents, which are finite.
type prover struct {
	ids      map[any]int
	plain    map[*schema.Schema][]schema.Rule
	alike    map[pair]bool
	known    map[string]*facts
	requires map[string]*schema.Schema
	done     map[string]bool
	open     map[string]*goal
	parts    int // between the first goal and the present one
	lowest   int // index of the outermost open goal that was relied on
	goals    int
}

// goal is one that is being looked into.
type goal struct{ index, parts int }

func newProver() *prover {
	return &prover{
		ids: map[any]int{}, plain: map[*schema.Schema][]schema.Rule{}, alike: map[pair]bool{}, known: map[string]*facts{},
		requires: map[string]*schema.Schema{}, done: map[string]bool{}, open: map[string]*goal{}, lowest: math.MaxInt,
	}
}

// exhausted reports whether the prover has given up.
func (p *prover) exhausted() bool { return p.goals > maxGoals }

// goal looks into a goal, unless it has been.
func (p *prover) goal(key string, show func() bool) bool {
	if ok, known := p.done[key]; known {
		return ok
	}
	if g := p.open[key]; g != nil {
		if p.parts <= g.parts {
			return false
		}
		p.lowest = min(p.lowest, g.index)
		return true
	}
	p.goals++
	index := len(p.open)
	if p.exhausted() || index > maxDeep {
		return false
	}
	outer := p.lowest
	p.lowest = math.MaxInt
	p.open[key] = &goal{index, p.parts}
	ok := show()
	delete(p.open, key)
	if !ok || p.lowest >= index {
		// It relies on nothing that is still open.
		p.done[key] = ok
		p.lowest = outer
		return ok
	}
	p.lowest = min(outer, p.lowest)
	return ok
}

// part looks into a goal about a part of the document.
func (p *prover) part(show func() bool) bool {
	p.parts++
	defer func() { p.parts-- }()
	return show()
}

// includes shows that a schema accepts all that a conj describes.
func (p *prover) includes(c conj, s *schema.Schema) bool {
	s = through(s)
	rules := p.rules(s)
	if len(rules) == 0 {
		return true
	}
	return p.goal(fmt.Sprint(p.key(c), "<", p.id(s)), func() bool {
		f := p.facts(c)
		for _, t := range f.owners {
			if p.same(t, s) {
				return true
			}
		}
		for i := range rules {
			if !p.implies(c, fact{s, &rules[i]}) {
				return false
			}
		}
		return true
	})
}

// implies shows that all that a conj describes obeys a rule.
func (p *prover) implies(c conj, r fact) bool {
	switch r.rule.Op {
	case schema.Ref, schema.AllOf:
		for i := range r.rule.Kids {
			if !p.includes(c, r.rule.Kids[i].Schema) {
				return false
			}
		}
		return true
	default:
	}
	return p.goal(fmt.Sprint(p.key(c), ":", p.id(r.rule)), func() bool {
		f := p.facts(c)
		if f.kinds&concerns(r.rule.Op) == 0 {
			return true
		}
		if f.finite {
			for _, v := range f.values {
				if p.obeys(r.rule, v) != yes {
					return p.isStated(f, r)
				}
			}
			return true
		}
		return p.isStated(f, r) || p.follows(c, f, r) || p.inKinds(c, f, r) || p.inBranches(c, f, func(b conj) bool { return p.implies(b, r) }) ||
			p.empty(c)
	})
}

// isStated reports whether a conj has the rule itself.
func (p *prover) isStated(f *facts, r fact) bool {
	if r.rule.Op == schema.UnevaluatedItems || r.rule.Op == schema.UnevaluatedProperties {
		// It means the same only beside the same other rules.
		for _, t := range f.owners {
			if p.same(t, r.owner) {
				return true
			}
		}
		return false
	}
	for _, g := range f.rules {
		if g.rule == r.rule || g.rule.Op == r.rule.Op && p.sameRule(g.owner, g.rule, r.owner, r.rule, map[pair]bool{}) {
			return true
		}
	}
	return false
}

// inKinds shows that documents obey a rule, each kind for its own reason.
func (p *prover) inKinds(c conj, f *facts, r fact) bool {
	switch r.rule.Op {
	case schema.AnyOf, schema.OneOf, schema.Not, schema.If, schema.Enum, schema.Const:
	default:
		return false
	}
	if f.kinds.count() < 2 {
		return false
	}
	for k := range f.kinds.each {
		if !p.implies(c.of(k), r) {
			return false
		}
	}
	return true
}

// inBranches shows something for each branch of one of a conj's choices.
func (p *prover) inBranches(c conj, f *facts, show func(conj) bool) bool {
	if len(c.used) >= maxSplits {
		return false
	}
	for _, g := range f.choices {
		all := true
		for _, b := range p.branches(c, g) {
			if !show(b) {
				all = false
				break
			}
		}
		if all {
			return true
		}
	}
	return false
}

// follows shows that a rule follows from the facts.
func (p *prover) follows(c conj, f *facts, r fact) bool {
	switch op := r.rule.Op; op {
	case schema.Type:
		return f.kinds&^kindsOf(r.rule.Types) == 0
	case schema.Minimum, schema.ExclusiveMinimum, schema.Maximum, schema.ExclusiveMaximum, schema.MultipleOf:
		return numbersFollow(f, r.rule)
	case schema.MinLength, schema.MinItems:
		return least(f, op) >= r.rule.Count
	case schema.MaxLength:
		return most(f, op) <= r.rule.Count
	case schema.MaxItems:
		return p.mostItems(f) <= r.rule.Count
	case schema.MinProperties:
		return leastProperties(f) >= r.rule.Count
	case schema.MaxProperties:
		return p.mostProperties(f) <= r.rule.Count
	case schema.UniqueItems:
		return p.mostItems(f) <= 1
	case schema.Items:
		return p.itemsFollow(f, r.rule)
	case schema.Contains:
		return p.containsFollows(f, r.rule)
	case schema.Required:
		for _, name := range r.rule.Names {
			if !f.required[name] {
				return false
			}
		}
		return true
	case schema.DependentRequired:
		return p.needsFollow(f, r.rule)
	case schema.DependentSchemas:
		for i := range r.rule.Kids {
			k := &r.rule.Kids[i]
			if !p.isAbsent(f, k.Name) && !p.includes(c.of(kindObject).with(p.requiring(k.Name)), k.Schema) {
				return false
			}
		}
		return true
	case schema.Properties:
		return p.propertiesFollow(f, r.rule)
	case schema.PropertyNames:
		return p.namesFollow(f, r.rule)
	case schema.AnyOf:
		for i := range r.rule.Kids {
			if p.includes(c, r.rule.Kids[i].Schema) {
				return true
			}
		}
		return false
	case schema.OneOf:
		return p.oneFollows(c, r.rule)
	case schema.Not:
		return p.empty(c.with(r.rule.Kids[0].Schema))
	case schema.If:
		then, other := r.rule.Kids[1].Schema, r.rule.Kids[2].Schema
		return (then == nil || p.includes(c.with(r.rule.Kids[0].Schema), then)) &&
			(other == nil || p.includes(c.without(r.rule.Kids[0].Schema), other))
	default:
		return false
	}
}

// oneFollows shows that exactly one schema of a OneOf accepts.
func (p *prover) oneFollows(c conj, r *schema.Rule) bool {
	for i := range r.Kids {
		if !p.includes(c, r.Kids[i].Schema) {
			continue
		}
		for k := range r.Kids {
			if k != i && !p.empty(c.with(r.Kids[k].Schema)) {
				return false
			}
		}
		return true
	}
	return false
}
