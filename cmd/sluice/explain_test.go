package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/cmd/sluice/internal/explain"
)

// explained is a domain in which products share an input and look at different
// things, with a contract in two files.
var explained = map[string]string{
	"sluice.yaml": `domain: shop
kafka:
  brokers: [BROKERS]
http:
  listen: 127.0.0.1:0
products:
  - {name: refunds, input: shop.events, match: {header: type, equals: refund}, schema: any.json, output: shop.refunds.v1}
  - {name: vip, input: shop.events, match: {key: true, prefix: vip-}, schema: any.json, output: shop.vip.v1}
  - {name: orders, input: shop.events, match: {field: /kind, in: [order, preorder]}, schema: order.json, output: shop.orders.v1}
  - {name: wired, input: shop.wired, schema: order.json, wire_format: confluent, output: shop.wired.v1}
unmatched: {action: dead_letter, topic: shop.unmatched}
`,
	"any.json": `{"$schema": "http://json-schema.org/draft-07/schema#"}`,
	"order.json": `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "version": "2.1.0",
  "type": "object",
  "required": ["id", "lines"],
  "properties": {
    "id": {"type": "integer", "minimum": 1},
    "kind": {"type": "string"},
    "note": {"type": "string", "maxLength": 10},
    "lines": {"type": "array", "items": {"$ref": "line.json"}}
  },
  "additionalProperties": false
}
`,
	"line.json": `{
  "type": "object",
  "required": ["sku"],
  "properties": {
    "sku": {"type": "string", "pattern": "^[A-Z]{3}$"},
    "qty": {"type": "integer", "minimum": 1}
  }
}
`,
}

// explainFiles writes the domain and returns its configuration.
func explainFiles(t *testing.T, brokers string) string {
	t.Helper()
	files := make(map[string]string)
	for name, text := range explained {
		files[name] = strings.ReplaceAll(text, "BROKERS", brokers)
	}
	return filepath.Join(write(t, files), "sluice.yaml")
}

func TestExplain(t *testing.T) {
	t.Parallel()
	config := explainFiles(t, "127.0.0.1:1")
	many := `{"kind":"order","id":1,"lines":[` + strings.Repeat(`{"sku":"ABC","qty":1},`, 40) + `{"qty":0,"sku":"abc"}]}`
	for name, c := range map[string]struct {
		value string
		args  []string
		code  int
	}{
		"accepted":   {`{"kind":"order","id":7,"lines":[]}`, []string{"--topic", "shop.events"}, 0},
		"violations": {`{"kind":"order","id":0,"note":"é\u00e9 much too long","lines":[{"sku":"ABC","qty":2},{"sku":"ab\u001b","qty":"two"},{}],"extra":{"a":[],"b":null}}`, []string{"--topic", "shop.events", "--key", "k1"}, 1},
		"long":       {many, []string{"--topic", "shop.events"}, 1},
		"malformed":  {"{\"kind\": \"order\",\n \"id\": 7,, \"lines\": []}", []string{"--topic", "shop.events", "--header", "type=order"}, 1},
		"unmatched":  {`{"kind":7}`, []string{"--topic", "shop.events"}, 1},
		"forced":     {`{"id":1}`, []string{"--product", "orders"}, 1},
		"wired":      {`{"id":1,"lines":[{"sku":1}]}`, []string{"--topic", "shop.wired"}, 1},
		"line":       {"{}\n{\"id\":1,\"lines\":[]}\nnone", []string{"--product", "orders", "--line", "2"}, 0},
	} {
		file := filepath.Join(write(t, map[string]string{"record.json": c.value}), "record.json")
		code, stdout, stderr := sluice(t, append([]string{"explain", "--config", config, file}, c.args...)...)
		if code != c.code || stderr != "" {
			t.Errorf("%s: %d %s", name, code, stderr)
		}
		golden(t, "explain/"+name+".txt", strings.ReplaceAll(stdout, filepath.Dir(config)+"/", ""))
		var answer explain.Explanation
		_, stdout, _ = sluice(t, append([]string{"explain", "--json", "--config", config, file}, c.args...)...)
		if err := json.Unmarshal([]byte(stdout), &answer); err != nil || answer.Accepted() != (c.code == 0) || answer.Total < len(answer.Violations) {
			t.Errorf("%s: %v %s", name, err, stdout)
		}
	}
}

