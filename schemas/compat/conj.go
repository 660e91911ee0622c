package compat

import (
	"slices"
	"strconv"
	"strings"

	"github.com/sluicedata/sluice/validate/program/schema"
)

// conj describes the documents of some kinds that every one of its schemas
// accepts and none of its negs does.
type conj struct {
	kinds   kinds
	schemas []*schema.Schema
	negs    []*schema.Schema
	// used are the rules with branches one of which has been chosen.
	used []*schema.Rule
}

func only(list ...*schema.Schema) conj { return conj{kinds: kindAll, schemas: list} }

// with adds schemas.
func (c conj) with(list ...*schema.Schema) conj {
	c.schemas = append(slices.Clip(c.schemas), list...)
	return c
}

// without adds schemas that must not accept.
func (c conj) without(list ...*schema.Schema) conj {
	c.negs = append(slices.Clip(c.negs), list...)
	return c
}

// of restricts the kinds.
func (c conj) of(k kinds) conj {
	c.kinds &= k
	return c
}

func (c conj) using(r *schema.Rule) conj {
	c.used = append(slices.Clip(c.used), r)
	return c
}

// key is equal for conjs that describe the same in the same words.
func (p *prover) key(c conj) string {
	var b strings.Builder
	b.WriteString(strconv.Itoa(int(c.kinds)))
	list := func(mark byte, ids []int) {
		slices.Sort(ids)
		for _, id := range slices.Compact(ids) {
			b.WriteByte(mark)
			b.WriteString(strconv.Itoa(id))
		}
	}
	ids := func(of []*schema.Schema) []int {
		var ids []int
		for _, s := range of {
			if len(s.Rules) > 0 || s == anything {
				ids = append(ids, p.id(s))
			}
		}
		return ids
	}
	list('+', ids(c.schemas))
	list('-', ids(c.negs))
	var used []int
	for _, r := range c.used {
		used = append(used, p.id(r))
	}
	list('/', used)
	return b.String()
}

// id numbers schemas and rules.
func (p *prover) id(pointer any) int {
	n, ok := p.ids[pointer]
	if !ok {
		n = len(p.ids) + 1
		p.ids[pointer] = n
	}
	return n
}

// requiring is the schema that requires a property.
func (p *prover) requiring(name string) *schema.Schema {
	s := p.requires[name]
	if s == nil {
		s = &schema.Schema{Rules: []schema.Rule{{Op: schema.Required, Keyword: "required", Names: []string{name}}}}
		p.requires[name] = s
	}
	return s
}

// fact is a rule that holds for a conj, and the schema that has it.
type fact struct {
	owner *schema.Schema
	rule  *schema.Rule
}

// facts is what follows at once from a conj.
type facts struct {
	kinds    kinds
	rules    []fact
	owners   []*schema.Schema // that accept, the conj's own and those that they refer to
	negs     []*schema.Schema
	required map[string]bool
	absent   map[string]bool
	// values are all there can be, where they are finite.
	values []any
	finite bool
	// choices are the rules with branches of which none has been chosen.
	choices []fact
}

func (p *prover) facts(c conj) *facts {
	key := p.key(c)
	if f := p.known[key]; f != nil {
		return f
	}
	f := &facts{kinds: c.kinds, negs: slices.Clone(c.negs), required: map[string]bool{}, absent: map[string]bool{}}
	seen := map[*schema.Schema]bool{}
	for _, s := range c.schemas {
		p.gather(f, c, s, seen)
	}
	if isWhole(f) {
		f.kinds &^= kindFraction
	}
	for again := true; again; {
		again = p.dependents(f, c, seen)
	}
	for _, s := range f.negs {
		if rules := p.rules(through(s)); len(rules) == 1 && rules[0].Op == schema.Required && len(rules[0].Names) == 1 && f.kinds == kindObject {
			f.absent[rules[0].Names[0]] = true
		}
	}
	p.enumerate(f, c)
	p.known[key] = f
	return f
}

