package consumer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/schemas"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come.
const patience = 25 * time.Second

// domain is what the tests run: orders and refunds with an input of their own
// each, and payments, which share theirs with what belongs to nobody.
const domain = `
domain: test
kafka:
  brokers: [%q]
  compression: none
  linger: 0s
  session_timeout: 6s
commit_interval: 20ms
shutdown_timeout: 10s
products:
  - {name: orders, input: orders.in, schema: id.json, output: orders}
  - {name: refunds, input: refunds.in, schema: id.json, output: refunds, tombstones: drop}
  - {name: payments, input: payments.in, match: {header: type, equals: payment}, schema: id.json, output: payments}
unmatched: {action: dead_letter, topic: unmatched}
`

const idSchema = `{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}`

// bench is an embedded Kafka with the topics of the domain.
type bench struct {
	testing.TB
	kafka  *kfake.Cluster
	client *kgo.Client // of the test
	away   atomic.Bool // the brokers answer nobody
	// delivery of the members that start, and how many did.
	delivery config.Delivery
	members  atomic.Int32
	// clientOpts are of the clients of the members that start.
	clientOpts []kgo.Opt
}

// inBoth runs a test with each delivery.
func inBoth(t *testing.T, test func(t *testing.T, newBench func(t testing.TB, without ...string) *bench)) {
	t.Parallel()
	for _, delivery := range []config.Delivery{config.AtLeastOnce, config.ExactlyOnce} {
		t.Run(string(delivery), func(t *testing.T) {
			t.Parallel()
			test(t, func(t testing.TB, without ...string) *bench {
				b := newBench(t, without...)
				b.delivery = delivery
				return b
			})
		})
	}
}

// partitions of every topic.
const partitions = 3

func newBench(t testing.TB, without ...string) *bench {
	t.Helper()
	return newBenchOn(t, nil, without...)
}

