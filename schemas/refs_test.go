package schemas_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// withRefs is service with refs in the configuration.
func withRefs(t *testing.T, refs string, files map[string]string) string {
	t.Helper()
	for _, name := range []string{"shared/money.json", "shared/v2/money.json"} {
		if _, ok := files[name]; !ok {
			files[name] = `{}`
		}
	}
	dir := service(t, files, "schemas/order.json")
	text, err := os.ReadFile(filepath.Join(dir, "sluice.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "sluice.yaml", string(text)+"refs: "+refs+"\n")
	return dir
}

func TestPrefixesLeadToFolders(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"schemas/order.json": `{"$schema": "http://json-schema.org/draft-07/schema#", "properties": {
			"price": {"$ref": "https://schemas.example.com/money.json"},
			"newer": {"$ref": "https://schemas.example.com/v2/money.json#/definitions/amount"},
			"line": {"$ref": "line.json"}}}`,
		"schemas/line.json":        `{"$schema": "http://json-schema.org/draft-07/schema#", "type": "array"}`,
		"shared/money.json":        `{"$schema": "http://json-schema.org/draft-07/schema#", "$ref": "parts/amount.json"}`,
		"shared/parts/amount.json": `{"$schema": "http://json-schema.org/draft-07/schema#", "type": "integer"}`,
		// The longer prefix has a folder of its own.
		"newer/money.json":     `{"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"amount": {"type": "string"}}}`,
		"shared/v2/money.json": `not read`,
	}
	dir := withRefs(t, `{ "https://schemas.example.com/": ./shared/, "https://schemas.example.com/v2/": newer }`, files)
	set, problems := load(t, dir)
	if problems != nil {
		t.Fatal(problems)
	}
	c := set.Contract("p0")
	for doc, want := range map[string]bool{
		`{"price": 1, "newer": "1", "line": []}`: true,
		`{"price": "1"}`:                         false,
		`{"newer": 1}`:                           false,
		`{"line": 1}`:                            false,
	} {
		if c.Schema.Valid([]byte(doc)) != want {
			t.Errorf("%s: valid is %t", doc, !want)
		}
	}
	var list string
	for _, in := range [][2]string{
		{"https://schemas.example.com/money.json", "shared/money.json"},
		{"https://schemas.example.com/parts/amount.json", "shared/parts/amount.json"},
		{"https://schemas.example.com/v2/money.json", "newer/money.json"},
		{"line.json", "schemas/line.json"},
		{"order.json", "schemas/order.json"},
	} {
		list += fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(files[in[1]])), in[0])
	}
	if want := fmt.Sprintf("%x", sha256.Sum256([]byte(list))); c.SHA256 != want {
		t.Errorf("digest %s, of the list %s", c.SHA256, want)
	}
	want := []string{"schemas/order.json", "shared/money.json", "shared/parts/amount.json", "newer/money.json", "schemas/line.json"}
	for i := range want {
		want[i] = filepath.Join(dir, want[i])
	}
	if !slices.Equal(c.Files, want) {
		t.Errorf("files %v", c.Files)
	}
}

// An absolute $id moves relative references under a prefix.
func TestIDUnderAPrefix(t *testing.T) {
	t.Parallel()
	set, problems := load(t, withRefs(t, `{ "https://schemas.example.com/": shared }`, map[string]string{
		"schemas/order.json": `{"$schema": "http://json-schema.org/draft-07/schema#", "$id": "https://schemas.example.com/order.json", "items": {"$ref": "money.json"}}`,
		"shared/money.json":  `{"type": "integer"}`,
	}))
	if problems != nil {
		t.Fatal(problems)
	}
	if s := set.Contract("p0").Schema; !s.Valid([]byte("[1]")) || s.Valid([]byte(`["1"]`)) {
		t.Error("the reference does not decide")
	}
}

func TestPrefixesLeadNowhereElse(t *testing.T) {
	t.Parallel()
	f := func(ref, want string, prepare ...func(dir string)) {
		t.Helper()
		dir := withRefs(t, `{ "https://schemas.example.com/v1/": shared }`, map[string]string{
			"schemas/order.json": `{"$schema": "http://json-schema.org/draft-07/schema#", "items": {"$ref": "` + ref + `"}}`,
			"secret.json":        `{"type": "null"}`,
		})
		for _, p := range prepare {
			p(dir)
		}
		_, problems := load(t, dir)
		compare(t, problems, want)
	}
	f("https://schemas.example.com/v1/missing.json", "missing.json does not exist")
	f("https://schemas.example.com/v1/../secret.json", "is not fetched")
	f("https://schemas.example.com/v1/%2e%2e/secret.json", "is outside")
	f("https://schemas.example.com/v1/..%2fsecret.json", "is outside")
	f("https://schemas.example.com/v2/money.json", "is not fetched")
	f("http://schemas.example.com/v1/money.json", "is not fetched")
	f("https://schemas.example.com.evil.example/v1/money.json", "is not fetched")
	f("file:///etc/passwd", "file URLs are not read")
	f("https://schemas.example.com/v1/link.json", "is a symbolic link that leads out of", func(dir string) {
		if err := os.Symlink("../secret.json", filepath.Join(dir, "shared/link.json")); err != nil {
			t.Fatal(err)
		}
	})
}
