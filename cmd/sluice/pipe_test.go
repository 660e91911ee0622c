package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/cmd/sluice/internal/pipe"
)

// pipeFiles writes a schema and records into a folder of their own.
func pipeFiles(t *testing.T) (schema, records, dir string) {
	t.Helper()
	dir = t.TempDir()
	schema, records = filepath.Join(dir, "schema.json"), filepath.Join(dir, "records.ndjson")
	for file, text := range map[string]string{
		schema:  `{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}`,
		records: "{\"n\":1}\n{\"n\":\"secret\"}\n{\"n\":2}\n",
	} {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return schema, records, dir
}

func TestPipe(t *testing.T) {
	t.Parallel()
	schema, records, dir := pipeFiles(t)

	code, stdout, stderr := sluice(t, "pipe", "--schema", schema, records)
	if code != exitFound || stdout != "{\"n\":1}\n{\"n\":2}\n" || stderr != "3 records, 2 good, 1 bad\n" {
		t.Errorf("%d %q %q", code, stdout, stderr)
	}

	good, bad := filepath.Join(dir, "good.ndjson"), filepath.Join(dir, "bad.ndjson")
	code, stdout, stderr = sluice(t, "pipe", "-s", schema, "--good", good, "--bad", bad, records)
	if code != exitFound || stdout != "" {
		t.Errorf("%d %q %q", code, stdout, stderr)
	}
	if text, err := os.ReadFile(good); err != nil || string(text) != "{\"n\":1}\n{\"n\":2}\n" {
		t.Errorf("good %q, %v", text, err)
	}
	if text, err := os.ReadFile(bad); err != nil || !strings.HasPrefix(string(text), `{"file":"`) ||
		!strings.Contains(string(text), `"line":2,"reason":"schema_violation"`) || !strings.Contains(string(text), `"record":{"n":"secret"}`) {
		t.Errorf("bad %q, %v", text, err)
	}

	code, stdout, stderr = sluice(t, "pipe", "-s", schema, good)
	if code != exitOK || stderr != "2 records, 2 good, 0 bad\n" {
		t.Errorf("%d %q %q", code, stdout, stderr)
	}
}

func TestPipeReport(t *testing.T) {
	t.Parallel()
	schema, records, _ := pipeFiles(t)
	in, err := os.Open(records)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var stdout, stderr output
	code := run(t.Context(), []string{"pipe", "--schema", schema, "--report", "--engine", "compiled"}, in, &stdout, &stderr)
	lines := strings.Split(stdout.String(), "\n")
	if code != exitFound || len(lines) != 4 || lines[0] != `{"line":1,"valid":true}` || lines[2] != `{"line":3,"valid":true}` ||
		!strings.HasPrefix(lines[1], `{"line":2,"valid":false,"reason":"schema_violation","violations":[{"instanceLocation":"/n",`) ||
		strings.Contains(stdout.String(), "secret") {
		t.Errorf("%d %s %s", code, stdout.String(), stderr.String())
	}
}

// TestPipeStats holds the text of a profile, and that its JSON says the same.
func TestPipeStats(t *testing.T) {
	t.Parallel()
	schema, records, dir := pipeFiles(t)
	code, stdout, _ := sluice(t, "pipe", "-s", schema, "--stats", records, records)
	want := `records 6
good 4 66.67 %
bad 2 33.33 %
blank lines 0
bytes 62
largest record 14

reason records
schema_violation 2 33.33 %

keyword of the first violation records
type 2 33.33 %

failure records first at what
ID 2 FILE:2 /properties/n/type: must be of type integer
`
	got := regexp.MustCompile(` +`).ReplaceAllString(strings.ReplaceAll(stdout, records, "FILE"), " ")
	got = regexp.MustCompile(`(?m)^ `).ReplaceAllString(regexp.MustCompile(`[0-9a-f]{12}`).ReplaceAllString(got, "ID"), "")
	if code != exitFound || got != want {
		t.Errorf("%d\n%s\nwant\n%s", code, got, want)
	}
	good := filepath.Join(dir, "good.ndjson.gz")
	_, stdout, _ = sluice(t, "pipe", "-s", schema, "--stats", "--json", "--good", good, records)
	var p pipe.Profile
	if err := json.Unmarshal([]byte(stdout), &p); err != nil {
		t.Fatal(err)
	}
	if p.Records != 3 || p.Bad != 1 || p.Reasons[0] != (pipe.Count{Name: "schema_violation", Count: 1}) ||
		p.Keywords[0].Name != "type" || p.Failures[0].Line != 2 || p.Failures[0].Keywords[0] != "/properties/n/type" {
		t.Errorf("%s", stdout)
	}
	if code, stdout, _ := sluice(t, "pipe", "-s", schema, good); code != 0 || stdout != "{\"n\":1}\n{\"n\":2}\n" {
		t.Errorf("%s holds %q", good, stdout)
	}
}

// TestPipeProduct: records of another product are not good for this one.
func TestPipeProduct(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{"id.json": `{"required":["id"]}`, "in.ndjson": "{\"t\":\"a\",\"id\":1}\n{\"t\":\"b\",\"id\":2}\n{\"t\":\"a\"}\n{\"t\":\"c\"}\n", "sluice.yaml": `domain: d
kafka: { brokers: ["localhost:9092"] }
unmatched: { action: drop }
products:
  - { name: a, description: Letters A., input: in, match: { field: /t, equals: a }, schema: id.json, output: a }
  - { name: b, input: in, match: { field: /t, equals: b }, schema: id.json, output: b }
  - { name: h, input: [in2, in3], match: { header: h, equals: b }, schema: id.json, output: h }
  - { name: k, input: in4, match: { key: true, equals: b }, schema: id.json, output: k }
`})
	config, in := filepath.Join(dir, "sluice.yaml"), filepath.Join(dir, "in.ndjson")
	f := func(wantCode int, wantOut, wantErr string, args ...string) {
		t.Helper()
		code, stdout, stderr := sluice(t, append([]string{"pipe", "--config", config}, args...)...)
		if code != wantCode || stdout != wantOut || !strings.Contains(stderr, wantErr) {
			t.Errorf("pipe %v: %d %q %q, want %q %q", args, code, stdout, stderr, wantOut, wantErr)
		}
	}
	f(1, "{\"t\":\"a\",\"id\":1}\n", "4 records, 1 good, 1 bad, 1 dropped, 1 of other products\n", "--product", "a", in)
	f(1, "{\"t\":\"a\",\"id\":1}\n{\"t\":\"b\",\"id\":2}\n", "4 records, 2 good, 1 bad, 1 dropped\n", "--topic", "in", in)
	f(2, "", `--product "x": there is no such product in `+config+": choose one of a, b, h, k", "--product", "x", in)
	f(2, "", `--topic "x": no product of `+config+" reads it", "--topic", "x", in)
	f(2, "", `--topic "in": product h does not read it: choose in2, in3`, "--topic", "in", "--product", "h", in)
	f(2, "", `product h has 2 inputs: choose one with --topic: in2, in3`, "--product", "h", in)
	f(2, "", `product h is matched by header h: say what the records have, --header h=VALUE`, "--product", "h", "--topic", "in2", in)
	f(2, "", `product k is matched by the record's key: say what the records have, --key VALUE`, "--product", "k", in)
	f(2, "", `--header "h": write NAME=VALUE`, "--product", "h", "--topic", "in2", "--header", "h", in)
}

