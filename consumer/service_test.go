package consumer

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// header returns the last header of a name.
func header(r *kgo.Record, name string) string {
	v, _ := record{r}.Header(name)
	return string(v)
}

// TestEveryRecordGoesWhereItBelongs runs a service over good, bad, unmatched
// and null records, and holds topics, books and metrics against each other.
func TestEveryRecordGoesWhereItBelongs(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	payment := kgo.RecordHeader{Key: "type", Value: []byte("payment")}
	twice := []kgo.RecordHeader{payment, {Key: "a", Value: []byte("1")}, {Key: "a", Value: nil}, {Key: "", Value: []byte{0xff}}}
	first := &kgo.Record{Topic: "payments.in", Key: []byte("k"), Value: []byte(` { "id" : 1.0 } `), Headers: twice}
	b.send(
		first,
		&kgo.Record{Topic: "payments.in", Key: []byte("k"), Value: []byte(`{"id":"x"}`), Headers: twice},
		&kgo.Record{Topic: "payments.in", Value: []byte(`{"id":3}`)},
		&kgo.Record{Topic: "payments.in", Key: []byte("k"), Headers: twice}, // a tombstone goes through
		&kgo.Record{Topic: "refunds.in", Key: []byte("k")},                  // and here it is dropped
		&kgo.Record{Topic: "refunds.in", Key: []byte("k"), Value: []byte(`{"id":`)},
		&kgo.Record{Topic: "orders.in", Value: []byte{}},
	)
	b.send(goods("orders.in", 0, 30)...)
	m := b.start()
	for _, topic := range []string{"orders.in", "payments.in", "refunds.in"} {
		b.caughtUp(topic)
	}
	b.inOrder("orders", 0, 30)

	payments := b.read("payments")
	if len(payments) != 2 || payments[1].Value != nil {
		t.Fatalf("payments are %v", payments)
	}
	if got := payments[0]; !bytes.Equal(got.Key, first.Key) || !bytes.Equal(got.Value, first.Value) ||
		fmt.Sprint(got.Headers) != fmt.Sprint(first.Headers) || !got.Timestamp.Equal(first.Timestamp) {
		t.Errorf("the payment came out as %v, want %v", got, first)
	}
	f := func(topic, reason, keyword string, value string) {
		t.Helper()
		list := b.read(topic)
		if len(list) != 1 {
			t.Errorf("%s holds %d records, want 1", topic, len(list))
			return
		}
		if got := header(list[0], "sluice.reason"); got != reason || string(list[0].Value) != value {
			t.Errorf("%s holds %q for %s, want %q for %s", topic, list[0].Value, got, value, reason)
		}
		if got := header(list[0], "sluice.violations"); !strings.Contains(got, keyword) {
			t.Errorf("%s names %s, want %s", topic, got, keyword)
		}
	}
	f("payments.dlq", "schema_violation", `"type"`, `{"id":"x"}`)
	f("refunds.dlq", "malformed_json", "", `{"id":`)
	f("orders.dlq", "malformed_json", "", "")
	f("unmatched", "unroutable", "", `{"id":3}`)

	want := `# HELP sluice_records_processed_total Records with an outcome, counted at the acknowledgement.
# TYPE sluice_records_processed_total counter
sluice_records_processed_total{outcome="accepted",product="_unmatched"} 0
sluice_records_processed_total{outcome="accepted",product="orders"} 30
sluice_records_processed_total{outcome="accepted",product="payments"} 2
sluice_records_processed_total{outcome="accepted",product="refunds"} 0
sluice_records_processed_total{outcome="dead_lettered",product="_unmatched"} 1
sluice_records_processed_total{outcome="dead_lettered",product="orders"} 1
sluice_records_processed_total{outcome="dead_lettered",product="payments"} 1
sluice_records_processed_total{outcome="dead_lettered",product="refunds"} 1
sluice_records_processed_total{outcome="dropped",product="_unmatched"} 0
sluice_records_processed_total{outcome="dropped",product="orders"} 0
sluice_records_processed_total{outcome="dropped",product="payments"} 0
sluice_records_processed_total{outcome="dropped",product="refunds"} 1
# HELP sluice_records_consumed_total Records polled from the inputs.
# TYPE sluice_records_consumed_total counter
sluice_records_consumed_total{product="_unmatched"} 1
sluice_records_consumed_total{product="orders"} 31
sluice_records_consumed_total{product="payments"} 3
sluice_records_consumed_total{product="refunds"} 2
# HELP sluice_inflight_records Records polled and not settled.
# TYPE sluice_inflight_records gauge
sluice_inflight_records 0
# HELP sluice_assigned_partitions Input partitions that this member owns.
# TYPE sluice_assigned_partitions gauge
sluice_assigned_partitions{topic="orders.in"} 3
sluice_assigned_partitions{topic="payments.in"} 3
sluice_assigned_partitions{topic="refunds.in"} 3
# HELP sluice_ready Whether the service is ready.
# TYPE sluice_ready gauge
sluice_ready 1
# HELP sluice_product_info The data products of this service; always 1.
# TYPE sluice_product_info gauge
sluice_product_info{dlq="unmatched",input="payments.in",output="",product="_unmatched"} 1
sluice_product_info{dlq="orders.dlq",input="orders.in",output="orders",product="orders"} 1
sluice_product_info{dlq="payments.dlq",input="payments.in",output="payments",product="payments"} 1
sluice_product_info{dlq="refunds.dlq",input="refunds.in",output="refunds",product="refunds"} 1
`
	err := testutil.GatherAndCompare(m.registry, strings.NewReader(want), "sluice_records_processed_total",
		"sluice_records_consumed_total", "sluice_inflight_records", "sluice_assigned_partitions", "sluice_ready", "sluice_product_info")
	if err != nil {
		t.Error(err)
	}
	problems, err := testutil.GatherAndLint(m.registry)
	if err != nil {
		t.Fatal(err)
	}
	// kprom's own two names, and nothing else.
	var complaints []string
	for _, p := range problems {
		complaints = append(complaints, p.Metric+": "+p.Text)
	}
	slices.Sort(complaints)
	want = `sluice_kafka_buffered_fetch_records_total: non-counter metrics should not have "_total" suffix
sluice_kafka_buffered_produce_records_total: non-counter metrics should not have "_total" suffix`
	if got := strings.Join(complaints, "\n"); got != want {
		t.Errorf("the linter says\n%s\nwant\n%s", got, want)
	}
	m.stop()
	if got, want := fmt.Sprint(m.product("payments").Rejected), "[{schema_violation type 1}]"; got != want {
		t.Errorf("payments were rejected for %s, want %s", got, want)
	}
	for _, p := range m.Status().Products {
		if p.InFlight != 0 || p.Released != 0 {
			t.Errorf("the books of %s do not balance: %+v", p.Product, p)
		}
	}
	if n := b.count("orders"); n != 30 {
		t.Errorf("orders holds %d records after the stop, want 30", n)
	}
}

