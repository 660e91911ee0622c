package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/sluicedata/sluice/validate/difftest/gen"
)

// faker makes records as a producer would write them: texts of words, numbers
// of a few digits, most optional properties present.
type faker struct {
	*gen.Gen
	root any
}

func (f *faker) make(schema any, depth int) any {
	s, ok := schema.(map[string]any)
	if !ok {
		return f.text(3)
	}
	for _, ref := range []string{"$ref", "$dynamicRef"} {
		if to, ok := s[ref].(string); ok {
			return f.make(f.target(to), depth+1)
		}
	}
	if c, ok := s["const"]; ok {
		return c
	}
	if list, ok := s["enum"].([]any); ok {
		return list[f.IntN(len(list))]
	}
	out := f.typed(s, depth)
	for _, keyword := range []string{"allOf", "anyOf", "oneOf"} {
		list, _ := s[keyword].([]any)
		if len(list) > 0 && keyword != "allOf" {
			list = list[f.IntN(len(list)):][:1]
		}
		for _, branch := range list {
			out = f.also(out, branch, depth)
		}
	}
	return out
}

// also adds what another schema asks of the same object.
func (f *faker) also(out, schema any, depth int) any {
	s, _ := schema.(map[string]any)
	if then, ok := s["then"]; ok {
		if f.IntN(2) == 0 && s["else"] != nil {
			then = s["else"]
		}
		return f.also(out, then, depth)
	}
	made := f.make(schema, depth)
	m, ok := out.(map[string]any)
	added, ok2 := made.(map[string]any)
	if !ok || !ok2 {
		if out == nil {
			return made
		}
		return out
	}
	for name, value := range added {
		if _, ok := m[name]; !ok {
			m[name] = value
		}
	}
	return m
}

func (f *faker) target(ref string) any {
	if ref == "#node" {
		return f.root
	}
	at := f.root
	for token := range strings.SplitSeq(strings.TrimPrefix(strings.TrimPrefix(ref, "#"), "/"), "/") {
		if m, ok := at.(map[string]any); ok && token != "" {
			at = m[token]
		}
	}
	return at
}

func (f *faker) typed(s map[string]any, depth int) any {
	t, _ := s["type"].(string)
	if list, ok := s["type"].([]any); ok {
		t, _ = list[f.IntN(len(list))].(string)
	}
	switch {
	case t == "object" || t == "" && (s["properties"] != nil || s["required"] != nil):
		return f.object(s, depth)
	case t == "" && (s["allOf"] != nil || s["anyOf"] != nil || s["oneOf"] != nil):
		return nil
	case t == "array":
		return f.array(s, depth)
	case t == "integer" || t == "number":
		return f.number(t, s)
	case t == "boolean":
		return f.IntN(2) == 0
	case t == "null":
		return nil
	default:
		return f.string(s)
	}
}

func (f *faker) object(s map[string]any, depth int) any {
	out := make(map[string]any)
	required, _ := s["required"].([]any)
	properties, _ := s["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if slices.Contains(required, any(name)) || f.IntN(10) < 8 {
			out[name] = f.make(properties[name], depth+1)
		}
	}
	patterns, _ := s["patternProperties"].(map[string]any)
	for _, pattern := range slices.Sorted(maps.Keys(patterns)) {
		for range 1 + f.IntN(5) {
			name := f.Matching(pattern)
			if strings.HasPrefix(pattern, "_") {
				name = f.word() + name
			}
			if pattern == "^x-" {
				name += f.word()
			}
			out[name] = f.make(patterns[pattern], depth+1)
		}
	}
	if rest, ok := s["additionalProperties"].(map[string]any); ok && properties == nil {
		for range 2 + f.IntN(8) {
			out[f.word()] = f.make(rest, depth+1)
		}
	}
	return out
}

func (f *faker) array(s map[string]any, depth int) any {
	least, most := int(bound(s, "minItems", 0)), int(bound(s, "maxItems", 5))
	if depth > 8 { // of something recursive
		most = least
	}
	if items, ok := s["items"].(map[string]any); ok && (items["$dynamicRef"] != nil || items["$ref"] == "#/definitions/comment") {
		most = max(least, 4-depth/2)
	}
	tuple, _ := s["prefixItems"].([]any)
	list := make([]any, least+f.IntN(most-least+1))
	for i := range list {
		if i < len(tuple) {
			list[i] = f.make(tuple[i], depth+1)
		} else if s["items"] != false {
			list[i] = f.make(s["items"], depth+1)
		}
	}
	if len(tuple) > 0 {
		list = list[:min(len(list), len(tuple))]
	}
	return list
}

func bound(s map[string]any, keyword string, otherwise float64) float64 {
	n, ok := s[keyword].(json.Number)
	if !ok {
		return otherwise
	}
	v, err := n.Float64()
	if err != nil {
		return otherwise
	}
	return v
}

