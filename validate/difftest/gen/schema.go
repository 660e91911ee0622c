package gen

import (
	"encoding/json"
	"maps"
	"math/big"
	"slices"
)

// Draft is a dialect: 4, 6, 7, 2019 or 2020.
type Draft int

// Drafts are all dialects.
var Drafts = []Draft{4, 6, 7, 2019, 2020}

// URI returns the meta-schema's.
func (d Draft) URI() string {
	switch d {
	case 4:
		return "http://json-schema.org/draft-04/schema#"
	case 6:
		return "http://json-schema.org/draft-06/schema#"
	case 7:
		return "http://json-schema.org/draft-07/schema#"
	case 2019:
		return "https://json-schema.org/draft/2019-09/schema"
	default:
		return "https://json-schema.org/draft/2020-12/schema"
	}
}

// Schemas makes schemas of one dialect, all of whose keywords it knows. They
// are always valid by the dialect's meta-schema, and their references resolve.
type Schemas struct {
	*Gen
	Draft
	// Formats lets "format" in.
	Formats bool
	// Patterns are the expressions for "pattern" and "patternProperties".
	Patterns []string

	resources bool // definitions are resources of their own
	foreign   bool // the schema is a given one, without our definitions
}

// DefaultPatterns mean the same in RE2 and in ECMA-262.
var DefaultPatterns = []string{
	"^a", "b$", "^[a-z]+$", "^[A-Z]{2,4}-[0-9]{3,6}$", "^(foo|bar)$", "o", "^.{2,3}$", "^x-", "^ORD-[0-9]{8}$", "[0-9]", "^$", "^[^a]*$", "é", "^(a|b)*c?$", "^\\w+$",
	"^\\d{1,3}$", "a|b", "^(?:[a-z0-9]+\\.)*[a-z]+$", "^[a-zA-Z0-9._%+-]+ ?$", "^[acegikmoqs]{1,3}[b-z]", "^[^aeiouAEIOU]{2}[a-z]?$",
}

// names of properties and definitions.
var names = []string{"a", "b", "c", "foo", "bar", "id", "type", "name", "items", "é", "x-y", "$ref", "", "a/b", "a~b", "0", "enum", "properties"}

// definitions is how many schemas stand under $defs.
const definitions = 3

// Location is the URI that schemas are made for: references to other parts of
// a schema may be absolute.
const Location = "https://schemas.example.com/test.json"

// Schema returns a whole schema document, "$schema" included.
func (g *Schemas) Schema() map[string]any {
	// In some, definitions are resources of their own with dynamic anchors.
	g.resources = g.Draft >= 2019 && g.chance(3)
	s := g.object(3)
	defs := make(map[string]any, definitions)
	for i := range definitions {
		def := g.sub(2)
		if def == true && g.resources { // which a boolean cannot be
			def = map[string]any{}
		}
		if def == false && g.resources {
			def = map[string]any{"not": map[string]any{}}
		}
		if m, ok := def.(map[string]any); ok {
			g.identify(m, i)
		}
		defs[defName(i)] = def
	}
	s[g.defsKeyword()] = defs
	s["$schema"] = g.URI()
	g.dynamic(s)
	return s
}

func defName(i int) string { return string(rune('d' + i)) }

func (g *Schemas) defsKeyword() string {
	if g.Draft >= 2019 {
		return "$defs"
	}
	return "definitions"
}

// identify gives a definition a name; references find it by its pointer all
// the same.
func (g *Schemas) identify(m map[string]any, i int) {
	if g.Draft < 2019 {
		return
	}
	if g.chance(2) {
		m["$anchor"] = "n" + defName(i)
	}
	if g.resources {
		m["$id"] = "res-" + defName(i)
		g.dynamic(m)
	}
}

// dynamic makes the root of a resource one that dynamic references find.
func (g *Schemas) dynamic(m map[string]any) {
	switch {
	case g.Draft == 2019 && g.chance(2):
		m["$recursiveAnchor"] = !g.chance(4)
	case g.Draft == 2020 && (g.resources || g.chance(3)):
		m["$dynamicAnchor"] = "node"
	}
}

// sub returns a schema for anywhere inside.
func (g *Schemas) sub(depth int) any {
	if g.Draft >= 6 && g.chance(12) {
		return g.chance(3)
	}
	if depth <= 0 {
		return g.leaf()
	}
	return g.object(depth)
}

// leaf returns a schema without others in it.
func (g *Schemas) leaf() any {
	s := make(map[string]any)
	switch g.IntN(8) {
	case 0:
	case 1, 2:
		s["type"] = g.types()
	case 3:
		s["enum"] = g.enum()
	case 4:
		s["type"] = "string"
		s["pattern"] = pick(g.Gen, g.Patterns)
	case 5:
		s["type"] = "integer"
		s["minimum"] = g.bound()
	case 6:
		if !g.foreign {
			s["$ref"] = g.ref()
		}
	default:
		g.simple(s)
	}
	return s
}

