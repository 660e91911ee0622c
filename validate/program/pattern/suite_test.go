package pattern

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// suiteDir is where the official suite lies, if it does.
const suiteDir = "../../../../shared/data/JSON-Schema-Test-Suite/tests"

// TestOfficialSuite judges the strings and property names of the official
// suite's tests of patterns by the pattern alone.
func TestOfficialSuite(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(suiteDir); err != nil {
		t.Skip("the official suite is not at", suiteDir)
	}
	judged := 0
	for _, name := range []string{
		"pattern.json", "patternProperties.json", "optional/ecmascript-regex.json", "optional/non-bmp-regex.json",
	} {
		files, err := filepath.Glob(filepath.Join(suiteDir, "*", name))
		if err != nil || len(files) == 0 {
			t.Fatalf("no %s in the suite (%v)", name, err)
		}
		for _, file := range files {
			judged += judgeFile(t, file)
		}
	}
	if judged < 400 {
		t.Errorf("only %d tests could be judged", judged)
	}
}

func judgeFile(t *testing.T, file string) (judged int) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var groups []struct {
		Schema struct {
			Pattern    *string                    `json:"pattern"`
			Properties map[string]json.RawMessage `json:"patternProperties"`
			Additional *bool                      `json:"additionalProperties"`
		} `json:"schema"`
		Tests []struct {
			Description string `json:"description"`
			Data        any    `json:"data"`
			Valid       bool   `json:"valid"`
		} `json:"tests"`
	}
	if err := json.Unmarshal(raw, &groups); err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		if g.Schema.Pattern == nil && (len(g.Schema.Properties) != 1 || g.Schema.Additional == nil) {
			for expr := range g.Schema.Properties {
				if _, err := Compile(expr, Options{}); err != nil {
					t.Errorf("%s: %q: %v", file, expr, err)
				}
			}
			continue
		}
		expr := ""
		if g.Schema.Pattern != nil {
			expr = *g.Schema.Pattern
		}
		for key := range g.Schema.Properties {
			expr = key
		}
		p, err := Compile(expr, Options{})
		if err != nil {
			t.Errorf("%s: %q: %v", file, expr, err)
			continue
		}
		for _, test := range g.Tests {
			got := true
			switch data := test.Data.(type) {
			case string:
				got = g.Schema.Pattern == nil || p.Match([]byte(data))
			case map[string]any:
				for name := range data {
					got = got && (g.Schema.Pattern != nil || p.Match([]byte(name)))
				}
			}
			judged++
			if got != test.Valid {
				t.Errorf("%s: %q: %s: %v, want %v", file, expr, test.Description, got, test.Valid)
			}
		}
	}
	return judged
}
