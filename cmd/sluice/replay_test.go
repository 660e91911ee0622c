package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/consumer/replay"
)

// TestReplay lets a service with a contract that is too strict make dead
// letters, and recovers them by the contract that is right.
func TestReplay(t *testing.T) {
	t.Parallel()
	cluster, client := kafka(t, []string{"shop.orders", "sales.orders.v1", "sales.orders.v1.dlq"})
	brokers := cluster.ListenAddrs()
	folder := write(t, serviceFiles(brokers[0]))
	file := filepath.Join(folder, "sluice.yaml")
	produce(t, client, "shop.orders", `{"id":0}`, `{"id":-1}`, `{"id":7}`, `{"id":"x"}`, `not JSON`)
	r := runService(t, "--config", file)
	consume(t, brokers, "sales.orders.v1.dlq", 4)
	if code := r.end(); code != 0 {
		t.Fatalf("exit code %d; its log is\n%s", code, r.stderr)
	}
	wider := strings.Replace(orderSchema, `, "minimum": 1`, "", 1)
	if err := os.WriteFile(filepath.Join(folder, "schemas/order.json"), []byte(wider), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := sluice(t, "replay", "--config", file); code != 2 || !strings.Contains(stderr, "no.json") {
		t.Fatalf("with a fixture that contradicts the contract: %d %s", code, stderr)
	}
	if err := os.Remove(filepath.Join(folder, "schemas/examples/invalid/no.json")); err != nil {
		t.Fatal(err)
	}

	times := regexp.MustCompile(`20\d\d-\d\d-\d\dT[0-9:.]*Z`)
	code, stdout, stderr := sluice(t, "replay", "--config", file)
	if code != 1 || !strings.Contains(stderr, "land behind newer ones") {
		t.Errorf("%d %s", code, stderr)
	}
	golden(t, "replay-dry.txt", times.ReplaceAllString(stdout, "TIME"))

	code, stdout, _ = sluice(t, "replay", "--config", file, "--reason", "schema_violation", "--apply")
	if code != 1 {
		t.Errorf("exit code %d, want 1: one is still bad", code)
	}
	golden(t, "replay-apply.txt", times.ReplaceAllString(stdout, "TIME"))
	accepted := consume(t, brokers, "sales.orders.v1", 3)
	if string(accepted[1].Value) != `{"id":0}` || string(accepted[2].Value) != `{"id":-1}` || len(accepted[1].Headers) != 0 {
		t.Errorf("recovered %s and %s", accepted[1].Value, accepted[2].Value)
	}

	patch := filepath.Join(write(t, map[string]string{"patch.json": `[{"op":"replace","path":"/id","value":3}]`}), "patch.json")
	code, stdout, stderr = sluice(t, "replay", "--config", file, "--patch", patch, "--apply", "--json")
	var result replay.Result
	if err := json.Unmarshal([]byte(stdout), &result); err != nil || code != 0 {
		t.Fatalf("%d %v %s%s", code, err, stdout, stderr)
	}
	if result.Recovered != 1 || result.Skipped != 1 || result.Left != 1 || result.Group != "sluice-sales-replay" || len(result.Kinds) != 2 {
		t.Errorf("%+v", result)
	}
}

func TestReplayMistakes(t *testing.T) {
	t.Parallel()
	folder := write(t, serviceFiles("127.0.0.1:1"))
	file := filepath.Join(folder, "sluice.yaml")
	bad := filepath.Join(write(t, map[string]string{"bad.json": `{"op":"remove"}`}), "bad.json")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--to", "nowhere"}, `--to "nowhere": choose product or input`},
		{[]string{"--product", "order"}, "choose one of orders"},
		{[]string{"--reason", "bad"}, "choose one of malformed_json"},
		{[]string{"--since", "yesterday"}, "write a time such as"},
		{[]string{"--until", "-3h"}, "write a time such as"},
		{[]string{"--limit", "-1"}, "use 0 for no bound"},
		{[]string{"--patch", "missing.json"}, "missing.json"},
		{[]string{"--patch", bad}, "no JSON Patch"},
		{[]string{"--config", "missing.yaml"}, "missing.yaml"},
		{[]string{"orders"}, "takes flags only"},
	} {
		code, stdout, stderr := sluice(t, append([]string{"replay", "--config", file}, c.args...)...)
		if code != 2 || !strings.Contains(stderr, c.want) || stdout != "" {
			t.Errorf("%v: %d %s%s, want %s", c.args, code, stdout, stderr, c.want)
		}
	}
}
