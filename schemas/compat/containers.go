package compat

import (
	"math"
	"slices"

	"github.com/sluicedata/sluice/validate/program/schema"
)

// least is the highest count that rules of an Op ask for.
func least(f *facts, op schema.Op) int {
	n := 0
	for _, g := range f.rules {
		if g.rule.Op == op {
			n = max(n, g.rule.Count)
		}
	}
	return n
}

// most is the lowest count that rules of an Op allow.
func most(f *facts, op schema.Op) int {
	n := math.MaxInt
	for _, g := range f.rules {
		if g.rule.Op == op {
			n = min(n, g.rule.Count)
		}
	}
	return n
}

func leastProperties(f *facts) int { return max(least(f, schema.MinProperties), len(f.required)) }

// tuple is how many items the rules tell apart; all that follow are alike.
func tuple(f *facts, r *schema.Rule) int {
	n := 0
	if r != nil {
		n = len(r.Kids)
	}
	for _, g := range f.rules {
		if g.rule.Op == schema.Items {
			n = max(n, len(g.rule.Kids))
		}
	}
	return n
}

// itemConj describes an item.
func itemConj(f *facts, i int) conj {
	c := only()
	for _, g := range f.rules {
		if g.rule.Op == schema.Items {
			if s := itemSchema(g.rule, i); s != nil {
				c = c.with(s)
			}
		}
	}
	return c
}

// mostItems is how many items there can be.
func (p *prover) mostItems(f *facts) int {
	n := most(f, schema.MaxItems)
	for i := 0; i <= tuple(f, nil) && i < n; i++ {
		if p.part(func() bool { return p.empty(itemConj(f, i)) }) {
			return i
		}
	}
	return n
}

// failingItem returns the first item that need not be what an Items rule
// applies to it, -1 if there is none.
func (p *prover) failingItem(f *facts, r *schema.Rule, from int) int {
	for i := from; i <= tuple(f, r) && i < most(f, schema.MaxItems); i++ {
		s := itemSchema(r, i)
		if s == nil || p.part(func() bool { return p.includes(itemConj(f, i), s) }) {
			continue
		}
		if i >= p.mostItems(f) {
			return -1
		}
		return i
	}
	return -1
}

func (p *prover) itemsFollow(f *facts, r *schema.Rule) bool { return p.failingItem(f, r, 0) < 0 }

func (p *prover) containsFollows(f *facts, r *schema.Rule) bool {
	want := r.Kids[0].Schema
	enough, few := r.Count == 0, r.Most < 0 || p.mostItems(f) <= r.Most
	for _, g := range f.rules {
		if g.rule.Op != schema.Contains {
			continue
		}
		have := g.rule.Kids[0].Schema
		enough = enough || g.rule.Count >= r.Count && p.part(func() bool { return p.includes(only(have), want) })
		few = few || g.rule.Most >= 0 && g.rule.Most <= r.Most && p.part(func() bool { return p.includes(only(want), have) })
	}
	if !enough && least(f, schema.MinItems) >= r.Count {
		enough = true
		for i := 0; i <= tuple(f, nil) && enough; i++ {
			enough = p.part(func() bool { return p.includes(itemConj(f, i), want) })
		}
	}
	if !few {
		// Or no item can be what may only be few.
		few = true
		for i := 0; i <= tuple(f, nil) && few; i++ {
			few = p.part(func() bool { return p.empty(itemConj(f, i).with(want)) })
		}
	}
	return enough && few
}

// rulesOf are the rules of facts, and others.
func rulesOf(f *facts, more ...*schema.Rule) []*schema.Rule {
	list := slices.Clone(more)
	for _, g := range f.rules {
		list = append(list, g.rule)
	}
	return list
}

// propertyConj describes the values of properties.
func propertyConj(f *facts, c class) conj {
	d := only()
	for _, g := range f.rules {
		if g.rule.Op == schema.Properties {
			d = d.with(propertySchemas(g.rule, c)...)
		}
	}
	return d
}