// TestAStopMakesNoDuplicates stops members in the midst of traffic, one after
// another.
func TestAStopMakesNoDuplicates(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const all = 6000
	b.send(goods("orders.in", 0, all)...)
	for stops := 1; ; stops++ {
		// Small enough to be busy for a while.
		m := b.start(inFlight(200))
		b.eventually("some records went through", func() bool { return b.count("orders") > min(stops*1000, all-1) })
		m.stop()
		if b.count("orders") == all {
			break
		}
	}
	if again := b.inOrder("orders", 0, all); again != 0 {
		t.Errorf("%d records came out twice", again)
	}
	b.caughtUp("orders.in")
}

// TestAStopAtTheStartLeavesTheGroup stops between the making of the client and
// the first poll.
func TestAStopAtTheStartLeavesTheGroup(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m := b.prepare()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b.kafka.ControlKey(int16(kmsg.DescribeConfigs), func(kmsg.Request) (kmsg.Response, error, bool) {
		cancel()
		return nil, nil, false
	})
	if err := m.Run(ctx); err != nil {
		t.Fatalf("ended with %v", err)
	}
	if m.kafka().Ping(t.Context()) == nil {
		t.Error("the client is left open")
	}
}

// TestAStopWithoutBrokersEndsInTime stops while no broker answers and records
// are under way.
func TestAStopWithoutBrokersEndsInTime(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.send(goods("orders.in", 0, 30)...)
	m := b.start()
	b.caughtUp("orders.in")
	b.send(goods("orders.in", 30, 3000)...)
	b.away.Store(true)
	started := time.Now()
	m.stop()
	if took := time.Since(started); took > m.cfg.ShutdownTimeout {
		t.Errorf("the stop took %s, allowed are %s", took, m.cfg.ShutdownTimeout)
	}
}
