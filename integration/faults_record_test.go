package integration

import (
	"fmt"
	"testing"
	"time"

	"github.com/sluicedata/sluice/integration/internal/ledger"
)

// recordFaults come in the records themselves.
var recordFaults = []fault{
	{name: "1 % poison", gate: true, run: poisoned},
	{name: "records too large for the output", run: tooLarge},
	{name: "dead letters too large for their topic", run: tooLargeDeadLetters},
	{name: "timestamps that the output refuses", real: true, run: refusedTimestamps},
	{name: "wild timestamps", run: wildTimestamps},
}

// among replaces every nth record of the sales traffic by one of others.
func among(t testing.TB, every int, other func(n int) record) func(n int) record {
	t.Helper()
	next := salesTraffic(t)
	return func(n int) record {
		if n%every == every/2 {
			return other(n)
		}
		return next(n)
	}
}

// rejected is what should become of an order that the output refuses.
var rejected = ledger.Want{Topic: "sales.orders.v1.dlq", Reason: "produce_rejected", Product: "orders"}

// until runs a single process on traffic until so many of its records came.
func (t *trial) until(n *int, want int, next func(int) record) {
	t.Helper()
	t.scenario.send(next(0)) // the topics are known, and the first offset is 0
	t.send(next, 500)
	t.single = t.run()
	t.await("the faulty records to come", func() (bool, string) {
		t.alive(t.single)
		_, all := t.books.Outcomes()
		return all > want, fmt.Sprintf("%d records sent", all)
	})
	t.recovers(t.single)
	t.row.Injected = *n
}

func poisoned(t *trial) {
	t.begin(kafka)
	t.batchBytes.Store(2 << 20)
	t.create(settings{"max.message.bytes": "4194304"}, "shop.orders", "sales.orders.v1.dlq")
	t.createAll()
	t.follow()
	corpus := poison(t.T)
	n := 0
	t.until(&n, times(100*len(corpus), 200*len(corpus)), among(t.T, 100, func(i int) record {
		p := corpus[n%len(corpus)]
		n++
		return record{
			topic: "shop.orders", key: key(i), value: p.value,
			want: ledger.Want{Topic: "sales.orders.v1.dlq", Reason: p.reason, Product: "orders"},
		}
	}))
	t.proof("each of %d kinds became a dead letter with its reason", len(corpus))
	t.once(t.single)
}

func tooLarge(t *trial) {
	t.begin(kafka)
	t.config.Set("compression", "none", "kafka")
	t.create(settings{"max.message.bytes": "2500"}, "sales.orders.v1")
	t.createAll()
	t.follow()
	n := 0
	t.until(&n, 5000, among(t.T, 100, func(i int) record {
		n++
		return record{topic: "shop.orders", key: key(i), value: largeOrder(i), want: rejected}
	}))
	t.proof("all of them, and no others, are dead letters with produce_rejected")
	t.once(t.single)
}

// tooLargeDeadLetters are cut, and hold nothing up.
func tooLargeDeadLetters(t *trial) {
	t.begin(kafka)
	t.config.Set("compression", "none", "kafka")
	t.create(settings{"max.message.bytes": "5000"}, "sales.orders.v1.dlq")
	t.createAll()
	t.follow()
	n := 0
	t.until(&n, 5000, among(t.T, 100, func(i int) record {
		n++
		return record{
			topic: "shop.orders", key: key(i), value: append(append(largeOrder(i), ' '), largeOrder(i)...), // two documents
			want: ledger.Want{Topic: "sales.orders.v1.dlq", Reason: "malformed_json", Product: "orders", Cut: true},
		}
	}))
	t.proof("all of them, and no others, came without their value, with its size and digest")
	t.once(t.single)
}

// forever is the largest duration that Kafka knows.
const forever = "9223372036854775807"

func refusedTimestamps(t *trial) {
	t.begin(kafka)
	t.create(settings{"message.timestamp.after.max.ms": forever}, "shop.orders")
	t.createAll()
	t.follow()
	good := goodOrders(t.T, 1000)
	n := 0
	t.until(&n, 5000, among(t.T, 100, func(i int) record {
		n++
		r := good[i%len(good)]
		r.stamp, r.want = time.Now().Add(48*time.Hour).Truncate(time.Millisecond), rejected
		return r
	}))
	t.proof("all of them, and no others, are dead letters with produce_rejected")
	t.once(t.single)
}

// wildTimestamps lets the producers' clocks jump between 1970 and 2200.
func wildTimestamps(t *trial) {
	t.begin(kafka)
	wild := settings{
		"message.timestamp.after.max.ms": forever, "message.timestamp.before.max.ms": forever,
		"retention.ms": "-1", "segment.ms": forever,
	}
	inputs, outputs := t.config.Topics()
	for _, topic := range append(inputs, outputs...) {
		if err := t.tryCreate(wild, topic); err != nil {
			t.Fatal(err)
		}
	}
	t.follow()
	stamps := []time.Time{
		time.UnixMilli(0), time.UnixMilli(1), time.Now().Add(-time.Hour).Truncate(time.Millisecond),
		time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2200, 12, 31, 23, 59, 59, 0, time.UTC),
	}
	n := 0
	next := salesTraffic(t.T)
	t.until(&n, 5000, func(i int) record {
		r := next(i)
		if i%3 == 0 {
			r.stamp = stamps[n%len(stamps)]
			n++
		}
		return r
	})
	t.proof("outputs have the very timestamps, dead letters have them in a header")
	t.once(t.single)
}
