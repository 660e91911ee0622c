package consumer

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"pgregory.net/rapid"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/router"
)

// TestTheSearchFindsEveryCulpritAndNoOther plays it: what holds a culprit is
// refused and flies again in parts, until each record is taken or refused alone.
func TestTheSearchFindsEveryCulpritAndNoOther(t *testing.T) {
	t.Parallel()
	now := time.Now()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 2000).Draw(t, "records")
		culprits := rapid.MapOf(rapid.Int64Range(0, int64(n-1)), rapid.Bool()).Draw(t, "culprits, and whether they look like one")
		innocents := rapid.SliceOfN(rapid.Int64Range(0, int64(n-1)), 0, 5).Draw(t, "innocents that look like one")
		b := &batch{source: newSource("in", 0)}
		l := &lane{destination: &destination{topic: "out", oneBatch: true}}
		l.destination.batchBytes.Store(1 << 20)
		hidden := 0
		for i := range int64(n) {
			looks, is := culprits[i]
			stamp := now
			if looks || slices.Contains(innocents, i) {
				stamp = now.Add(24 * time.Hour)
			}
			if is && !looks {
				hidden++
			}
			l.queue = append(l.queue, entry{batch: b, record: &kgo.Record{Timestamp: stamp}, offset: i, size: 1})
		}
		var last uint32
		found := make(map[int64]bool)
		heard, flights := 0, 0
		for ; len(l.queue) > 0; flights++ {
			l.next()
			if !slices.ContainsFunc(l.flight, func(e entry) bool { _, is := culprits[e.offset]; return is }) {
				heard += len(l.flight)
				continue
			}
			flown := len(l.flight)
			if flown == 1 {
				found[l.flight[0].offset] = true
				heard++
				continue
			}
			l.queue = append(slices.Clone(l.flight), l.queue...)
			l.split(flown, kerr.InvalidTimestamp, &last, now)
		}
		if heard != n || len(found) != len(culprits) {
			t.Fatalf("%d of %d records are heard of, %d of %d culprits are found", heard, n, len(found), len(culprits))
		}
		for offset := range found {
			if _, is := culprits[offset]; !is {
				t.Fatalf("offset %d is no culprit", offset)
			}
		}
		if most := 2 + len(culprits) + len(innocents) + 3*splitInto*hidden + 1; flights > most {
			t.Fatalf("%d flights, %d are enough", flights, most)
		}
	})
}

// TestWhatIsKnownIsForgottenOnceItIsFinal of records that are, and no others.
func TestWhatIsKnownIsForgottenOnceItIsFinal(t *testing.T) {
	t.Parallel()
	b := &batch{source: newSource("in", 0)}
	s := suspects{refusals: map[origin]refusal{{"in", 0, 1}: {}, {"in", 0, 2}: {}}}
	s.forget([]entry{{batch: b, offset: 0}, {batch: b, offset: 1}})
	if _, kept := s.refusals[origin{"in", 0, 2}]; !kept || len(s.refusals) != 1 {
		t.Errorf("what is kept is %v", s.refusals)
	}
}

