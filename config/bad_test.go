package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what the problems are into testdata/bad-*.txt")

// canary stands in the files and in the environment where something secret
// does. No message may hold it.
const canary = "canary-secret"

// environment is what the files of testdata see.
func environment(name string) (string, bool) {
	value, ok := map[string]string{"DOMAIN": "sales", "WORD": canary + " of the environment"}[name]
	return value, ok
}

func loadFile(t *testing.T, path string) (*Config, error) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return load(path, data, environment)
}

// Each testdata/bad-*.yaml holds one mistake; beside it lies what Load says.
func TestMistakes(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/bad-*.yaml")
	if err != nil || len(files) < 100 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			t.Parallel()
			cfg, err := loadFile(t, file)
			problems, ok := errors.AsType[Problems](err)
			if !ok || cfg != nil || len(problems) == 0 {
				t.Fatalf("config %v, error %v", cfg, err)
			}
			for _, p := range problems {
				if p.File != file || p.Line == 0 || p.Column == 0 || p.What == "" || p.Mend == "" {
					t.Errorf("no place or no mend: %#v", p)
				}
			}
			got := strings.ReplaceAll(problems.Error(), "testdata/", "") + "\n"
			if strings.Contains(got, canary) {
				t.Errorf("a secret is told: %s", got)
			}
			beside := strings.TrimSuffix(file, ".yaml") + ".txt"
			if *update {
				if err := os.WriteFile(beside, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(beside)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}
