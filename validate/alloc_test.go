package validate_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/sluicedata/sluice/validate"
)

// everything uses all that a program can do.
const everything = `{
	"$schema": "https://json-schema.org/draft/2020-12/schema",
	"type": "object",
	"properties": {
		"id": {"type": "string", "format": "uuid"},
		"at": {"format": "date-time"},
		"mail": {"format": "email", "maxLength": 50},
		"host": {"format": "hostname"},
		"link": {"format": "uri"},
		"code": {"pattern": "^[A-Z]{2}-[0-9]+$"},
		"free": {"pattern": "(ab|cd)+e"},
		"kind": {"enum": ["a", "b", 3, null, {"x": [1]}]},
		"fixed": {"const": {"a": [1, {"b": null}]}},
		"price": {"type": "number", "multipleOf": 0.01, "minimum": 0.5},
		"big": {"type": "integer", "maximum": 1e40},
		"tags": {"type": "array", "uniqueItems": true, "items": {"type": "string", "minLength": 1}},
		"pairs": {"uniqueItems": true, "items": {"properties": {"k": {"type": "string"}}}},
		"rows": {"prefixItems": [{"type": "integer"}], "items": {"type": "string"}, "contains": {"const": "x"}},
		"tree": {"$ref": "#/$defs/node"},
		"one": {"oneOf": [{"properties": {"t": {"const": "p"}, "v": {"type": "string"}}, "required": ["t"]}, {"properties": {"t": {"const": "q"}}, "required": ["t"]}]}
	},
	"patternProperties": {"^x-": {"type": ["string", "integer"]}},
	"propertyNames": {"maxLength": 20},
	"dependentRequired": {"price": ["id"]},
	"allOf": [
		{"if": {"properties": {"code": {"const": "AB-1"}}, "required": ["code"]}, "then": {"required": ["id"]}},
		{"anyOf": [{"required": ["id"], "properties": {"extra": {"type": "string"}}}, {"required": ["at"]}]},
		{"not": {"required": ["forbidden"]}}
	],
	"unevaluatedProperties": false,
	"$defs": {"node": {"type": "object", "properties": {"kids": {"type": "array", "items": {"$ref": "#/$defs/node"}}}, "additionalProperties": false}}
}`

const everythingDoc = `{"id":"bbeeb636-1d33-4c6d-96f0-da847a2a3b87","at":"2026-11-11T13:25:33.378Z","mail":"a.b@example.com",
	"host":"www.example.com","link":"https://example.com/a?b=c#d","code":"AB-1","free":"zzabcde","kind":{"x":[1.0]},
	"fixed":{"a":[1,{"b":null}]},"price":19.99,"big":123456789012345678901234567890,"tags":["a","b","c","d","\u00e9","e","f","g","h"],
	"pairs":[{"k":"1"},{"k":"2"},{"k":"3"},{"k":"4"},{"k":"5"},{"k":"6"},{"k":"7"}],"rows":[1,"x","y"],
	"tree":{"kids":[{"kids":[]},{}]},"one":{"t":"p","v":"w"},"x-a":"s","x-b":1,"extr\u0061":"e"}`

// race is set in a build with the race detector.
var race = false

// TestValidAllocates nothing.
func TestValidAllocates(t *testing.T) {
	if race {
		t.Skip("pools forget at random under the race detector")
	}
	s, err := validate.Compile([]byte(everything), validate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f := func(name string, s *validate.Schema, doc []byte) {
		t.Helper()
		if v := s.Check(doc); v.Class != validate.Valid {
			t.Fatalf("%s: %+v", name, v)
		}
		// The pool may be emptied by a collection while the test runs.
		if n := testing.AllocsPerRun(200, func() { s.Valid(doc) }); n >= 1 {
			t.Errorf("%s: %v allocations", name, n)
		}
		if n := testing.AllocsPerRun(200, func() { s.Check(doc) }); n >= 1 {
			t.Errorf("%s: %v allocations in Check", name, n)
		}
	}
	f("everything", s, []byte(everythingDoc))
	for _, file := range []string{"order", "refund"} {
		schema, err := os.ReadFile("../schemas/examples/sales/schemas/" + file + ".json")
		if err != nil {
			t.Fatal(err)
		}
		s, err := validate.Compile(schema, validate.Options{})
		if err != nil {
			t.Fatal(err)
		}
		docs, err := filepath.Glob("../schemas/examples/sales/schemas/examples/valid/" + file + "/*.json")
		if err != nil || len(docs) == 0 {
			t.Fatal("no examples", err)
		}
		for _, doc := range docs {
			text, err := os.ReadFile(doc)
			if err != nil {
				t.Fatal(err)
			}
			f(doc, s, bytes.TrimSpace(text))
		}
	}
}