// TestManyRefusedRecordsTakeFewTransactions has an output refuse one record in a
// hundred: for its size, for its timestamp, and for what cannot be guessed.
func TestManyRefusedRecordsTakeFewTransactions(t *testing.T) {
	t.Parallel()
	b := newBench(t, "orders")
	b.delivery = config.ExactlyOnce
	b.create("orders", map[string]string{"max.message.bytes": "100000"})
	const all = 15_000
	hidden, future := []byte(`"hidden":1`), []byte(`"future":1`)
	records := goods("orders.in", 0, all)
	want := 0
	for id := 50; id < all; id += 100 {
		want++
		switch r := records[id]; want % 3 {
		case 0:
			r.Value = fmt.Appendf(nil, `{"id":%d,"large":%q}`, id, noise(101_000))
		case 1:
			r.Value = fmt.Appendf(nil, `{"id":%d,%s}`, id, hidden)
		case 2:
			r.Value = fmt.Appendf(nil, `{"id":%d,%s}`, id, future)
			r.Timestamp = time.Now().Add(48 * time.Hour)
		}
	}
	b.send(records...)
	// A fault is for all partitions of a request: each flight is judged for itself.
	for p := range int32(partitions) {
		b.kafka.Fault(kfake.Fault{
			Keys: []kmsg.Key{kmsg.Produce}, Topic: "orders", Partitions: []int32{p}, Err: kerr.InvalidTimestamp, Count: -1,
			When: func(req kmsg.Request) bool {
				for _, topic := range req.(*kmsg.ProduceRequest).Topics {
					for _, part := range topic.Partitions {
						letter := bytes.Contains(part.Records, []byte("sluice.reason"))
						if part.Partition == p && !letter && (bytes.Contains(part.Records, hidden) || bytes.Contains(part.Records, future)) {
							return true
						}
					}
				}
				return false
			},
		})
	}
	var ends atomic.Int64
	b.kafka.ControlKey(int16(kmsg.EndTxn), func(kmsg.Request) (kmsg.Response, error, bool) {
		b.kafka.KeepControl()
		ends.Add(1)
		return nil, nil, false
	})
	m := b.start(func(c *config.Config) { c.CommitInterval = time.Second })
	b.caughtUp("orders.in")
	m.stop()
	letters, again := ids(b.read("orders.dlq"))
	if len(letters) != want || again != 0 {
		t.Errorf("%d dead letters, %d of them twice, want %d", len(letters), again, want)
	}
	b.orderly("orders", all-want)
	for _, id := range letters {
		if id%100 != 50 {
			t.Errorf("order %d is a dead letter", id)
		}
	}
	if n := ends.Load(); n > int64(want)/5 {
		t.Errorf("%d refused records took %d transactions", want, n)
	}
}

// TestAFlightIsOneBatch where the client would make larger ones than a topic
// takes.
func TestAFlightIsOneBatch(t *testing.T) {
	t.Parallel()
	l := &lane{destination: &destination{oneBatch: true}}
	l.destination.batchBytes.Store(100)
	for _, size := range []int32{60, 40, 1, 200, 99} {
		l.queue = append(l.queue, entry{record: &kgo.Record{}, size: size})
	}
	for i, want := range []struct {
		records  int
		oversize bool
	}{{2, false}, {1, false}, {1, true}, {1, false}} {
		if oversize := l.next(); len(l.flight) != want.records || oversize != want.oversize {
			t.Errorf("flight %d has %d records, oversize %v, want %v", i, len(l.flight), oversize, want)
		}
	}
}

// TestRenewedSourcesBeginAtTheCommittedOffset and nothing of the old ones counts.
func TestRenewedSourcesBeginAtTheCommittedOffset(t *testing.T) {
	t.Parallel()
	var s sources
	old := s.own("in", 3)
	old.start(7)
	old.add(&batch{source: old, next: 20})
	s.renew()
	src := s.find("in", 3)
	if src == old || !old.gone.Load() || src.gone.Load() {
		t.Fatal("the source is the same")
	}
	if offset, _, news := src.watermark(); offset != 7 || news || src.next != 7 {
		t.Errorf("it begins at %d and expects %d, want 7", offset, src.next)
	}
	s.remove([]*source{old}) // late: the partition is owned
	if s.find("in", 3) != src {
		t.Error("removing the old one has removed the new one")
	}
}

// TestATopicThatTakesLessThanIsKnown: its limit may not be read, or is another
// since. Records that are too large together only are no dead letters, and do not
// doom one transaction after the other.
func TestATopicThatTakesLessThanIsKnown(t *testing.T) { inBoth(t, testATopicThatTakesLessThanIsKnown) }

func testATopicThatTakesLessThanIsKnown(t *testing.T, newBench func(testing.TB, ...string) *bench) {
	b := newBench(t, "orders")
	b.create("orders", map[string]string{"max.message.bytes": "20000"})
	b.kafka.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.DescribeConfigs}, Err: kerr.TopicAuthorizationFailed, Count: -1})
	const all = 3000
	records := goods("orders.in", 0, all)
	for id, r := range records {
		r.Value = fmt.Appendf(nil, `{"id":%d,"filler":%q}`, id, strings.Repeat("x", 200))
	}
	b.send(records...)
	m := b.start()
	b.caughtUp("orders.in")
	m.stop()
	b.inOrder("orders", 0, all)
	if n := b.count("orders.dlq"); n != 0 {
		t.Errorf("%d of them are dead letters", n)
	}
	if n := m.product("orders").Released; n > 10*all {
		t.Errorf("%d records were let go", n)
	}
}

