package baseline

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/sluicedata/sluice/config"
)

func TestInFolder(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{"sales/sluice.yaml": "", "sluice.yaml": ""})
	for file, want := range map[string]string{
		"sales/sluice.yaml":       "sales/sluice.yaml",
		"refunds/sluice.yaml":     "sluice.yaml", // by its name alone
		"../sluice.yaml":          "sluice.yaml",
		"/elsewhere/sluice.yaml":  "sluice.yaml",
		"sales/other/sluice.yaml": "sluice.yaml",
	} {
		if got, err := inFolder(dir, file); err != nil || got != filepath.Join(dir, want) {
			t.Errorf("%s: %s %v, want %s", file, got, err, want)
		}
	}
	if got, err := inFolder(dir, "other.yaml"); err == nil {
		t.Errorf("found %s", got)
	}
}

func TestProductIsFoundByNameThenOutput(t *testing.T) {
	t.Parallel()
	e := &earlier{cfg: &config.Config{Products: []config.Product{{Name: "orders", Output: "a.v1"}, {Name: "refunds", Output: "b.v1"}}}}
	for _, c := range []struct {
		name, output string
		want         int
	}{
		{"refunds", "a.v1", 1},
		{"renamed", "a.v1", 0},
		{"new", "c.v1", -1},
	} {
		if got := e.product(&config.Product{Name: c.name, Output: c.output}); got != c.want {
			t.Errorf("%s to %s: %d, want %d", c.name, c.output, got, c.want)
		}
	}
}

// TestEarlierProblemsAreNotThoseOfNow keeps check from printing them as its
// own.
func TestEarlierProblemsAreNotThoseOfNow(t *testing.T) {
	t.Parallel()
	err := notComparable("main", config.Problems{{File: "sluice.yaml", What: "it is wrong", Mend: "mend it"}})
	var problems config.Problems
	if errors.As(err, &problems) {
		t.Errorf("%v is problems of the present configuration", err)
	}
}