// newBenchOn is newBench on a cluster with options of its own.
func newBenchOn(t testing.TB, opts []kfake.Opt, without ...string) *bench {
	t.Helper()
	b := &bench{TB: t, delivery: config.AtLeastOnce}
	var topics []string
	for _, topic := range []string{
		"orders.in", "orders", "orders.dlq", "refunds.in", "refunds", "refunds.dlq",
		"payments.in", "payments", "payments.dlq", "unmatched",
	} {
		if !strings.Contains(" "+strings.Join(without, " ")+" ", " "+topic+" ") {
			topics = append(topics, topic)
		}
	}
	var err error
	b.kafka, err = kfake.NewCluster(append(opts, kfake.NumBrokers(1), kfake.SeedTopics(partitions, topics...))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.kafka.Close)
	b.kafka.Control(func(kmsg.Request) (kmsg.Response, error, bool) {
		if b.away.Load() {
			b.kafka.KeepControl()
			return nil, errors.New("away"), true
		}
		return nil, nil, false
	})
	b.client, err = kgo.NewClient(kgo.SeedBrokers(b.kafka.ListenAddrs()...),
		kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerLinger(0), kgo.MetadataMinAge(20*time.Millisecond),
		kgo.DisableIdempotentWrite(), kgo.MaxProduceRequestsInflightPerBroker(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.client.Close)
	return b
}

// create creates a topic as the cluster's administrator would.
func (b *bench) create(topic string, configs map[string]string) {
	b.Helper()
	if err := b.kafka.CreateTopic(topic, partitions, configs); err != nil {
		b.Fatal(err)
	}
}

// send writes records to inputs, in order.
func (b *bench) send(records ...*kgo.Record) {
	b.Helper()
	if err := b.client.ProduceSync(b.Context(), records...).FirstErr(); err != nil {
		b.Fatal(err)
	}
}

// good returns a valid record whose key names its partition.
func good(topic string, id int) *kgo.Record {
	p := id % partitions
	return &kgo.Record{
		Topic: topic, Partition: int32(p), Key: fmt.Appendf(nil, "key-%d", p), Value: fmt.Appendf(nil, `{"id":%d}`, id),
		Timestamp: time.UnixMilli(1_800_000_000_000 + int64(id)),
	}
}

// goods returns records of the ids from (included) to (excluded).
func goods(topic string, from, to int) []*kgo.Record {
	var list []*kgo.Record
	for id := from; id < to; id++ {
		list = append(list, good(topic, id))
	}
	return list
}

// read returns what a topic holds for readers of committed records, by partition.
func (b *bench) read(topic string) []*kgo.Record {
	b.Helper()
	infos := b.kafka.PartitionInfos(topic)
	var all []*kgo.Record
	for _, info := range infos {
		if info.LastStableOffset == info.LogStartOffset {
			continue
		}
		reader, err := kgo.NewClient(kgo.SeedBrokers(b.kafka.ListenAddrs()...), kgo.ConsumePartitions(
			map[string]map[int32]kgo.Offset{topic: {info.Partition: kgo.NewOffset().AtStart()}}),
			kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords())
		if err != nil {
			b.Fatal(err)
		}
		for next := info.LogStartOffset; next < info.LastStableOffset; {
			fetches := reader.PollFetches(b.Context())
			if err := fetches.Err(); err != nil {
				b.Fatal(err)
			}
			fetches.EachRecord(func(r *kgo.Record) {
				if !r.Attrs.IsControl() {
					all = append(all, r)
				}
				next = r.Offset + 1
			})
		}
		reader.Close()
	}
	return all
}

// count returns how many records a topic holds for readers of committed records.
func (b *bench) count(topic string) int {
	b.Helper()
	return len(b.read(topic))
}

// committed returns the group's offsets of a topic, -1 where there is none.
func (b *bench) committed(topic string) [partitions]int64 {
	b.Helper()
	offsets, err := kadm.NewClient(b.client).FetchOffsets(b.Context(), "sluice-test")
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		b.Fatal(err)
	}
	var at [partitions]int64
	for p := range at {
		at[p] = -1
		if o, ok := offsets.Lookup(topic, int32(p)); ok {
			at[p] = o.At
		}
	}
	return at
}

// caughtUp waits until the group's offsets of a topic are its ends.
func (b *bench) caughtUp(topic string) {
	b.Helper()
	b.eventually(topic+" is committed to its end", func() bool {
		at := b.committed(topic)
		for _, info := range b.kafka.PartitionInfos(topic) {
			if info.HighWatermark > 0 && at[info.Partition] != info.HighWatermark {
				return false
			}
		}
		return true
	})
}

// eventually waits for a condition.
func (b *bench) eventually(what string, ok func() bool) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), patience)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			b.Fatalf("waited in vain until %s", what)
		}
	}
}

// member is a running consumer.
type member struct {
	*Consumer
	b        *bench
	registry *prometheus.Registry
	logs     *observer.ObservedLogs
	cancel   context.CancelFunc
	done     chan error
}

