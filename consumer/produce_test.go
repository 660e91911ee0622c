package consumer

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/sluicedata/sluice/config"
)

func inFlight(records int) func(*config.Config) {
	return func(c *config.Config) { c.Limits.InFlightRecords = records }
}

// refuse makes the brokers refuse produce requests to a topic.
func (b *bench) refuse(topic string, err *kerr.Error, requests int) *kfake.FaultHandle {
	return b.kafka.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: topic, Err: err, Count: requests})
}

// TestKeysKeepTheirOrderUnderErrors refuses produce requests with every error
// that passes while records go through.
func TestKeysKeepTheirOrderUnderErrors(t *testing.T) { inBoth(t, testKeysKeepTheirOrderUnderErrors) }

func testKeysKeepTheirOrderUnderErrors(t *testing.T, newBench func(testing.TB, ...string) *bench) {
	b := newBench(t)
	const all = 4000
	errs := []*kerr.Error{
		kerr.NotLeaderForPartition, kerr.UnknownTopicOrPartition, kerr.TopicAuthorizationFailed, kerr.NotEnoughReplicas,
		kerr.LeaderNotAvailable, kerr.CorruptMessage, kerr.PolicyViolation, kerr.RequestTimedOut, kerr.OutOfOrderSequenceNumber,
	}
	var faults []kfake.Fault
	for i := range 2 * len(errs) {
		requests := 0
		faults = append(faults, kfake.Fault{
			Keys: []kmsg.Key{kmsg.Produce}, Topic: "orders", Partitions: []int32{int32(i % partitions)}, Err: errs[i%len(errs)],
			// One after the other, with requests that go through in between.
			When: func(kmsg.Request) bool { requests++; return requests > 6*i },
		})
	}
	b.kafka.Fault(faults...)
	m := b.start(inFlight(300))
	for id := 0; id < all; id += 100 {
		b.send(goods("orders.in", id, id+100)...)
	}
	b.caughtUp("orders.in")
	m.stop()
	b.inOrder("orders", 0, all)
	if n := b.count("orders.dlq"); n != 0 {
		t.Errorf("trouble with brokers made %d dead letters", n)
	}
}

// TestAFlightFailsAsAWhole refuses requests while the flights that they begin
// are still being handed to the client: no later part may overtake.
func TestAFlightFailsAsAWhole(t *testing.T) { inBoth(t, testAFlightFailsAsAWhole) }

func testAFlightFailsAsAWhole(t *testing.T, newBench func(testing.TB, ...string) *bench) {
	b := newBench(t)
	const all = 30_000
	b.send(goods("orders.in", 0, all)...)
	for p := range int32(partitions) {
		requests := 0
		b.kafka.Fault(kfake.Fault{
			Keys: []kmsg.Key{kmsg.Produce}, Topic: "orders", Partitions: []int32{p}, Err: kerr.TopicAuthorizationFailed, Count: 4,
			When: func(kmsg.Request) bool { requests++; return requests%5 == 1 },
		})
	}
	m := b.start()
	b.caughtUp("orders.in")
	m.stop()
	b.inOrder("orders", 0, all)
}

// TestOnlyTheRefusedRecordBecomesADeadLetter has brokers refuse every batch
// that holds one of a few records, and with it what the client has buffered.
func TestOnlyTheRefusedRecordBecomesADeadLetter(t *testing.T) {
	inBoth(t, testOnlyTheRefusedRecordBecomesADeadLetter)
}

func testOnlyTheRefusedRecordBecomesADeadLetter(t *testing.T, newBench func(testing.TB, ...string) *bench) {
	for name, err := range map[string]*kerr.Error{"timestamp": kerr.InvalidTimestamp, "record": kerr.InvalidRecord} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			const all = 900
			marker := []byte(`"refused":true`)
			records := goods("orders.in", 0, all)
			for _, r := range records {
				r.Key = nil // output partition = input partition
			}
			// All in one partition: a request may hold batches of others.
			culprits := map[int]bool{0: true, 297: true, 300: true, 303: true, 702: true, all - 3: true}
			for id := range culprits {
				records[id].Value = fmt.Appendf(nil, `{"id":%d,%s}`, id, marker)
			}
			b.send(records...)
			b.kafka.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "orders", Partitions: []int32{0}, Err: err, Count: -1, When: func(req kmsg.Request) bool {
				for _, topic := range req.(*kmsg.ProduceRequest).Topics {
					for _, p := range topic.Partitions {
						// The marker is in dead letters too, and a request
						// may hold both.
						if p.Partition == 0 && bytes.Contains(p.Records, marker) && !bytes.Contains(p.Records, []byte("sluice.reason")) {
							return true
						}
					}
				}
				return false
			}})
			m := b.start()
			b.caughtUp("orders.in")
			m.stop()
			letters, _ := ids(b.read("orders.dlq"))
			if len(letters) != len(culprits) {
				t.Errorf("dead letters are %v, want %v", letters, culprits)
			}
			for _, r := range b.read("orders.dlq") {
				if header(r, "sluice.reason") != "produce_rejected" || !strings.Contains(header(r, "__dlq.errors.message"), err.Message) {
					t.Errorf("a dead letter's headers are %v", r.Headers)
				}
			}
			order, again := ids(b.read("orders"))
			if len(order) != all-len(culprits) || again != 0 {
				t.Errorf("%d records came out, %d of them twice, want %d", len(order), again, all-len(culprits))
			}
			if p := m.product("orders"); p.Consumed-p.Released != all || p.DeadLettered != int64(len(culprits)) || p.InFlight != 0 {
				t.Errorf("the books are %+v", p)
			}
		})
	}
}

