package reference

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// within is a guard against hanging, not a measurement.
func within(t *testing.T, limit time.Duration, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	select {
	case <-done:
	case <-time.After(limit):
		t.Fatal("hangs")
	}
}

// TestTrapNumbers: a ten-byte record panics gojsonschema, one of 900 bytes
// occupies it for seconds.
func TestTrapNumbers(t *testing.T) {
	t.Parallel()
	bomb := "[" + strings.Repeat("1e999999,", 99) + "1]"
	for _, schema := range []string{
		`{"minimum":1}`, `{"maximum":1}`, `{"multipleOf":3}`, `{"enum":[1]}`, `{"const":1}`, `{"uniqueItems":true}`, `{"type":"integer"}`,
		`{"items":{"minimum":1}}`,
	} {
		s := compile(t, schema, 7)
		for _, doc := range []string{`1e10000000`, `1e1000000`, `-1e10000000`, `1e-10000000`, `1E+99999999999999999999`, bomb, `[1e10000000]`} {
			within(t, 30*time.Second, func() {
				if s.Valid([]byte(doc)) {
					t.Errorf("%s accepts %.20s", schema, doc)
				}
				if _, _, err := s.Check([]byte(doc), 20); err == nil {
					t.Errorf("%s judges %.20s", schema, doc)
				}
			})
		}
	}
}

// TestTrapNumbersWithinLimits: what the limits in front let pass is computed
// exactly, or it is an error; a panic never gets out.
func TestTrapNumbersWithinLimits(t *testing.T) {
	t.Parallel()
	f := func(schema, doc string, want bool) {
		t.Helper()
		s := compile(t, schema, 7)
		findings, _, err := s.Check([]byte(doc), 20)
		if err != nil || (len(findings) == 0) != want || s.Valid([]byte(doc)) != want {
			t.Errorf("%s: %s: %v, %v", schema, doc, findings, err)
		}
	}
	f(`{"minimum":1}`, `1e400`, true)
	f(`{"maximum":1}`, `1e400`, false)
	f(`{"minimum":1}`, `1e-400`, false)
	f(`{"minimum":1e400}`, `1e400`, true)
	f(`{"exclusiveMinimum":1e400}`, `1e400`, false)
	f(`{"multipleOf":3}`, `1e400`, false)
	f(`{"type":"integer"}`, `1e400`, true)
	unknown := func(schema, doc string) {
		t.Helper()
		s := compile(t, schema, 7)
		if findings, _, err := s.Check([]byte(doc), 20); !errors.Is(err, errNumber) {
			t.Errorf("%s: %s: %v, %v", schema, doc, findings, err)
		}
		if s.Valid([]byte(doc)) {
			t.Errorf("%s accepts %s", schema, doc)
		}
	}
	unknown(`{"enum":[1]}`, `1e400`)
	unknown(`{"const":1}`, `1e309`)
	unknown(`{"uniqueItems":true}`, `[1e400]`)
	unknown(`{"const":{"a":1}}`, `{"a":[-1e400]}`)
}

// TestTrapTrailingBytes: gojsonschema reads one value and looks no further.
func TestTrapTrailingBytes(t *testing.T) {
	t.Parallel()
	s := compile(t, `{}`, 7)
	for _, doc := range []string{`{"a":1} x`, `{} {}`, `1 2`, `{`, ``, `nul`} {
		if s.Valid([]byte(doc)) {
			t.Errorf("accepts %q", doc)
		}
		if _, _, err := s.Check([]byte(doc), 20); err == nil {
			t.Errorf("judges %q", doc)
		}
	}
}

// TestTrapIgnoredKeywords: what gojsonschema would ignore is refused, where it
// would assert and only there.
func TestTrapIgnoredKeywords(t *testing.T) {
	t.Parallel()
	refused := func(draft int, schema, keyword string) {
		t.Helper()
		_, err := New(input(schema, draft))
		if err == nil || !strings.Contains(err.Error(), `"`+keyword+`"`) {
			t.Errorf("draft %d: %s: %v", draft, schema, err)
		}
	}
	for _, keyword := range []string{"unevaluatedProperties", "unevaluatedItems", "dependentRequired", "dependentSchemas", "prefixItems", "minContains", "maxContains", "$dynamicRef", "$recursiveRef"} {
		for _, place := range []string{
			`%s`, `{"properties":{"a":%s}}`, `{"items":[%s]}`, `{"not":%s}`, `{"dependencies":{"a":%s}}`, `{"definitions":{"a":%s}}`,
			`{"$ref":"#/elsewhere/0","elsewhere":[%s]}`,
		} {
			refused(7, fmt.Sprintf(place, `{"`+keyword+`":{}}`), keyword)
		}
	}
	refused(4, `{"const":1}`, "const")
	refused(4, `{"contains":{}}`, "contains")
	refused(4, `{"propertyNames":{}}`, "propertyNames")
	refused(6, `{"if":{},"then":{}}`, "if")
	for _, schema := range []string{
		`{"properties":{"prefixItems":{"type":"string"}}}`, `{"enum":[{"prefixItems":[]}]}`, `{"const":{"minContains":1}}`,
		`{"examples":[{"dependentRequired":{}}]}`, `{"x-note":{"unevaluatedItems":false}}`, `{"definitions":{"maxContains":{}}}`,
	} {
		compile(t, schema, 7)
	}
}

