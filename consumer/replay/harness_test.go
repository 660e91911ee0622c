package replay_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/consumer/replay"
	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/router/deadletter"
	"github.com/sluicedata/sluice/schemas"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const partitions = 3

const domain = `
domain: test
kafka: {brokers: [%q], compression: none, linger: 0s}
products:
  - {name: orders, input: orders.in, schema: id.json, output: orders}
  - {name: refunds, input: refunds.in, schema: id.json, output: refunds, tombstones: drop}
  - {name: payments, input: payments.in, match: {header: type, equals: payment}, schema: id.json, output: payments}
unmatched: {action: dead_letter, topic: unmatched}
`

// strict takes a positive id, loose any whole number.
const (
	strict = `{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "required": ["id"], "properties": {"id": {"type": "integer", "minimum": 1}}}`
	loose  = `{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}`
)

var topics = []string{
	"orders.in", "orders", "orders.dlq", "orders.dlq.parked", "refunds.in", "refunds", "refunds.dlq", "refunds.dlq.parked",
	"payments.in", "payments", "payments.dlq", "unmatched", "elsewhere",
}

// bench is an embedded Kafka with the topics of the domain.
type bench struct {
	testing.TB
	kafka  *kfake.Cluster
	client *kgo.Client
	// exactly says that the service, and so its replays, deliver exactly once.
	exactly bool
	// encoder is the service's.
	encoder *deadletter.Encoder
	next    int64 // offset of the next source
	tables  map[string]*router.Table
}

// deliveries runs a test once per guarantee.
func deliveries(t *testing.T, f func(b *bench)) {
	t.Parallel()
	for name, exactly := range map[string]bool{"at least once": false, "exactly once": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.exactly = exactly
			f(b)
		})
	}
}

