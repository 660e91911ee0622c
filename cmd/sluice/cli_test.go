package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// output is what a command writes; it may be read while the command runs.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

// String is what was written so far.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// sluice runs a command as main does.
func sluice(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return sluiceUntil(t.Context(), args...)
}

func sluiceUntil(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var out, err output
	code = run(ctx, args, strings.NewReader(""), &out, &err)
	return code, out.String(), err.String()
}

// golden compares text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

// write makes files in a folder of the test's own and returns the folder.
// Names are slash paths.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// minimal is the README's configuration, with a place for brokers.
const minimal = `domain: sales
kafka:
  brokers: [BROKERS]
http:
  listen: 127.0.0.1:0
products:
  - name: orders
    input: shop.orders
    schema: schemas/order.json
    output: sales.orders.v1
`

const orderSchema = `{
  "$schema": "http://json-schema.org/draft-07/schema#",
  "version": "1.0.0",
  "type": "object",
  "required": ["id"],
  "properties": {"id": {"type": "integer", "minimum": 1}},
  "additionalProperties": false
}
`

// service writes a service of one product that listens on a free port.
func serviceFiles(brokers string) map[string]string {
	return map[string]string{
		"sluice.yaml":                      strings.ReplaceAll(minimal, "BROKERS", brokers),
		"schemas/order.json":               orderSchema,
		"schemas/examples/valid/one.json":  `{"id": 1}`,
		"schemas/examples/invalid/no.json": `{"id": 0}`,
	}
}
