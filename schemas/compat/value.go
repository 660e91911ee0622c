package compat

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/schema"
	"github.com/sluicedata/sluice/validate/program/value"
)

// Documents are values of encoding/json, with numbers as json.Number.

// valueAt reads the value at a token.
func valueAt(v value.View, at int) any {
	switch k := v.Tokens[at].Kind; k {
	case jsonscan.Null:
		return nil
	case jsonscan.True, jsonscan.False:
		return k == jsonscan.True
	case jsonscan.Number:
		return json.Number(v.Raw(at))
	case jsonscan.String:
		return string(v.Text(at, nil))
	case jsonscan.Array:
		list := []any{}
		for i := at + 1; i < v.Next(at); i = v.Next(i) {
			list = append(list, valueAt(v, i))
		}
		return list
	default:
		m := map[string]any{}
		for i := at + 1; i < v.Next(at); i = v.Next(i + 1) {
			m[string(v.Text(i, nil))] = valueAt(v, i+1)
		}
		return m
	}
}

// valuesOf are those that an Enum or Const rule allows.
func valuesOf(r *schema.Rule) []any {
	list := make([]any, len(r.Values))
	for i, at := range r.Values {
		list[i] = valueAt(r.View, at)
	}
	return list
}

// equal reports whether two values are equal, as JSON Schema has it.
func equal(a, b any) bool {
	switch a := a.(type) {
	case json.Number:
		b, ok := b.(json.Number)
		if !ok {
			return false
		}
		x, y := decimal(a), decimal(b)
		return value.Compare(&x, &y) == 0
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, equal)
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && maps.EqualFunc(a, b, equal)
	default:
		switch b.(type) {
		case []any, map[string]any:
			return false
		}
		return a == b
	}
}

func contains(list []any, v any) bool {
	return slices.ContainsFunc(list, func(w any) bool { return equal(v, w) })
}

// text writes a value as JSON.
func text(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		return nil // no value of ours
	}
	return b
}
