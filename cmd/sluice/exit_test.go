package main

import (
	"context"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestExitCodes runs every command so that it ends in each of its exit codes:
// 0 all is well, 1 something was found, 2 it could not run. A command that has
// no row is a mistake, and so is a code that its help speaks of and no row has.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	cluster, client := kafka(t, []string{"shop.orders"})
	dir := write(t, serviceFiles(cluster.ListenAddrs()[0]))
	config := filepath.Join(dir, "sluice.yaml")
	files := write(t, map[string]string{
		"good.ndjson": `{"id":1}`, "bad.ndjson": `{"id":0}`, "junk.ndjson": "{}\nx\n",
		"no-topics.yaml": strings.ReplaceAll(serviceFiles("127.0.0.1:1")["sluice.yaml"], "schemas/", dir+"/schemas/"),
		"wrong.yaml":     "domain: sales\n",
	})
	file := func(name string) string { return filepath.Join(files, name) }
	well, ill := stub(t, 200, 200), stub(t, 503, 503)
	seen := map[string][]int{}
	f := func(want int, args ...string) {
		t.Helper()
		cmd, _, err := newRoot().Find(args)
		if err != nil {
			t.Fatal(err)
		}
		seen[cmd.CommandPath()] = append(seen[cmd.CommandPath()], want)
		code, stdout, stderr := sluice(t, args...)
		if code != want {
			t.Errorf("sluice %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), code, want, stdout, stderr)
		}
		if code == exitCannotRun && stderr == "" {
			t.Errorf("sluice %s: could not run and does not say why", strings.Join(args, " "))
		}
	}

	f(0, "version")
	f(0, "config", "schema")
	f(0, "rules", "-c", config)
	f(2, "rules", "-c", file("wrong.yaml"))
	f(0, "check", "-c", config)
	f(1, "check", "-c", file("wrong.yaml"))
	f(2, "check", "-c", file("none.yaml"))
	f(0, "health", "--url", well)
	f(1, "health", "--url", ill)
	f(2, "health", "-c", file("none.yaml"))
	f(0, "pipe", "-c", config, "-p", "orders", file("good.ndjson"))
	f(1, "pipe", "-c", config, "-p", "orders", file("bad.ndjson"))
	f(2, "pipe", "-c", config, "-p", "order", file("good.ndjson"))
	f(0, "infer", file("good.ndjson"))
	f(1, "infer", file("junk.ndjson"))
	f(2, "infer", file("none.ndjson"))
	f(0, "init", "--domain", "d", "--product", "p", "--dir", file("new"))
	f(2, "init", "--domain", "d", "--product", "p", "--dir", file("new"))
	f(0, "explain", "-c", config, file("good.ndjson"))
	f(1, "explain", "-c", config, file("bad.ndjson"))
	f(2, "explain", "-c", config, file("none.ndjson"))
	f(0, "demo", "--for", "300ms", "--domain", "sales", "--listen", "127.0.0.1:0")
	f(2, "demo", "--rate", "0")

	// On a cluster: topics are missing, are made, take a dead letter.
	f(1, "plan", "-c", config)
	f(2, "plan", "-c", file("no-topics.yaml"), "--timeout", "200ms")
	f(0, "apply", "-c", config)
	f(2, "apply", "-c", file("no-topics.yaml"), "--timeout", "200ms")
	f(0, "plan", "-c", config)
	produce(t, client, "shop.orders", `{"id":0}`)
	f(2, "run", "-c", file("wrong.yaml"))
	r := runService(t, "-c", config)
	consume(t, cluster.ListenAddrs(), "sales.orders.v1.dlq", 1)
	if code := r.end(); code != 0 {
		t.Errorf("sluice run: exit code %d: %s", code, r.stderr)
	}
	seen["sluice run"] = append(seen["sluice run"], 0)
	f(0, "replay", "-c", config, "--reason", "malformed_json")
	f(1, "replay", "-c", config)
	f(2, "replay", "-c", config, "--to", "nowhere")

	// What cannot be brought about here, and why.
	seen["sluice demo"] = append(seen["sluice demo"], 1)   // its books balance
	seen["sluice apply"] = append(seen["sluice apply"], 1) // TestApplyTellsWhatFailed
	for _, cmd := range commands(newRoot()) {
		path := cmd.CommandPath()
		f(2, append(strings.Fields(path)[1:], "--nonsense")...)
		for code, words := range []string{"", " 1 if", " 2 if"} {
			if documented := strings.Contains(strings.Join(strings.Fields(cmd.Long), " "), words); documented && !slices.Contains(seen[path], code) {
				t.Errorf("%s: no row ends in exit code %d", path, code)
			}
		}
	}
}

// TestInterrupted: a command that is stopped ends at once, with 2 where it has
// not done its work; run has.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	schema, _, _ := pipeFiles(t)
	ctx, cancel := context.WithCancel(t.Context())
	in, hold := io.Pipe()
	defer hold.Close()
	cancel()
	var stdout, stderr output
	if code := run(ctx, []string{"pipe", "--schema", schema}, in, &stdout, &stderr); code != exitCannotRun || stderr.String() != "sluice: interrupted\n" {
		t.Errorf("%d %s", code, stderr.String())
	}
}
