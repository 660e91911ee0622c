package reference

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const location = "https://schemas.example.com/test.json"

func input(schema string, draft int) Input {
	return Input{Root: location, Documents: map[string][]byte{location: []byte(schema)}, Draft: draft, AssertFormats: true}
}

func compile(t *testing.T, schema string, draft int) *Schema {
	t.Helper()
	s, err := New(input(schema, draft))
	if err != nil {
		t.Fatalf("New(%.200s): %v", schema, err)
	}
	return s
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	f := func(draft int, schema, doc string, want bool) {
		t.Helper()
		s := compile(t, schema, draft)
		if got := s.Valid([]byte(doc)); got != want {
			t.Errorf("draft %d, %s: Valid(%s) = %t", draft, schema, doc, got)
		}
		findings, total, err := s.Check([]byte(doc), 20)
		if err != nil {
			t.Errorf("draft %d, %s: Check(%s): %v", draft, schema, doc, err)
		}
		if (total == 0) != want || (len(findings) == 0) != want {
			t.Errorf("draft %d, %s: Check(%s) found %d: %v", draft, schema, doc, total, findings)
		}
	}
	f(7, `{"type":"object","required":["a"],"properties":{"a":{"type":"integer"}}}`, `{"a":1}`, true)
	f(7, `{"type":"object","required":["a"],"properties":{"a":{"type":"integer"}}}`, `{"a":1.0}`, true)
	f(7, `{"type":"object","required":["a"],"properties":{"a":{"type":"integer"}}}`, `{"a":"1"}`, false)
	f(4, `{"minimum":3,"exclusiveMinimum":true}`, `3`, false)
	f(4, `{"minimum":3,"exclusiveMinimum":true}`, `3.1`, true)
	f(6, `{"exclusiveMinimum":3}`, `3`, false)
	f(6, `{"contains":{"const":1}}`, `[2,1]`, true)
	f(6, `{"contains":{"const":1}}`, `[2]`, false)
	f(7, `{"if":{"required":["a"]},"then":{"required":["b"]},"else":{"required":["c"]}}`, `{"a":1}`, false)
	f(7, `{"if":{"required":["a"]},"then":{"required":["b"]},"else":{"required":["c"]}}`, `{"c":1}`, true)
	f(7, `{"multipleOf":0.01}`, `19.99`, true)
	f(7, `{"multipleOf":0.01}`, `19.999`, false)
	f(7, `true`, `{}`, true)
	f(7, `false`, `{}`, false)
	// What its users know and no other validator does.
	f(7, `{"format":"date-time"}`, `"2020-01-01"`, true)
	f(7, `{"format":"date-time"}`, `"2020-01-01t00:00:00z"`, false)
	f(7, `{"format":"date-time"}`, `1`, false)
	f(7, `{"const":9007199254740993}`, `9007199254740992`, true)
}

// TestDraftOfTheDocument: what the schema declares wins over Input.Draft.
func TestDraftOfTheDocument(t *testing.T) {
	t.Parallel()
	f := func(uri, body string, want bool) {
		t.Helper()
		s, err := New(input(`{"$schema":"`+uri+`",`+body+`}`, 7))
		if (err == nil) != want {
			t.Errorf("%s %s: %v", uri, body, err)
		}
		if err == nil && s.Valid([]byte(`3`)) {
			t.Errorf("%s %s accepts 3", uri, body)
		}
	}
	const four, six = `"minimum":3,"exclusiveMinimum":true`, `"exclusiveMinimum":3`
	f("http://json-schema.org/draft-04/schema#", four, true)
	f("http://json-schema.org/draft-04/schema", four, true)
	f("https://json-schema.org/draft-04/schema#", four, true)
	f("http://json-schema.org/draft-06/schema#", four, false)
	f("http://json-schema.org/draft-06/schema#", six, true)
	f("http://json-schema.org/draft-04/schema#", six, false)
	f("https://json-schema.org/draft/2019-09/schema", six, false)
	f("https://json-schema.org/draft/2020-12/schema", six, false)
	f("https://example.com/own", six, false)
}