// noise is text that does not compress.
func noise(n int) string {
	const letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	random := rand.New(rand.NewPCG(uint64(n), 1))
	text := make([]byte, n)
	for i := range text {
		text[i] = letters[random.IntN(len(letters))]
	}
	return string(text)
}

// TestOversizeAmongSmall sends records that the output's limit refuses, and
// dead letters that their own topic's limit refuses.
func TestOversizeAmongSmall(t *testing.T) { inBoth(t, testOversizeAmongSmall) }

func testOversizeAmongSmall(t *testing.T, newBench func(testing.TB, ...string) *bench) {
	b := newBench(t, "orders", "orders.dlq")
	b.create("orders", map[string]string{"max.message.bytes": "3000"})
	b.create("orders.dlq", map[string]string{"max.message.bytes": "4000"})
	const all = 600
	records := goods("orders.in", 0, all)
	large := map[int]bool{1: true, 200: true, 201: true, 203: true, all - 1: true}
	for id := range large {
		records[id].Value = fmt.Appendf(nil, `{"id":%d,"text":%q}`, id, noise(20_000))
	}
	b.send(records...)
	m := b.start()
	b.caughtUp("orders.in")
	m.stop()
	if order, again := ids(b.read("orders")); len(order) != all-len(large) || again != 0 {
		t.Errorf("%d records came out, %d of them twice, want %d", len(order), again, all-len(large))
	}
	letters := b.read("orders.dlq")
	if len(letters) != len(large) {
		t.Errorf("%d dead letters, want %d", len(letters), len(large))
	}
	for _, r := range letters {
		if len(r.Value) != 0 || header(r, "sluice.reason") != "produce_rejected" || header(r, "sluice.value.size") == "" {
			t.Errorf("a dead letter holds %d bytes and %v", len(r.Value), r.Headers)
		}
	}
}

// TestAMissingOutputHoldsOnlyItsInputs starts without a topic.
func TestAMissingOutputHoldsOnlyItsInputs(t *testing.T) {
	inBoth(t, testAMissingOutputHoldsOnlyItsInputs)
}

func testAMissingOutputHoldsOnlyItsInputs(t *testing.T, newBench func(testing.TB, ...string) *bench) {
	b := newBench(t, "orders")
	b.send(goods("orders.in", 0, 300)...)
	b.send(goods("refunds.in", 0, 300)...)
	m := b.start()
	b.caughtUp("refunds.in")
	b.eventually("the missing topic is named", func() bool {
		c := m.check("outputs")
		return !c.OK && strings.Contains(c.Detail, "orders: does not exist") && !m.Status().Ready
	})
	if at := b.committed("orders.in"); at != [partitions]int64{-1, -1, -1} && at != [partitions]int64{} {
		t.Errorf("offsets of orders are committed without a place for them: %v", at)
	}
	b.eventually("the end of the waiting input is known", func() bool {
		for _, p := range m.Status().Partitions {
			if p.Topic == "orders.in" && (p.HighWatermark != 100 || !p.Held) {
				return false
			}
		}
		return true
	})
	b.create("orders", nil)
	b.caughtUp("orders.in")
	b.eventually("the service is ready", func() bool { return m.Status().Ready })
	m.stop()
	if again := b.inOrder("orders", 0, 300); again != 0 {
		t.Errorf("%d records came out twice", again)
	}
}

// TestARefusedOutputHoldsItsRecords takes the right to write away and gives it
// back. Meanwhile offsets stay at the first record that has no place.
func TestARefusedOutputHoldsItsRecords(t *testing.T) { inBoth(t, testARefusedOutputHoldsItsRecords) }

func testARefusedOutputHoldsItsRecords(t *testing.T, newBench func(testing.TB, ...string) *bench) {
	b := newBench(t)
	b.send(goods("orders.in", 0, 30)...)
	m := b.start()
	b.caughtUp("orders.in")
	fault := b.refuse("orders", kerr.TopicAuthorizationFailed, -1)
	b.send(goods("orders.in", 30, 60)...)
	// Bad ones behind them go to a topic that takes them.
	for p := range int32(partitions) {
		b.send(&kgo.Record{Topic: "orders.in", Partition: p, Value: []byte("bad")})
	}
	b.eventually("the topic is named", func() bool {
		return strings.Contains(m.check("outputs").Detail, "orders: TOPIC_AUTHORIZATION_FAILED")
	})
	b.send(goods("refunds.in", 0, 300)...)
	b.caughtUp("refunds.in")
	if at := b.committed("orders.in"); at != [partitions]int64{10, 10, 10} {
		t.Errorf("committed are %v, want 10 each", at)
	}
	fault.Remove()
	b.caughtUp("orders.in")
	b.eventually("the service is ready", func() bool { return m.Status().Ready })
	m.stop()
	b.inOrder("orders", 0, 60)
	if n := b.count("orders.dlq"); n != partitions {
		t.Errorf("%d dead letters, want %d", n, partitions)
	}
}

