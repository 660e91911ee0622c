package pipe

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCompressed: what Create writes is what Open reads, by the name; and a
// source without a name is looked at.
func TestCompressed(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("{\"n\":1}\n", 100_000)
	dir := t.TempDir()
	for _, name := range []string{"a.ndjson", "a.ndjson.gz", "a.ndjson.zst"} {
		file := filepath.Join(dir, name)
		w, err := Create(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if packed := strings.HasPrefix(filepath.Ext(name), ".g") || strings.HasPrefix(filepath.Ext(name), ".z"); packed != (len(raw) < len(text)/10) {
			t.Errorf("%s has %d bytes", name, len(raw))
		}
		s, err := Open(file)
		if err != nil {
			t.Fatal(err)
		}
		if s.Size != int64(len(raw)) {
			t.Errorf("%s: size %d, not %d", name, s.Size, len(raw))
		}
		sniffed, err := NewSource("", bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []*Source{s, sniffed} {
			var good bytes.Buffer
			sum, err := Run(t.Context(), Options{Judge: judge(t, 0), Good: &good, Sources: []*Source{s}})
			if err != nil || good.String() != text || sum.Good != 100_000 || s.Position() != int64(len(raw)) {
				t.Errorf("%s: %+v, %v, position %d", name, sum, err, s.Position())
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestNotCompressed(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string]string{"a.gz": "{\"n\":1}\n", "a.zst": "{\"n\":1}\n", "b.gz": "\x1f\x8b\x08\x00"})
	for _, name := range []string{"a.gz", "a.zst", "b.gz"} {
		s, err := Open(filepath.Join(dir, name))
		if err == nil {
			_, err = Run(t.Context(), Options{Judge: judge(t, 0), Sources: []*Source{s}})
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), filepath.Join(dir, name)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// What only begins like something compressed is a line.
	for _, text := range []string{"\x1f", "(", "\x1f\x8c{}\n", "(\xb5/x\n", "(\xb5", ""} {
		sum, err := Run(t.Context(), Options{Judge: judge(t, 0), Sources: source(t, strings.NewReader(text))})
		if err != nil || sum.Bytes != int64(len(text)) {
			t.Errorf("%q: %+v, %v", text, sum, err)
		}
	}
	if _, err := Open(filepath.Join(dir, "none")); err == nil {
		t.Error("a file that is not there opens")
	}
}

// TestCutOff: an archive that ends too early is no quiet end of the records.
func TestCutOff(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, ext := range []string{".gz", ".zst"} {
		file := filepath.Join(dir, "a"+ext)
		w, err := Create(file)
		if err != nil {
			t.Fatal(err)
		}
		for range 1000 {
			if _, err := io.WriteString(w, "{\"n\":1}\n"); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, raw[:len(raw)/2], 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(file)
		if err != nil {
			t.Fatal(err)
		}
		if sum, err := Run(t.Context(), Options{Judge: judge(t, 0), Sources: []*Source{s}}); err == nil {
			t.Errorf("%s: %+v without an error", ext, sum)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
