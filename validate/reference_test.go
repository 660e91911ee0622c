package validate_test

import (
	"strings"
	"testing"

	"github.com/sluicedata/sluice/validate"
)

// TestReferenceEngine judges with gojsonschema behind our own front.
func TestReferenceEngine(t *testing.T) {
	t.Parallel()
	const text = `{"$schema":"http://json-schema.org/draft-07/schema#","definitions":{"n":{"minimum":1}},
		"properties":{"at":{"type":"string","format":"date-time"},"n":{"$ref":"#/definitions/n"}}}`
	for _, location := range []string{"", "schemas/x.json", "sluice://sales/schemas/x.json"} {
		s, err := validate.Compile([]byte(text), validate.Options{Engine: validate.Reference, Location: location})
		if err != nil {
			t.Fatal(err)
		}
		// Its peculiarities stay: a date alone is a date-time.
		if !s.Valid([]byte(`{"at":"2026-11-25","n":2}`)) {
			t.Error("a date is no date-time: this is not gojsonschema")
		}
		v := s.Check([]byte(`{"n":0}`))
		if v.Class != validate.Violates || v.Total != 1 || v.Violations[0].InstanceLocation != "/n" {
			t.Errorf("%+v", v)
		}
		if v := s.Check([]byte(`{} x`)); v.Class != validate.Malformed {
			t.Errorf("trailing bytes: %v", v.Class)
		}
		if v := s.Check([]byte(`{"n":1e10000000}`)); v.Class != validate.LimitExceeded {
			t.Errorf("a number that panics gojsonschema: %v", v.Class)
		}
	}
	for text, want := range map[string]string{
		`{"type":"string"}`: "cannot judge the dialect",
		`{"$schema":"http://json-schema.org/draft-07/schema#","anyOf":[{"$ref":"#"}]}`:      "leads back",
		`{"$schema":"http://json-schema.org/draft-07/schema#","unevaluatedItems":false}`:    "refuses the schema",
		`{"$schema":"http://json-schema.org/draft-07/schema#","$ref":"http://example.com"}`: "not allowed",
	} {
		_, err := validate.Compile([]byte(text), validate.Options{Engine: validate.Reference})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
