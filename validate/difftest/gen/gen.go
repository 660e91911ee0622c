// Package gen makes JSON Schemas and records for tests: random ones, ones that
// a schema asks for, and mutations of given ones.
//
// Everything comes from one seeded source of randomness: the same seed makes
// the same schemas and records. Values are those of encoding/json with numbers
// as json.Number, so that 1, 1.0 and 1e400 stay what they are.
package gen

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Gen makes values. It is used by one goroutine at a time.
type Gen struct {
	*rand.Rand
}

// New returns a Gen for a seed.
func New(seed uint64) *Gen {
	return &Gen{rand.New(rand.NewPCG(seed, 0x5eed))}
}

// chance is true in one of n cases.
func (g *Gen) chance(n int) bool { return g.IntN(n) == 0 }

// pick returns one of list, which is not empty.
func pick[T any](g *Gen, list []T) T { return list[g.IntN(len(list))] }

// Parse reads one JSON text.
func Parse(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}

// Write writes a value as JSON, object names sorted.
func Write(v any) []byte { return appendValue(nil, v, nil) }

// Vary writes a value as JSON in one of many ways to write it: white space,
// escapes, the order of names.
func (g *Gen) Vary(v any) []byte { return appendValue(nil, v, g) }

// Repeat writes a value with some of its properties twice. The first ones are
// anything; the last ones are the value's.
func (g *Gen) Repeat(v any) []byte { return g.appendRepeated(nil, v) }

func (g *Gen) appendRepeated(b []byte, v any) []byte {
	switch v := v.(type) {
	case []any:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = g.appendRepeated(b, item)
		}
		return append(b, ']')
	case map[string]any:
		b = append(b, '{')
		for _, name := range slices.Sorted(maps.Keys(v)) {
			for range g.IntN(3) {
				b = append(appendString(b, name, g), ':')
				b = append(g.appendRepeated(b, g.Value(nil, 1)), ',')
			}
		}
		for i, name := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendString(b, name, g), ':')
			b = g.appendRepeated(b, v[name])
		}
		return append(b, '}')
	default:
		return appendValue(b, v, nil)
	}
}

func appendValue(b []byte, v any, g *Gen) []byte {
	b = g.appendSpace(b)
	switch v := v.(type) {
	case nil:
		b = append(b, "null"...)
	case bool:
		b = strconv.AppendBool(b, v)
	case json.Number:
		b = append(b, v...)
	case int:
		b = strconv.AppendInt(b, int64(v), 10)
	case string:
		b = appendString(b, v, g)
	case []any:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendValue(b, item, g)
		}
		b = append(g.appendSpace(b), ']')
	case map[string]any:
		names := slices.Sorted(maps.Keys(v))
		if g != nil && g.chance(2) {
			g.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		}
		b = append(b, '{')
		for i, name := range names {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendString(g.appendSpace(b), name, g)
			b = append(g.appendSpace(b), ':')
			b = appendValue(b, v[name], g)
		}
		b = append(g.appendSpace(b), '}')
	default:
		panic("gen: no JSON value")
	}
	return g.appendSpace(b)
}

func (g *Gen) appendSpace(b []byte) []byte {
	if g == nil || !g.chance(60) {
		return b
	}
	return append(b, pick(g, []string{" ", "\t", "\n", "\r\n", "  "})...)
}

func appendString(b []byte, s string, g *Gen) []byte {
	b = append(b, '"')
	escapeAll := g != nil && g.chance(80)
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < 0x20 || escapeAll && r < 0x10000:
			const hex = "0123456789abcdef"
			b = append(b, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		case r == '/' && g != nil && g.chance(10):
			b = append(b, '\\', '/')
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}

// Clone returns a deep copy.
func Clone(v any) any {
	switch v := v.(type) {
	case []any:
		c := make([]any, len(v))
		for i, item := range v {
			c[i] = Clone(item)
		}
		return c
	case map[string]any:
		c := make(map[string]any, len(v))
		for name, value := range v {
			c[name] = Clone(value)
		}
		return c
	default:
		return v
	}
}