// TestAnOutputThatWasCreatedAgainTakesRecords deletes a topic under a running
// service.
func TestAnOutputThatWasCreatedAgainTakesRecords(t *testing.T) {
	inBoth(t, testAnOutputThatWasCreatedAgainTakesRecords)
}

func testAnOutputThatWasCreatedAgainTakesRecords(t *testing.T, newBench func(testing.TB, ...string) *bench) {
	b := newBench(t)
	b.send(goods("orders.in", 0, 30)...)
	m := b.start()
	b.caughtUp("orders.in")
	if err := b.kafka.DeleteTopic("orders"); err != nil {
		t.Fatal(err)
	}
	b.send(goods("orders.in", 30, 60)...)
	b.eventually("the deleted topic is named", func() bool { return !m.check("outputs").OK })
	b.create("orders", nil)
	b.caughtUp("orders.in")
	b.send(goods("orders.in", 60, 90)...)
	b.caughtUp("orders.in")
	m.stop()
	b.inOrder("orders", 30, 90)
}

// TestBackPressure lets acknowledgements wait: polling stops at the bounds and
// goes on afterwards.
func TestBackPressure(t *testing.T) { inBoth(t, testBackPressure) }

func testBackPressure(t *testing.T, newBench func(testing.TB, ...string) *bench) {
	b := newBench(t)
	const all, bound = 5000, 500
	b.send(goods("orders.in", 0, all)...)
	fault := b.refuse("orders", kerr.NotEnoughReplicas, -1)
	m := b.start(inFlight(bound))
	b.eventually("polling stops", func() bool { return m.Status().BackPressure })
	if s := m.Status(); s.InFlightRecords < bound || s.InFlightRecords > 2*bound || !s.Live {
		t.Errorf("%d records are in flight, want about %d; live %v", s.InFlightRecords, bound, s.Live)
	}
	fault.Remove()
	b.caughtUp("orders.in")
	b.eventually("nothing is in flight", func() bool {
		s := m.Status()
		return !s.BackPressure && s.InFlightRecords == 0 && s.InFlightBytes == 0
	})
	m.stop()
	if again := b.inOrder("orders", 0, all); again != 0 {
		t.Errorf("%d records came out twice", again)
	}
}

// TestAStopDoesNotWaitForAHeldOutput stops while a topic takes nothing.
func TestAStopDoesNotWaitForAHeldOutput(t *testing.T) { inBoth(t, testAStopDoesNotWaitForAHeldOutput) }

func testAStopDoesNotWaitForAHeldOutput(t *testing.T, newBench func(testing.TB, ...string) *bench) {
	b := newBench(t)
	b.refuse("orders", kerr.TopicAuthorizationFailed, -1)
	b.send(goods("orders.in", 0, 30)...)
	m := b.start()
	b.eventually("the topic is held", func() bool { return !m.check("outputs").OK })
	started := time.Now()
	m.stop()
	if took := time.Since(started); took > 5*time.Second {
		t.Errorf("the stop took %s", took)
	}
	if at := b.committed("orders.in"); at != [partitions]int64{-1, -1, -1} && at != [partitions]int64{} {
		t.Errorf("committed are %v, and nothing came out", at)
	}
}

// TestTheBrokersGoAndComeBack cuts every connection for a while.
func TestTheBrokersGoAndComeBack(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.send(goods("orders.in", 0, 300)...)
	b.away.Store(true)
	m := b.start()
	b.eventually("the absence is logged", func() bool { return m.logs.FilterMessage("no broker answers, trying again").Len() == 1 })
	if s := m.Status(); s.Ready || !s.Live {
		t.Errorf("without brokers, ready is %v and live %v", s.Ready, s.Live)
	}
	b.away.Store(false)
	b.caughtUp("orders.in")
	b.send(goods("orders.in", 300, 600)...)
	b.away.Store(true)
	b.eventually("commits or polls meet the absence", func() bool {
		return m.logs.FilterMessage("offsets not committed, trying again").Len()+m.logs.FilterMessage("kafka client").Len() > 0
	})
	b.away.Store(false)
	b.caughtUp("orders.in")
	m.stop()
	b.inOrder("orders", 0, 600)
	if n := b.count("orders.dlq"); n != 0 {
		t.Errorf("absent brokers made %d dead letters", n)
	}
}
