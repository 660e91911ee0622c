package compat

import (
	"reflect"
	"runtime"
	"slices"
	"strings"

	"github.com/sluicedata/sluice/validate/program/schema"
	"github.com/sluicedata/sluice/validate/program/value"
)

// pair is two schemas that are compared.
type pair struct{ a, b *schema.Schema }

// same reports whether two schemas are built alike, references followed: then
// they accept the same documents, and evaluate the same parts of them.
// Schemas that were met before on the way are taken to be alike, which is
// sound as both are then the same infinite tree.
func (p *prover) same(a, b *schema.Schema) bool {
	if a == b {
		return true
	}
	if known, ok := p.alike[pair{a, b}]; ok {
		return known
	}
	seen := map[pair]bool{}
	ok := p.bisimilar(a, b, seen)
	if ok {
		for q := range seen {
			p.alike[q] = true
		}
	}
	p.alike[pair{a, b}] = ok
	return ok
}

func (p *prover) bisimilar(a, b *schema.Schema, seen map[pair]bool) bool {
	a, b = through(a), through(b)
	if a == b || seen[pair{a, b}] {
		return true
	}
	if len(a.Rules) != len(b.Rules) {
		return false
	}
	if known, ok := p.alike[pair{a, b}]; ok {
		return known
	}
	seen[pair{a, b}] = true
	for i := range a.Rules {
		if !p.sameRule(a, &a.Rules[i], b, &b.Rules[i], seen) {
			return false
		}
	}
	return true
}

// through follows references from schemas that hold nothing else.
func through(s *schema.Schema) *schema.Schema {
	for len(s.Rules) == 1 && s.Rules[0].Op == schema.Ref {
		s = s.Rules[0].Kids[0].Schema
	}
	return s
}

func (p *prover) sameRule(s *schema.Schema, a *schema.Rule, t *schema.Schema, b *schema.Rule, seen map[pair]bool) bool {
	if a.Op != b.Op || a.Types != b.Types || a.Count != b.Count || a.Most != b.Most ||
		value.Compare(&a.Number, &b.Number) != 0 ||
		(a.Pattern == nil) != (b.Pattern == nil) || a.Pattern != nil && a.Pattern.String() != b.Pattern.String() ||
		!slices.Equal(sorted(a.Names), sorted(b.Names)) || len(a.Values) != len(b.Values) {
		return false
	}
	switch a.Op {
	case schema.Format:
		return sameFormat(s, a, t, b)
	case schema.Enum, schema.Const:
		return holdsAll(a, b) && holdsAll(b, a)
	case schema.DependentRequired:
		x, y := needs(a), needs(b)
		for name, list := range x {
			if !slices.Equal(sorted(list), sorted(y[name])) {
				return false
			}
		}
		return len(x) == len(y)
	case schema.Properties, schema.DependentSchemas:
		return p.sameByName(a.Kids, b.Kids, seen) && p.sameByName(a.Patterns, b.Patterns, seen) && p.sameKid(a.Rest, b.Rest, seen)
	default:
		if len(a.Kids) != len(b.Kids) || !p.sameKid(a.Rest, b.Rest, seen) {
			return false
		}
		for i := range a.Kids {
			if !p.sameKid(&a.Kids[i], &b.Kids[i], seen) {
				return false
			}
		}
		return true
	}
}

// holdsAll reports whether every value of a is one of b.
func holdsAll(a, b *schema.Rule) bool {
	var scratch value.Scratch
	for _, i := range a.Values {
		if !slices.ContainsFunc(b.Values, func(at int) bool { return scratch.Equal(a.View, i, b.View, at) }) {
			return false
		}
	}
	return true
}

func (p *prover) sameByName(a, b []schema.Kid, seen map[pair]bool) bool {
	if len(a) != len(b) {
		return false
	}
	byName := make(map[string]*schema.Kid, len(b))
	for i := range b {
		byName[b[i].Name] = &b[i]
	}
	for i := range a {
		k := byName[a[i].Name]
		if k == nil || !p.sameKid(&a[i], k, seen) {
			return false
		}
	}
	return true
}

func (p *prover) sameKid(a, b *schema.Kid, seen map[pair]bool) bool {
	none := func(k *schema.Kid) bool { return k == nil || k.Schema == nil }
	if none(a) || none(b) {
		return none(a) && none(b)
	}
	return p.bisimilar(a.Schema, b.Schema, seen)
}

func sorted(list []string) []string { return slices.Compact(slices.Sorted(slices.Values(list))) }

// needs are the lists of a DependentRequired rule, by name.
func needs(r *schema.Rule) map[string][]string {
	m := make(map[string][]string, len(r.Names))
	for i, name := range r.Names {
		m[name] = append(m[name], r.Needs[i]...)
	}
	return m
}

// sameFormat reports whether two rules ask for one format that means the same
// in both dialects: "hostname" does not in all.
func sameFormat(s *schema.Schema, a *schema.Rule, t *schema.Schema, b *schema.Rule) bool {
	if s.Text(a) != t.Text(b) {
		return false
	}
	x, y := reflect.ValueOf(a.Format).Pointer(), reflect.ValueOf(b.Format).Pointer()
	// Closures of one function share their code, but not what they judge by.
	return x == y && (s.Draft() == t.Draft() || !strings.Contains(runtime.FuncForPC(x).Name(), ".func"))
}
