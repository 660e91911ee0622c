package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMistakesAreNamed types what people mistype: each answer is one line that
// says what is wrong and how to mend it, with exit code 2.
func TestMistakesAreNamed(t *testing.T) {
	t.Parallel()
	dir := write(t, serviceFiles("localhost:1"))
	config := filepath.Join(dir, "sluice.yaml")
	schema := filepath.Join(dir, "schemas", "order.json")
	f := func(want string, args ...string) {
		t.Helper()
		code, stdout, stderr := sluice(t, args...)
		if code != exitCannotRun || stdout != "" || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("sluice %v: %d %q %q", args, code, stdout, stderr)
		}
	}
	f(`unknown command "chek", did you mean check?`, "help", "chek")
	f(`unknown command "nope": sluice config --help`, "help", "config", "nope")
	f(`unknown command "tcsh"`, "completion", "tcsh")
	f("takes flags only", "completion", "bash", "more")
	f(`"x" for "--bad" flag: is not a number in its range`, "demo", "--bad", "x")
	f("--listen x: listen tcp: address x: missing port", "demo", "--listen", "x", "--domain", "sales")
	f(`--domain "sales" is given twice`, "demo", "--domain", "sales,sales")
	f(`--url "foo": write it like http://`, "health", "--url", "foo")
	f("--timeout 0s: choose a time above 0", "health", "--timeout", "0")
	f("--timeout -1s: choose a time above 0", "plan", "--config", config, "--timeout", "-1s")
	f("--timeout 0s: choose a time above 0", "apply", "--config", config, "--timeout", "0")
	f("add --base, or leave it out", "check", "--config", config, "--compatibility", "full")
	f("--line 0: lines count from 1", "explain", "--config", config, "--line", "0")
	f("has 1 line, not 2", "explain", "--config", config, "--line", "2", filepath.Join(dir, "schemas", "examples", "valid", "one.json"))
	f(`takes one file, not 2: leave "b" out`, "explain", "a", "b")
	f("is a folder: name a file in it", "explain", "--config", config, dir)
	f("is a folder: name files in it", "pipe", "--schema", schema, dir)
	f("is a folder: name files in it", "infer", dir)
	f("--good and --bad both write to", "pipe", "--schema", schema, "--good", dir+"/x", "--bad", dir+"/./x")
	f("--park", "replay", "--config", config, "--park", "a b")
	f("--since 1h is not before --until 2h", "replay", "--config", config, "--since", "1h", "--until", "2h")
	f("schema nope.json: does not exist", "pipe", "--schema", "nope.json")
	f(`unknown command "rnu", did you mean run?`, "rnu")
	f(`unknown command "log": sluice --help`, "log")
	f("sluice.yaml is a file: name a folder with --dir", "init", "--domain", "sales", "--product", "orders", "--dir", config)
	f("/nowhere does not exist: name the folder that the prefix stands for", "pipe", "--schema", schema, "--ref", "https://a.example/=/nowhere")
	f("sluice.yaml is a file: name the folder that it is in", "pipe", "--schema", schema, "--ref", "https://a.example/="+config)
	empty := filepath.Join(dir, "empty.yaml")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f("empty.yaml:1:1: is empty: write how to connect", "plan", "--config", config, "--as", empty)
	f("--fingerprint", "replay", "--config", config, "--fingerprint", "zz")
}

// TestStdinHasAName holds that - is stdin wherever files are read.
func TestStdinHasAName(t *testing.T) {
	t.Parallel()
	dir := write(t, serviceFiles("localhost:1"))
	for _, args := range [][]string{
		{"pipe", "--schema", filepath.Join(dir, "schemas", "order.json"), "-"},
		{"explain", "--config", filepath.Join(dir, "sluice.yaml"), "-"},
		{"infer", "-"},
		{"init", "--domain", "sales", "--product", "orders", "--dir", filepath.Join(dir, "new"), "--from", "-"},
	} {
		var stdout, stderr output
		if code := run(t.Context(), args, strings.NewReader(`{"id": 1}`+"\n"), &stdout, &stderr); code != exitOK {
			t.Errorf("sluice %v: %d %q", args, code, stderr.String())
		}
	}
}

// TestWaitingForARecordCanBeInterrupted runs explain without a file, as on a
// terminal on which nobody types.
func TestWaitingForARecordCanBeInterrupted(t *testing.T) {
	t.Parallel()
	dir := write(t, serviceFiles("localhost:1"))
	nobody, typist := io.Pipe()
	defer typist.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stdout, stderr output
	if code := run(ctx, []string{"explain", "--config", filepath.Join(dir, "sluice.yaml")}, nobody, &stdout, &stderr); code != exitCannotRun || stderr.String() != "sluice: interrupted\n" {
		t.Errorf("%d %q", code, stderr.String())
	}
}

// TestLostAnswersAreErrors writes answers where there is no room: a command
// whose answer is lost could not run, whatever the answer was.
func TestLostAnswersAreErrors(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("only where there is a /dev/full: ", err)
	}
	defer func() { _ = full.Close() }()
	dir := write(t, serviceFiles("localhost:1"))
	config := filepath.Join(dir, "sluice.yaml")
	for _, args := range [][]string{
		{"explain", "--config", config},
		{"check", "--config", config},
		{"rules", "--config", config},
		{"version"},
		{"config", "schema"},
	} {
		var stderr output
		if code := run(t.Context(), args, strings.NewReader(`{"id": 0}`), full, &stderr); code != exitCannotRun || !strings.Contains(stderr.String(), "no space left") {
			t.Errorf("sluice %v: %d %q", args, code, stderr.String())
		}
	}
}
