package deadletter_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/router/deadletter"
	"github.com/sluicedata/sluice/validate"
)

const contract = `{
	"$schema": "http://json-schema.org/draft-07/schema#",
	"type": "object", "required": ["id", "at"], "additionalProperties": false,
	"properties": {
		"id": {"type": "integer", "minimum": 10, "multipleOf": 7},
		"name": {"type": "string", "maxLength": 3, "pattern": "^[a-z]+$", "format": "email"},
		"kind": {"enum": ["a", "b"]},
		"fixed": {"const": 1},
		"tags": {"type": "array", "uniqueItems": true, "maxItems": 1, "items": {"type": "string"}},
		"either": {"oneOf": [{"type": "string", "minLength": 900}, {"type": "integer"}]},
		"not": {"not": {"type": "string"}}
	}
}`

// documents break the contract in many ways; each holds the canary as a value.
var documents = []string{
	`{"id":"CANARY"}`, `{"id":1,"at":"CANARY"}`, `{"name":"CANARY","id":1}`, `{"kind":"CANARY"}`, `{"fixed":"CANARY"}`,
	`{"tags":["CANARY","CANARY",7]}`, `{"either":"CANARY"}`, `["CANARY"]`, `"CANARY"`,
	`{"id":CANARY}`, `{"id":1} CANARY`, "\"CANARY\xff\"", `{"name":"CANARY`,
}

func judge(t *testing.T) func(doc string) deadletter.Failure {
	t.Helper()
	schema, err := validate.Compile([]byte(contract), validate.Options{Location: "file:///contract.json"})
	if err != nil {
		t.Fatal(err)
	}
	return func(doc string) deadletter.Failure {
		v := schema.Check([]byte(doc))
		f := violates(0)
		f.Verdict = &v
		if v.Class == validate.Malformed {
			f.Reason, f.Stage = router.MalformedJSON, router.StageDecode
		}
		return f
	}
}

// TestBlockHoldsNoValue: keys, values and headers of a record stay where they
// are and come nowhere else.
func TestBlockHoldsNoValue(t *testing.T) {
	t.Parallel()
	check := judge(t)
	for _, doc := range documents {
		f := check(doc)
		if f.Verdict.Class == validate.Valid {
			t.Fatalf("%s is valid", doc)
		}
		r := &kgo.Record{Key: []byte("CANARY"), Value: []byte(doc), Headers: []kgo.RecordHeader{{Key: "CANARY", Value: []byte("CANARY")}}}
		dead := deadletter.NewEncoder(options()).Encode(r, source(), f, "t", now)
		for _, h := range dead.Headers[1:] {
			if strings.Contains(h.Key+string(h.Value), "CANARY") {
				t.Errorf("%s: header %s tells a value: %s", doc, h.Key, h.Value)
			}
		}
		dead.Value = []byte(strings.Repeat("CANARY", 100))
		smaller, _ := deadletter.NewEncoder(options()).Shrink(dead, 10)
		if got := show(smaller); strings.Count(got, "CANARY") != 3 { // the key and the one header
			t.Errorf("%s: of the cut value something is left:\n%s", doc, got)
		}
	}
}

// TestViolationsMeetTheirSchema holds real violations against the published
// schema, and the schema against what it must refuse.
func TestViolationsMeetTheirSchema(t *testing.T) {
	t.Parallel()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(deadletter.ViolationsSchema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("violations.json", doc); err != nil {
		t.Fatal(err)
	}
	schema := c.MustCompile("violations.json")
	meets := func(text string) error {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return schema.Validate(value)
	}
	check := judge(t)
	listed := 0
	for _, doc := range documents {
		f := check(doc)
		dead := deadletter.NewEncoder(options()).Encode(&kgo.Record{Value: []byte(doc)}, source(), f, "t", now)
		i := slices.IndexFunc(dead.Headers, func(h kgo.RecordHeader) bool { return h.Key == "sluice.violations" })
		if has := i >= 0; has != (f.Reason == router.SchemaViolation) {
			t.Errorf("%s has violations: %v, its reason is %s", doc, has, f.Reason)
		}
		if i < 0 {
			continue
		}
		text := string(dead.Headers[i].Value)
		if err := meets(text); err != nil {
			t.Errorf("%s: %s: %v", doc, text, err)
		}
		var list []validate.Violation
		if err := json.Unmarshal([]byte(text), &list); err != nil || len(list) == 0 {
			t.Errorf("%s: violations %s, error %v", doc, text, err)
		}
		listed += len(list)
	}
	if listed < 10 {
		t.Errorf("only %d violations were tried", listed)
	}
	for _, text := range []string{`{}`, `[{}]`, `[{"instanceLocation":"x","keywordLocation":"","keyword":"type","message":""}]`, `["type"]`} {
		if meets(text) == nil {
			t.Errorf("the schema takes %s", text)
		}
	}
}

// TestDocumentation: the page names every header that is written and no other,
// and shows the schema as it is.
func TestDocumentation(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/dead-letters.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), deadletter.ViolationsSchema()) {
		t.Error("the page does not show violations.schema.json as it is")
	}
	enc := deadletter.NewEncoder(options())
	cut, _ := enc.Shrink(large(enc), 10)
	written := map[string]bool{}
	for _, h := range cut.Headers {
		written[h.Key] = true
		if !strings.Contains(string(page), "| `"+h.Key+"` |") {
			t.Errorf("the page does not list %s", h.Key)
		}
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `((?:sluice|__)[^`]+)` \\|").FindAllStringSubmatch(string(page), -1) {
		if !written[m[1]] {
			t.Errorf("the page lists %s, which is never written", m[1])
		}
	}
	for _, reason := range router.Reasons() {
		if !strings.Contains(string(page), "| `"+reason.String()+"` |") {
			t.Errorf("the page does not list the reason %s", reason)
		}
	}
}