// TestTrapLoops: gojsonschema overflows the stack on these and the process
// dies. That this test ends is the proof.
func TestTrapLoops(t *testing.T) {
	t.Parallel()
	for _, schema := range []string{
		`{"$ref":"#"}`, `{"anyOf":[{"$ref":"#"}]}`, `{"allOf":[{"$ref":"#"}]}`, `{"oneOf":[{"$ref":"#"}]}`, `{"not":{"$ref":"#"}}`,
		`{"if":{"$ref":"#"}}`, `{"if":true,"then":{"$ref":"#"}}`, `{"if":false,"else":{"$ref":"#"}}`, `{"dependencies":{"a":{"$ref":"#"}}}`,
		`{"$ref":"#/definitions/a","definitions":{"a":{"$ref":"#/definitions/b"},"b":{"allOf":[{"$ref":"#/definitions/a"}]}}}`,
		`{"properties":{"x":{"$ref":"#/definitions/a"}},"definitions":{"a":{"anyOf":[{"type":"null"},{"$ref":"#/definitions/a"}]}}}`,
		`{"$id":"https://e.com/a","allOf":[{"$ref":"https://e.com/a#"}]}`,
		`{"allOf":[{"$ref":"#me"}],"definitions":{"x":{"$id":"#me","allOf":[{"$ref":"#/definitions/x"}]}}}`,
		// An "id" moves the base even in draft 7, as gojsonschema sees it.
		`{"definitions":{"x":{"id":"https://e.com/x","anyOf":[{"$ref":"https://e.com/x"}]}},"$ref":"https://e.com/x"}`,
	} {
		if _, err := New(input(schema, 7)); err == nil || !strings.Contains(err.Error(), "without end") {
			t.Errorf("%s: %v", schema, err)
		}
	}
	for _, schema := range []string{
		`{"properties":{"a":{"$ref":"#"}}}`, `{"allOf":[{"properties":{"a":{"$ref":"#"}}}]}`, `{"items":{"$ref":"#"}}`,
		`{"definitions":{"a":{"contains":{"$ref":"#/definitions/a"}}},"$ref":"#/definitions/a"}`,
		`{"additionalProperties":{"anyOf":[{"type":"null"},{"$ref":"#"}]}}`, `{"propertyNames":{"$ref":"#"}}`,
	} {
		compile(t, schema, 7)
	}
}