func TestPointerAndDocuments(t *testing.T) {
	t.Parallel()
	const other = "https://schemas.example.com/common/money.json"
	in := Input{
		Root: location, Pointer: "/definitions/a~1b c", Draft: 7,
		Documents: map[string][]byte{
			location: []byte(`{"definitions":{"a/b c":{"properties":{"price":{"$ref":"common/money.json#/definitions/cents"},"self":{"$ref":"#/definitions/n"}}},"n":{"type":"null"}}}`),
			other:    []byte(`{"definitions":{"cents":{"$ref":"#/definitions/positive"},"positive":{"type":"integer","minimum":0}}}`),
		},
	}
	s, err := New(in)
	if err != nil {
		t.Fatal(err)
	}
	for doc, want := range map[string]bool{
		`{"price":1}`:   true,
		`{"price":-1}`:  false,
		`{"self":null}`: true,
		`{"self":1}`:    false,
	} {
		if s.Valid([]byte(doc)) != want {
			t.Errorf("Valid(%s) = %t", doc, !want)
		}
	}
}

func TestEmbeddedIDs(t *testing.T) {
	t.Parallel()
	f := func(draft int, schema string) {
		t.Helper()
		s := compile(t, schema, draft)
		if !s.Valid([]byte(`{"a":1}`)) || s.Valid([]byte(`{"a":"1"}`)) {
			t.Errorf("%s misjudges", schema)
		}
	}
	f(7, `{"$id":"https://e.com/root.json","properties":{"a":{"$ref":"#/definitions/x"}},"definitions":{"x":{"type":"integer"}}}`)
	f(7, `{"$id":"https://e.com/root.json","properties":{"a":{"$ref":"item.json"}},"definitions":{"x":{"$id":"item.json","type":"integer"}}}`)
	f(7, `{"properties":{"a":{"$ref":"#int"}},"definitions":{"x":{"$id":"#int","type":"integer"}}}`)
	f(4, `{"properties":{"a":{"$ref":"#int"}},"definitions":{"x":{"id":"#int","type":"integer"}}}`)
	// Examples are data: their ids are nobody's URI.
	f(7, `{"properties":{"a":{"type":"integer"}},"examples":[{"id":"1"},{"id":"1"},{"id":"test.json"}],"default":{"id":"test.json"}}`)
}

func TestFormatsAnnotate(t *testing.T) {
	t.Parallel()
	in := input(`{"properties":{"format":{"format":"email"},"a":{"$ref":"#/x/y"}},"x":{"y":{"format":"uuid"}}}`, 7)
	const doc = `{"format":"no address","a":"no uuid"}`
	s, err := New(in)
	if err != nil {
		t.Fatal(err)
	}
	if _, total, err := s.Check([]byte(doc), 5); total != 2 || err != nil {
		t.Errorf("assert: %d findings, %v", total, err)
	}
	in.AssertFormats = false
	if s, err = New(in); err != nil {
		t.Fatal(err)
	}
	if findings, _, err := s.Check([]byte(doc), 5); len(findings) != 0 || err != nil {
		t.Errorf("annotate: %v, %v", findings, err)
	}
}

