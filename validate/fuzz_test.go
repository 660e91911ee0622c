package validate_test

import (
	"bytes"
	"testing"

	"github.com/sluicedata/sluice/validate"
)

// schemasOfOldAndNew seed the fuzzers.
var schemasOfOldAndNew = []string{
	everything,
	`{"$schema":"http://json-schema.org/draft-04/schema#","id":"x","minimum":1,"exclusiveMinimum":true,"items":[{}],"additionalItems":false}`,
	`{"$schema":"http://json-schema.org/draft-07/schema#","definitions":{"a":{"$id":"#a","const":1}},"properties":{"a":{"$ref":"#a"}}}`,
	`{"$schema":"https://json-schema.org/draft/2019-09/schema","$recursiveAnchor":true,"anyOf":[{"type":"integer"},{"additionalProperties":{"$recursiveRef":"#"}}]}`,
	`{"$dynamicAnchor":"n","$ref":"#/$defs/l","$defs":{"l":{"$id":"l","$dynamicAnchor":"n","items":{"$dynamicRef":"#n"},"unevaluatedItems":false}}}`,
	`{"oneOf":[{"properties":{"t":{"const":"a"}}},{"properties":{"t":{"enum":["b","c"]}},"required":["t"]}],"dependentSchemas":{"t":{"minProperties":2}}}`,
	`{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}}`,
}

// FuzzCompile never panics, and what it refuses it explains.
func FuzzCompile(f *testing.F) {
	for _, s := range schemasOfOldAndNew {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, schema []byte) {
		s, err := validate.Compile(schema, validate.Options{})
		if err != nil {
			for _, p := range err.(validate.Problems) { //nolint:errorlint // the fuzzer wants exactly this type
				if p.What == "" || p.Mend == "" || p.Line < 1 || p.Column < 1 {
					t.Fatalf("%+v", p)
				}
			}
			return
		}
		_ = s.String()
		for _, doc := range []string{`{}`, `[1,"a",null]`, `"text"`, `1.5`, everythingDoc, string(schema)} {
			agree(t, s, []byte(doc))
		}
	})
}

// FuzzRun runs what compiles over any document both ways.
func FuzzRun(f *testing.F) {
	for _, s := range schemasOfOldAndNew {
		for _, doc := range []string{everythingDoc, `{"a":[1,1.0,{"t":"a"}]}`, `{"t":"b","x":{}}`, `[[1],"\u00e9"]`} {
			f.Add([]byte(s), []byte(doc))
		}
	}
	f.Fuzz(func(t *testing.T, schema, doc []byte) {
		if s, err := validate.Compile(schema, validate.Options{}); err == nil {
			agree(t, s, doc)
		}
	})
}

// agree fails where the two runs differ, or a run changes the document.
func agree(t *testing.T, s *validate.Schema, doc []byte) {
	t.Helper()
	before := bytes.Clone(doc)
	valid, v := s.Valid(doc), s.Check(doc)
	if valid != (v.Class == validate.Valid) || v.Class == validate.Internal || v.Class == 0 {
		t.Fatalf("%s: valid is %v, the verdict %+v", doc, valid, v)
	}
	if (v.Class == validate.Violates) != (v.Total > 0) || len(v.Violations) > v.Total {
		t.Fatalf("%s: %+v", doc, v)
	}
	if !bytes.Equal(doc, before) {
		t.Fatalf("%s has become %s", before, doc)
	}
}
