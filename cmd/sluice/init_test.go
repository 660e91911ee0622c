package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/config"
)

// TestInit: what init writes, check accepts with its fixtures, and it is the
// ten lines that the README speaks of.
func TestInit(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "domain")
	code, stdout, stderr := sluice(t, "init", "--domain", "sales", "--product", "orders", "--owner", "sales-data@example.com", "--dir", dir)
	if code != 0 || stderr != "" {
		t.Fatalf("%d %s%s", code, stdout, stderr)
	}
	golden(t, "init/stdout.txt", strings.ReplaceAll(stdout, dir, "DIR"))
	file := filepath.Join(dir, "sluice.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "init/sluice.yaml", string(text))
	lines := 0
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines++
		}
	}
	if lines != 10 {
		t.Errorf("%d lines are no comments", lines)
	}
	if code, stdout, stderr := sluice(t, "check", "--config", file); code != 0 || !strings.Contains(stdout, "4 fixtures") {
		t.Errorf("check: %d %s%s", code, stdout, stderr)
	}

	// Again, and with one file left: nothing is written over, nothing is added.
	if err := os.RemoveAll(filepath.Join(dir, "schemas")); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr = sluice(t, "init", "--domain", "other", "--product", "orders", "--dir", dir)
	if code != exitCannotRun || stdout != "" || !strings.Contains(stderr, file+" is there already") {
		t.Errorf("%d %s%s", code, stdout, stderr)
	}
	if again, err := os.ReadFile(file); err != nil || string(again) != string(text) {
		t.Errorf("the configuration has changed: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "schemas")); err == nil {
		t.Error("a part was written")
	}
}

// TestInitFromSamples: the contract is that of the samples, whatever they are.
func TestInitFromSamples(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ samples, fixtures string }{
		"orders":  {"{\"id\":1,\"name\":\"<a&b>\"}\n{\"id\":2}\n\n{\"id\":3}\n{\"id\":4}\n", "6 fixtures"},
		"none":    {"{}\n", "2 fixtures"},
		"numbers": {"7\n8\n", "3 fixtures"},
		"nulls":   {"null\n", "2 fixtures"},
		"arrays":  {"[]\n[{\"a\":[[]]}]\n", "3 fixtures"},
		"odd":     {"{\"\":1,\"" + strings.Repeat("é", 90) + "\":[[]]}\n", "4 fixtures"},
		"faulty":  {"{\"id\":1}\nnot JSON\n", "4 fixtures"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := write(t, map[string]string{"samples.ndjson": c.samples})
			code, stdout, stderr := sluice(t, "init", "--domain", "d-1", "--product", "a.b_c", "--input", "in.Put", "--from", filepath.Join(dir, "samples.ndjson"), "--dir", dir)
			if code != 0 || (stderr != "") != (name == "faulty") {
				t.Fatalf("%d %s%s", code, stdout, stderr)
			}
			file := filepath.Join(dir, "sluice.yaml")
			if code, stdout, stderr := sluice(t, "check", "--config", file); code != 0 || !strings.Contains(stdout, c.fixtures) {
				t.Errorf("check: %d %s%s", code, stdout, stderr)
			}
			if name == "faulty" {
				return
			}
			if code, stdout, stderr := sluice(t, "pipe", "--config", file, "--product", "a.b_c", filepath.Join(dir, "samples.ndjson")); code != 0 {
				t.Errorf("pipe: %d %s%s", code, stdout, stderr)
			}
		})
	}
}

func TestInitFlags(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := func(want string, args ...string) {
		t.Helper()
		code, stdout, stderr := sluice(t, append([]string{"init", "--dir", dir}, args...)...)
		if code != exitCannotRun || stdout != "" || !strings.Contains(stderr, want) {
			t.Errorf("init %v: %d %s%s, want %q", args, code, stdout, stderr, want)
		}
	}
	f("--domain and --product are needed", "--domain", "sales")
	f("--domain and --product are needed", "--product", "orders")
	f(`sluice init: --domain: "Sales" is not a valid name for a domain: write up to 63`, "--domain", "Sales", "--product", "orders")
	f(`sluice init: --product: "o/../rders" is not a valid product name`, "--domain", "sales", "--product", "o/../rders")
	f(`"../../../../x" is not a valid product name`, "--domain", "sales", "--product", "../../../../x")
	f(`sluice init: --input: "a b" is not a valid topic name`, "--domain", "sales", "--product", "orders", "--input", "a b")
	f(`sluice init: --brokers: `, "--domain", "sales", "--product", "orders", "--brokers", "localhost")
	f("no such file", "--domain", "sales", "--product", "orders", "--from", filepath.Join(dir, "none.ndjson"))
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v is left behind, %v", left, err)
	}
	// What YAML would take for something else is in quotes.
	for _, odd := range []string{"true", "123", "1e3", "null", "x-1", "0x1", "2026-01-01"} {
		dir := t.TempDir()
		if code, stdout, stderr := sluice(t, "init", "--domain", odd, "--product", odd, "--owner", "O: 'x' #y", "--brokers", "a:1,b:2,[::1]:3", "--dir", dir); code != 0 {
			t.Errorf("%s: %d %s%s", odd, code, stdout, stderr)
			continue
		}
		cfg, err := config.Load(filepath.Join(dir, "sluice.yaml"))
		if err != nil || cfg.Domain != odd || cfg.Products[0].Name != odd || cfg.Owner != "O: 'x' #y" || len(cfg.Kafka.Brokers) != 3 {
			t.Errorf("%s: %v, %+v", odd, err, cfg)
		}
	}
}

// TestInitRuns: the gate of what init wrote sorts its own fixtures.
func TestInitRuns(t *testing.T) {
	t.Parallel()
	cluster, client := kafka(t, []string{"sales.orders.raw", "sales.orders.v1", "sales.orders.v1.dlq"})
	dir := t.TempDir()
	if code, stdout, stderr := sluice(t, "init", "--domain", "sales", "--product", "orders", "--brokers", cluster.ListenAddrs()[0], "--dir", dir); code != 0 {
		t.Fatalf("%d %s%s", code, stdout, stderr)
	}
	file := filepath.Join(dir, "sluice.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(text, "http: { listen: 127.0.0.1:0 }\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(filepath.Join(dir, "schemas/examples/valid/orders/sample-1.json"))
	if err != nil {
		t.Fatal(err)
	}
	produce(t, client, "sales.orders.raw", string(good), "{}")
	r := runService(t, "--config", file)
	if got := consume(t, cluster.ListenAddrs(), "sales.orders.v1", 1); string(got[0].Value) != string(good) {
		t.Errorf("the product holds %q", got[0].Value)
	}
	consume(t, cluster.ListenAddrs(), "sales.orders.v1.dlq", 1)
	if code := r.end(); code != 0 {
		t.Errorf("exit code %d: %s", code, r.stderr)
	}
}