// TestTrapFetches: http references are fetched and files are read by
// gojsonschema; by us neither.
func TestTrapFetches(t *testing.T) {
	t.Parallel()
	var hits atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		hits.Add(1)
		fmt.Fprint(w, `{}`)
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "schema.json")
	if err := os.WriteFile(file, []byte(`{}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, uri := range []string{server.URL + "/a.json", "file://" + file, server.URL + "/draft-07/schema#", "a.json", "#nowhere", "#/nowhere"} {
		for _, schema := range []string{`{"$ref":"` + uri + `"}`, `{"items":{"$ref":"` + uri + `"}}`, `{"definitions":{"unused":{"$ref":"` + uri + `"}}}`} {
			if _, err := New(input(schema, 7)); err == nil {
				t.Errorf("%s compiles", schema)
			}
		}
	}
	if n := hits.Load(); n != 0 {
		t.Errorf("%d requests", n)
	}
	s := compile(t, `{"$ref":"http://json-schema.org/draft-07/schema#"}`, 7)
	if !s.Valid([]byte(`{"type":"string"}`)) || s.Valid([]byte(`{"type":"text"}`)) {
		t.Error("the built-in meta-schema misjudges")
	}
}

// TestTrapBadSchemas: whatever gojsonschema thinks of them, it is an error.
func TestTrapBadSchemas(t *testing.T) {
	t.Parallel()
	for _, schema := range []string{
		`{"minLength":2.0}`, `{"definitions":true}`, `{"pattern":"("}`, `{"pattern":"^(?!a)"}`, `{"patternProperties":{"(":{}}}`, `{"type":"text"}`,
		`{"enum":[1e400]}`, `{"minimum":1e10000000}`, `{"required":"a"}`, `[]`, `1`, ``, `{} {}`, `{"$id":5}`, `{"$ref":"%"}`, `{"$schema":5}`,
		`{"definitions":{"a":{"$id":"https://e.com/x"},"b":{"$id":"https://e.com/x","type":"null"}}}`,
	} {
		if _, err := New(input(schema, 7)); err == nil {
			t.Errorf("%s compiles", schema)
		}
	}
	for _, draft := range []int{0, 3, 5, 8, 2019, 2020} {
		if _, err := New(input(`{}`, draft)); err == nil {
			t.Errorf("draft %d compiles", draft)
		}
	}
}

// TestTrapMemory: 20,000 violations do not hold on to their texts.
func TestTrapMemory(t *testing.T) {
	words := make([]string, 1000)
	for i := range words {
		words[i] = fmt.Sprintf(`"word-%04d"`, i)
	}
	s := compile(t, `{"items":{"enum":[`+strings.Join(words, ",")+`]}}`, 7)
	doc := []byte("[" + strings.Repeat("0,", 19_998) + "0]")
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	result, err := s.validate(doc)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if err != nil || len(result.Errors()) != 19_999 {
		t.Fatalf("%d errors, %v", len(result.Errors()), err)
	}
	if held := int(after.HeapAlloc) - int(before.HeapAlloc); held > 80<<20 {
		t.Errorf("%d MB held", held>>20)
	}
	runtime.KeepAlive(result)

	findings, total, err := s.Check(doc, 20)
	if len(findings) != 20 || total != 19_999 || err != nil {
		t.Errorf("%d of %d findings, %v", len(findings), total, err)
	}
}

// TestTrapLongPaths: the path of each violation is written out.
func TestTrapLongPaths(t *testing.T) {
	t.Parallel()
	s := compile(t, `{"additionalProperties":{"items":{"type":"null"}}}`, 7)
	doc := `{"` + strings.Repeat("n", 500_000) + `":[` + strings.Repeat("0,", 90_000) + `0]}`
	within(t, 30*time.Second, func() {
		if _, _, err := s.Check([]byte(doc), 20); err == nil {
			t.Error("judged")
		}
	})
}

// TestTrapBombs: recursion with branches costs 2^depth, and so does a tower of
// allOf whatever the document.
func TestTrapBombs(t *testing.T) {
	t.Parallel()
	deep := []byte(strings.Repeat("[", 64) + strings.Repeat("]", 64))
	recursive := compile(t, `{"anyOf":[{"items":{"$ref":"#"},"minItems":1},{"items":{"$ref":"#"},"maxItems":0,"minItems":1}]}`, 7)
	within(t, 60*time.Second, func() {
		if _, _, err := recursive.Check(deep, 20); !errors.Is(err, errCost) {
			t.Errorf("recursive anyOf: %v", err)
		}
	})
	if _, _, err := recursive.Check([]byte(`[[1],[[2]]]`), 20); err != nil {
		t.Errorf("a small document is not judged: %v", err)
	}

	var tower strings.Builder
	tower.WriteString(`{"$ref":"#/definitions/a0","definitions":{`)
	for i := range 40 {
		fmt.Fprintf(&tower, `"a%d":{"allOf":[{"$ref":"#/definitions/a%d"},{"$ref":"#/definitions/a%d"}]},`, i, i+1, i+1)
	}
	tower.WriteString(`"a40":{"type":"integer"}}}`)
	within(t, 60*time.Second, func() {
		if _, err := New(input(tower.String(), 7)); err == nil || !strings.Contains(err.Error(), "more than") {
			t.Errorf("tower of allOf: %v", err)
		}
	})

	// Recursion that types tell apart is no bomb.
	meta := compile(t, `{"$ref":"http://json-schema.org/draft-07/schema#"}`, 7)
	own := compile(t, `{"type":"object","properties":{"items":{"anyOf":[{"$ref":"#"},{"type":"array","items":{"$ref":"#"}}]}}}`, 7)
	schema := []byte(strings.Repeat(`{"items":`, 60) + "{}" + strings.Repeat("}", 60))
	within(t, 60*time.Second, func() {
		if !meta.Valid(schema) || !own.Valid(schema) {
			t.Error("60 levels of items are not judged")
		}
	})
	within(t, 60*time.Second, func() {
		flat := []byte("[" + strings.Repeat("[],", 99_998) + "[]]")
		if _, _, err := recursive.Check(flat, 20); err != nil {
			t.Errorf("a wide document: %v", err)
		}
	})
}
