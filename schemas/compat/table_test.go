package compat_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/schemas/compat"
	"github.com/sluicedata/sluice/validate"
	"github.com/sluicedata/sluice/validate/difftest/gen"
)

// example is a case of testdata: a title, the verdicts, two schemas.
type example struct {
	file, title, want string
	old, new          string
	line              int
}

// table reads all cases.
func table(t *testing.T) []example {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	var list []example
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(text), "\n")
		for i := 0; i < len(lines); i++ {
			title, ok := strings.CutPrefix(lines[i], "# ")
			if !ok {
				if l := lines[i]; l != "" && !strings.HasPrefix(l, "//") {
					t.Fatalf("%s:%d: a case begins with # and a title", file, i+1)
				}
				continue
			}
			if i+3 >= len(lines) {
				t.Fatalf("%s:%d: the case is cut off", file, i+1)
			}
			list = append(list, example{file: file, title: title, want: lines[i+1], old: lines[i+2], new: lines[i+3], line: i + 1})
			i += 3
		}
	}
	return list
}

func load(t *testing.T, schema string) *compat.Side {
	t.Helper()
	s, err := compat.Load([]byte(schema), validate.Options{Location: gen.Location})
	if err != nil {
		t.Fatalf("%s: %v", schema, err)
	}
	return s
}

func TestTable(t *testing.T) {
	t.Parallel()
	cases := table(t)
	if len(cases) < 150 {
		t.Errorf("%d cases, want at least 150", len(cases))
	}
	for _, c := range cases {
		t.Run(c.title, func(t *testing.T) {
			t.Parallel()
			r := compat.Compare(load(t, c.old), load(t, c.new))
			got := fmt.Sprintf("backward %v, forward %v", r.Backward.Relation, r.Forward.Relation)
			if got != c.want {
				t.Errorf("%s:%d\n got: %s\nwant: %s\n old: %s\n new: %s\n%+v", c.file, c.line, got, c.want, c.old, c.new, r)
			}
			// Told the other way round, it is the same.
			back := compat.Compare(load(t, c.new), load(t, c.old))
			if back.Backward.Relation != r.Forward.Relation || back.Forward.Relation != r.Backward.Relation {
				t.Errorf("the other way round: backward %v, forward %v", back.Backward.Relation, back.Forward.Relation)
			}
			checkReport(t, r)
		})
	}
}

// checkReport holds the parts of a report against each other.
func checkReport(t *testing.T, r compat.Report) {
	t.Helper()
	both := r.Backward.Relation == compat.Compatible && r.Forward.Relation == compat.Compatible
	if both != (len(r.Changes) == 0) {
		t.Errorf("backward %v, forward %v, but %d changes", r.Backward.Relation, r.Forward.Relation, len(r.Changes))
	}
	for _, c := range r.Changes {
		if c.What == "" || c.Path == "" || c.New.Line == 0 || c.Old.Line == 0 {
			t.Errorf("a change without words or place: %+v", c)
		}
		if c.Backward.Relation == compat.Compatible && c.Forward.Relation == compat.Compatible {
			t.Errorf("a change that changes nothing: %+v", c)
		}
		for _, v := range []compat.Verdict{c.Backward, c.Forward} {
			if (v.Relation == compat.Breaking) != (v.Example != "") || (v.Relation == compat.Undecided) != (v.Why != "") {
				t.Errorf("an example goes with breaking, a reason with undecided: %+v", v)
			}
		}
	}
}
