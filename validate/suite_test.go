package validate_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/validate"
)

// suiteDir returns the folder of the official suite. Where it is absent the
// test is left out, unless the environment demands it.
func suiteDir(t *testing.T) string {
	t.Helper()
	shared := os.Getenv("SLUICE_SHARED")
	if shared == "" {
		shared = "../../shared"
	}
	dir := filepath.Join(shared, "data", "JSON-Schema-Test-Suite")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("SLUICE_INTEGRATION") == "required" {
			t.Fatalf("the official suite is required: %v", err)
		}
		t.Skipf("left out: the official suite is not at %s; set SLUICE_SHARED", dir)
	}
	return dir
}

var drafts = []struct {
	dir     string
	dialect validate.Dialect
	// tests that are required: those of annotating formats apart.
	tests, formats int
}{
	{"draft4", validate.Draft4, 582, 36},
	{"draft6", validate.Draft6, 785, 54},
	{"draft7", validate.Draft7, 825, 102},
	{"draft2019-09", validate.Draft2019_09, 1145, 114},
	{"draft2020-12", validate.Draft2020_12, 1166, 133},
}

type suiteGroup struct {
	Description string          `json:"description"`
	Schema      json.RawMessage `json:"schema"`
	Tests       []struct {
		Description string          `json:"description"`
		Data        json.RawMessage `json:"data"`
		Valid       bool            `json:"valid"`
	} `json:"tests"`
}

// remotes serves the suite's remote documents.
func remotes(dir string) func(string) ([]byte, error) {
	return func(uri string) ([]byte, error) {
		name, ok := strings.CutPrefix(uri, "http://localhost:1234/")
		if !ok {
			return nil, errors.New("no such document")
		}
		return os.ReadFile(filepath.Join(dir, "remotes", filepath.FromSlash(name)))
	}
}

// runSuite judges the tests of some files and returns how many there were, and
// those with another verdict.
func runSuite(t *testing.T, dir string, files []string, o validate.Options) (tests int, missed []string) {
	t.Helper()
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var groups []suiteGroup
		if err := json.Unmarshal(raw, &groups); err != nil {
			t.Fatal(err)
		}
		name, _ := filepath.Rel(filepath.Join(dir, "tests"), file)
		for _, g := range groups {
			tests += len(g.Tests)
			s, err := validate.Compile(g.Schema, o)
			for _, test := range g.Tests {
				id := fmt.Sprintf("%s: %s: %s", filepath.ToSlash(name), g.Description, test.Description)
				if err != nil {
					missed = append(missed, id+": "+err.Error())
					continue
				}
				verdict := s.Check(test.Data)
				if got := s.Valid(test.Data); got != test.Valid {
					missed = append(missed, id)
				} else if want := map[bool]validate.Class{true: validate.Valid, false: validate.Violates}[got]; verdict.Class != want {
					t.Errorf("%s: Valid is %v and Check %v", id, got, verdict.Class)
				} else if !got && (len(verdict.Violations) == 0 || verdict.Total < len(verdict.Violations)) {
					t.Errorf("%s: %d of %d violations", id, len(verdict.Violations), verdict.Total)
				}
			}
		}
	}
	return tests, missed
}

// TestRequired passes every required test of every draft. Formats annotate, as
// the suite expects.
func TestRequired(t *testing.T) {
	t.Parallel()
	dir := suiteDir(t)
	for _, d := range drafts {
		t.Run(d.dir, func(t *testing.T) {
			t.Parallel()
			files, err := filepath.Glob(filepath.Join(dir, "tests", d.dir, "*.json"))
			if err != nil {
				t.Fatal(err)
			}
			o := validate.Options{
				Engine: validate.Compiled, DefaultDialect: d.dialect, AnnotateFormats: true, Load: remotes(dir),
			}
			isFormat := func(file string) bool { return filepath.Base(file) == "format.json" }
			tests, missed := runSuite(t, dir, slices.DeleteFunc(slices.Clone(files), isFormat), o)
			annotated, missedFormats := runSuite(t, dir, slices.DeleteFunc(files, func(f string) bool { return !isFormat(f) }), o)
			for _, id := range slices.Concat(missed, missedFormats) {
				t.Error(id)
			}
			if tests != d.tests || annotated != d.formats {
				t.Errorf("%d and %d tests, the suite has %d and %d of annotating formats", tests, annotated, d.tests, d.formats)
			}
		})
	}
}
