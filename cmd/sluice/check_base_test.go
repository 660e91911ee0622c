package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/schemas/compat"
)

// edited is the service of serviceFiles with texts exchanged, in pairs.
func edited(pairs ...string) map[string]string {
	files := serviceFiles("localhost:9092")
	r := strings.NewReplacer(pairs...)
	for name, text := range files {
		files[name] = r.Replace(text)
	}
	return files
}

// against runs check on a service with another one as baseline.
func against(t *testing.T, older, newer map[string]string, flags ...string) (code int, stdout, stderr, dir string) {
	t.Helper()
	dir = write(t, newer)
	args := append([]string{"check", "-c", filepath.Join(dir, "sluice.yaml"), "--base", write(t, older)}, flags...)
	code, stdout, stderr = sluice(t, args...)
	return code, strings.ReplaceAll(stdout, dir+"/", ""), stderr, dir
}

func TestCheckComparesContracts(t *testing.T) {
	t.Parallel()
	required := []string{`"required": ["id"]`, `"required": ["id", "at"]`, `"additionalProperties": false`, `"additionalProperties": true`, `{"id": 1}`, `{"id": 1, "at": 0}`}
	optional := []string{`"minimum": 1}}`, `"minimum": 1}, "note": {"type": "string"}}`}
	major := []string{`"version": "1.0.0"`, `"version": "2.0.0"`}
	for _, c := range []struct {
		name        string
		older       []string
		newer       []string
		flags       []string
		code        int
		say, butNot string
	}{
		{"nothing changed", nil, nil, nil, exitOK, "no problems in 1 product", "compatible"},
		{
			"a required property", nil, required, nil, exitFound,
			`schemas/order.json:5:15: products[0].schema: the property "at" is now required: BACKWARD breaking for producers (such as {"id":1}), FORWARD compatible at #/required: ` +
				`take it back, or give the schema the version "2.0.0", or the product a new output topic such as sales.orders.v2`, "no problems",
		},
		{"a new major version announces it", nil, slices.Concat(required, major), nil, exitOK, "BACKWARD breaking for producers", "take it back"},
		{"a new output topic announces it", nil, slices.Concat(required, []string{"sales.orders.v1", "sales.orders.v2"}), nil, exitOK, "no problems in 1 product", "take it back"},
		{"a minor version does not", nil, slices.Concat(required, []string{"1.0.0", "1.1.0"}), nil, exitFound, "take it back", ""},
		{"an optional property is for consumers to know", nil, optional, nil, exitOK, `the property "note" is now allowed: BACKWARD compatible, FORWARD breaking for consumers`, "take it back"},
		{"unless full compatibility is demanded", nil, optional, []string{"--compatibility", "full"}, exitFound, "FORWARD breaking for consumers", "no problems"},
		{
			"forward compatibility is for consumers only", nil,
			[]string{`"minimum": 1`, `"minimum": 2`, `{"id": 1}`, `{"id": 2}`},
			[]string{"--compatibility", "forward"},
			exitOK,
			"BACKWARD breaking for producers", "take it back",
		},
		{
			"undecided is as good as breaking",
			[]string{`{"type": "integer", "minimum": 1}`, `{"type": "string", "pattern": "^[0-9]+$"}`, `{"id": 1}`, `{"id": "1"}`, `{"id": 0}`, `{"id": "x"}`},
			[]string{`{"type": "integer", "minimum": 1}`, `{"type": "string", "pattern": "^\\d+$"}`, `{"id": 1}`, `{"id": "1"}`, `{"id": 0}`, `{"id": "x"}`},
			nil, exitFound, `$.id: pattern "^[0-9]+$" became "^\\d+$": BACKWARD undecided`, "no problems",
		},
		{
			"a topic without a successor", nil,
			[]string{"sales.orders.v1", "sales.bookings.v1"},
			nil, exitFound,
			"sluice.yaml: products[0].output: the output topic sales.orders.v1 became sales.bookings.v1: BACKWARD compatible, FORWARD breaking for consumers", "",
		},
		{"a removed product", nil, []string{"name: orders", "name: bookings", "sales.orders.v1", "sales.bookings.v1"}, nil, exitFound, `sluice.yaml: products: the product "orders" was removed`, ""},
		{"a renamed product keeps its topic", nil, []string{"name: orders", "name: bookings"}, nil, exitOK, "no problems in 1 product", ""},
		{"a successor replaces a product", nil, []string{"name: orders", "name: orders2", "sales.orders.v1", "sales.orders.v2"}, nil, exitOK, "no problems in 1 product", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr, _ := against(t, edited(c.older...), edited(c.newer...), c.flags...)
			if code != c.code || !strings.Contains(stdout, c.say) || c.butNot != "" && strings.Contains(stdout, c.butNot) {
				t.Errorf("exit code %d, want %d and %q, not %q:\n%s%s", code, c.code, c.say, c.butNot, stdout, stderr)
			}
		})
	}
}