func newBench(t testing.TB) *bench {
	t.Helper()
	kafka, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(partitions, topics...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(kafka.Close)
	client, err := kgo.NewClient(kgo.SeedBrokers(kafka.ListenAddrs()...), kgo.ProducerLinger(0),
		kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.MetadataMinAge(20*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return &bench{
		TB: t, kafka: kafka, client: client, tables: make(map[string]*router.Table),
		encoder: deadletter.NewEncoder(deadletter.Options{
			Domain: "test", Group: "sluice-test", Version: "v0", Conventions: []config.Convention{config.ConventionKafka}, HeaderBytes: 16 << 10,
		}),
	}
}

// options are those of an applied replay to the product.
func (b *bench) options(schema string) replay.Options {
	b.Helper()
	folder := b.TempDir()
	for name, text := range map[string]string{
		"id.json": schema, "sluice.yaml": fmt.Sprintf(domain, b.kafka.ListenAddrs()[0]),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	cfg, err := config.Load(filepath.Join(folder, "sluice.yaml"))
	if err != nil {
		b.Fatal(err)
	}
	if b.exactly {
		cfg.Delivery = config.ExactlyOnce
	}
	set, err := schemas.Load(cfg)
	if err != nil {
		b.Fatal(err)
	}
	table, err := router.Compile(cfg, set)
	if err != nil {
		b.Fatal(err)
	}
	return replay.Options{
		Config: cfg, Table: table, Version: "v1", Apply: true, To: replay.ToProduct, MaxAttempts: 5,
		ClientOpts: []kgo.Opt{
			kgo.MetadataMinAge(20 * time.Millisecond),
			kgo.RetryBackoffFn(func(int) time.Duration { return 20 * time.Millisecond }),
		},
	}
}

// run runs a replay that must end well, with this many of each fate.
func (b *bench) run(o replay.Options, recovered, bad, parked, skipped int64) *replay.Result {
	b.Helper()
	result, err := replay.Run(b.Context(), o)
	if err != nil {
		b.Fatal(err)
	}
	want := replay.Counts{Recovered: recovered, StillBad: bad, Parked: parked, Skipped: skipped}
	if result.Counts != want || result.Read != want.Total() {
		b.Fatalf("got %+v of %d, want %+v", result.Counts, result.Read, want)
	}
	return result
}

// stamp is the timestamp of source number n.
func stamp(n int) time.Time { return time.UnixMilli(1_700_000_000_000 + int64(n)) }

// source is a record of an input as it was before it failed.
func (b *bench) source(topic, value string, n int) *kgo.Record {
	b.next++
	return &kgo.Record{
		Topic: topic, Partition: int32(n % partitions), Offset: b.next, Timestamp: stamp(n),
		Key: fmt.Appendf(nil, "key-%d", n%6), Value: []byte(value),
		Headers: []kgo.RecordHeader{{Key: "trace", Value: fmt.Appendf(nil, "%d", n)}, {Key: "trace"}},
	}
}

// fail makes the dead letter that the service with a contract would write.
func (b *bench) fail(schema string, r *kgo.Record) *kgo.Record {
	b.Helper()
	if b.tables[schema] == nil {
		b.tables[schema] = b.options(schema).Table
	}
	d := b.tables[schema].Decide(r.Topic, replay.Record{Kafka: r})
	if d.Outcome != router.DeadLettered {
		b.Fatalf("%s is %s", r.Value, d.Outcome)
	}
	letter := b.encoder.Encode(r, deadletter.Source{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Timestamp: r.Timestamp},
		deadletter.Failure{
			Product: d.Route.Product, Schema: d.Route.Schema, SchemaSHA256: d.Route.SchemaSHA256,
			Reason: d.Reason, Stage: d.Stage, Verdict: d.Verdict,
		}, d.Topic, time.Now())
	letter.Partition = r.Partition
	return letter
}

// flood writes dead letters of orders with the ids, which strict refuses if
// they are not positive, and returns their sources.
func (b *bench) flood(ids ...int) []*kgo.Record {
	b.Helper()
	var sources, letters []*kgo.Record
	for i, id := range ids {
		source := b.source("orders.in", fmt.Sprintf(`{ "id": %d }`, id), i)
		sources = append(sources, source)
		letters = append(letters, b.fail(strict, source))
	}
	b.send(letters...)
	return sources
}

func (b *bench) send(records ...*kgo.Record) {
	b.Helper()
	if err := b.client.ProduceSync(b.Context(), records...).FirstErr(); err != nil {
		b.Fatal(err)
	}
}

// read returns what a reader of committed records finds in a topic, partition
// by partition.
func (b *bench) read(topic string) []*kgo.Record {
	b.Helper()
	admin := kadm.NewClient(b.client)
	ends, err := admin.ListCommittedOffsets(b.Context(), topic)
	if err != nil {
		b.Fatal(err)
	}
	var all []*kgo.Record
	for _, end := range ends.Offsets().Sorted() {
		if end.At == 0 {
			continue
		}
		reader, err := kgo.NewClient(kgo.SeedBrokers(b.kafka.ListenAddrs()...), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
			kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {end.Partition: kgo.NewOffset().AtStart()}}))
		if err != nil {
			b.Fatal(err)
		}
		for next := int64(0); next < end.At; {
			fetches := reader.PollFetches(b.Context())
			if err := fetches.Err(); err != nil {
				b.Fatal(err)
			}
			fetches.EachRecord(func(r *kgo.Record) {
				next = r.Offset + 1
				if !r.Attrs.IsControl() {
					all = append(all, r)
				}
			})
		}
		reader.Close()
	}
	return all
}

// lag is how far the replays' group is behind a topic's ends.
func (b *bench) lag(topic string) int64 {
	b.Helper()
	admin := kadm.NewClient(b.client)
	ends, err := admin.ListCommittedOffsets(b.Context(), topic)
	if err != nil {
		b.Fatal(err)
	}
	offsets, err := admin.FetchOffsets(b.Context(), "sluice-test-replay")
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		b.Fatal(err)
	}
	lag := int64(0)
	for _, end := range ends.Offsets().Sorted() {
		at := int64(0)
		if o, ok := offsets.Lookup(topic, end.Partition); ok {
			at = o.At
		}
		lag += end.At - at
	}
	return lag
}

// same holds records equal to their sources: key, value, headers, timestamp;
// each once.
func (b *bench) same(got, sources []*kgo.Record) {
	b.Helper()
	text := func(r *kgo.Record) string {
		return fmt.Sprintf("%q %q %q %d", r.Key, r.Value, r.Headers, r.Timestamp.UnixMilli())
	}
	want := make(map[string]int)
	for _, r := range sources {
		want[text(r)]++
	}
	for _, r := range got {
		want[text(r)]--
	}
	for text, n := range want {
		if n != 0 {
			b.Errorf("%s is there %d times too few", text, n)
		}
	}
}

// decode reads dead letters.
func (b *bench) decode(records []*kgo.Record) []deadletter.Envelope {
	b.Helper()
	var list []deadletter.Envelope
	for _, r := range records {
		e, err := deadletter.Decode(r)
		if err != nil {
			b.Fatal(err)
		}
		list = append(list, e)
	}
	return list
}

func sourceOf(r *kgo.Record) deadletter.Source {
	return deadletter.Source{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Timestamp: r.Timestamp}
}

func failure(product string, reason router.Reason) deadletter.Failure {
	return deadletter.Failure{Product: product, Schema: product + "@1", Reason: reason, Stage: router.StageValidate}
}

// set changes a topic's setting.
func (b *bench) set(topic, name, value string) {
	b.Helper()
	answers, err := kadm.NewClient(b.client).AlterTopicConfigs(b.Context(), []kadm.AlterConfig{{Op: kadm.SetConfig, Name: name, Value: &value}}, topic)
	if err == nil {
		_, err = answers.On(topic, nil)
	}
	if err != nil {
		b.Fatal(err)
	}
}
