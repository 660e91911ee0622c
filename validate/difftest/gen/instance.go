package gen

import (
	"encoding/json"
	"maps"
	"math/big"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Instance returns a value that meets a schema, if the schema is simple
// enough; else it comes near.
func (g *Gen) Instance(schema any, v *Vocabulary) any {
	i := instance{Gen: g, root: schema, v: v}
	return i.make(schema, 8)
}

type instance struct {
	*Gen
	root any
	v    *Vocabulary
}

func (g *instance) make(schema any, depth int) any {
	s, ok := schema.(map[string]any)
	if !ok || depth <= 0 {
		return g.Value(g.v, 1)
	}
	if ref, ok := s["$ref"].(string); ok {
		if target, ok := g.resolve(ref); ok {
			return g.make(target, depth-1)
		}
	}
	if c, ok := s["const"]; ok {
		return Clone(c)
	}
	if list, ok := s["enum"].([]any); ok && len(list) > 0 {
		return Clone(pick(g.Gen, list))
	}
	var out any
	if t := g.typeOf(s); t != "" {
		out = g.typed(t, s, depth)
	}
	for _, keyword := range []string{"allOf", "anyOf", "oneOf"} {
		list, ok := s[keyword].([]any)
		if !ok || len(list) == 0 {
			continue
		}
		if keyword != "allOf" {
			list = []any{pick(g.Gen, list)}
		}
		for _, branch := range list {
			out = merge(out, g.make(branch, depth-1))
		}
	}
	if out == nil && s["type"] == nil {
		for _, keyword := range []string{"then", "else", "if", "$dynamicRef", "$recursiveRef"} {
			if sub, ok := s[keyword].(map[string]any); ok {
				return g.make(sub, depth-1)
			}
		}
		if s["$dynamicRef"] != nil || s["$recursiveRef"] != nil {
			return g.make(g.root, depth-2)
		}
		return g.Value(g.v, 2)
	}
	return out
}

// merge joins two objects; else the newer value wins.
func merge(a, b any) any {
	x, ok := a.(map[string]any)
	y, ok2 := b.(map[string]any)
	if !ok || !ok2 {
		if b == nil {
			return a
		}
		return b
	}
	for name, value := range y {
		x[name] = value
	}
	return x
}

// typeOf chooses a type that the schema allows or implies.
func (g *instance) typeOf(s map[string]any) string {
	switch t := s["type"].(type) {
	case string:
		return t
	case []any:
		if len(t) > 0 {
			if name, ok := pick(g.Gen, t).(string); ok {
				return name
			}
		}
	}
	for _, hint := range []struct{ typ, keywords string }{
		{"object", "properties required patternProperties additionalProperties propertyNames minProperties maxProperties dependencies dependentRequired dependentSchemas unevaluatedProperties"},
		{"array", "items prefixItems contains minItems maxItems uniqueItems additionalItems unevaluatedItems"},
		{"string", "pattern format minLength maxLength contentEncoding"},
		{"number", "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf"},
	} {
		for keyword := range strings.SplitSeq(hint.keywords, " ") {
			if _, ok := s[keyword]; ok {
				return hint.typ
			}
		}
	}
	return ""
}

func (g *instance) typed(t string, s map[string]any, depth int) any {
	switch t {
	case "object":
		return g.object(s, depth)
	case "array":
		return g.array(s, depth)
	case "string":
		return g.fitting(s)
	case "integer", "number":
		return g.within(t, s)
	case "boolean":
		return g.chance(2)
	default:
		return nil
	}
}

func (g *instance) object(s map[string]any, depth int) any {
	out := make(map[string]any)
	required := make(map[string]bool)
	list, _ := s["required"].([]any)
	for _, name := range list {
		if name, ok := name.(string); ok {
			required[name] = true
		}
	}
	properties, _ := s["properties"].(map[string]any)
	patterns, _ := s["patternProperties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if properties[name] != false && (required[name] || g.IntN(3) > 0 && depth > 2) {
			out[name] = g.make(properties[name], depth-1)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(required)) {
		if _, ok := out[name]; !ok {
			out[name] = g.make(s["additionalProperties"], depth-1)
		}
	}
	for _, pattern := range slices.Sorted(maps.Keys(patterns)) {
		if g.chance(2) {
			out[g.Matching(pattern)] = g.make(patterns[pattern], depth-1)
		}
	}
	if rest := s["additionalProperties"]; rest != false && s["unevaluatedProperties"] != false && g.chance(4) {
		out[g.name(g.v)] = g.make(rest, depth-1)
	}
	for least := whole(s["minProperties"], 0); len(out) < min(least, 20); {
		out[g.Word()+strconv.Itoa(len(out))] = g.make(s["additionalProperties"], depth-1)
	}
	return out
}

func (g *instance) array(s map[string]any, depth int) any {
	least := min(whole(s["minItems"], 0), 30)
	most := min(whole(s["maxItems"], least+3), least+3)
	tuple, _ := s["prefixItems"].([]any)
	rest := s["items"]
	if list, ok := rest.([]any); ok {
		tuple, rest = list, s["additionalItems"]
	}
	n := least
	if most > least {
		n += g.IntN(most - least + 1)
	}
	if rest == false {
		n = min(n, len(tuple))
	}
	out := make([]any, 0, n)
	for i := range n {
		if i < len(tuple) {
			out = append(out, g.make(tuple[i], depth-1))
		} else {
			out = append(out, g.make(rest, depth-1))
		}
	}
	if c, ok := s["contains"]; ok && g.IntN(5) > 0 {
		for range whole(s["minContains"], 1) {
			if len(out) < 20 {
				out = append(out, g.make(c, depth-1))
			}
		}
	}
	return out
}

func (g *instance) fitting(s map[string]any) string {
	text := g.Word()
	if p, ok := s["pattern"].(string); ok {
		text = g.Matching(p)
	} else if f, ok := s["format"].(string); ok {
		text = g.Formatted(f)
	}
	r := []rune(text)
	if least := min(whole(s["minLength"], 0), 3000); len(r) < least {
		return text + strings.Repeat("x", least-len(r))
	}
	if most := whole(s["maxLength"], len(r)); len(r) > most && most >= 0 {
		return string(r[:most])
	}
	return text
}

// within returns a number inside of the bounds.
func (g *instance) within(t string, s map[string]any) any {
	bound := func(keyword string) *big.Rat {
		n, ok := s[keyword].(json.Number)
		if !ok || len(n) > 40 || strings.ContainsAny(string(n), "eE") {
			return nil
		}
		r, _ := new(big.Rat).SetString(string(n))
		return r
	}
	at := new(big.Rat).SetInt64(int64(g.IntN(100)))
	if step := bound("multipleOf"); step != nil {
		at.Mul(at, step)
	} else if t == "number" && g.chance(3) {
		at.Add(at, big.NewRat(int64(g.IntN(100)), 100))
	}
	for _, keyword := range []string{"minimum", "exclusiveMinimum"} {
		if b := bound(keyword); b != nil && at.Cmp(b) <= 0 {
			at.Add(b, big.NewRat(int64(g.IntN(3)), 1))
		}
	}
	for _, keyword := range []string{"maximum", "exclusiveMaximum"} {
		if b := bound(keyword); b != nil && at.Cmp(b) >= 0 {
			at.Sub(b, big.NewRat(int64(g.IntN(3)), 1))
		}
	}
	if t == "integer" && !at.IsInt() {
		at.SetInt(new(big.Int).Quo(at.Num(), at.Denom()))
	}
	if n, ok := decimal(at); ok {
		return n
	}
	return g.number(g.v)
}

// whole reads a small count of a keyword.
func whole(keyword any, otherwise int) int {
	n, ok := keyword.(json.Number)
	if !ok {
		return otherwise
	}
	f, err := n.Float64()
	if err != nil || f < 0 || f > 1e6 {
		return otherwise
	}
	return int(f)
}

// resolve finds the target of a reference within the document by its pointer
// or its anchor.
func (g *instance) resolve(ref string) (any, bool) {
	fragment, ok := strings.CutPrefix(strings.TrimPrefix(ref, Location), "#")
	if !ok {
		return nil, false
	}
	fragment, err := url.PathUnescape(fragment)
	if err != nil {
		return nil, false
	}
	at := g.root
	if fragment == "" {
		return at, true
	}
	if fragment[0] != '/' {
		return nil, false
	}
	for token := range strings.SplitSeq(fragment[1:], "/") {
		switch v := at.(type) {
		case map[string]any:
			at, ok = v[strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")]
		case []any:
			i, err := strconv.Atoi(token)
			if ok = err == nil && i >= 0 && i < len(v); ok {
				at = v[i]
			}
		default:
			ok = false
		}
		if !ok {
			return nil, false
		}
	}
	return at, true
}
