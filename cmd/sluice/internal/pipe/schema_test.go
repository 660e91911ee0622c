package pipe

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// files writes files into a new folder and returns it.
func files(t *testing.T, named map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range named {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestCompile(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string]string{
		"own/order.json":          `{"properties":{"m":{"$ref":"parts/money.json"},"c":{"$ref":"https://schemas.example.com/common/code.json#/$defs/code"}},"$defs":{"line":{"type":"boolean"}}}`,
		"own/parts/money.json":    `{"type":"integer"}`,
		"shared/common/code.json": `{"$defs":{"code":{"$ref":"deep/text.json"}}}`,
		"deep/text.json":          `{"type":"string"}`,
		"own/id.json":             `{"$id":"https://schemas.example.com/common/id.json","properties":{"c":{"$ref":"code.json#/$defs/code"}}}`,
	})
	refs := []string{
		"https://schemas.example.com=" + filepath.Join(dir, "shared"),
		"https://schemas.example.com/common/deep/=" + filepath.Join(dir, "deep"),
	}
	f := func(file, doc string, want bool) {
		t.Helper()
		s, err := Compile(SchemaOptions{File: filepath.Join(dir, "own", file), Refs: refs})
		if err != nil {
			t.Error(err)
			return
		}
		if s.Valid([]byte(doc)) != want {
			t.Errorf("%s: Valid(%s) = %t", file, doc, !want)
		}
	}
	f("order.json", `{"m":1,"c":"x"}`, true)
	f("order.json", `{"m":"1"}`, false)
	f("order.json", `{"c":1}`, false)
	f("order.json#/$defs/line", `true`, true)
	f("order.json#/$defs/line", `1`, false)
	f("id.json", `{"c":1}`, false)
}

func TestCompileOptions(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string]string{"s.json": `{"format":"email","exclusiveMinimum":true,"minimum":3}`, "f.json": `{"format":"email"}`})
	s, err := Compile(SchemaOptions{File: filepath.Join(dir, "s.json"), Draft: "4"})
	if err != nil {
		t.Fatal(err)
	}
	if s.Valid([]byte(`3`)) || !s.Valid([]byte(`4`)) || s.Valid([]byte(`"x"`)) {
		t.Error("draft 4 misjudges")
	}
	if s, err = Compile(SchemaOptions{File: filepath.Join(dir, "f.json"), Formats: "annotate", Engine: "compiled"}); err != nil || !s.Valid([]byte(`"x"`)) {
		t.Errorf("annotate: %v", err)
	}
	for _, draft := range Drafts() {
		if _, err := Compile(SchemaOptions{File: filepath.Join(dir, "f.json"), Draft: draft}); err != nil {
			t.Error(err)
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string]string{
		"own/up.json":     `{"$ref":"../secret.json"}`,
		"own/root.json":   `{"$ref":"/secret.json"}`,
		"own/http.json":   `{"$ref":"http://127.0.0.1:1/x.json"}`,
		"own/file.json":   `{"$ref":"file:///etc/hostname"}`,
		"own/shared.json": `{"$ref":"https://s.example.com/../../secret.json"}`,
		"own/enc.json":    `{"$ref":"https://s.example.com/%2e%2e/secret.json"}`,
		"own/link.json":   `{"$ref":"out.json"}`,
		"own/bad.json":    `{"type":"text"}`,
		"own/good.json":   `{}`,
		"own/huge.json":   `{"description":"` + strings.Repeat("x", 1<<20) + `"}`,
		"secret.json":     `{}`,
	})
	if err := os.Symlink(filepath.Join(dir, "secret.json"), filepath.Join(dir, "own", "out.json")); err != nil {
		t.Fatal(err)
	}
	refs := []string{"https://s.example.com/=" + filepath.Join(dir, "own")}
	f := func(o SchemaOptions, want string) {
		t.Helper()
		o.File = filepath.Join(dir, "own", o.File)
		_, err := Compile(o)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", o.File, err, want)
		}
	}
	for _, name := range []string{"up.json", "root.json", "http.json", "file.json", "shared.json", "enc.json", "link.json", "absent.json", "huge.json"} {
		f(SchemaOptions{File: name, Refs: refs}, name)
	}
	f(SchemaOptions{File: "up.json"}, "--ref")
	f(SchemaOptions{File: "http.json"}, "--ref")
	f(SchemaOptions{File: "bad.json"}, filepath.Join(dir, "own", "bad.json")+":1:")
	f(SchemaOptions{File: "good.json", Draft: "5"}, "choose one of 4, 6, 7, 2019-09, 2020-12")
	f(SchemaOptions{File: "good.json", Engine: "other"}, "choose compiled or reference")
	f(SchemaOptions{File: "good.json", Formats: "other"}, "choose assert or annotate")
	f(SchemaOptions{File: "good.json", Refs: []string{"https://e.com/"}}, "write PREFIX=DIR")
	f(SchemaOptions{File: "good.json", Refs: []string{"shared/=" + dir}}, "absolute URI")
	f(SchemaOptions{File: "good.json", Refs: []string{"https://e.com/=" + filepath.Join(dir, "none")}}, "--ref")
	f(SchemaOptions{File: "good.json", Refs: []string{"https://e.com/=" + filepath.Join(dir, "secret.json")}}, "is a file: name the folder")
}