// TestExplainFromKafka explains a raw record and its dead letter.
func TestExplainFromKafka(t *testing.T) {
	t.Parallel()
	cluster, client := kafka(t, []string{
		"shop.events", "shop.wired", "shop.refunds.v1", "shop.vip.v1", "shop.orders.v1", "shop.wired.v1",
		"shop.refunds.v1.dlq", "shop.vip.v1.dlq", "shop.orders.v1.dlq", "shop.wired.v1.dlq", "shop.unmatched",
	})
	config := explainFiles(t, cluster.ListenAddrs()[0])
	r := &kgo.Record{Topic: "shop.events", Key: []byte("k\x1b1"), Value: []byte(`{"kind":"order","id":0,"lines":[]}`), Headers: []kgo.RecordHeader{{Key: "type", Value: []byte("x")}}}
	if err := client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
		t.Fatal(err)
	}
	service := runService(t, "--config", config)
	consume(t, cluster.ListenAddrs(), "shop.orders.v1.dlq", 1)
	if code := service.end(); code != 0 {
		t.Fatal(service.stderr)
	}
	times := regexp.MustCompile(`20\d\d-\d\d-\d\dT[0-9:.]*Z`)
	for topic, name := range map[string]string{"shop.events": "from-input", "shop.orders.v1.dlq": "from-dlq"} {
		code, stdout, stderr := sluice(t, "explain", "--config", config, "--from", topic+":0:0")
		if code != 1 || stderr != "" {
			t.Errorf("%s: %d %s", topic, code, stderr)
		}
		golden(t, "explain/"+name+".txt", times.ReplaceAllString(strings.ReplaceAll(stdout, filepath.Dir(config)+"/", ""), "TIME"))
	}
	for from, want := range map[string]string{
		"shop.events:0:1":     "has the offsets 0 to 0, not 1",
		"shop.events:7:0":     "has no partition 7",
		"shop.vip.v1:0:0":     "is empty",
		"shop.nothing:0:0":    "shop.nothing",
		"shop.events:0":       "write TOPIC:PARTITION:OFFSET",
		"shop.events:0:first": "as numbers",
	} {
		if code, _, stderr := sluice(t, "explain", "--config", config, "--from", from); code != 2 || !strings.Contains(stderr, want) {
			t.Errorf("%s: %d %s", from, code, stderr)
		}
	}
}

func TestExplainMistakes(t *testing.T) {
	t.Parallel()
	config := explainFiles(t, "127.0.0.1:1")
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "say where the record comes from with --topic: one of shop.events, shop.wired"},
		{[]string{"--topic", "shop.event"}, "choose one of shop.events, shop.wired"},
		{[]string{"--product", "order"}, "choose one of refunds, vip, orders, wired"},
		{[]string{"--product", "orders", "missing.json"}, "missing.json"},
		{[]string{"--product", "orders", "--header", "type"}, "write NAME=VALUE"},
		{[]string{"--product", "orders", "--line", "3"}, "has 1 line, not 3"},
		{[]string{"--product", "orders", "--line", "-3"}, "count from 1"},
		{[]string{"--from", "a:0:0", "--key", "k"}, "--from names a whole record"},
		{[]string{"one.json", "two.json"}, "takes one file"},
	} {
		code, stdout, stderr := sluice(t, append([]string{"explain", "--config", config}, c.args...)...)
		if code != 2 || !strings.Contains(stderr, c.want) || stdout != "" {
			t.Errorf("%v: %d %s%s, want %s", c.args, code, stdout, stderr, c.want)
		}
	}
}

// TestExplainInColor paints only where it is asked to.
func TestExplainInColor(t *testing.T) {
	t.Parallel()
	e := &explain.Explanation{Topic: "in", Product: "p", Outcome: "accepted", To: "out"}
	for color, want := range map[bool]bool{true: true, false: false} {
		var b strings.Builder
		(&explain.Text{W: &b, Color: color}).Print(e)
		if strings.Contains(b.String(), "\x1b[") != want {
			t.Errorf("color %t: %s", color, fmt.Sprintf("%q", b.String()))
		}
	}
}