// TestPipeRegistryPrefix: lines are the JSON behind the registry's prefix.
func TestPipeRegistryPrefix(t *testing.T) {
	t.Parallel()
	files := serviceFiles("localhost:9092")
	files["sluice.yaml"] += "    wire_format: confluent\n"
	files["in.ndjson"] = "{\"id\":1}\n{\"id\":}\n"
	dir := write(t, files)
	code, stdout, stderr := sluice(t, "pipe", "--config", filepath.Join(dir, "sluice.yaml"), "-p", "orders", "--report", filepath.Join(dir, "in.ndjson"))
	if code != exitFound || !strings.Contains(stdout, `"line":1,"product":"orders","outcome":"accepted","valid":true}`) ||
		!strings.Contains(stdout, `"reason":"malformed_json"`) || !strings.Contains(stdout, `"offset":6}`) {
		t.Errorf("%d %s%s", code, stdout, stderr)
	}
}

func TestPipeCannotRun(t *testing.T) {
	t.Parallel()
	schema, records, dir := pipeFiles(t)
	f := func(want string, args ...string) {
		t.Helper()
		code, stdout, stderr := sluice(t, append([]string{"pipe"}, args...)...)
		if code != exitCannotRun || stdout != "" || !strings.Contains(stderr, want) {
			t.Errorf("pipe %v: %d %q %q, want %q", args, code, stdout, stderr, want)
		}
	}
	f("--schema is missing", records)
	f("does not exist: correct the path", "--schema", filepath.Join(dir, "none.json"))
	f("no such file", "--schema", schema, filepath.Join(dir, "none.ndjson"))
	f("no such file", "--schema", schema, "--bad", filepath.Join(dir, "none", "bad"), records)
	f("would be overwritten", "--schema", schema, "--good", records, records)
	f("leave one out", "--schema", schema, "--product", "x")
	f("leave one out", "--schema", schema, "--stats", "--report")
	f("add --stats", "--schema", schema, "--json")
	f("--key goes with --product only", "--schema", schema, "--key", "x")
	f("--draft goes with --schema only", "--product", "x", "--draft", "7")
	f("no such file", "--product", "x", "--config", filepath.Join(dir, "none.yaml"))
	f("did you mean --report?", "--schema", schema, "--reprot")
	if text, err := os.ReadFile(records); err != nil || len(text) == 0 {
		t.Errorf("the records are gone: %q, %v", text, err)
	}
}
