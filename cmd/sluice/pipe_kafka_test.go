package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/cmd/sluice/internal/pipe"
	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/router/deadletter"
)

// raw is a record that has a line: no tombstone, and no newline in its value.
type raw struct {
	topic, line string
	prefix      string // of the value, before the line
	key         *string
	headers     []string // NAME=VALUE
}

const registryPrefix = "\x00\x00\x00\x01\x02"

// mutants are lines with a fault each, made of a good one, and the line.
func mutants(line string) []string {
	list := []string{line, line[:len(line)/2], line + "]", " " + line + " ", strings.Replace(line, `":`, `":[],"x":`, 1), "null", "{}"}
	if i := strings.IndexAny(line, "123456789"); i >= 0 {
		list = append(list, line[:i]+"-"+line[i:], line[:i]+`"`+line[i:i+1]+`"`+line[i+1:])
	}
	return append(list, strings.Replace(line, `"`, "\"\xff", 1), strings.Repeat("[", 100), strings.Repeat(" ", 70_000)+line)
}

// fixtureLines are the fixtures below a folder as lines, by the folder's path
// in examples: order for examples/valid/order and examples/invalid/order.
func fixtureLines(t *testing.T, examples string) map[string][]string {
	t.Helper()
	lines := map[string][]string{}
	err := filepath.WalkDir(examples, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) == ".md" {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(examples, filepath.Dir(name))
		if err != nil {
			return err
		}
		_, folder, _ := strings.Cut(filepath.ToSlash(rel), "/")
		if filepath.Ext(name) == ".json" {
			text = bytes.ReplaceAll(text, []byte("\n"), []byte(" "))
		}
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimRight(line, "\n"); strings.TrimSpace(line) != "" {
				lines[folder] = append(lines[folder], line)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// shared reads data that lies beside the repository, if it does.
func shared(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../../shared/data", name))
	if err != nil {
		t.Logf("without %s: %v", name, err)
		return nil
	}
	return slices.Collect(strings.SplitSeq(strings.TrimSpace(string(text)), "\n"))
}

// TestPipeDecidesAsTheServiceDoes runs the service of each example domain, and
// of one with all that they lack, on an embedded Kafka, and pipe on the same
// records: for each, what became of it must be the same, and of a dead letter
// reason, violations and fingerprint too.
func TestPipeDecidesAsTheServiceDoes(t *testing.T) {
	t.Parallel()
	examples := "../../schemas/examples"
	t.Run("sales", func(t *testing.T) {
		t.Parallel()
		var records []raw
		for folder, topic := range map[string]string{"order": "shop.orders", "refund": "shop.refunds"} {
			for _, line := range fixtureLines(t, examples+"/sales/schemas/examples")[folder] {
				for _, m := range mutants(line) {
					records = append(records, raw{topic: topic, line: m})
				}
			}
		}
		for i, line := range shared(t, "orders/instances.jsonl") {
			if i%7 == 0 {
				line = mutants(line)[i/7%11]
			}
			records = append(records, raw{topic: "shop.orders", line: line})
		}
		compareWithService(t, examples+"/sales", records)
	})
	t.Run("code-hosting", func(t *testing.T) {
		t.Parallel()
		var records []raw
		add := func(event, line string) {
			records = append(records, raw{topic: "github.webhooks", line: line, headers: []string{"X-GitHub-Event=" + event}})
		}
		for folder, lines := range fixtureLines(t, examples+"/code-hosting/schemas/examples") {
			event := strings.TrimRight(strings.TrimSuffix(strings.TrimPrefix(folder, "webhooks/"), "event"), "_$")
			for i, line := range lines {
				add(event, line)
				add(event, mutants(line)[1+i%10])
			}
		}
		for _, line := range shared(t, "octokit-webhooks/instances.jsonl") {
			var d struct {
				Event string
				Data  json.RawMessage
			}
			if err := json.Unmarshal([]byte(line), &d); err != nil {
				t.Fatal(err)
			}
			add(d.Event, string(d.Data))
		}
		add("unheard-of", "{}")
		records = append(records, raw{topic: "github.webhooks", line: "{}"})
		compareWithService(t, examples+"/code-hosting", records)
	})
	t.Run("rest", func(t *testing.T) {
		t.Parallel()
		dir := write(t, map[string]string{"id.json": `{"required":["id"],"properties":{"id":{"type":"integer"}}}`, "sluice.yaml": `domain: rest
kafka:
  brokers: ["${SLUICE_BROKERS:localhost:9092}"]
http:
  listen: "${SLUICE_HTTP_LISTEN:127.0.0.1:9464}"
unmatched: { action: drop }
products:
  - { name: typed, input: in, match: { field: /type, in: [a, b] }, schema: id.json, output: typed, duplicate_names: last }
  - { name: keyed, input: [in, in2], match: { key: true, prefix: k- }, schema: id.json, output: keyed }
  - { name: wired, input: in3, match: { field: /type, regex: "^[ab]" }, schema: id.json, output: wired, wire_format: confluent }
`})
		key := "k-1"
		var records []raw
		for _, line := range []string{`{"type":"a","id":1}`, `{"type":"b"}`, `{"type":"c","id":1}`, `{"type":"a","type":"b","id":2}`, `{"id":"x"}`, "null"} {
			for _, m := range mutants(line) {
				records = append(records, raw{topic: "in", line: m}, raw{topic: "in", line: m, key: &key}, raw{topic: "in2", line: m, key: &key},
					raw{topic: "in3", line: m, prefix: registryPrefix})
			}
		}
		compareWithService(t, dir, records)
	})
}

// compareWithService judges records on both ways.
func compareWithService(t *testing.T, domain string, records []raw) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(domain)); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "sluice.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	outputs := map[string]bool{cfg.Unmatched.Topic: true}
	inputs := map[string]bool{}
	for _, p := range cfg.Products {
		outputs[p.Output], outputs[p.DLQ] = true, true
		for _, in := range p.Input {
			inputs[in] = true
		}
	}
	delete(outputs, "")
	cluster, client := kafka(t, slices.Concat(slices.Collect(maps.Keys(inputs)), slices.Collect(maps.Keys(outputs))))
	brokers := cluster.ListenAddrs()
	edited := strings.NewReplacer("${SLUICE_BROKERS:localhost:9092}", brokers[0], "${SLUICE_HTTP_LISTEN:127.0.0.1:9464}", "127.0.0.1:0").Replace(string(text)) +
		"\nlimits: { record_bytes: 64KiB }\ncommit_interval: 50ms\n"
	if err := os.WriteFile(file, []byte(edited), 0o600); err != nil {
		t.Fatal(err)
	}

	// Pipe: once for each topic, key and headers.
	want := make([]pipe.Verdict, len(records))
	groups := map[string][]int{}
	offsets := map[string][]int{} // records of each topic
	for i, r := range records {
		id := fmt.Sprintf("%s %v %q", r.topic, r.key != nil, r.headers)
		groups[id] = append(groups[id], i)
		offsets[r.topic] = append(offsets[r.topic], i)
	}
	g, err := load(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, group := range groups {
		first := records[group[0]]
		judge, err := pipe.ByProduct(g.cfg, g.table, pipe.Lines{Topic: first.topic, Key: first.key, Headers: first.headers})
		if err != nil {
			t.Fatal(err)
		}
		var lines strings.Builder
		for _, i := range group {
			lines.WriteString(records[i].line + "\n")
		}
		source, err := pipe.NewSource("", strings.NewReader(lines.String()))
		if err != nil {
			t.Fatal(err)
		}
		var report bytes.Buffer
		if _, err := pipe.Run(t.Context(), pipe.Options{
			Judge: judge, Named: true, RecordBytes: int(g.cfg.Limits.RecordBytes), Sources: []*pipe.Source{source}, Report: &report,
		}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(report.String()) {
			var v pipe.Verdict
			if err := json.Unmarshal([]byte(line), &v); err != nil {
				t.Fatal(err)
			}
			want[group[v.Line-1]] = v
		}
	}

	// The service.
	for topic, list := range offsets {
		var batch []*kgo.Record
		for _, i := range list {
			r := &kgo.Record{Topic: topic, Value: []byte(records[i].prefix + records[i].line), Headers: []kgo.RecordHeader{}}
			if records[i].key != nil {
				r.Key = []byte(*records[i].key)
			}
			for _, h := range records[i].headers {
				name, value, _ := strings.Cut(h, "=")
				r.Headers = append(r.Headers, kgo.RecordHeader{Key: name, Value: []byte(value)})
			}
			batch = append(batch, r)
		}
		if err := client.ProduceSync(t.Context(), batch...).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	service := runService(t, "--config", file)
	admin := kadm.NewClient(client)
	eventually(t, "all is committed", func() bool {
		committed, err := admin.FetchOffsets(t.Context(), cfg.Kafka.Group)
		if err != nil {
			return false
		}
		for topic, list := range offsets {
			if o, ok := committed.Lookup(topic, 0); !ok || o.At != int64(len(list)) {
				return false
			}
		}
		return true
	})
	if code := service.end(); code != 0 {
		t.Fatalf("exit code %d: %s", code, service.stderr)
	}
	got := outcomes(t, cluster, client, cfg, offsets)

	seen := map[string]int{}
	for i, r := range records {
		w := want[i]
		seen[w.Outcome]++
		seen[w.Reason]++
		switch g := got[i]; {
		case w.Outcome == "accepted" || w.Outcome == "dropped":
			if g != nil {
				t.Errorf("%s %.200q: pipe says %s for %s, the service dead-lettered it for %s: %v", r.topic, r.line, w.Outcome, w.Product, g.Product, g.Reason)
			}
		case g == nil:
			t.Errorf("%s %.200q: pipe says %s for %s, the service did not dead-letter it", r.topic, r.line, w.Reason, w.Product)
		case g.Product != w.Product || g.Reason.String() != w.Reason || g.Fingerprint != w.Fingerprint || g.ViolationsTotal != w.Total ||
			len(g.Violations) != len(w.Violations) || len(g.Violations) > 0 && !reflect.DeepEqual(g.Violations, w.Violations) ||
			w.Offset != nil && *w.Offset > 0 && !strings.HasSuffix(g.Message, " at byte "+strconv.Itoa(*w.Offset+len(r.prefix))):
			t.Errorf("%s %.200q:\npipe    %+v\nservice %+v", r.topic, r.line, w, *g)
		}
	}
	accepted := map[string][]string{}
	for _, list := range offsets {
		for _, i := range list {
			if want[i].Outcome == "accepted" {
				accepted[want[i].Product] = append(accepted[want[i].Product], records[i].prefix+records[i].line)
			}
		}
	}
	for _, p := range cfg.Products {
		var values []string
		for _, r := range topicRecords(t, cluster, client, p.Output) {
			values = append(values, string(r.Value))
		}
		if len(p.Input) > 1 { // whose records may come in any order
			slices.Sort(values)
			slices.Sort(accepted[p.Name])
		}
		if !slices.Equal(values, accepted[p.Name]) {
			t.Errorf("product %s holds %d records, pipe accepts %d", p.Name, len(values), len(accepted[p.Name]))
		}
	}
	t.Logf("%d records: %v", len(records), seen)
	if len(seen) < 5 {
		t.Errorf("too little is compared: %v", seen)
	}
}

// outcomes returns the dead letters by the index of their records.
func outcomes(t *testing.T, cluster *kfake.Cluster, client *kgo.Client, cfg *config.Config, offsets map[string][]int) map[int]*deadletter.Envelope {
	t.Helper()
	topics := map[string]bool{cfg.Unmatched.Topic: true}
	for _, p := range cfg.Products {
		topics[p.DLQ] = true
	}
	delete(topics, "")
	got := map[int]*deadletter.Envelope{}
	for topic := range topics {
		for _, r := range topicRecords(t, cluster, client, topic) {
			e, err := deadletter.Decode(r)
			if err != nil {
				t.Fatal(err)
			}
			got[offsets[e.FailedIn.Topic][e.FailedIn.Offset]] = &e
		}
	}
	return got
}

// topicRecords reads all of a topic.
func topicRecords(t *testing.T, cluster *kfake.Cluster, client *kgo.Client, topic string) []*kgo.Record {
	t.Helper()
	ends, err := kadm.NewClient(client).ListEndOffsets(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	end, _ := ends.Lookup(topic, 0)
	return consume(t, cluster.ListenAddrs(), topic, int(end.Offset))
}
