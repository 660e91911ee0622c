package examples_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/schemas"
	"github.com/sluicedata/sluice/schemas/examples"
)

// domain writes an example to a folder and loads it from there.
func domain(t *testing.T, name string) (*config.Config, *schemas.Set) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "made", "by", "write")
	if err := examples.Write(name, dir); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(filepath.Join(dir, "sluice.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	set, err := schemas.Load(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return cfg, set
}

func TestDomains(t *testing.T) {
	t.Parallel()
	if got := examples.Domains(); !slices.Equal(got, []string{"code-hosting", "sales"}) {
		t.Error(got)
	}
}

func TestContracts(t *testing.T) {
	t.Parallel()
	f := func(name string, wantProducts int, want map[string][2]int, wantVersions map[string]string) {
		t.Helper()
		_, set := domain(t, name)
		if got := len(set.Contracts()); got != wantProducts {
			t.Errorf("%s: %d products instead of %d", name, got, wantProducts)
		}
		for _, c := range set.Contracts() {
			var valid, invalid int
			for _, fixture := range set.Fixtures(c.Product) {
				if fixture.Valid {
					valid++
				} else {
					invalid++
				}
			}
			if got := [2]int{valid, invalid}; got != want[c.Product] || c.Fixtures != valid+invalid {
				t.Errorf("%s: %d fixtures, valid and invalid %v instead of %v", c.Product, c.Fixtures, got, want[c.Product])
			}
			if v, ok := wantVersions[c.Product]; ok && v != c.Version {
				t.Errorf("%s: version %s instead of %s", c.Product, c.Version, v)
			}
			if len(c.Files) != 1 {
				t.Errorf("%s: %v", c.Product, c.Files)
			}
		}
	}
	f("sales", 2,
		map[string][2]int{"orders": {11, 23}, "refunds": {12, 20}},
		map[string]string{"orders": "1.2.0", "refunds": "1.0.0"})
	f("code-hosting", 22,
		map[string][2]int{
			"branch_protection_rule": {1, 1}, "commit_comment": {1, 1}, "create": {1, 1}, "delete": {1, 1}, "deploy_key": {1, 1},
			"github_app_authorization": {1, 0}, "gollum": {1, 1}, "installation": {2, 1}, "installation_repositories": {1, 1}, "label": {1, 1},
		},
		map[string]string{"create": "7.6.1", "label": "7.6.1"})
}

// The second opinion on every fixture: an engine that shares no code with ours.
func TestFixturesBeforeAnotherEngine(t *testing.T) {
	t.Parallel()
	for _, name := range examples.Domains() {
		cfg, set := domain(t, name)
		judged := 0
		for _, p := range cfg.Products {
			other := compile(t, p.Schema)
			for _, fixture := range set.Fixtures(p.Name) {
				doc := read(t, fixture)
				ours := set.Contract(p.Name).Schema.Valid(doc)
				if theirs := judge(t, other, doc); ours != theirs || ours != fixture.Valid {
					t.Errorf("%s line %d: fixture %t, ours %t, theirs %t", fixture.File, fixture.Line, fixture.Valid, ours, theirs)
				}
				judged++
			}
		}
		if judged < 20 {
			t.Errorf("%s: %d fixtures", name, judged)
		}
	}
}

// Every file name under sales/…/invalid tells the rule that it breaks, and it
// breaks nothing else.
func TestInvalidFixturesBreakOneRule(t *testing.T) {
	t.Parallel()
	cfg, _ := domain(t, "sales")
	for _, p := range cfg.Products {
		other := compile(t, p.Schema)
		stem := strings.TrimSuffix(filepath.Base(p.Schema), ".json")
		files, err := filepath.Glob(filepath.Join(filepath.Dir(p.Schema), "examples", "invalid", stem, "*"))
		if err != nil || len(files) < 12 {
			t.Fatal(err, len(files))
		}
		for _, file := range files {
			if strings.HasPrefix(filepath.Base(file), "malformed-") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
			if err != nil {
				t.Errorf("%s: %v", file, err)
				continue
			}
			ve, ok := errors.AsType[*jsonschema.ValidationError](other.Validate(doc))
			if !ok || len(rules(ve)) != 1 {
				t.Errorf("%s breaks %v", filepath.Base(file), rules(ve))
			}
		}
	}
}

// rules returns the rules that failed; alternatives count as one.
func rules(e *jsonschema.ValidationError) []string {
	path := e.ErrorKind.KeywordPath()
	if len(e.Causes) == 0 || slices.Contains(path, "oneOf") {
		return []string{strings.Join(e.InstanceLocation, "/") + " " + strings.Join(path, "/")}
	}
	var all []string
	for _, c := range e.Causes {
		all = append(all, rules(c)...)
	}
	return all
}

// Every payload of the collection that the webhook fixtures come from has a
// product, and is judged as two other engines judged it.
func TestWebhookCollection(t *testing.T) {
	t.Parallel()
	const collection = "../../../shared/data/octokit-webhooks/instances.jsonl"
	file, err := os.Open(collection)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the collection is not part of the repository, and not at " + collection)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cfg, set := domain(t, "code-hosting")
	products := make(map[string]string, len(cfg.Products))
	for _, p := range cfg.Products {
		if p.Match == nil || p.Match.Header != "X-GitHub-Event" || p.Match.Equals == nil || *p.Match.Equals != p.Name {
			t.Errorf("%s: match %+v", p.Name, p.Match)
			continue
		}
		_, pointer, _ := strings.Cut(p.Schema, "#")
		products[*p.Match.Equals] = "#" + pointer
	}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	n := 0
	for ; lines.Scan(); n++ {
		var instance struct {
			ID, Event, Schema, Expect string
			Data                      json.RawMessage
		}
		if err := json.Unmarshal(lines.Bytes(), &instance); err != nil {
			t.Fatal(err)
		}
		if products[instance.Event] != instance.Schema {
			t.Errorf("%s: schema %s, product's %s", instance.ID, instance.Schema, products[instance.Event])
			continue
		}
		if got := set.Contract(instance.Event).Schema.Valid(instance.Data); got != (instance.Expect == "valid") {
			t.Errorf("%s: valid is %t, expected %s", instance.ID, got, instance.Expect)
		}
	}
	if err := lines.Err(); err != nil || n < 100 {
		t.Errorf("%d payloads, error %v", n, err)
	}
}

func TestWriteOverwritesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	existing := filepath.Join(dir, "schemas", "refund.json")
	if err := os.MkdirAll(filepath.Dir(existing), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(existing, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := examples.Write("sales", dir); !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), existing) {
		t.Error(err)
	}
	if text, err := os.ReadFile(existing); err != nil || string(text) != "mine" {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "sluice.yaml")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("half of the example was written")
	}
	if err := examples.Write("payments", dir); err == nil || !strings.Contains(err.Error(), "code-hosting, sales") {
		t.Error(err)
	}
}