func TestCheckComparesAsJSON(t *testing.T) {
	t.Parallel()
	code, stdout, _, _ := against(t, edited(), edited(`"minimum": 1`, `"minimum": 5`, `{"id": 1}`, `{"id": 5}`), "--json")
	var f struct {
		OK       bool `json:"ok"`
		Problems []problem
		Changes  []struct {
			Product, File, Path, Pointer, Value, Keyword, What string
			Line, Column                                       int
			Backward, Forward                                  struct{ Relation, Example, Why string }
			Breaks                                             []string
			Major                                              bool
		}
	}
	if err := json.Unmarshal([]byte(stdout), &f); err != nil || code != exitFound || f.OK || len(f.Problems) != 1 || len(f.Changes) != 1 {
		t.Fatalf("%d %v\n%s", code, err, stdout)
	}
	c := f.Changes[0]
	if c.Product != "orders" || c.File != "schemas/order.json" || c.Line != 6 || c.Path != "products[0].schema" || c.Keyword != "minimum" ||
		c.Pointer != "/properties/id/minimum" || c.Value != "$.id" || c.What != "minimum 1 became 5" || c.Major ||
		c.Backward.Relation != compat.Breaking.String() || c.Backward.Example == "" || c.Forward.Relation != compat.Compatible.String() || !slices.Equal(c.Breaks, []string{"producers"}) {
		t.Errorf("%+v", c)
	}
}

// TestCheckComparesWithARevision goes through a git repository in which the
// domain lies in a folder, and its contract beside it.
func TestCheckComparesWithARevision(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("left out: git is not installed")
	}
	files := map[string]string{}
	for name, text := range edited("schema: schemas/", "schema: ../contracts/", "kafka:\n", "kafka:\n  tls: {enabled: true, ca_file: secret.pem}\n") {
		if name, ok := strings.CutPrefix(name, "schemas/"); ok {
			files["contracts/"+name] = text
			continue
		}
		files["sales/"+name] = text
	}
	dir := write(t, files)
	git := func(args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "git", append([]string{"-C", dir, "-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	git("init", "-q")
	git("add", ".")
	git("commit", "-q", "-m", "first")
	git("tag", "first")

	file := filepath.Join(dir, "sales", "sluice.yaml")
	// The certificate is nobody's to commit, here or in the revision.
	edit := func(name, from, to string) {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), []byte(strings.Replace(string(text), from, to, 1)), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	edit("sales/sluice.yaml", "  tls: {enabled: true, ca_file: secret.pem}\n", "")
	code, stdout, stderr := sluice(t, "check", "-c", file, "--base", "first")
	if code != exitOK || !strings.Contains(stdout, "no problems in 1 product") {
		t.Fatalf("%d %s%s", code, stdout, stderr)
	}
	edit("contracts/order.json", `"minimum": 1`, `"minimum": 1, "maximum": 1000`)
	for _, revision := range []string{"first", "HEAD"} {
		code, stdout, stderr = sluice(t, "check", "-c", file, "--base", revision)
		if code != exitFound || !strings.Contains(stdout, "$.id: maximum 1000 was added: BACKWARD breaking for producers (such as {\"id\":1001})") {
			t.Errorf("%s: %d %s%s", revision, code, stdout, stderr)
		}
	}
	for base, say := range map[string]string{
		"nowhere":      "there is no such folder or git revision",
		"--help":       "there is no such folder or git revision",
		t.TempDir():    "leave --base out where it is new",
		"first:sales":  "there is no such folder or git revision",
		"first^{tree}": "there is no such folder or git revision",
	} {
		code, stdout, stderr = sluice(t, "check", "-c", file, "--base="+base)
		if code != exitCannotRun || stdout != "" || !strings.Contains(stderr, say) {
			t.Errorf("%s: %d %q %q, want %q", base, code, stdout, stderr, say)
		}
	}
}

func TestCheckSaysWhyItCannotCompare(t *testing.T) {
	t.Parallel()
	code, stdout, stderr, _ := against(t, edited(`"type": "integer"`, `"type": "whole"`), edited())
	if code != exitCannotRun || stdout != "" || !strings.Contains(stderr, "the earlier configuration cannot be used") {
		t.Errorf("a broken baseline: %d %q %q", code, stdout, stderr)
	}
	code, _, stderr, _ = against(t, edited(), edited(), "--compatibility", "sideways")
	if code != exitCannotRun || !strings.Contains(stderr, "use backward, forward or full") {
		t.Errorf("no such compatibility: %d %q", code, stderr)
	}
	// No repository.
	file := filepath.Join(write(t, edited()), "sluice.yaml")
	code, _, stderr = sluice(t, "check", "-c", file, "--base", "HEAD")
	if code != exitCannotRun || !strings.Contains(stderr, "--base HEAD") || !strings.Contains(stderr, "git") {
		t.Errorf("no repository: %d %q", code, stderr)
	}
}

// TestCheckWithoutGit changes the environment, so that it runs alone.
func TestCheckWithoutGit(t *testing.T) {
	file := filepath.Join(write(t, edited()), "sluice.yaml")
	t.Setenv("PATH", t.TempDir())
	code, _, stderr := sluice(t, "check", "-c", file, "--base", "main")
	if code != exitCannotRun || !strings.Contains(stderr, "git is not installed") {
		t.Errorf("%d %q", code, stderr)
	}
}