// TestASearchEndsBeforeTheTransactionDoes: with a transaction that brokers undo
// for its length goes the client, and with the client what was found. What is
// found in time is kept, and the next transaction goes on from there.
func TestASearchEndsBeforeTheTransactionDoes(t *testing.T) {
	t.Parallel()
	m := newExactBench(t).prepare()
	open := m.delivery.(*exactlyOnce)
	m.destinations["orders"].grow(1)
	m.destinations["orders.dlq"].grow(1)
	f := func(offset int64, since time.Duration, goesOn bool) {
		t.Helper()
		e := entry{
			record: new(kgo.Record), batch: &batch{source: newSource("orders.in", 0), records: 1},
			route: m.table.Load().Routes()[0], outcome: router.Accepted, offset: offset,
		}
		l := m.destinations["orders"].lane(0)
		l.queue = []entry{e}
		open.begun = time.Now().Add(-since)
		if got := open.search(l, 1, 1, kerr.InvalidRecord); got != goesOn {
			t.Errorf("after %s of %s the search goes on: %v, want %v", since, open.timeout, got, goesOn)
		}
		if _, kept := open.refusals[e.origin()]; !kept {
			t.Error("what was found is not kept")
		}
	}
	f(1, 0, true)
	f(2, open.timeout, false)
}

// TestALongSearchTakesSeveralTransactions: it has more to find than there is time
// for in one of them, and comes to an end all the same.
func TestALongSearchTakesSeveralTransactions(t *testing.T) {
	t.Parallel()
	b := newExactBench(t)
	const all = 60
	b.sendRefused(all)
	m := b.prepare()
	m.delivery.(*exactlyOnce).timeout = 2 * time.Second
	b.run(m)
	b.caughtUp("orders.in")
	m.stop()
	if n := b.count("orders.dlq"); n != all {
		t.Errorf("%d dead letters, want %d", n, all)
	}
}

// TestAStopWaitsForNoSearch: nothing of its transaction is to be committed.
func TestAStopWaitsForNoSearch(t *testing.T) {
	t.Parallel()
	b := newExactBench(t)
	b.sendRefused(1000)
	m := b.start()
	open := m.delivery.(*exactlyOnce)
	b.eventually("it searches", func() bool {
		open.mu.Lock()
		defer open.mu.Unlock()
		return open.doomed != nil
	})
	started := time.Now()
	m.stop()
	if took := time.Since(started); took > m.cfg.ShutdownTimeout/2 {
		t.Errorf("the stop took %s", took)
	}
}

// sendRefused sends orders that their output refuses, all of one partition, and
// makes the way of the members to it long.
func (b *bench) sendRefused(n int) {
	b.Helper()
	marker := []byte(`"hidden":1`)
	records := goods("orders.in", 0, n)
	for id, r := range records {
		r.Partition, r.Key, r.Value = 0, nil, fmt.Appendf(nil, `{"id":%d,%s}`, id, marker)
	}
	b.send(records...)
	b.kafka.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "orders", Err: kerr.InvalidRecord, Count: -1, When: func(req kmsg.Request) bool {
		return slices.ContainsFunc(req.(*kmsg.ProduceRequest).Topics, func(topic kmsg.ProduceRequestTopic) bool {
			return slices.ContainsFunc(topic.Partitions, func(p kmsg.ProduceRequestTopicPartition) bool {
				return bytes.Contains(p.Records, marker) && !bytes.Contains(p.Records, []byte("sluice.reason"))
			})
		})
	}})
	slow := new(narrow)
	slow.pause.Store(int64(40 * time.Millisecond))
	b.clientOpts = []kgo.Opt{kgo.Dialer(slow.dial)}
}
