package format

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// suiteDir is where the official suite lies, if it does.
const suiteDir = "../../../../shared/data/JSON-Schema-Test-Suite/tests"

// TestOfficialSuite judges the strings of the official suite's tests of
// formats, every one of which must pass; values that are no strings are valid
// under every format, which is for the caller to see to.
func TestOfficialSuite(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(suiteDir); err != nil {
		t.Skip("the official suite is not at", suiteDir)
	}
	for _, d := range []struct {
		dir, dialect string
		tests        int
	}{
		{"draft4", "http://json-schema.org/draft-04/schema#", 219},
		{"draft6", "http://json-schema.org/draft-06/schema#", 325},
		{"draft7", "http://json-schema.org/draft-07/schema#", 676},
		{"draft2019-09", "https://json-schema.org/draft/2019-09/schema", 757},
		{"draft2020-12", "https://json-schema.org/draft/2020-12/schema", 764},
	} {
		t.Run(d.dir, func(t *testing.T) {
			t.Parallel()
			files, err := filepath.Glob(filepath.Join(suiteDir, d.dir, "optional/format/*.json"))
			if err != nil {
				t.Fatal(err)
			}
			tests, passed := 0, 0
			for _, file := range files {
				n, ok := judgeFile(t, d.dialect, file)
				tests, passed = tests+n, passed+ok
			}
			t.Logf("%d of %d tests pass", passed, tests)
			if tests < d.tests {
				t.Errorf("only %d tests were found, there used to be %d", tests, d.tests)
			}
		})
	}
}

func judgeFile(t *testing.T, dialect, file string) (tests, passed int) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var groups []struct {
		Description string `json:"description"`
		Schema      struct {
			Format string `json:"format"`
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
		f, known := Lookup(dialect, g.Schema.Format)
		if !known && g.Schema.Format != "unknown" {
			t.Errorf("%s: no format %q", file, g.Schema.Format)
		}
		for _, test := range g.Tests {
			tests++
			data, isString := test.Data.(string)
			got := !isString || !known || f([]byte(data))
			if got != test.Valid {
				t.Errorf("%s: %s: %+q: %v, want %v", file, test.Description, data, got, test.Valid)
				continue
			}
			passed++
		}
	}
	return tests, passed
}