func (g *Schemas) object(depth int) map[string]any {
	s := make(map[string]any)
	if g.chance(2) {
		s["type"] = g.types()
	}
	for range 1 + g.IntN(4) {
		if g.chance(3) {
			g.simple(s)
		} else {
			g.applicator(s, depth-1)
		}
	}
	return s
}

func (g *Schemas) types() any {
	all := []any{"null", "boolean", "integer", "number", "string", "array", "object", "object", "array", "string"}
	if !g.chance(4) {
		return pick(g.Gen, all)
	}
	g.Shuffle(7, func(i, j int) { all[i], all[j] = all[j], all[i] })
	n := 1 + g.IntN(3)
	list := slices.Clone(all[:n])
	return slices.CompactFunc(list, func(a, b any) bool { return a == b })
}

func (g *Schemas) enum() []any {
	var list []any
	seen := make(map[string]bool)
	for range 1 + g.IntN(4) {
		v := g.Value(nil, 1)
		if key := string(Write(canonical(v))); !seen[key] {
			seen[key] = true
			list = append(list, v)
		}
	}
	return list
}

// canonical writes equal numbers alike; the meta-schemas want the values of
// enum to be distinct.
func canonical(v any) any {
	switch v := v.(type) {
	case json.Number:
		if r, ok := new(big.Rat).SetString(string(v)); ok {
			return r.String()
		}
	case []any:
		c := make([]any, len(v))
		for i, item := range v {
			c[i] = canonical(item)
		}
		return c
	case map[string]any:
		c := make(map[string]any, len(v))
		for name, value := range v {
			c[name] = canonical(value)
		}
		return c
	}
	return v
}

func (g *Schemas) bound() json.Number {
	for {
		if n := pick(g.Gen, numbers); len(n) < 12 {
			return n
		}
	}
}

func (g *Schemas) size() json.Number {
	return pick(g.Gen, []json.Number{"0", "1", "2", "3", "5", "2.0"})
}

func (g *Schemas) ref() string {
	if g.chance(6) {
		return "#"
	}
	if g.resources { // "#" is the resource then, not the document
		if g.chance(3) {
			return "res-" + defName(g.IntN(definitions))
		}
		return Location + "#/" + g.defsKeyword() + "/" + defName(g.IntN(definitions))
	}
	return "#/" + g.defsKeyword() + "/" + defName(g.IntN(definitions))
}

// simple adds an assertion without schemas in it.
func (g *Schemas) simple(s map[string]any) {
	switch g.IntN(12) {
	case 0:
		s["enum"] = g.enum()
	case 1:
		if g.Draft >= 6 {
			s["const"] = g.Value(nil, 2)
		}
	case 2:
		s[pick(g.Gen, []string{"minLength", "maxLength"})] = g.size()
	case 3:
		s[pick(g.Gen, []string{"minItems", "maxItems"})] = g.size()
	case 4:
		s[pick(g.Gen, []string{"minProperties", "maxProperties"})] = g.size()
	case 5:
		s["pattern"] = pick(g.Gen, g.Patterns)
	case 6:
		s["multipleOf"] = pick(g.Gen, []json.Number{"1", "2", "3", "0.01", "0.1", "0.5", "1e2", "1e-3", "7.0", "1.5"})
	case 7:
		side := pick(g.Gen, []string{"inimum", "aximum"})
		s["m"+side] = g.bound()
		if g.chance(3) {
			if g.Draft == 4 {
				s["exclusiveM"+side] = g.chance(2)
			} else {
				s["exclusiveM"+side] = g.bound()
			}
		}
	case 8:
		s["uniqueItems"] = !g.chance(5)
	case 9, 10:
		list := []any{pick(g.Gen, names)}
		if other := pick(g.Gen, names); other != list[0] && g.chance(2) {
			list = append(list, other)
		}
		s["required"] = list
	default:
		if g.Formats {
			s["format"] = pick(g.Gen, Formats)
		} else {
			s["description"] = "any"
		}
	}
}