func (f *faker) number(t string, s map[string]any) any {
	least := math.Max(bound(s, "minimum", 0), bound(s, "exclusiveMinimum", 0))
	most := math.Min(bound(s, "maximum", least+1e6), bound(s, "exclusiveMaximum", least+1e6))
	v := least + (most-least)*f.Float64()
	if t == "integer" {
		return json.Number(fmt.Sprintf("%.0f", math.Max(math.Ceil(least), math.Floor(v))))
	}
	places := 2
	if most-least <= 1 {
		places = 4
	}
	if least < 0 {
		places = 6
	}
	return json.Number(fmt.Sprintf("%.*f", places, math.Max(v, least+0.01*math.Min(1, most-least))))
}

func (f *faker) string(s map[string]any) string {
	if p, ok := s["pattern"].(string); ok {
		if strings.Contains(p, "[^ ") { // any text without double spaces
			return f.word() + "-" + f.word()
		}
		return f.Matching(p)
	}
	switch s["format"] {
	case "uuid":
		return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", f.Uint32(), f.IntN(1<<16), f.IntN(1<<12), f.IntN(1<<12), f.Uint64()>>16)
	case "date-time":
		return fmt.Sprintf("20%02d-%02d-%02dT%02d:%02d:%02d.%03dZ", f.IntN(30), 1+f.IntN(12), 1+f.IntN(28), f.IntN(24), f.IntN(60), f.IntN(60), f.IntN(1000))
	case "date":
		return fmt.Sprintf("20%02d-%02d-%02d", f.IntN(30), 1+f.IntN(12), 1+f.IntN(28))
	case "email":
		return fmt.Sprintf("%s.%s%d@%s.example.com", f.word(), f.word(), f.IntN(1000), f.word())
	case "hostname":
		return fmt.Sprintf("%s-%d.%s.example.com", f.word(), f.IntN(100), f.word())
	case "ipv4":
		return fmt.Sprintf("%d.%d.%d.%d", f.IntN(256), f.IntN(256), f.IntN(256), f.IntN(256))
	case "ipv6":
		return fmt.Sprintf("2001:db8:%x:%x::%x", f.IntN(1<<16), f.IntN(1<<16), f.IntN(1<<16))
	case "uri":
		return fmt.Sprintf("https://%s.example.com/%s/%d?q=%s#%s", f.word(), f.word(), f.IntN(100000), f.word(), f.word())
	case "uri-reference":
		return fmt.Sprintf("/%s/%s/%d", f.word(), f.word(), f.IntN(100000))
	case "json-pointer":
		return fmt.Sprintf("/%s/%d/%s", f.word(), f.IntN(10), f.word())
	}
	most := bound(s, "maxLength", 40)
	text := f.text(1 + f.IntN(int(math.Max(1, math.Min(most/8, 12)))))
	if r := []rune(text); float64(len(r)) > most {
		text = strings.TrimSpace(string(r[:int(most)]))
	}
	return text
}

var dictionary = strings.Fields(`able account after again amber answer apple autumn balance basket before better bridge bright broken
	button candle carbon castle center change circle client cloud copper corner cotton credit danger delta demand detail device dinner domain
	double driver eastern editor effort eleven energy engine factor falcon filter finger forest format future garden golden harbor hidden
	island jacket kernel ladder legend letter lumber magnet margin market matrix meadow mirror module motion narrow native needle northern
	number object office orange origin output packet palace parcel people pepper planet pocket policy prince public purple rabbit random
	record remote return rocket saddle sample school season second shadow signal silver simple socket spring square station stream summer
	sunset switch system tablet target temple thread ticket timber tunnel update valley vector velvet violet volume walnut weather window
	winter wonder yellow zephyr`)

func (f *faker) word() string { return dictionary[f.IntN(len(dictionary))] }

// text is some words, once in a while with what is not ASCII or must be
// escaped.
func (f *faker) text(n int) string {
	words := make([]string, n)
	for i := range words {
		words[i] = f.word()
	}
	s := strings.Join(words, " ")
	switch f.IntN(25) {
	case 0:
		s += " café"
	case 1:
		s = "“" + s + "”"
	case 2:
		s += "\n" + f.word()
	}
	return s
}

// vary changes the leaves of a given record that are free texts or numbers.
func (f *faker) vary(record any) any {
	switch v := record.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, value := range v {
			out[name] = f.vary(value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = f.vary(item)
		}
		return out
	case json.Number:
		if f.IntN(4) == 0 && !strings.ContainsAny(string(v), ".eE") && len(v) > 1 {
			return json.Number(fmt.Sprint(1000 + f.IntN(1e8)))
		}
	case string:
		if f.IntN(20) == 0 && len(v) > 6 && !strings.ContainsAny(v, " :/") {
			return f.word() + fmt.Sprint(f.IntN(1e6))
		}
		if f.IntN(6) == 0 && strings.Contains(v, " ") {
			return f.text(1 + len(v)/8)
		}
	}
	return record
}

// compact writes a record as producers do: no white space, HTML as it is.
func compact(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // it was made from JSON
	}
	return bytes.TrimSpace(b.Bytes())
}