// template is RFC 6570 without its finer points.
var template = regexp.MustCompile(`^([^{}]|\{[+#./;?&]?[\w.%,:*]+\})*$`)

func compile(t *testing.T, schema string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	// The other engine cuts a template at its slashes before it pairs braces,
	// and so refuses path segment expansion, "labels{/name}" (RFC 6570 section
	// 3.2.6), which every webhook has.
	c.RegisterFormat(&jsonschema.Format{Name: "uri-template", Validate: func(v any) error {
		if s, ok := v.(string); ok && !template.MatchString(s) {
			return errors.New("no URI template")
		}
		return nil
	}})
	s, err := c.Compile(schema)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// judge is what the other engine says of a document. It takes the last of
// repeated names, which we refuse: that, like every text that is not one JSON
// value, is told by reading the document strictly.
func judge(t *testing.T, s *jsonschema.Schema, text []byte) bool {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	return err == nil && !repeats(t, json.NewDecoder(bytes.NewReader(text))) && s.Validate(doc) == nil
}

// repeats reports whether the next value has an object that repeats a name.
func repeats(t *testing.T, d *json.Decoder) bool {
	t.Helper()
	open, err := d.Token()
	if err != nil {
		t.Fatal(err)
	}
	delim, ok := open.(json.Delim)
	if !ok {
		return false
	}
	found := false
	names := make(map[json.Token]bool)
	for d.More() {
		if delim == '{' {
			name, err := d.Token()
			if err != nil {
				t.Fatal(err)
			}
			found = found || names[name]
			names[name] = true
		}
		found = repeats(t, d) || found
	}
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
	return found
}

// read returns the document of a fixture.
func read(t *testing.T, fixture schemas.Fixture) []byte {
	t.Helper()
	text, err := os.ReadFile(fixture.File)
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Ext(fixture.File) == ".json" {
		return text
	}
	return bytes.Split(text, []byte("\n"))[fixture.Line-1]
}
