package compat

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/sluicedata/sluice/validate/program/schema"
)

// class is a set of property names that schemas treat alike: one name that
// some schema mentions, or all names that none mentions and that match exactly
// the patterns.
type class struct {
	name     string
	named    bool
	patterns map[string]bool
}

// String is the class as a step of a path.
func (c class) String() string {
	if c.named {
		return c.name
	}
	if len(c.patterns) == 0 {
		return "*"
	}
	return "*(" + strings.Join(slices.Sorted(maps.Keys(c.patterns)), " and ") + ")"
}

// matches reports whether names of the class match a pattern of a Properties
// rule.
func (c class) matches(k *schema.Kid) bool {
	if c.named {
		return k.Pattern.Match([]byte(c.name))
	}
	return c.patterns[k.Pattern.String()]
}

// propertySchemas are what a Properties rule applies to a property.
func propertySchemas(r *schema.Rule, c class) []*schema.Schema {
	var list []*schema.Schema
	hit := false
	for i := range r.Kids {
		if c.named && r.Kids[i].Name == c.name {
			hit = true
			list = append(list, r.Kids[i].Schema)
		}
	}
	for i := range r.Patterns {
		if c.matches(&r.Patterns[i]) {
			hit = true
			list = append(list, r.Patterns[i].Schema)
		}
	}
	if !hit && r.Rest != nil {
		list = append(list, r.Rest.Schema)
	}
	return list
}

// maxPatterns bounds the classes that patterns make: there are two to its
// power.
const maxPatterns = 6

// classes returns the classes of names that some rules tell apart, in the
// order of their appearance. It is false where there are too many patterns.
func classes(rules []*schema.Rule) ([]class, bool) {
	var list []class
	var patterns []string
	seen := map[string]bool{}
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			list = append(list, class{name: name, named: true})
		}
	}
	for _, r := range rules {
		switch r.Op {
		case schema.Properties:
			for i := range r.Kids {
				add(r.Kids[i].Name)
			}
			for i := range r.Patterns {
				if expr := r.Patterns[i].Pattern.String(); !slices.Contains(patterns, expr) {
					patterns = append(patterns, expr)
				}
			}
		case schema.Required, schema.DependentRequired:
			for i, name := range r.Names {
				add(name)
				if r.Needs != nil {
					for _, name := range r.Needs[i] {
						add(name)
					}
				}
			}
		case schema.DependentSchemas:
			for i := range r.Kids {
				add(r.Kids[i].Name)
			}
		default:
		}
	}
	if len(patterns) > maxPatterns {
		return list, false
	}
	for bits := range 1 << len(patterns) {
		c := class{patterns: map[string]bool{}}
		for i, expr := range patterns {
			if bits>>i&1 != 0 {
				c.patterns[expr] = true
			}
		}
		list = append(list, c)
	}
	return list, true
}

// step is a part of a path into documents.
func step(name string) string {
	plain := name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r < 'a' && r != '_' && r != '-' && r != '$' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') || r > 'z'
	})
	if plain || strings.HasPrefix(name, "*") {
		return "." + name
	}
	return "[" + strconv.Quote(name) + "]"
}
