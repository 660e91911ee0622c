package gen

import (
	"encoding/json"
	"maps"
	"math/big"
	"slices"
)

// Vocabulary is what a schema speaks of: with it, mutated records stay near
// the schema's edges instead of wandering off.
type Vocabulary struct {
	Names    []string      // of properties
	Literals []any         // of enum, const, default and examples
	Numbers  []json.Number // bounds, and what is next to them
	Patterns []string
	Formats  []string
}

// Collect reads the vocabulary of a schema, wherever in it.
func Collect(schema any) *Vocabulary {
	v := &Vocabulary{}
	v.collect(schema)
	v.Names = unique(v.Names)
	v.Patterns = unique(v.Patterns)
	v.Formats = unique(v.Formats)
	v.Numbers = unique(v.Numbers)
	return v
}

func unique[T ~string](list []T) []T {
	slices.Sort(list)
	return slices.Compact(list)
}

func (v *Vocabulary) collect(schema any) {
	switch s := schema.(type) {
	case []any:
		for _, item := range s {
			v.collect(item)
		}
	case map[string]any:
		for _, keyword := range slices.Sorted(maps.Keys(s)) {
			v.keyword(keyword, s[keyword])
		}
	}
}

func (v *Vocabulary) keyword(keyword string, value any) {
	switch keyword {
	case "enum", "examples":
		if list, ok := value.([]any); ok {
			v.Literals = append(v.Literals, list...)
		}
		return
	case "const", "default":
		v.Literals = append(v.Literals, value)
		return
	case "pattern":
		if s, ok := value.(string); ok {
			v.Patterns = append(v.Patterns, s)
		}
	case "format":
		if s, ok := value.(string); ok {
			v.Formats = append(v.Formats, s)
		}
	case "required":
		if list, ok := value.([]any); ok {
			for _, name := range list {
				if s, ok := name.(string); ok {
					v.Names = append(v.Names, s)
				}
			}
		}
	case "properties", "dependencies", "dependentRequired", "dependentSchemas", "patternProperties":
		if m, ok := value.(map[string]any); ok {
			for name, sub := range m {
				if keyword == "patternProperties" {
					v.Patterns = append(v.Patterns, name)
				} else {
					v.Names = append(v.Names, name)
				}
				if list, ok := sub.([]any); ok {
					v.keyword("required", list)
				}
			}
		}
	}
	if n, ok := value.(json.Number); ok {
		v.Numbers = append(v.Numbers, n, nudge(n, 1), nudge(n, -1))
	}
	v.collect(value)
}

// nudge adds a small integer to a number, exactly.
func nudge(n json.Number, by int64) json.Number {
	if len(n) > 40 {
		return n
	}
	r, ok := new(big.Rat).SetString(string(n))
	if !ok || r.Num().BitLen() > 2000 {
		return n
	}
	r.Add(r, new(big.Rat).SetInt64(by))
	if r.IsInt() {
		return json.Number(r.Num().String())
	}
	exact, ok := decimal(r)
	if !ok {
		return n
	}
	return exact
}

// decimal writes a number that has a finite decimal fraction.
func decimal(r *big.Rat) (json.Number, bool) {
	prec, exact := r.FloatPrec()
	if !exact {
		return "", false
	}
	return json.Number(r.FloatString(prec)), true
}