// isPossible is false where no document has a property of a class; patterns
// are those that tell classes apart.
func (p *prover) isPossible(f *facts, c class, patterns map[string]bool) bool {
	if c.named && f.absent[c.name] || most(f, schema.MaxProperties) == 0 {
		return false
	}
	for _, g := range f.rules {
		if g.rule.Op != schema.PropertyNames {
			continue
		}
		s := g.rule.Kids[0].Schema
		if c.named {
			if p.accepts(s, c.name) == no {
				return false
			}
			continue
		}
		names := p.facts(only(s).of(kindString))
		if names.finite || names.kinds == 0 {
			return false // classes has named them all
		}
		for _, h := range names.rules {
			if h.rule.Op == schema.Pattern && patterns[h.rule.Pattern.String()] && !c.patterns[h.rule.Pattern.String()] {
				return false
			}
		}
	}
	return !p.part(func() bool { return p.empty(propertyConj(f, c)) })
}

// classes returns the classes of properties that the facts and some more rules
// tell apart, and the patterns that do so.
func (p *prover) classes(f *facts, more ...*schema.Rule) (list []class, patterns map[string]bool, ok bool) {
	rules := rulesOf(f, more...)
	for _, r := range rules {
		if r.Op != schema.PropertyNames {
			continue
		}
		if names := p.facts(only(r.Kids[0].Schema).of(kindString)); names.finite {
			var list []string
			for _, v := range names.values {
				if name, ok := v.(string); ok {
					list = append(list, name)
				}
			}
			rules = append(rules, &schema.Rule{Op: schema.Required, Names: list})
		}
	}
	list, ok = classes(rules)
	patterns = map[string]bool{}
	for _, c := range list {
		for expr := range c.patterns {
			patterns[expr] = true
		}
	}
	return list, patterns, ok
}

// possible returns the classes of properties that documents may have.
func (p *prover) possible(f *facts, more ...*schema.Rule) ([]class, bool) {
	all, patterns, ok := p.classes(f, more...)
	list := all[:0]
	for _, c := range all {
		if p.isPossible(f, c, patterns) {
			list = append(list, c)
		}
	}
	return list, ok
}

func (p *prover) mostProperties(f *facts) int {
	n := most(f, schema.MaxProperties)
	list, ok := p.possible(f)
	if !ok {
		return n
	}
	for _, c := range list {
		if !c.named {
			return n
		}
	}
	return min(n, len(list))
}

func (p *prover) propertiesFollow(f *facts, r *schema.Rule) bool {
	list, patterns, ok := p.classes(f, r)
	if !ok {
		return false
	}
	for _, c := range list {
		if len(p.unmet(f, r, c, patterns)) > 0 {
			return false
		}
	}
	return true
}

// unmet returns the schemas that a Properties rule applies to a class of
// properties whose values need not be accepted.
func (p *prover) unmet(f *facts, r *schema.Rule, c class, patterns map[string]bool) []*schema.Schema {
	have := propertyConj(f, c)
	var list []*schema.Schema
	for _, s := range propertySchemas(r, c) {
		if !p.part(func() bool { return p.includes(have, s) }) {
			list = append(list, s)
		}
	}
	// Whether there are such properties at all is harder to say: it comes last.
	if list != nil && !p.isPossible(f, c, patterns) {
		return nil
	}
	return list
}

func (p *prover) namesFollow(f *facts, r *schema.Rule) bool {
	names := only().of(kindString)
	for _, g := range f.rules {
		if g.rule.Op == schema.PropertyNames {
			names = names.with(g.rule.Kids[0].Schema)
		}
	}
	want := r.Kids[0].Schema
	if p.part(func() bool { return p.includes(names, want) }) {
		return true
	}
	list, ok := p.possible(f, r)
	if !ok {
		return false
	}
	for _, c := range list {
		if !c.named || p.accepts(want, c.name) != yes {
			return false
		}
	}
	return true
}

func (p *prover) needsFollow(f *facts, r *schema.Rule) bool {
	for i, name := range r.Names {
		if p.isAbsent(f, name) {
			continue
		}
		for _, need := range r.Needs[i] {
			if !f.required[need] && !p.entails(f, name, need, map[string]bool{}) {
				return false
			}
		}
	}
	return true
}

// entails shows that documents with a property have another.
func (p *prover) entails(f *facts, name, need string, seen map[string]bool) bool {
	if name == need {
		return true
	}
	seen[name] = true
	for _, g := range f.rules {
		if g.rule.Op != schema.DependentRequired {
			continue
		}
		for i, n := range g.rule.Names {
			if n != name {
				continue
			}
			for _, next := range g.rule.Needs[i] {
				if !seen[next] && p.entails(f, next, need, seen) {
					return true
				}
			}
		}
	}
	return false
}