// gather adds what a schema says, and the schemas that it refers to.
func (p *prover) gather(f *facts, c conj, s *schema.Schema, seen map[*schema.Schema]bool) {
	if seen[s] {
		return
	}
	seen[s] = true
	f.owners = append(f.owners, s)
	rules := p.rules(s)
	for i := range rules {
		r := &rules[i]
		f.rules = append(f.rules, fact{s, r})
		switch r.Op {
		case schema.False:
			f.kinds = 0
		case schema.Type:
			f.kinds &= kindsOf(r.Types)
		case schema.Enum, schema.Const:
			values := valuesOf(r)
			if f.finite {
				values = slices.DeleteFunc(values, func(v any) bool { return !contains(f.values, v) })
			}
			f.values, f.finite = values, true
		case schema.Ref, schema.AllOf:
			for k := range r.Kids {
				p.gather(f, c, r.Kids[k].Schema, seen)
			}
		case schema.Required:
			for _, name := range r.Names {
				f.required[name] = true
			}
		case schema.Not:
			f.negs = append(f.negs, r.Kids[0].Schema)
		case schema.AnyOf, schema.OneOf:
			if len(r.Kids) == 1 {
				p.gather(f, c, r.Kids[0].Schema, seen)
			} else if !slices.Contains(c.used, r) {
				f.choices = append(f.choices, fact{s, r})
			}
		case schema.If:
			if (r.Kids[1].Schema != nil || r.Kids[2].Schema != nil) && !slices.Contains(c.used, r) {
				f.choices = append(f.choices, fact{s, r})
			}
		case schema.DependentSchemas:
			if !slices.Contains(c.used, r) {
				f.choices = append(f.choices, fact{s, r})
			}
		default:
		}
	}
}

// dependents adds what required properties entail where all documents are
// objects, and reports whether there was something new.
func (p *prover) dependents(f *facts, c conj, seen map[*schema.Schema]bool) (more bool) {
	if f.kinds != kindObject {
		return false
	}
	for _, g := range slices.Clone(f.rules) {
		switch g.rule.Op {
		case schema.DependentRequired:
			for i, name := range g.rule.Names {
				if !f.required[name] {
					continue
				}
				for _, need := range g.rule.Needs[i] {
					more = more || !f.required[need]
					f.required[need] = true
				}
			}
		case schema.DependentSchemas:
			for i := range g.rule.Kids {
				if k := &g.rule.Kids[i]; f.required[k.Name] && !seen[k.Schema] {
					more = true
					p.gather(f, c, k.Schema, seen)
				}
			}
		default:
		}
	}
	return more
}

// enumerate lists the values, where that is possible.
func (p *prover) enumerate(f *facts, c conj) {
	if !f.finite && f.kinds&^kindFinite == 0 {
		f.finite = true
		f.values = []any{nil, false, true}
	}
	if !f.finite && f.kinds&^(kindFinite|kindInteger) == 0 {
		if numbers, ok := integers(f); ok {
			f.finite = true
			f.values = append([]any{nil, false, true}, numbers...)
		}
	}
	if !f.finite {
		return
	}
	var kept []any
	var left kinds
	for _, v := range f.values {
		if kindOf(v)&f.kinds != 0 && p.meets(c, v) != no && !contains(kept, v) {
			kept = append(kept, v)
			left |= kindOf(v)
		}
	}
	f.values, f.kinds = kept, left
}

// meets says whether a value is one that the conj describes.
func (p *prover) meets(c conj, v any) answer {
	if kindOf(v)&c.kinds == 0 {
		return no
	}
	all := yes
	for _, s := range c.schemas {
		if all = all.and(p.accepts(s, v)); all == no {
			return no
		}
	}
	for _, s := range c.negs {
		all = all.and(p.accepts(s, v).not())
	}
	return all
}

// branches are conjs that together describe what a conj does, by the choices
// that one of its rules leaves.
func (p *prover) branches(c conj, g fact) []conj {
	r := g.rule
	c = c.using(r)
	var list []conj
	switch r.Op {
	case schema.AnyOf:
		for i := range r.Kids {
			list = append(list, c.with(r.Kids[i].Schema))
		}
	case schema.OneOf:
		for i := range r.Kids {
			b := c.with(r.Kids[i].Schema)
			for k := range r.Kids {
				if k != i {
					b = b.without(r.Kids[k].Schema)
				}
			}
			list = append(list, b)
		}
	case schema.If:
		then, other := c.with(r.Kids[0].Schema), c.without(r.Kids[0].Schema)
		if s := r.Kids[1].Schema; s != nil {
			then = then.with(s)
		}
		if s := r.Kids[2].Schema; s != nil {
			other = other.with(s)
		}
		list = []conj{then, other}
	case schema.DependentSchemas:
		if rest := c.kinds &^ kindObject; rest != 0 {
			list = append(list, c.of(rest))
		}
		list = append(list, c.of(kindObject))
		for i := range r.Kids {
			// Each of the last doubles: with the property, and without it.
			n := len(list)
			for k := n - 1; k >= 0 && n <= 16; k-- {
				if list[k].kinds != kindObject {
					continue
				}
				s := p.requiring(r.Kids[i].Name)
				list = append(list, list[k].with(s, r.Kids[i].Schema))
				list[k] = list[k].without(s)
			}
		}
	default:
	}
	return list
}