// TestFindings: every keyword has its name and words of our own, which hold
// nothing of the document, and the order is always the same.
func TestFindings(t *testing.T) {
	t.Parallel()
	const canary = "CANARY"
	schema := `{
		"definitions": {"pair": {"required": ["left"]}},
		"properties": {
			"type": {"type": ["integer", "null"]}, "const": {"const": 1}, "enum": {"enum": ["a", "b"]},
			"required": {"required": ["id"]}, "dependencies": {"dependencies": {"CANARY": ["b"]}},
			"additionalProperties": {"additionalProperties": false}, "propertyNames": {"propertyNames": {"maxLength": 2}},
			"minProperties": {"minProperties": 2}, "maxProperties": {"maxProperties": 0},
			"additionalItems": {"items": [{}], "additionalItems": false}, "minItems": {"minItems": 3}, "maxItems": {"maxItems": 1},
			"uniqueItems": {"uniqueItems": true}, "contains": {"contains": {"type": "null"}},
			"minLength": {"minLength": 20}, "maxLength": {"maxLength": 2}, "pattern": {"pattern": "^x"}, "format": {"format": "email"},
			"multipleOf": {"multipleOf": 7}, "minimum": {"minimum": 700}, "exclusiveMinimum": {"exclusiveMinimum": 700},
			"maximum": {"maximum": 7}, "exclusiveMaximum": {"exclusiveMaximum": 7},
			"allOf": {"allOf": [{"type": "null"}]}, "anyOf": {"anyOf": [{"type": "null"}]}, "oneOf": {"oneOf": [{"type": "null"}]}, "not": {"not": {}},
			"then": {"if": true, "then": {"type": "null"}}, "else": {"if": false, "else": {"type": "null"}}, "false": false,
			"ref": {"$ref": "#/definitions/pair"}
		}
	}`
	object, array, text, number := `{"CANARY":"CANARY"}`, `["CANARY","CANARY"]`, `"CANARY"`, `666`
	doc := `{"type":` + text + `,"const":` + text + `,"enum":` + text + `,"required":` + object + `,"dependencies":` + object +
		`,"additionalProperties":` + object + `,"propertyNames":` + object + `,"minProperties":` + object + `,"maxProperties":` + object +
		`,"additionalItems":` + array + `,"minItems":` + array + `,"maxItems":` + array + `,"uniqueItems":` + array + `,"contains":` + array +
		`,"minLength":` + text + `,"maxLength":` + text + `,"pattern":` + text + `,"format":` + text +
		`,"multipleOf":` + number + `,"minimum":` + number + `,"exclusiveMinimum":` + number + `,"maximum":` + number + `,"exclusiveMaximum":` + number +
		`,"allOf":` + text + `,"anyOf":` + text + `,"oneOf":` + text + `,"not":` + text + `,"then":` + text + `,"else":` + text + `,"false":` + text +
		`,"ref":` + object + `}`
	s := compile(t, schema, 7)
	findings, total, err := s.Check([]byte(doc), 1000)
	if err != nil || total != len(findings) {
		t.Fatalf("%d of %d findings, %v", len(findings), total, err)
	}
	seen := make(map[string]bool)
	for _, f := range findings {
		at, _, _ := strings.Cut(strings.TrimPrefix(f.InstanceLocation, "/"), "/")
		if at == f.Keyword || (at == "ref" && f.Keyword == "required") {
			seen[at] = true
		}
		if f.Message == "" || strings.Contains(f.Message, canary) || strings.Contains(f.Message, number) {
			t.Errorf("%s at %s says %q", f.Keyword, f.InstanceLocation, f.Message)
		}
		if strings.Contains(f.Message, "does not meet the schema") {
			t.Errorf("%s at %s has no words of its own", f.Keyword, f.InstanceLocation)
		}
	}
	for name := range strings.SplitSeq("type const enum required dependencies additionalProperties propertyNames minProperties maxProperties additionalItems minItems maxItems uniqueItems contains minLength maxLength pattern format multipleOf minimum exclusiveMinimum maximum exclusiveMaximum allOf anyOf oneOf not then else false ref", " ") {
		if !seen[name] {
			t.Errorf("no finding of %s at its place", name)
		}
	}
	for range 5 {
		again, _, _ := s.Check([]byte(doc), 10)
		if !slices.Equal(again, findings[:10]) {
			t.Fatalf("another order: %v", again)
		}
	}
}

func TestInstanceLocations(t *testing.T) {
	t.Parallel()
	f := func(schema, doc, want string) {
		t.Helper()
		findings, _, err := compile(t, schema, 7).Check([]byte(doc), 1)
		if err != nil || len(findings) != 1 || findings[0].InstanceLocation != want {
			t.Errorf("%s: %v, %v; want %q", doc, findings, err, want)
		}
	}
	f(`{"type":"null"}`, `1`, "")
	f(`{"items":{"type":"null"}}`, `[null,1]`, "/1")
	f(`{"additionalProperties":{"type":"null"}}`, `{"a.b/c~d":1}`, "/a.b~1c~0d")
	f(`{"additionalProperties":{"type":"null"}}`, `{"":1}`, "/")
	f(`{"additionalProperties":false}`, `{"(root)":1}`, "/(root)")
	f(`{"additionalProperties":{"required":["x"]}}`, `{"é":{}}`, "/é")
}

// TestSharedSchema: one schema, many goroutines; for the race detector.
func TestSharedSchema(t *testing.T) {
	t.Parallel()
	s := compile(t, `{"definitions":{"a":{"anyOf":[{"type":"string","pattern":"^a+$"},{"type":"array","items":{"$ref":"#/definitions/a"}}]}},"$ref":"#/definitions/a"}`, 7)
	for i := range 8 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			for range 50 {
				if !s.Valid([]byte(`[["aa"],"a"]`)) || s.Valid([]byte(`[["ab"]]`)) {
					t.Fatal("wrong verdict")
				}
			}
		})
	}
}

// TestExamples: the shipped contracts compile, and judge their own fixtures
// wherever both engines mean the same.
func TestExamples(t *testing.T) {
	t.Parallel()
	const root = "../../schemas/examples/code-hosting/schemas"
	text, err := os.ReadFile(filepath.Join(root, "webhooks.json"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(input(string(text), 7))
	if err != nil {
		t.Fatal(err)
	}
	if s.Valid([]byte(`{}`)) {
		t.Error("the root accepts an empty object")
	}
}
