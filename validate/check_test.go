package validate_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/validate"
)

// TestViolations names the place in the document, the path through the schema,
// the keyword and the rule.
func TestViolations(t *testing.T) {
	t.Parallel()
	const schema = `{
		"$id": "https://example.com/s",
		"properties": {
			"n": {"$ref": "#/$defs/n"},
			"list": {"items": {"type": "integer"}, "uniqueItems": true, "contains": {"const": 7}},
			"one": {"oneOf": [
				{"properties": {"t": {"const": "a"}, "v": {"type": "string"}}},
				{"properties": {"t": {"const": "b"}, "v": {"type": "null"}}}
			]},
			"any": {"anyOf": [{"type": "string", "maxLength": 2}, {"type": "integer"}]},
			"not": {"not": {"type": "string"}},
			"c": {"if": {"type": "string"}, "then": {"pattern": "^x"}, "else": false},
			"no": false,
			"closed": {"properties": {"a/b": true}, "required": ["a/b", "c"], "additionalProperties": false, "propertyNames": {"maxLength": 3}},
			"un": {"allOf": [{"properties": {"a": true}}], "unevaluatedProperties": false},
			"few": {"prefixItems": [true], "items": false, "minItems": 1, "maxItems": 2}
		},
		"dependentRequired": {"n": ["list"]},
		"$defs": {"n": {"type": "number", "minimum": 1, "multipleOf": 0.5}}
	}`
	s, err := validate.Compile([]byte(schema), validate.Options{Location: "file.json"})
	if err != nil {
		t.Fatal(err)
	}
	f := func(doc string, want ...string) {
		t.Helper()
		v := s.Check([]byte(doc))
		var got []string
		for _, x := range v.Violations {
			absolute, ok := strings.CutPrefix(x.AbsoluteKeywordLocation, "https://example.com/s#")
			if !ok {
				t.Errorf("%s: %s", doc, x.AbsoluteKeywordLocation)
			}
			if absolute == x.KeywordLocation {
				absolute = "="
			}
			got = append(got, fmt.Sprintf("%s | %s | %s | %s | %s", x.InstanceLocation, x.KeywordLocation, absolute, x.Keyword, x.Message))
		}
		if a, b := strings.Join(got, "\n"), strings.Join(want, "\n"); a != b || v.Total != len(want) {
			t.Errorf("%s (%v, %d):\n%s\nwant\n%s", doc, v.Class, v.Total, a, b)
		}
	}
	f(`{"n":0.7,"list":[7]}`,
		"/n | /properties/n/$ref/minimum | /$defs/n/minimum | minimum | must be at least 1",
		"/n | /properties/n/$ref/multipleOf | /$defs/n/multipleOf | multipleOf | must be a multiple of 0.5")
	f(`{"n":2}`, ` | /dependentRequired/n | = | dependentRequired | the property "list" is required where "n" is present`)
	f(`{"list":[1,"x",1]}`,
		"/list | /properties/list/uniqueItems | = | uniqueItems | must not hold equal items",
		"/list/1 | /properties/list/items/type | = | type | must be of type integer",
		"/list | /properties/list/contains | = | contains | must hold at least 1 item that the schema of contains allows")
	f(`{"one":{"t":"b","v":1}}`,
		"/one | /properties/one/oneOf | = | oneOf | must meet exactly one of 2 schemas",
		"/one/v | /properties/one/oneOf/1/properties/v/type | = | type | must be of type null")
	f(`{"one":{"v":1}}`,
		`/one | /properties/one/oneOf | = | oneOf | must meet exactly one of 2 schemas, which the property "t" tells apart`,
		"/one/v | /properties/one/oneOf/0/properties/v/type | = | type | must be of type string")
	f(`{"one":1}`, "/one | /properties/one/oneOf | = | oneOf | must meet only one of 2 schemas")
	f(`{"any":"long"}`,
		"/any | /properties/any/anyOf | = | anyOf | must meet at least one of 2 schemas",
		"/any | /properties/any/anyOf/0/maxLength | = | maxLength | must have at most 2 characters")
	f(`{"any":null}`,
		"/any | /properties/any/anyOf | = | anyOf | must meet at least one of 2 schemas",
		"/any | /properties/any/anyOf/0/type | = | type | must be of type string",
		"/any | /properties/any/anyOf/1/type | = | type | must be of type integer")
	f(`{"one":{"t":"c"}}`, `/one | /properties/one/oneOf | = | oneOf | must meet exactly one of 2 schemas, which the property "t" tells apart`)
	f(`{"not":"x"}`, "/not | /properties/not/not | = | not | must not meet the schema of not")
	f(`{"c":"y"}`, "/c | /properties/c/then/pattern | = | pattern | must match the pattern ^x")
	f(`{"c":1}`, "/c | /properties/c/else | = | else | nothing is allowed under this condition")
	f(`{"no":1}`, "/no | /properties/no | = | false | this property is not allowed")
	f(`{"closed":{"a/b":1,"~x/":2,"long":3}}`,
		`/closed | /properties/closed/required | = | required | the property "c" is required`,
		"/closed/~0x~1 | /properties/closed/additionalProperties | = | additionalProperties | no properties beyond those that are listed are allowed",
		"/closed/long | /properties/closed/additionalProperties | = | additionalProperties | no properties beyond those that are listed are allowed",
		"/closed/long | /properties/closed/propertyNames/maxLength | = | maxLength | must have at most 3 characters")
	f(`{"un":{"a":1,"b":2}}`, "/un/b | /properties/un/unevaluatedProperties | = | unevaluatedProperties | no properties beyond those that the schema evaluates are allowed")
	f(`{"few":[1,2]}`, "/few/1 | /properties/few/items | = | items | no items beyond those that are listed are allowed")
	f(`{"few":[]}`, "/few | /properties/few/minItems | = | minItems | must have at least 1 item")
	want := "additionalProperties anyOf const contains dependentRequired else false items maxItems maxLength minItems minimum multipleOf not oneOf pattern required type unevaluatedProperties uniqueItems"
	if got := strings.Join(s.Keywords(), " "); got != want {
		t.Errorf("keywords %s", got)
	}
}

