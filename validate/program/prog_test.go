package program_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/validate/program"
	"github.com/sluicedata/sluice/validate/program/schema"
)

var update = flag.Bool("update", false, "write the golden files anew")

// compile compiles a schema of 2020-12, formats asserted.
func compile(t *testing.T, text string) *program.Prog {
	t.Helper()
	set, problems := schema.Load([]byte(text), schema.Options{Location: "x:/s", AssertFormats: true, Judge: program.Judge})
	if len(problems) > 0 {
		t.Fatal(&problems[0])
	}
	return program.Compile(set, program.Options{})
}

// TestDump compares programs with testdata/*.txt, each beside its schema.
func TestDump(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no schemas in testdata", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := compile(t, string(text)).String()
			golden := strings.TrimSuffix(file, ".json") + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s is another one; go test ./validate/program -update writes it anew:\n%s", golden, got)
			}
		})
	}
}
