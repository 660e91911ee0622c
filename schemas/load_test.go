package schemas_test

import (
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/schemas"
)

// load reads the configuration in a folder and its contracts.
func load(t *testing.T, dir string) (*schemas.Set, config.Problems) {
	t.Helper()
	cfg, err := config.Load(filepath.Join(dir, "sluice.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	set, err := schemas.Load(cfg)
	if err == nil {
		return set, nil
	}
	if set != nil {
		t.Error("a Set beside an error")
	}
	problems, ok := errors.AsType[config.Problems](err)
	if !ok {
		t.Fatalf("error is a %T, not config.Problems: %v", err, err)
	}
	return nil, problems
}

// service writes files into a folder, with a product for each schema.
func service(t *testing.T, files map[string]string, schemas ...string) string {
	t.Helper()
	dir := t.TempDir()
	var b strings.Builder
	b.WriteString("domain: shop\nkafka:\n  brokers: [localhost:9092]\nproducts:\n")
	for i, s := range schemas {
		fmt.Fprintf(&b, "  - name: p%d\n    input: in.%d\n    schema: %s\n    output: out.%d\n", i, i, s, i)
	}
	write(t, dir, "sluice.yaml", b.String())
	for name, text := range files {
		write(t, dir, name, text)
	}
	return dir
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

const anything = `{"$schema": "http://json-schema.org/draft-07/schema#"}`

var update = flag.Bool("update", false, "write what the problems are into testdata/bad/*/want.txt")

// Each folder under testdata/bad is a service with a mistake. Its want.txt
// holds what Load says, with paths from that folder.
func TestMistakes(t *testing.T) {
	t.Parallel()
	dirs, err := filepath.Glob("testdata/bad/*")
	if err != nil || len(dirs) < 30 {
		t.Fatalf("%d folders, error %v", len(dirs), err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			_, problems := load(t, dir)
			for _, p := range problems {
				if !strings.HasPrefix(p.File, dir+"/") || p.Line == 0 || p.Column == 0 || p.Mend == "" {
					t.Errorf("no place or no mend: %#v", p)
				}
			}
			got := strings.ReplaceAll(problems.Error(), dir+"/", "") + "\n"
			beside := filepath.Join(dir, "want.txt")
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

// compare checks that there are as many problems as parts, and that each
// contains its part.
func compare(t *testing.T, problems config.Problems, parts ...string) {
	t.Helper()
	if len(problems) != len(parts) {
		t.Fatalf("%d problems instead of %d:\n%v", len(problems), len(parts), problems)
	}
	for i, part := range parts {
		if got := problems[i].String(); !strings.Contains(got, part) {
			t.Errorf("got  %s\nwant %s", got, part)
		}
	}
}

func TestLinksOutOfTheFolderAreRefused(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "secret.json")
	if err := os.WriteFile(secret, []byte(`{"type": "null"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	f := func(name, target string, files map[string]string, want string) {
		t.Helper()
		dir := service(t, files, "schemas/order.json")
		link := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
		_, problems := load(t, dir)
		compare(t, problems, want)
	}
	out := "is a symbolic link that leads out of"
	refers := map[string]string{"schemas/order.json": `{"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"a": {"$ref": "lines/secret.json"}}}`}
	f("schemas/order.json", secret, nil, "order.json "+out)
	f("schemas/order.json", "../outside.json", map[string]string{"outside.json": "{}"}, "order.json "+out)
	f("schemas/lines/secret.json", secret, refers, "lines/secret.json "+out)
	f("schemas/lines", filepath.Dir(secret), refers, "lines/secret.json "+out)
	f("schemas/examples/valid/order/secret.json", secret, map[string]string{"schemas/order.json": anything},
		"examples/valid/order/secret.json "+out)
}

// Kubernetes mounts a ConfigMap as links into a folder beside them.
func TestLinksInsideTheFolderAreFollowed(t *testing.T) {
	t.Parallel()
	dir := service(t, map[string]string{"schemas/..2026_03_01/order.json": anything}, "schemas/order.json")
	for name, target := range map[string]string{"..data": "..2026_03_01", "order.json": "..data/order.json"} {
		if err := os.Symlink(target, filepath.Join(dir, "schemas", name)); err != nil {
			t.Fatal(err)
		}
	}
	set, problems := load(t, dir)
	if problems != nil || !set.Contract("p0").Schema.Valid([]byte("1")) {
		t.Fatal(problems)
	}
}

func TestSpecialFilesDoNotStallTheLoad(t *testing.T) {
	t.Parallel()
	dir := service(t, map[string]string{"schemas/refund.json": anything}, "schemas/order.json", "schemas/refund.json")
	if err := os.MkdirAll(filepath.Join(dir, "schemas/examples/valid/refund"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"schemas/order.json", "schemas/examples/valid/refund/a.json"} {
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o644); err != nil {
			t.Skip("no named pipes here:", err)
		}
	}
	_, problems := load(t, dir)
	compare(t, problems, "order.json is not a regular file", "examples/valid/refund/a.json is not a regular file")
}

func TestFixtureFilesAreBounded(t *testing.T) {
	t.Parallel()
	dir := service(t, map[string]string{
		"schemas/order.json":               anything,
		"schemas/examples/valid/big.jsonl": "",
	}, "schemas/order.json")
	if err := os.Truncate(filepath.Join(dir, "schemas/examples/valid/big.jsonl"), 64<<20+1); err != nil {
		t.Fatal(err)
	}
	_, problems := load(t, dir)
	compare(t, problems, "big.jsonl is larger than 67108864 bytes: make it smaller or split it")
}

func TestContract(t *testing.T) {
	t.Parallel()
	text := `{"$schema": "http://json-schema.org/draft-07/schema#", "version": "2.1.0", "type": "object"}` + "\n"
	dir := service(t, map[string]string{
		"schemas/order.json":                        text,
		"schemas/examples/valid/one.json":           "{}",
		"schemas/examples/valid/order/more.ndjson":  "{}\n\n{\"a\":1}\n",
		"schemas/examples/invalid/array.json":       "[]",
		"schemas/examples/invalid/not-json.json":    "",
		"schemas/examples/invalid/order/last.jsonl": "1\r\n{} {}",
		"schemas/examples/README.md":                "Not a fixture.",
		"schemas/examples/valid/.gitkeep":           "",
		"schemas/examples/.hidden/a.json":           "[]",
	}, "schemas/order.json")
	set, problems := load(t, dir)
	if problems != nil {
		t.Fatal(problems)
	}
	c := set.Contract("p0")
	file := filepath.Join(dir, "schemas/order.json")
	if c.Product != "p0" || c.Name != "p0" || c.Version != "2.1.0" || c.Fixtures != 7 || !slices.Equal(c.Files, []string{file}) {
		t.Errorf("%+v", c)
	}
	if want := fmt.Sprintf("%x", sha256.Sum256([]byte(text))); c.SHA256 != want {
		t.Errorf("digest %s, that of the file is %s", c.SHA256, want)
	}
	examples := filepath.Join(dir, "schemas/examples")
	want := []schemas.Fixture{
		{File: examples + "/valid/one.json", Line: 1, Valid: true},
		{File: examples + "/valid/order/more.ndjson", Line: 1, Valid: true},
		{File: examples + "/valid/order/more.ndjson", Line: 3, Valid: true},
		{File: examples + "/invalid/array.json", Line: 1},
		{File: examples + "/invalid/not-json.json", Line: 1},
		{File: examples + "/invalid/order/last.jsonl", Line: 1},
		{File: examples + "/invalid/order/last.jsonl", Line: 2},
	}
	if got := set.Fixtures("p0"); !slices.Equal(got, want) {
		t.Errorf("fixtures %v", got)
	}
	if set.Contract("p1") != nil || set.Fixtures("p1") != nil || len(set.Contracts()) != 1 {
		t.Error("contracts that nobody asked for")
	}
}

func TestDigestOfSeveralDocuments(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"schemas/order.json":              `{"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"a": {"$ref": "parts/line.json#/definitions/a"}, "b": {"$ref": "parts/line.json"}}}`,
		"schemas/parts/line.json":         `{"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"a": {"$ref": "../my%20units.json"}}}`,
		"schemas/my units.json":           `{"$schema": "http://json-schema.org/draft-07/schema#", "type": "integer"}`,
		"schemas/not-referenced.json":     `nothing looks here`,
		"schemas/examples/valid/a.json":   `{"a": 1}`,
		"schemas/examples/invalid/a.json": `{"a": "1"}`,
	}
	dir := service(t, files, "schemas/order.json")
	set, problems := load(t, dir)
	if problems != nil {
		t.Fatal(problems)
	}
	var list string
	for _, name := range []string{"my units.json", "order.json", "parts/line.json"} {
		list += fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(files["schemas/"+name])), name)
	}
	c := set.Contract("p0")
	if want := fmt.Sprintf("%x", sha256.Sum256([]byte(list))); c.SHA256 != want || c.Version != want[:12] {
		t.Errorf("digest %s, version %s; of the list %s", c.SHA256, c.Version, want)
	}
	want := []string{dir + "/schemas/order.json", dir + "/schemas/my units.json", dir + "/schemas/parts/line.json"}
	if !slices.Equal(c.Files, want) {
		t.Errorf("files %v", c.Files)
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	text := `{"$schema": "http://json-schema.org/draft-07/schema#", "version": "3", "definitions": {
		"own": {"version": "3.1"}, "none": {}, "number": {"version": 4}, "a/b": {"version": "ż~"}, "list": {"allOf": [true, {"version": "in-a-list"}]}}}`
	pointers := []string{"", "#", "#/definitions/own", "#/definitions/none", "#/definitions/number", "#/definitions/a~1b", "#/definitions/list/allOf/1"}
	want := []string{"3", "3", "3.1", "3", "3", "ż~", "in-a-list"}
	var products []string
	for _, p := range pointers {
		products = append(products, "schemas/all.json"+p)
	}
	set, problems := load(t, service(t, map[string]string{"schemas/all.json": text}, products...))
	if problems != nil {
		t.Fatal(problems)
	}
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(text)))
	for i, c := range set.Contracts() {
		if c.Version != want[i] || c.SHA256 != sum || c.Product != fmt.Sprintf("p%d", i) {
			t.Errorf("%s: %+v", products[i], c)
		}
	}
}

func TestProductsShareWhatIsTheSame(t *testing.T) {
	t.Parallel()
	dir := service(t, map[string]string{
		"schemas/all.json":                        `{"$schema": "http://json-schema.org/draft-07/schema#", "format": "date", "definitions": {"a": {}, "b": {"type": "null"}}}`,
		"schemas/examples/valid/all/a/1.json":     "1",
		"schemas/examples/invalid/all/b/1.ndjson": "1\n2\n",
		"schemas/examples/valid/all/day.json":     `"2026-03-01"`,
	},
		"schemas/all.json#/definitions/a", "schemas/all.json#/definitions/b", "./schemas/../schemas/all.json#/definitions/a",
		"schemas/all.json", "schemas/all.json\n    formats: annotate")
	set, problems := load(t, dir)
	if problems != nil {
		t.Fatal(problems)
	}
	if set.Contract("p0").Schema != set.Contract("p2").Schema {
		t.Error("one schema is compiled twice")
	}
	if set.Contract("p0").Schema == set.Contract("p1").Schema || set.Contract("p3").Schema == set.Contract("p4").Schema {
		t.Error("different contracts share a schema")
	}
	for product, want := range map[string]int{"p0": 1, "p1": 2, "p2": 1, "p3": 1, "p4": 1} {
		if got := set.Contract(product).Fixtures; got != want {
			t.Errorf("%s: %d fixtures instead of %d", product, got, want)
		}
	}
	tomorrow := []byte(`"tomorrow"`)
	if set.Contract("p3").Schema.Valid(tomorrow) || !set.Contract("p4").Schema.Valid(tomorrow) {
		t.Error("formats: annotate is the product's own")
	}
}

// The reference engine knows drafts 4, 6 and 7; nothing falls back silently.
func TestEngines(t *testing.T) {
	t.Parallel()
	files := func(dialect string) map[string]string {
		return map[string]string{
			"schemas/order.json": `{"$schema": "` + dialect + `", "properties": {"price": {"multipleOf": 0.01}, "line": {"$ref": "line.json"}}}`,
			"schemas/line.json":  `{"$schema": "` + dialect + `", "type": "string"}`,
		}
	}
	set, problems := load(t, service(t, files("http://json-schema.org/draft-07/schema#"),
		"schemas/order.json\n    engine: reference", "schemas/order.json"))
	if problems != nil {
		t.Fatal(problems)
	}
	reference, compiled := set.Contract("p0"), set.Contract("p1")
	if reference.Engine != config.EngineReference || compiled.Engine != config.EngineCompiled || reference.Schema == compiled.Schema {
		t.Errorf("engines %s and %s", reference.Engine, compiled.Engine)
	}
	if reference.SHA256 != compiled.SHA256 {
		t.Error("the digest of the same documents depends on the engine")
	}
	for _, c := range set.Contracts() {
		if !c.Schema.Valid([]byte(`{"price": 19.99, "line": "a"}`)) || c.Schema.Valid([]byte(`{"line": 1}`)) {
			t.Errorf("%s judges otherwise", c.Engine)
		}
	}
	_, problems = load(t, service(t, files("https://json-schema.org/draft/2020-12/schema"), "schemas/order.json\n    engine: reference"))
	compare(t, problems, "schemas/order.json:1:1: products[0].schema: the reference engine cannot judge the dialect")
}