// applicator adds a keyword with schemas in it.
func (g *Schemas) applicator(s map[string]any, depth int) {
	later := g.Draft >= 2019
	switch g.IntN(22) {
	case 0, 1, 2, 3:
		properties := make(map[string]any)
		for range 1 + g.IntN(4) {
			properties[pick(g.Gen, names)] = g.sub(depth)
		}
		s["properties"] = properties
	case 4:
		s["patternProperties"] = map[string]any{pick(g.Gen, g.Patterns): g.sub(depth), pick(g.Gen, g.Patterns): g.sub(depth)}
	case 5:
		s["additionalProperties"] = g.boolOr(depth)
	case 6, 7:
		s["items"] = g.sub(depth)
	case 8:
		list := []any{g.sub(depth), g.sub(depth)}
		if g.Draft == 2020 {
			s["prefixItems"] = list
			return
		}
		s["items"] = list
		s["additionalItems"] = g.boolOr(depth)
	case 9:
		s["allOf"] = g.list(depth)
	case 10, 11:
		s["anyOf"] = g.list(depth)
	case 12, 13:
		s["oneOf"] = g.list(depth)
	case 14:
		s["not"] = g.sub(depth)
	case 15:
		if g.Draft >= 7 {
			s["if"] = g.sub(depth)
			s["then"] = g.sub(depth)
			if g.chance(2) {
				s["else"] = g.sub(depth)
			}
		}
	case 16:
		g.dependency(s, depth)
	case 17:
		if g.Draft >= 6 {
			s["contains"] = g.sub(depth)
			if later && g.chance(2) {
				s[pick(g.Gen, []string{"minContains", "maxContains"})] = g.size()
			}
		}
	case 18:
		if g.Draft >= 6 {
			s["propertyNames"] = g.sub(0)
		}
	case 19:
		s["$ref"] = g.ref()
	default:
		if !later {
			s["properties"] = map[string]any{pick(g.Gen, names): g.sub(depth)}
			return
		}
		switch g.IntN(4) {
		case 0:
			if g.Draft == 2019 {
				s["$recursiveRef"] = "#"
			} else {
				s["$dynamicRef"] = pick(g.Gen, []string{"#", g.ref()})
				if g.resources {
					s["$dynamicRef"] = "#node"
				}
			}
		case 1:
			s["unevaluatedItems"] = g.boolOr(depth)
		default:
			s["unevaluatedProperties"] = g.boolOr(depth)
		}
	}
}

func (g *Schemas) boolOr(depth int) any {
	if g.chance(2) {
		return g.chance(4)
	}
	return g.sub(depth)
}

func (g *Schemas) list(depth int) []any {
	list := make([]any, 1+g.IntN(3))
	for i := range list {
		list[i] = g.sub(depth)
	}
	return list
}

func (g *Schemas) dependency(s map[string]any, depth int) {
	name := pick(g.Gen, names)
	if g.chance(2) {
		keyword := "dependencies"
		if g.Draft >= 2019 {
			keyword = "dependentSchemas"
		}
		s[keyword] = map[string]any{name: g.sub(depth)}
		return
	}
	keyword := "dependencies"
	if g.Draft >= 2019 {
		keyword = "dependentRequired"
	}
	s[keyword] = map[string]any{name: []any{pick(g.Gen, names)}}
}

// MutateSchema changes a given schema document in a few places. The result may
// be no valid schema any more.
func (g *Schemas) MutateSchema(schema any, v *Vocabulary) any {
	schema = Clone(schema)
	g.foreign = true
	defer func() { g.foreign = false }()
	for range 1 + g.IntN(2) {
		schema = g.change(schema, v, 10)
	}
	return schema
}

// change goes down to a schema in the schema and swaps one of its keywords.
func (g *Schemas) change(schema any, v *Vocabulary, depth int) any {
	s, ok := schema.(map[string]any)
	if !ok {
		return schema
	}
	var inside []func()
	for _, keyword := range slices.Sorted(maps.Keys(s)) {
		switch value := s[keyword].(type) {
		case map[string]any:
			switch keyword {
			case "properties", "patternProperties", "definitions", "$defs", "dependencies", "dependentSchemas":
				for _, name := range slices.Sorted(maps.Keys(value)) {
					inside = append(inside, func() { value[name] = g.change(value[name], v, depth-1) })
				}
			case "enum", "const", "default", "examples":
			default:
				inside = append(inside, func() { s[keyword] = g.change(value, v, depth-1) })
			}
		case []any:
			if keyword == "allOf" || keyword == "anyOf" || keyword == "oneOf" || keyword == "items" || keyword == "prefixItems" {
				for i := range value {
					inside = append(inside, func() { value[i] = g.change(value[i], v, depth-1) })
				}
			}
		}
	}
	if len(inside) > 0 && depth > 0 && g.IntN(4) > 0 {
		pick(g.Gen, inside)()
		return s
	}
	keywords := slices.DeleteFunc(slices.Sorted(maps.Keys(s)), func(k string) bool { return k == "$schema" || k == "$id" || k == "id" })
	switch n := g.IntN(4); {
	case n == 0 && len(keywords) > 0:
		delete(s, pick(g.Gen, keywords))
	case n == 1:
		g.simple(s)
	case n == 2:
		g.wrap(s)
	default:
		if len(keywords) > 0 {
			if k := pick(g.Gen, keywords); isNumber(s[k]) {
				s[k] = g.editNumber(s[k].(json.Number), v)
				return s
			}
		}
		g.simple(s)
	}
	return s
}

// wrap moves all of a schema's keywords into an applicator of its own.
func (g *Schemas) wrap(s map[string]any) {
	if s["$schema"] != nil || s["$id"] != nil || s["id"] != nil || s["definitions"] != nil || s["$defs"] != nil {
		return
	}
	inner := maps.Clone(s)
	clear(s)
	switch keyword := pick(g.Gen, []string{"allOf", "anyOf", "oneOf", "not"}); keyword {
	case "not":
		s["not"] = map[string]any{"not": inner}
	default:
		s[keyword] = []any{inner, g.leaf()}
	}
}

func isNumber(v any) bool {
	_, ok := v.(json.Number)
	return ok
}
