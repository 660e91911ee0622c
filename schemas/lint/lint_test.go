package lint

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/schemas"
)

// warnings are those of a domain whose files these are; products have the
// schemas of the names that are given.
func warnings(t *testing.T, files map[string]string, schema ...string) string {
	t.Helper()
	dir := t.TempDir()
	text := "domain: d\nkafka: { brokers: [\"localhost:9092\"] }\nrefs: { \"https://shared.example/\": ./shared/ }\nproducts:\n"
	for i, s := range schema {
		text += fmt.Sprintf("  - { name: p%d, input: in%d, schema: %q, output: out%d }\n", i, i, s, i)
	}
	files["sluice.yaml"] = text
	if files["shared/x.json"] == "" {
		files["shared/x.json"] = "{}"
	}
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := config.Load(filepath.Join(dir, "sluice.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	set, err := schemas.Load(cfg)
	if err != nil {
		t.Fatal(err)
	}
	list, err := Contracts(cfg, set)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, p := range list {
		what, _, _ := strings.Cut(p.What, ":")
		fmt.Fprintf(&b, "%s:%d:%d %s %s\n", strings.TrimPrefix(p.File, dir+"/"), p.Line, p.Column, p.Path, what)
	}
	return b.String()
}

// one is the warnings of a schema alone.
func one(t *testing.T, schema string) string {
	t.Helper()
	return warnings(t, map[string]string{"s/a.json": schema}, "s/a.json")
}

func expect(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestUnused(t *testing.T) {
	t.Parallel()
	catalogue := `{"definitions":{"a":{"$ref":"#/definitions/c"},"b":{},"c":{},"d":{}}}`
	expect(t, warnings(t, map[string]string{"s/a.json": catalogue}, "s/a.json#/definitions/a"),
		"s/a.json:1:48 #/definitions/b no contract refers to 2 definitions\n")
	expect(t, warnings(t, map[string]string{"s/a.json": catalogue}, "s/a.json#/definitions/a", "s/a.json#/definitions/b", "s/a.json#/definitions/d"), "")
	many := `{"$defs":{"a":{},"b":{},"c":{},"d":{},"e":{},"f":{}}}`
	expect(t, one(t, many), "s/a.json:1:11 #/$defs/a no contract refers to 6 definitions\n")
	expect(t, one(t, `{"$defs":{"a":{"$anchor":"x"},"b":{"$id":"https://e.example/b"}},"allOf":[{"$ref":"#x"},{"$ref":"https://e.example/b"}]}`), "")
}

func TestFiles(t *testing.T) {
	t.Parallel()
	const draft = `{"$schema":"http://json-schema.org/draft-07/schema#","$ref":"REF"}`
	files := map[string]string{
		"s/a.json":                    strings.Replace(draft, "REF", "b/b.json", 1),
		"s/b/b.json":                  strings.Replace(draft, "REF", "https://shared.example/x.json", 1),
		"s/b/unused.json":             strings.Replace(draft, "REF", "b.json", 1),
		"s/other.json":                `{"$schema":"./elsewhere.json"}`,
		"s/broken.json":               `{`,
		"s/.hidden/c.json":            draft,
		"s/examples/valid/draft.json": draft,
		"s/note.txt":                  draft,
		"shared/x.json":               "{}",
		"shared/not-ours.json":        draft,
	}
	expect(t, warnings(t, files, "s/a.json"), "s/b/unused.json:1:1  no contract uses this schema\n")
}

func TestSlow(t *testing.T) {
	t.Parallel()
	expect(t, one(t, `{"pattern":"^[a-z]{1,20}$","patternProperties":{"^x-":{}}}`), "")
	expect(t, one(t, `{"pattern":"(?:a|b)*a(?:a|b){12}$"}`), "s/a.json:1:12 #/pattern the pattern \"(?\n")
	expect(t, one(t, `{"patternProperties":{"(?:a|b)*a(?:a|b){12}$":{}}}`), "s/a.json:1:22 #/patternProperties the pattern \"(?\n")
	expect(t, one(t, `{"uniqueItems":true,"maxItems":3}`), "")
	expect(t, one(t, `{"uniqueItems":false}`), "")
	expect(t, one(t, `{"uniqueItems":true}`), "s/a.json:1:16 #/uniqueItems uniqueItems compares all items, and the array has no maxItems\n")

	member := func(i int, tell string) string {
		return fmt.Sprintf(`{"type":"object","required":["r%d"],"properties":{"kind":%s}}`, i, strings.ReplaceAll(tell, "I", fmt.Sprint(i)))
	}
	members := func(n int, tell string) string {
		var list []string
		for i := range n {
			list = append(list, member(i, tell))
		}
		return `{"oneOf":[` + strings.Join(list, ",") + `]}`
	}
	expect(t, one(t, members(4, "true")), "")
	expect(t, one(t, members(5, "true")), "s/a.json:1:10 #/oneOf oneOf tries up to 5 members for each object\n")
	expect(t, one(t, members(50, `{"const":"kI"}`)), "")
	expect(t, one(t, `{"anyOf":[{"type":"string"},{"type":"null"},{"type":"array"},{"type":"integer"},{"type":"boolean"}]}`), "")

	nest := func(n int) string {
		s := `{"properties":{"a":true}}`
		for range n {
			s = `{"anyOf":[` + s + `,{"properties":{"b":true}}]}`
		}
		return `{"unevaluatedProperties":false,"allOf":[` + s + `]}`
	}
	expect(t, one(t, nest(2)), "")
	expect(t, one(t, nest(3)), "s/a.json:1:26 #/unevaluatedProperties unevaluatedProperties looks through alternatives that nest 3 deep, to know what they have evaluated\n")
	expect(t, one(t, `{"unevaluatedProperties":false,"anyOf":[{"$ref":"#/properties/x"}],"properties":{"x":{"anyOf":[{"properties":{"y":{"$ref":"#"}}}]}}}`), "")
}

func TestIdle(t *testing.T) {
	t.Parallel()
	expect(t, one(t, `{"type":["integer","null"],"minimum":1,"minLength":3,"format":"date","items":{},"required":["a"]}`),
		"s/a.json:1:52 #/minLength minLength is about strings and type allows none\n"+
			"s/a.json:1:63 #/format format is about strings and type allows none\n"+
			"s/a.json:1:78 #/items items is about arrays and type allows none\n"+
			"s/a.json:1:92 #/required required is about objects and type allows none\n")
	expect(t, one(t, `{"minimum":1,"minLength":3,"allOf":[{"type":"string"}]}`), "")
	expect(t, one(t, `{"type":"object","requierd":["a"]}`), "s/a.json:1:18 #/requierd \"requierd\" is no keyword and does nothing\n")
}

// TestOnce: products that share a contract share its warnings; the reference
// engine is slow in other ways.
func TestOnce(t *testing.T) {
	t.Parallel()
	expect(t, warnings(t, map[string]string{"s/a.json": `{"uniqueItems":true}`}, "s/a.json", "s/a.json"),
		"s/a.json:1:16 #/uniqueItems uniqueItems compares all items, and the array has no maxItems\n")
}
