package schemas

import (
	"os"
	"path/filepath"
	"testing"
)

// TestAFileReadAsTwoVersions: schemas of two folders may lead to one file; a
// load that met two versions of it is no version at all.
func TestAFileReadAsTwoVersions(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "shared.json")
	r := newReading(0)
	for i, text := range []string{"{}", "{}", "[]"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		r.opened(file, info)
		r.read(file, []byte(text))
		if got, want := r.changed(), i == 2; got != want {
			t.Errorf("read %d times: changed is %t", i+1, got)
		}
	}
}
