package compat_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/schemas/compat"
	"github.com/sluicedata/sluice/validate"
)

// TestChangesAreNamed looks at the words and the places of changes.
func TestChangesAreNamed(t *testing.T) {
	t.Parallel()
	f := func(older, newer string, want ...string) {
		t.Helper()
		var got []string
		for _, c := range compat.Compare(load(t, older), load(t, newer)).Changes {
			got = append(got, fmt.Sprintf("%s: %s: %v, %v at #%s, was #%s", c.Path, c.What, c.Backward.Relation, c.Forward.Relation, c.New.Pointer, c.Old.Pointer))
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("old: %s\nnew: %s\n got: %s\nwant: %s", older, newer, strings.Join(got, "\n      "), strings.Join(want, "\n      "))
		}
	}
	f(`{"type":"object","properties":{"a":{"type":"string","maxLength":5}}}`, `{"type":"object","properties":{"a":{"type":"string","maxLength":3}}}`,
		"$.a: maxLength 5 became 3: breaking, compatible at #/properties/a/maxLength, was #/properties/a/maxLength")
	f(`{"type":"number","minimum":0}`, `{"type":"number","exclusiveMinimum":0}`,
		"$: minimum 0 became exclusiveMinimum 0: breaking, compatible at #/exclusiveMinimum, was #/minimum")
	f(`{"type":"object"}`, `{"type":"object","required":["a","b"]}`,
		`$: the property "a" is now required: breaking, compatible at #/required, was #`,
		`$: the property "b" is now required: breaking, compatible at #/required, was #`)
	f(`{"type":"array","items":{"type":"string"}}`, `{"type":"array","items":{"type":["string","null"]}}`,
		"$[*]: type string became null or string: compatible, breaking at #/items/type, was #/items/type")
	f(`{"type":"object","properties":{"a":{}}}`, `{"type":"object","properties":{"a":{}},"additionalProperties":false}`,
		"$: properties that are not listed are not allowed any more: breaking, compatible at #/additionalProperties, was #")
	// A shared definition is named where it stands, once for each place.
	f(`{"$defs":{"id":{"type":"string"}},"type":"object","properties":{"a":{"$ref":"#/$defs/id"},"b":{"$ref":"#/$defs/id"}}}`,
		`{"$defs":{"id":{"type":"string","minLength":2}},"type":"object","properties":{"a":{"$ref":"#/$defs/id"},"b":{"$ref":"#/$defs/id"}}}`,
		"$.a: minLength 2 was added: breaking, compatible at #/$defs/id/minLength, was #/$defs/id",
		"$.b: minLength 2 was added: breaking, compatible at #/$defs/id/minLength, was #/$defs/id")
	// Branches are compared with those that take their place.
	f(`{"$defs":{"a":{"properties":{"k":{"const":"a"}},"required":["k"]},"b":{"properties":{"k":{"const":"b"}},"required":["k"]}},
	    "type":"object","oneOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/b"}]}`,
		`{"$defs":{"a":{"properties":{"k":{"const":"a"}},"required":["k"]},"b":{"properties":{"k":{"const":"b"}},"required":["k","n"]}},
	    "type":"object","oneOf":[{"$ref":"#/$defs/b"},{"$ref":"#/$defs/a"}]}`,
		`$: the property "n" is now required: breaking, compatible at #/$defs/b/required, was #/$defs/b/required`)
	f(`{"anyOf":[{"type":"string"},{"type":"integer"}]}`, `{"anyOf":[{"type":"string"},{"type":"integer"},{"type":"null"}]}`,
		"$: anyOf: branch 2 is new: compatible, breaking at #/anyOf, was #/anyOf")
}

// TestLoadRefusesWhatTheEngineDoes: a schema that cannot be compiled cannot be
// compared.
func TestLoadRefusesWhatTheEngineDoes(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`{"type":"whole"}`, `{`, `{"$ref":"other.json"}`, `{"$ref":"#"}`} {
		if s, err := compat.Load([]byte(text), validate.Options{Location: "test.json"}); err == nil || s != nil {
			t.Errorf("%s: no error", text)
		}
	}
}

// TestOtherDocuments follows references into other documents, and names them.
func TestOtherDocuments(t *testing.T) {
	t.Parallel()
	side := func(money string) *compat.Side {
		s, err := compat.Load([]byte(`{"type":"object","properties":{"total":{"$ref":"money.json"}}}`), validate.Options{
			Location: "https://schemas.example.com/order.json",
			Load:     func(string) ([]byte, error) { return []byte(money), nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	r := compat.Compare(side("{\n\"type\": \"number\"}"), side("{\n\"type\": \"integer\"}"))
	if len(r.Changes) != 1 || r.Changes[0].New != (compat.Site{URI: "https://schemas.example.com/money.json", Pointer: "/type", Line: 2, Column: 9}) {
		t.Errorf("%+v", r)
	}
}
