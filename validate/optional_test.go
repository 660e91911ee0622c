package validate_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/validate"
)

// optional are the optional tests of each draft, and of those of formats.
var optional = map[string]struct{ tests, formats int }{
	"draft4":       {100, 219},
	"draft6":       {106, 325},
	"draft7":       {118, 676},
	"draft2019-09": {158, 757},
	"draft2020-12": {162, 764},
}

// expectedMisses are the optional tests whose verdict is another one, and why.
var expectedMisses = map[string]string{
	"draft4/optional/zeroTerminatedFloats.json: some languages do not distinguish between different types of numeric value: a float is not an integer even without fractional part": "1.0 is an integer, in draft 4 too: producers cannot choose how their " +
		"libraries write numbers, and every later draft says so",
	"draft7/optional/content.json: validation of string-encoded content based on media type: an invalid JSON document":             contentAnnotates,
	"draft7/optional/content.json: validation of binary string-encoding: an invalid base64 string (% is not a valid character)":    contentAnnotates,
	"draft7/optional/content.json: validation of binary-encoded media type documents: a validly-encoded invalid JSON document":     contentAnnotates,
	"draft7/optional/content.json: validation of binary-encoded media type documents: an invalid base64 string that is valid JSON": contentAnnotates,
}

const contentAnnotates = "contentEncoding and contentMediaType annotate, as 2019-09 and 2020-12 demand and draft 7 allows"

// TestOptional passes all optional tests but the expected misses; formats are
// asserted in theirs.
func TestOptional(t *testing.T) {
	t.Parallel()
	dir := suiteDir(t)
	for _, d := range drafts {
		t.Run(d.dir, func(t *testing.T) {
			t.Parallel()
			o := validate.Options{Engine: validate.Compiled, DefaultDialect: d.dialect, AnnotateFormats: true, Load: remotes(dir)}
			run := func(pattern string, want int) (missed []string) {
				files, err := filepath.Glob(filepath.Join(dir, "tests", d.dir, "optional", pattern))
				if err != nil {
					t.Fatal(err)
				}
				tests, missed := runSuite(t, dir, files, o)
				if tests != want {
					t.Errorf("%d tests in %s, the suite has %d", tests, pattern, want)
				}
				return missed
			}
			missed := run("*.json", optional[d.dir].tests)
			o.AnnotateFormats = false
			missed = append(missed, run("format/*.json", optional[d.dir].formats)...)
			seen := map[string]bool{}
			for _, id := range missed {
				seen[id] = true
				if expectedMisses[id] == "" {
					t.Error("missed:", id)
				}
			}
			for id := range expectedMisses {
				if strings.HasPrefix(id, d.dir+"/") && !seen[id] {
					t.Error("no longer missed, take it off the list:", id)
				}
			}
		})
	}
}
