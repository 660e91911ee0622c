package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
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
	f("no such file", "--schema", filepath.Join(dir, "none.json"))
	f("no such file", "--schema", schema, filepath.Join(dir, "none.ndjson"))
	f("no such file", "--schema", schema, "--bad", filepath.Join(dir, "none", "bad"), records)
	f("would be overwritten", "--schema", schema, "--good", records, records)
	f("did you mean --report?", "--schema", schema, "--reprot")
	if text, err := os.ReadFile(records); err != nil || len(text) == 0 {
		t.Errorf("the records are gone: %q, %v", text, err)
	}
}
