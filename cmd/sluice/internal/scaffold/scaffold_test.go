package scaffold

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/validate"
)

func names(files []File) (list []string) {
	for _, f := range files {
		list = append(list, f.Name)
	}
	return list
}

// TestFixtures: valid ones are samples, and each invalid one has a fault that
// the contract refuses.
func TestFixtures(t *testing.T) {
	t.Parallel()
	o := Options{
		Domain: "d", Product: "p", Brokers: []string{"b:1"},
		Schema: []byte(`{"type":"object","required":["B c"],"properties":{"B c":{"type":"integer"},"A":{}}}`),
	}
	for _, s := range []string{`{"A":1,"B c":1}`, `{"B c":2}`, `{"B c":3}`, `{"B c":4}`} {
		o.Samples = append(o.Samples, []byte(s))
	}
	files, err := Files(o)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"sluice.yaml", "schemas/p.json", "schemas/examples/valid/p/sample-1.json", "schemas/examples/valid/p/sample-2.json",
		"schemas/examples/valid/p/sample-3.json", "schemas/examples/invalid/p/b-c-missing.json",
		"schemas/examples/invalid/p/b-c-of-another-type.json", "schemas/examples/invalid/p/cut-off.json",
	}
	if got := names(files); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	contract, err := validate.Compile(o.Schema, validate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files[2:] {
		if contract.Valid(f.Text) != strings.Contains(f.Name, "/valid/") {
			t.Errorf("%s: %s", f.Name, f.Text)
		}
	}
	o.Samples = [][]byte{[]byte(`{"A":1}`)}
	if _, err := Files(o); err == nil || !strings.Contains(err.Error(), "sample 1 is refused") {
		t.Errorf("a sample that is not valid: %v", err)
	}
	o.Samples = nil
	if _, err := Files(o); err == nil {
		t.Error("no samples")
	}
	o.Schema = []byte(`{"type":1}`)
	if _, err := Files(o); err == nil || !strings.Contains(err.Error(), "the contract: ") {
		t.Errorf("a contract that is none: %v", err)
	}
}

// TestWriteOverwritesNothing whatever is there: a file, a folder, a link.
func TestWriteOverwritesNothing(t *testing.T) {
	t.Parallel()
	files := []File{{"a.txt", []byte("a")}, {"b/c.txt", []byte("c")}}
	dir := filepath.Join(t.TempDir(), "new")
	if err := Write(dir, files); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "b", "c.txt")); err != nil || string(text) != "c" {
		t.Errorf("%q %v", text, err)
	}
	for _, occupy := range []func(name string) error{
		func(name string) error { return os.WriteFile(name, []byte("mine"), 0o600) },
		func(name string) error { return os.Mkdir(name, 0o700) },
		func(name string) error { return os.Symlink("nowhere", name) },
	} {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "b"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := occupy(filepath.Join(dir, "b", "c.txt")); err != nil {
			t.Fatal(err)
		}
		if err := Write(dir, files); err == nil || !strings.Contains(err.Error(), "is there already") {
			t.Errorf("%v", err)
		}
		if _, err := os.Lstat(filepath.Join(dir, "a.txt")); err == nil {
			t.Error("a part was written")
		}
	}
	// A file where a folder is needed.
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "b"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Write(dir, files); err == nil {
		t.Error("a file is taken for a folder")
	}
}

func TestYAML(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"sales": "sales", "a.b-c_d": "a.b-c_d", "host:9092": "host:9092", "a@example.com": "a@example.com", "true": `"true"`, "No": `"No"`,
		"123": `"123"`, "a b": `"a b"`, "a: b": `"a: b"`, "": `""`, "${X}": `"${X}"`, "é": `"é"`, "a\n": `"a\n"`,
	} {
		if got, err := yaml(text); err != nil || got != want {
			t.Errorf("%q: %s %v, want %s", text, got, err, want)
		}
	}
}
