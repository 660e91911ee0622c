package validate_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/validate"
)

// library serves documents from memory.
func library(documents map[string]string) func(string) ([]byte, error) {
	return func(uri string) ([]byte, error) {
		text, ok := documents[uri]
		if !ok {
			return nil, errors.New("no such document")
		}
		return []byte(text), nil
	}
}

// TestProblems says what is wrong, where, and how to mend it.
func TestProblems(t *testing.T) {
	t.Parallel()
	f := func(schema string, want ...string) {
		t.Helper()
		_, err := validate.Compile([]byte(schema), validate.Options{Location: "s.json", Load: library(map[string]string{
			"bad.json":     `{"type":"object",` + "\n" + `  "minimum":"x"}`,
			"broken.json":  `{"type":`,
			"meta.json":    `{"$schema":"meta.json"}`,
			"vocab.json":   `{"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"vocab.json","$vocabulary":{"urn:x":true}}`,
			"no-such-meta": `{"$schema":"http://json-schema.org/draft-03/schema#"}`,
		})})
		var ps validate.Problems
		if !errors.As(err, &ps) {
			t.Errorf("%s: %v", schema, err)
			return
		}
		if len(ps) != len(want) {
			t.Errorf("%s: %d problems, want %d:\n%v", schema, len(ps), len(want), err)
			return
		}
		for i, p := range ps {
			if !strings.Contains(p.String(), want[i]) {
				t.Errorf("%s:\n%v\nwant %s", schema, p, want[i])
			}
			if p.Mend == "" || p.Line < 1 || p.Column < 1 {
				t.Errorf("%s: %+v", schema, p)
			}
		}
	}
	f(``, "s.json:1:1: #: not JSON: no JSON value")
	f(`{"type":"object"`, "s.json:1:17: #: not JSON: ends in the middle")
	f(`{"type":"x","type":"y"}`, "s.json:1:13: #: not JSON: an object names a property twice")
	f(`7`, "a schema is an object or a boolean")
	f(`{"$schema":"http://json-schema.org/draft-03/schema#"}`, `s.json:1:12: #/$schema: unknown "$schema" "http://json-schema.org/draft-03/schema#": use the URI of draft 4,`)
	f(`{"$schema":"meta.json"}`, "describes itself")
	f(`{"$schema":"vocab.json"}`, `requires the unknown vocabulary "urn:x"`)
	f("{\n  \"type\": \"strin\",\n  \"properties\": {\"a\": {\"minLength\": -1}}\n}",
		`s.json:2:11: #/type: "strin" is not a type: write array, boolean,`,
		"s.json:3:37: #/properties/a/minLength: breaks the meta-schema https://json-schema.org/draft/2020-12/schema: minimum: must be at least 0")
	f(`{"properties":{"a":{"$ref":"#/definitions/b"},"b":{"$ref":"other.json"},"c":{"$ref":"#x"}}}`,
		`s.json:1:28: #/properties/a/$ref: "#/definitions/b" cannot be resolved`,
		`"other.json" cannot be resolved: no such document`,
		`"#x" cannot be resolved`)
	f(`{"$ref":"bad.json"}`, `bad.json:2:13: #/minimum: breaks the meta-schema`)
	f(`{"$ref":"broken.json"}`, `broken.json:1:9: #: not JSON`)
	f(`{"$ref":"#"}`, `s.json:1:9: #/$ref: "$ref" leads back to`)
	f(`{"properties":{"a":{"anyOf":[{"type":"null"},{"$ref":"#/properties/a"}]}}}`, `"$ref" leads back to s.json#/properties/a`)
	f(`{"$defs":{"a":{"not":{"$ref":"#/$defs/b"}},"b":{"if":{"$ref":"#/$defs/a"},"then":true}},"$ref":"#/$defs/a"}`, `leads back to`)
	f(`{"pattern":"^(a"}`, `s.json:1:`)
	f(`{"pattern":"a\u0062\\Z"}`, `s.json:1:20: #/pattern: the pattern cannot be used: at byte 2`)
	f(`{"patternProperties":{"x":true,"(?<=a)\\1":true}}`, `s.json:1:3`)
	f(`{"$id":"https://x/","$defs":{"a":{"$id":"b"},"c":{"$id":"b"}}}`, `"https://x/b" names two schemas`)
	f(`{"$defs":{"a":{"$anchor":"b"},"c":{"$anchor":"b"}}}`, `the anchor "b" names two schemas`)
	f(`{"$ref":"%zz"}`, "is not a URI")
}

func TestPointer(t *testing.T) {
	t.Parallel()
	const text = `{"definitions":{"a/b":{"type":"string"},"c":{"pattern":"("}}}`
	s, err := validate.Compile([]byte(text), validate.Options{Pointer: "/definitions/a~1b"})
	if err != nil {
		t.Fatal(err) // what is not reached is not compiled
	}
	if !s.Valid([]byte(`"x"`)) || s.Valid([]byte(`1`)) {
		t.Error("the pointer selects another schema")
	}
	if _, err := validate.Compile([]byte(text), validate.Options{Pointer: "/definitions/d"}); err == nil {
		t.Error("a pointer to nowhere compiles")
	}
	if got := strings.Join(s.Keywords(), " "); got != "type" {
		t.Errorf("keywords %q", got)
	}
}

// TestDialects judges by the dialect that is named, in the ways that it is
// written in the wild.
func TestDialects(t *testing.T) {
	t.Parallel()
	f := func(schema, doc string, want bool) {
		t.Helper()
		s, err := validate.Compile([]byte(schema), validate.Options{})
		if err != nil {
			t.Error(err)
			return
		}
		if got := s.Valid([]byte(doc)); got != want {
			t.Errorf("%s: %s: %v", schema, doc, got)
		}
	}
	f(`{"$schema":"https://json-schema.org/draft-07/schema#","if":{"type":"string"},"then":false}`, `"x"`, false)
	f(`{"$schema":"http://json-schema.org/draft-06/schema","if":{"type":"string"},"then":false}`, `"x"`, true)
	f(`{"$schema":"http://json-schema.org/draft-04/schema#","minimum":1,"exclusiveMinimum":true}`, `1`, false)
	f(`{"$schema":"http://json-schema.org/draft-07/schema#","$ref":"#/definitions/a","type":"null","definitions":{"a":{"type":"string"}}}`, `"x"`, true)
	f(`{"$ref":"#/$defs/a","type":"null","$defs":{"a":{"type":"string"}}}`, `"x"`, false)
	f(`{"$ref":"http://json-schema.org/draft-07/schema#"}`, `{"minLength":-1}`, false)
	f(`{"$ref":"https://json-schema.org/draft/2020-12/schema"}`, `{"properties":{"a":{"minLength":-1}}}`, false)
	f(`{"$ref":"https://json-schema.org/draft/2019-09/schema"}`, `{"properties":{"a":{"minLength":1}}}`, true)
	f(`{"items":[{"type":"string"}],"$schema":"https://json-schema.org/draft/2019-09/schema"}`, `[1]`, false)
}
