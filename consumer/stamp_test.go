package consumer

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/sluicedata/sluice/router"
)

// TestAClockThatBrokersContradict: brokers refuse what is of our time, as they
// do where our clock is an hour ahead. Dead letters get the time of their source
// records, and all of them come.
func TestAClockThatBrokersContradict(t *testing.T) { inBoth(t, testAClockThatBrokersContradict) }

func testAClockThatBrokersContradict(t *testing.T, newBench func(testing.TB, ...string) *bench) {
	b := newBench(t)
	const all = 600
	source := time.Now().Add(-2 * time.Hour).Truncate(time.Millisecond)
	limit := time.Now().Add(-time.Hour).UnixMilli()
	b.kafka.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "orders.dlq", Err: kerr.InvalidTimestamp, Count: -1, When: func(req kmsg.Request) bool {
		for _, topic := range req.(*kmsg.ProduceRequest).Topics {
			for _, p := range topic.Partitions {
				var batch kmsg.RecordBatch
				// A request may hold good records too, which are of the past.
				if batch.ReadFrom(p.Records) != nil || batch.MaxTimestamp > limit {
					return true
				}
			}
		}
		return false
	}})
	m := b.start()
	records := goods("orders.in", 0, all)
	for i, r := range records {
		r.Timestamp = source
		if i%3 == 0 {
			r.Value = []byte(`{"id":"x"}`)
		}
	}
	b.send(records...)
	b.caughtUp("orders.in")
	m.stop()
	letters := b.read("orders.dlq")
	if len(letters) != all/3 || b.count("orders") != all-all/3 {
		t.Errorf("%d dead letters and %d records came out", len(letters), b.count("orders"))
	}
	for _, r := range letters {
		if !r.Timestamp.Equal(source) || header(r, "sluice.failed_at") < time.UnixMilli(limit).UTC().Format(time.RFC3339) {
			t.Fatalf("a dead letter of %s, failed at %s", r.Timestamp, header(r, "sluice.failed_at"))
		}
	}
	if p := m.product("orders"); p.InFlight != 0 || p.DeadLettered != all/3 {
		t.Errorf("the books are %+v", p)
	}
}

// TestRestampChoosesAnotherTime: each refusal leads to the other of the two
// times, and after both of them the topic waits.
func TestRestampChoosesAnotherTime(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m := b.prepare()
	source := time.Now().Add(-time.Hour).Truncate(time.Millisecond)
	l := &lane{destination: m.destinations["orders.dlq"]}
	letter := &kgo.Record{Timestamp: time.Now()}
	l.queue = []entry{{record: letter, outcome: router.DeadLettered, stamp: source.UnixMilli()}}
	f := func(err error, again bool, want time.Time) {
		t.Helper()
		if got := m.restamp(l, err); got != again || letter.Timestamp.Sub(want).Abs() > time.Minute {
			t.Errorf("again: %t, stamped %s, want %t, %s", got, letter.Timestamp, again, want)
		}
	}
	f(kerr.MessageTooLarge, false, time.Now())
	f(kerr.InvalidTimestamp, true, source)
	f(kerr.InvalidTimestamp, false, time.Now())
	f(kerr.InvalidTimestamp, true, source)
	if r := m.stamps.set(&kgo.Record{Timestamp: time.Now()}, source.UnixMilli()); !r.Timestamp.Equal(source) {
		t.Errorf("in doubt the next is stamped %s", r.Timestamp)
	}
}

// TestOldRecordsInDoubt: a dead letter that brokers refuse with the time of its
// source record, while the clock is doubted for another topic's sake, gets the
// clock's.
func TestOldRecordsInDoubt(t *testing.T) { inBoth(t, testOldRecordsInDoubt) }

func testOldRecordsInDoubt(t *testing.T, newBench func(testing.TB, ...string) *bench) {
	b := newBench(t)
	limit := time.Now().Add(-24 * time.Hour).UnixMilli()
	b.kafka.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "orders.dlq", Err: kerr.InvalidTimestamp, Count: -1, When: func(req kmsg.Request) bool {
		for _, topic := range req.(*kmsg.ProduceRequest).Topics {
			for _, p := range topic.Partitions {
				var batch kmsg.RecordBatch
				if batch.ReadFrom(p.Records) != nil || batch.FirstTimestamp < limit {
					return true
				}
			}
		}
		return false
	}})
	m := b.prepare()
	m.stamps.doubt()
	b.run(m)
	r := good("orders.in", 0)
	r.Value, r.Timestamp = []byte(`{"id":"x"}`), time.UnixMilli(limit).Add(-48*time.Hour)
	b.send(r)
	b.caughtUp("orders.in")
	m.stop()
	if n := b.count("orders.dlq"); n != 1 {
		t.Errorf("%d dead letters", n)
	}
}
