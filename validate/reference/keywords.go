package reference

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// child is a schema directly inside of another.
type child struct {
	name   string // in the keyword's object; else empty
	schema any    // an object or a boolean
}

// children returns the schemas that are the value of a keyword.
func children(keyword string, value any) []child {
	switch keyword {
	case "additionalItems", "additionalProperties", "contains", "propertyNames", "not", "if", "then", "else":
		return schemas(child{schema: value})
	case "allOf", "anyOf", "oneOf":
		list, _ := value.([]any)
		return items(list)
	case "items":
		if list, ok := value.([]any); ok {
			return items(list)
		}
		return schemas(child{schema: value})
	case "properties", "patternProperties", "definitions", "$defs", "dependencies":
		m, _ := value.(map[string]any)
		all := make([]child, 0, len(m))
		for _, name := range slices.Sorted(maps.Keys(m)) {
			all = append(all, child{name, m[name]})
		}
		return schemas(all...)
	default:
		return nil
	}
}

func items(list []any) []child {
	all := make([]child, len(list))
	for i, v := range list {
		all[i] = child{strconv.Itoa(i), v}
	}
	return schemas(all...)
}

// schemas keeps what can be a schema.
func schemas(all ...child) []child {
	return slices.DeleteFunc(all, func(c child) bool {
		switch c.schema.(type) {
		case map[string]any, bool:
			return false
		default:
			return true
		}
	})
}

// since says from which draft on gojsonschema knows a keyword that asserts;
// later means never. What it does not know it ignores without a word.
var since = map[string]int{
	"const":         6,
	"contains":      6,
	"propertyNames": 6,
	"if":            7,
	"then":          7,
	"else":          7,

	"$dynamicRef":           later,
	"$recursiveRef":         later,
	"dependentRequired":     later,
	"dependentSchemas":      later,
	"maxContains":           later,
	"minContains":           later,
	"prefixItems":           later,
	"unevaluatedItems":      later,
	"unevaluatedProperties": later,
}

const later = 100

// unjudged refuses a schema with a keyword that gojsonschema would ignore.
func unjudged(schema map[string]any, draft int, place string) error {
	for _, keyword := range slices.Sorted(maps.Keys(schema)) {
		if first, ok := since[keyword]; ok && first > draft {
			return fmt.Errorf("%s: gojsonschema ignores %q in draft %d: use the compiled engine with a later dialect, or remove the keyword",
				place, keyword, draft)
		}
	}
	return nil
}
