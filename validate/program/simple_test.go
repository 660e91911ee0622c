package program_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sluicedata/sluice/validate"
)

func compileSchema(t *testing.T, schema string) *validate.Schema {
	t.Helper()
	s, err := validate.Compile([]byte(schema), validate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSimple: values that are told by their size and first byte, and those just
// beside them, get the verdicts that the rules say.
func TestSimple(t *testing.T) {
	t.Parallel()
	for _, bounds := range [][2]int{{0, 3}, {1, 3}, {2, 3}, {1, math.MaxInt}, {4, 2}} {
		schema := fmt.Sprintf(`{"properties":{"a":{"type":"string","minLength":%d,"maxLength":%d}}}`, bounds[0], bounds[1])
		if bounds[1] == math.MaxInt {
			schema = fmt.Sprintf(`{"properties":{"a":{"type":"string","minLength":%d}}}`, bounds[0])
		}
		p := compileSchema(t, schema)
		for _, text := range []string{"", "x", "xyz", "wxyz", "é", "éé", "ééé", "éééé", "💩", "💩💩💩", `\n`, `\n\n\n\n`, `\u0041`, strings.Repeat("a", 1000)} {
			n := utf8.RuneCountInString(text)
			if strings.HasPrefix(text, `\`) {
				n = strings.Count(text, `\`)
			}
			want := n >= bounds[0] && n <= bounds[1]
			if doc := `{"a":"` + text + `"}`; p.Valid([]byte(doc)) != want {
				t.Errorf("%s: %.40s: got %v", schema, doc, !want)
			}
		}
	}
	for rules, wants := range map[string]map[string]bool{
		`"type":"integer","minimum":0,"maximum":150`: {"0": true, "-0": true, "-1": false, "9": true, "99": true, "100": true, "150": true, "151": false, "1.0": true, "1.5": false, "1e2": true, "1e3": false},
		`"type":"number","exclusiveMinimum":0`:       {"0": false, "0.0": false, "-1.5": false, "1": true, "0.1": true, "12.75": true, "1e-3": true, "0e5": false},
		`"type":"number","minimum":0`:                {"0": true, "-0.0": true, "-0.1": false, "999999999999999999": true, "1234567890123456789": true, "12.50": true},
		`"type":"number","minimum":1`:                {"0.5": false, "1": true, "1.5": true, "0": false},
		`"type":"number","maximum":5`:                {"5": true, "5.5": false, "6": false, "1.5": true, "-7": true},
	} {
		for _, schema := range []string{`{"properties":{"a":{` + rules + `}}}`, `{"properties":{"a":{"items":{` + rules + `}}}}`} {
			p := compileSchema(t, schema)
			for number, want := range wants {
				doc := `{"a":` + number + `}`
				if strings.Contains(schema, "items") {
					doc = `{"a":[` + number + `]}`
				}
				if p.Valid([]byte(doc)) != want {
					t.Errorf("%s: %s: got %v", schema, doc, !want)
				}
			}
		}
	}
}