// configure loads the domain's configuration.
func (b *bench) configure(change ...func(*config.Config)) (*config.Config, *router.Table) {
	b.Helper()
	folder := b.TempDir()
	for name, text := range map[string]string{
		"id.json": idSchema, "sluice.yaml": fmt.Sprintf(domain, b.kafka.ListenAddrs()[0]),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	cfg, err := config.Load(filepath.Join(folder, "sluice.yaml"))
	if err != nil {
		b.Fatal(err)
	}
	cfg.Delivery = b.delivery
	if b.delivery == config.ExactlyOnce {
		cfg.Kafka.InstanceID = fmt.Sprintf("member-%d", b.members.Add(1))
	}
	for _, f := range change {
		f(cfg)
	}
	set, err := schemas.Load(cfg)
	if err != nil {
		b.Fatal(err)
	}
	table, err := router.Compile(cfg, set)
	if err != nil {
		b.Fatal(err)
	}
	return cfg, table
}

// prepare makes a member that does not run yet.
func (b *bench) prepare(change ...func(*config.Config)) *member {
	b.Helper()
	cfg, table := b.configure(change...)
	core, logs := observer.New(zapcore.InfoLevel)
	m := &member{b: b, registry: prometheus.NewRegistry(), logs: logs, done: make(chan error, 1)}
	var err error
	m.Consumer, err = New(Options{
		Config: cfg, Table: table, Logger: zap.New(core), Registerer: m.registry, Version: "v0.0.0-test",
		ClientOpts: append([]kgo.Opt{
			kgo.MetadataMinAge(20 * time.Millisecond),
			kgo.RetryBackoffFn(func(int) time.Duration { return 20 * time.Millisecond }),
		}, b.clientOpts...),
	})
	if err != nil {
		b.Fatal(err)
	}
	return m
}

// start starts a member.
func (b *bench) start(change ...func(*config.Config)) *member {
	b.Helper()
	return b.run(b.prepare(change...))
}

// run runs a member that was prepared.
func (b *bench) run(m *member) *member {
	ctx, cancel := context.WithCancel(context.Background())
	m.cancel = cancel
	go func() { m.done <- m.Run(ctx) }()
	b.Cleanup(func() {
		cancel()
		if b.Failed() {
			for _, line := range m.logs.All() {
				b.Log(line.Message, line.ContextMap())
			}
		}
	})
	return m
}

// stop stops a member as a signal does; it must end well.
func (m *member) stop() {
	m.b.Helper()
	m.cancel()
	if err := m.end(); err != nil {
		m.b.Fatalf("ended with %v", err)
	}
}

// end waits for the end of a member.
func (m *member) end() error {
	m.b.Helper()
	select {
	case err := <-m.done:
		m.done <- err
		return err
	case <-time.After(patience):
		stacks := make([]byte, 1<<20)
		m.b.Fatalf("does not end:\n%s", stacks[:runtime.Stack(stacks, true)])
		return nil
	}
}

// check returns a condition of readiness.
func (m *member) check(name string) Check {
	for _, c := range m.Status().Checks {
		if c.Name == name {
			return c
		}
	}
	m.b.Fatalf("there is no check %s", name)
	return Check{}
}

// product returns a product's books, which must balance.
func (m *member) product(name string) ProductStatus {
	m.b.Helper()
	for _, p := range m.Status().Products {
		if p.Product == name {
			return p
		}
	}
	m.b.Fatalf("there is no product %s", name)
	return ProductStatus{}
}

// ids returns the ids of good records in the order in which a topic's
// partitions have them, first appearances only, and how many came again.
func ids(records []*kgo.Record) (order []int, again int) {
	seen := make(map[int]bool)
	for _, r := range records {
		var id int
		if _, err := fmt.Sscanf(string(r.Value), `{"id":%d`, &id); err != nil {
			continue
		}
		if seen[id] {
			again++
			continue
		}
		seen[id] = true
		order = append(order, id)
	}
	return order, again
}

// inOrder checks that a topic holds each id once or more, with exactly_once just
// once, and that no key went back. It returns how many came more than once.
func (b *bench) inOrder(topic string, from, to int) (again int) {
	b.Helper()
	return b.orderly(topic, to-from)
}

// orderly is inOrder for any ids, so many of them.
func (b *bench) orderly(topic string, want int) (again int) {
	b.Helper()
	order, again := ids(b.read(topic))
	if len(order) != want {
		b.Errorf("%s holds %d different records, want %d", topic, len(order), want)
	}
	if again != 0 && b.delivery == config.ExactlyOnce {
		b.Errorf("%s holds %d records twice", topic, again)
	}
	last := map[int]int{}
	for _, id := range order {
		if before, ok := last[id%partitions]; ok && before > id {
			b.Errorf("%s has %d after %d of the same key", topic, id, before)
		}
		last[id%partitions] = id
	}
	return again
}
