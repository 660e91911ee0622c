package gen

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// numbers of all kinds, with those that break arithmetic on floats.
var numbers = []json.Number{
	"0", "-0", "1", "-1", "2", "3", "5", "7", "10", "42", "100", "0.0", "1.0", "1.5", "-2.5", "0.1", "0.01", "19.99", "0.3", "1e0", "1E2", "1.0e1", "12e-1", "100e-2",
	"9007199254740991", "9007199254740992", "9007199254740993", "9223372036854775807", "9223372036854775808", "18446744073709551616", "-9223372036854775809",
	"1e18", "1e19", "1e300", "1e-300", "1e400", "-1e400", "1e-400", "0e400", "123456789012345678901234567890", "0.1234567890123456789", "4.35", "1.0000000000000001",
}

// Value returns any value.
func (g *Gen) Value(v *Vocabulary, depth int) any {
	n := 10
	if depth <= 0 {
		n = 7
	}
	switch g.IntN(n) {
	case 0:
		return nil
	case 1:
		return g.chance(2)
	case 2, 3:
		return g.number(v)
	case 4, 5:
		return g.text(v)
	case 6:
		if v != nil && len(v.Literals) > 0 {
			return Clone(pick(g, v.Literals))
		}
		return g.text(v)
	case 7, 8:
		m := make(map[string]any)
		for range g.IntN(4) {
			m[g.name(v)] = g.Value(v, depth-1)
		}
		return m
	default:
		list := make([]any, g.IntN(4))
		for i := range list {
			list[i] = g.Value(v, depth-1)
		}
		return list
	}
}

func (g *Gen) number(v *Vocabulary) json.Number {
	if v != nil && len(v.Numbers) > 0 && g.chance(2) {
		return pick(g, v.Numbers)
	}
	if g.chance(4) {
		return json.Number(fmt.Sprint(g.IntN(2000) - 1000))
	}
	return pick(g, numbers)
}

func (g *Gen) text(v *Vocabulary) string {
	switch {
	case v != nil && len(v.Patterns) > 0 && g.chance(3):
		return g.Matching(pick(g, v.Patterns))
	case v != nil && len(v.Formats) > 0 && g.chance(3):
		return g.Formatted(pick(g, v.Formats))
	default:
		return g.Word()
	}
}

func (g *Gen) name(v *Vocabulary) string {
	if v != nil && len(v.Names) > 0 && !g.chance(4) {
		return pick(g, v.Names)
	}
	return g.text(v)
}

// Mutate changes a record in a few places; it returns a new value.
func (g *Gen) Mutate(record any, v *Vocabulary) any {
	record = Clone(record)
	for range 1 + g.IntN(3) {
		record = g.edit(record, v, 6)
	}
	return record
}

// edit changes one place at or below a value.
func (g *Gen) edit(value any, v *Vocabulary, depth int) any {
	switch value := value.(type) {
	case map[string]any:
		if len(value) > 0 && depth > 0 && !g.chance(3) {
			name := pick(g, slices.Sorted(maps.Keys(value)))
			value[name] = g.edit(value[name], v, depth-1)
			return value
		}
		return g.editObject(value, v)
	case []any:
		if len(value) > 0 && depth > 0 && !g.chance(3) {
			i := g.IntN(len(value))
			value[i] = g.edit(value[i], v, depth-1)
			return value
		}
		return g.editArray(value, v)
	case string:
		if g.chance(2) {
			return g.editText(value)
		}
		if g.chance(2) {
			return g.text(v)
		}
	case json.Number:
		if !g.chance(3) {
			return g.editNumber(value, v)
		}
	case bool:
		if g.chance(2) {
			return !value
		}
	}
	return g.Value(v, 2)
}

func (g *Gen) editObject(value map[string]any, v *Vocabulary) any {
	names := slices.Sorted(maps.Keys(value))
	switch n := g.IntN(6); {
	case n == 0 || len(names) == 0:
		value[g.name(v)] = g.Value(v, 2)
	case n <= 2:
		delete(value, pick(g, names))
	case n == 3:
		from := pick(g, names)
		to := g.name(v)
		if g.chance(3) {
			to = pick(g, []string{strings.ToUpper(from), from + " ", from + "x", strings.TrimSuffix(from, "s")})
		}
		moved := value[from]
		delete(value, from)
		value[to] = moved
	case n == 4:
		value[pick(g, names)] = Clone(value[pick(g, names)])
	default:
		return g.Value(v, 2)
	}
	return value
}

func (g *Gen) editArray(value []any, v *Vocabulary) any {
	switch n := g.IntN(6); {
	case n == 0 || len(value) == 0:
		return append(value, g.Value(v, 2))
	case n == 1:
		i := g.IntN(len(value))
		return slices.Delete(value, i, i+1)
	case n == 2:
		return append(value, Clone(pick(g, value)))
	case n == 3:
		i, j := g.IntN(len(value)), g.IntN(len(value))
		value[i], value[j] = value[j], value[i]
		return value
	case n == 4:
		for range 1 + g.IntN(12) {
			value = append(value, Clone(pick(g, value)))
		}
		return value
	default:
		return g.Value(v, 2)
	}
}

func (g *Gen) editNumber(n json.Number, v *Vocabulary) json.Number {
	s := string(n)
	switch g.IntN(7) {
	case 0:
		return nudge(n, 1)
	case 1:
		return nudge(n, -1)
	case 2:
		if strings.HasPrefix(s, "-") {
			return json.Number(s[1:])
		}
		return json.Number("-" + s)
	case 3: // the same number
		switch {
		case strings.ContainsAny(s, "eE"):
			return n
		case strings.Contains(s, "."):
			return json.Number(s + "0")
		default:
			return json.Number(s + pick(g, []string{".0", ".00", "e0", "E+0"}))
		}
	case 4:
		if !strings.ContainsAny(s, ".eE") {
			return json.Number(s + pick(g, []string{".5", ".1", "e1", "e-1", ".0000000000000000001"}))
		}
		return n
	default:
		return g.number(v)
	}
}

// MutateBytes changes the text of a record, mostly into something that is no
// JSON any more.
func (g *Gen) MutateBytes(text []byte) []byte {
	text = slices.Clone(text)
	for range 1 + g.IntN(3) {
		if len(text) == 0 {
			return append(text, pick(g, []string{"", " ", "{", "0", "\ufeff{}"})...)
		}
		i := g.IntN(len(text))
		switch g.IntN(7) {
		case 0:
			text[i] = byte(g.IntN(256))
		case 1:
			text = slices.Delete(text, i, i+1)
		case 2:
			text = slices.Insert(text, i, pick(g, []byte(`{}[]",:\0123456789.eE+-truefalsn u`)))
		case 3:
			text = text[:i]
		case 4:
			text = slices.Insert(text, i, []byte(pick(g, []string{`\u0000`, `\ud800`, `\udc00`, `\ud83d\ude00`, "\xc3", "\xed\xa0\x80", "1e", "00", "//", "\x00", ",", "NaN"}))...)
		case 5:
			j := g.IntN(len(text))
			text = append(text, text[min(i, j):max(i, j)]...)
		default:
			text[i] ^= 1 << g.IntN(8)
		}
	}
	return text
}