// TestNoValues says nothing of a document's values.
func TestNoValues(t *testing.T) {
	t.Parallel()
	s, err := validate.Compile([]byte(everything), validate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const secret = "s3cr3t"
	doc := strings.NewReplacer(`"A`, `"`+secret, `bbeeb636`, secret, "19.99", "77.0077", `"a"`, `"`+secret+`"`, "2026-11-11", secret).Replace(everythingDoc)
	v := s.Check([]byte(doc))
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if v.Class != validate.Violates || strings.Contains(string(text), secret) || strings.Contains(string(text), "0077") {
		t.Errorf("%s", text)
	}
}

// TestViolationsAreBounded in number and in size; all are counted.
func TestViolationsAreBounded(t *testing.T) {
	t.Parallel()
	s, err := validate.Compile([]byte(`{"items":{"type":"string"}}`), validate.Options{Limits: validate.Limits{Violations: 5, ViolationsBytes: 300}})
	if err != nil {
		t.Fatal(err)
	}
	doc := "[" + strings.Repeat("1,", 50_000) + "1]"
	v := s.Check([]byte(doc))
	if v.Class != validate.Violates || v.Total != 50_001 || len(v.Violations) != 5 {
		t.Errorf("%v, %d of %d", v.Class, len(v.Violations), v.Total)
	}
	s, err = validate.Compile([]byte(`{"additionalProperties":{"items":{"type":"string"}}}`), validate.Options{Limits: validate.Limits{ViolationsBytes: 200}})
	if err != nil {
		t.Fatal(err)
	}
	v = s.Check([]byte(`{"a":{"` + strings.Repeat("x", 1000) + `":1},"` + strings.Repeat("y", 1000) + `":[1,2]}`))
	if v.Total != 2 || len(v.Violations) != 1 || v.Violations[0].InstanceLocation != "" {
		t.Errorf("%d of %d: %+v", len(v.Violations), v.Total, v.Violations)
	}
}

func TestClasses(t *testing.T) {
	t.Parallel()
	s, err := validate.Compile([]byte(`{"properties":{"p":{"pattern":"a"}},"patternProperties":{"^x":true}}`), validate.Options{Limits: validate.Limits{PatternInputBytes: 10}})
	if err != nil {
		t.Fatal(err)
	}
	f := func(doc string, want validate.Class) {
		t.Helper()
		if v := s.Check([]byte(doc)); v.Class != want || v.Class != validate.Valid && v.Class != validate.Violates && v.Message == "" {
			t.Errorf("%s: %+v, want %v", doc, v, want)
		}
		if got := s.Valid([]byte(doc)); got != (want == validate.Valid) {
			t.Errorf("%s: valid is %v", doc, got)
		}
	}
	f(`{"p":"a"}`, validate.Valid)
	f(`{"p":"b"}`, validate.Violates)
	f(`{"p":"aaaaaaaaaaaa"}`, validate.LimitExceeded)
	f(`{"a name that is too long":1}`, validate.LimitExceeded)
	f(`{"p":1`, validate.Malformed)
	f(`{"p":1,"p":2}`, validate.Malformed)
	f("\xef\xbb\xbf{}", validate.Malformed)
	f(`{"p":1e999}`, validate.LimitExceeded)
	f(strings.Repeat("[", 70)+strings.Repeat("]", 70), validate.LimitExceeded)
	last, err := validate.Compile([]byte(`{"properties":{"p":{"const":2}}}`), validate.Options{AllowDuplicateNames: true})
	if err != nil {
		t.Fatal(err)
	}
	if !last.Valid([]byte(`{"p":1,"p":2}`)) || last.Valid([]byte(`{"p":2,"p":1}`)) {
		t.Error("of repeated names not the last one counts")
	}
}

// TestVerdictsAreKept: verdicts that share memory do not touch each other.
func TestVerdictsAreKept(t *testing.T) {
	t.Parallel()
	s, err := validate.Compile([]byte(`{"properties": {"a": {"type": "string"}}, "additionalProperties": false}`), validate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var kept []validate.Verdict
	for i := range 500 {
		v := s.Check(fmt.Appendf(nil, `{"a": 1, "b%d": 2, "c~%d/": 3}`, i, i))
		kept = append(kept, v)
		_ = append(v.Violations, validate.Violation{InstanceLocation: "of somebody else"})
	}
	for i, v := range kept {
		want := []string{"/a", fmt.Sprintf("/b%d", i), fmt.Sprintf("/c~0%d~1", i)}
		if len(v.Violations) != len(want) {
			t.Fatalf("verdict %d has %d violations, want %d", i, len(v.Violations), len(want))
		}
		for k := range want {
			if got := v.Violations[k].InstanceLocation; got != want[k] {
				t.Errorf("verdict %d: violation %d is of %q, want %q", i, k, got, want[k])
			}
		}
	}
}
