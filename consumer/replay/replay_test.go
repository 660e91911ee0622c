package replay_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/consumer/replay"
	"github.com/sluicedata/sluice/router"
)

// TestRecover mends the contract: all dead letters go to the product as the
// records that they were, once, and the topic is drained.
func TestRecover(t *testing.T) {
	deliveries(t, func(b *bench) {
		sources := b.flood(0, -1, -2, -3, 0, 0, -7)
		result := b.run(b.options(loose), 7, 0, 0, 0)
		if !result.Applied || result.Left != 0 || !result.Oldest.Equal(stamp(0)) {
			b.Errorf("%+v", result)
		}
		b.same(b.read("orders"), sources)
		if n := b.lag("orders.dlq"); n != 0 {
			b.Errorf("the lag is %d", n)
		}
		b.run(b.options(loose), 0, 0, 0, 0)
		for topic, want := range map[string]int{"orders": 7, "orders.dlq": 7, "orders.in": 0} {
			if n := len(b.read(topic)); n != want {
				b.Errorf("%s has %d records, want %d", topic, n, want)
			}
		}
		// The key's partition is the one that the service would choose.
		keyed := kgo.StickyKeyPartitioner(nil).ForTopic("")
		for _, r := range b.read("orders") {
			if want := int32(keyed.Partition(r, partitions)); r.Partition != want {
				b.Errorf("key %s lies in partition %d, want %d", r.Key, r.Partition, want)
			}
		}
	})
}

// TestDryRun judges everything and changes nothing.
func TestDryRun(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.flood(0, -1, 0)
	b.send(b.fail(strict, b.source("orders.in", `{"id":`, 5)), b.fail(strict, b.source("payments.in", `{}`, 6)))
	o := b.options(loose)
	o.Apply = false
	for range 2 {
		result := b.run(o, 3, 2, 0, 0)
		if result.Applied || result.Left != 5 || len(result.Kinds) != 3 {
			t.Fatalf("%+v", result)
		}
		first := result.Kinds[0]
		if first.Product != "orders" || first.Reason != "schema_violation" || first.Recovered != 3 || first.Now["accepted"] != 3 ||
			!strings.Contains(first.Message, "/properties/id/minimum") || len(first.Fingerprint) != 32 {
			t.Errorf("%+v", first)
		}
		if k := result.Kinds[1]; k.Product != router.Unmatched || k.Reason != "unroutable" || k.Now["unroutable"] != 1 {
			t.Errorf("%+v", k)
		}
		if k := result.Kinds[2]; k.Product != "orders" || k.Reason != "malformed_json" || k.Now["malformed_json"] != 1 {
			t.Errorf("%+v", k)
		}
	}
	if b.lag("orders.dlq") != 4 || b.lag("unmatched") != 1 || len(b.read("orders")) != 0 {
		t.Error("a dry run has left something")
	}
}

// TestSelect replays one kind after another: what one selection leaves the next
// finds, and nothing comes twice.
func TestSelect(t *testing.T) {
	deliveries(t, func(b *bench) {
		b.flood(0, -1, -2)
		missing := b.source("orders.in", `{"no": 1}`, 4)
		b.send(b.fail(strict, missing))
		sources := b.flood(-4, -5)
		refund := b.source("refunds.in", `{"id": 0}`, 3)
		b.send(b.fail(strict, refund))
		o := b.options(loose)

		o.Selection = replay.Selection{Product: "refunds"}
		b.run(o, 1, 0, 0, 0)
		b.same(b.read("refunds"), []*kgo.Record{refund})

		o.Selection = replay.Selection{Reason: router.MalformedJSON}
		b.run(o, 0, 0, 0, 6)

		letters := b.decode(b.read("orders.dlq"))
		var fingerprint string
		for _, e := range letters {
			if e.Violations[0].Keyword == "required" {
				fingerprint = e.Fingerprint
			}
		}
		o.Selection = replay.Selection{Fingerprint: fingerprint[:8]}
		b.run(o, 0, 1, 0, 5) // a new dead letter behind the others
		if n := len(b.read("orders.dlq")); n != 7 {
			b.Fatalf("the topic has %d dead letters, want 7", n)
		}
		o.Selection = replay.Selection{Until: time.Now().Add(-time.Hour)}
		b.run(o, 0, 0, 0, 6)
		o.Selection = replay.Selection{Since: time.Now().Add(-time.Hour), Reason: router.SchemaViolation}
		o.Limit = 2
		b.run(o, 2, 0, 0, 0)
		o.Limit = 0
		b.run(o, 3, 1, 0, 0)
		got := b.read("orders")
		if len(got) != 5 {
			b.Errorf("the product has %d records, want 5", len(got))
		}
		for _, want := range sources {
			found := 0
			for _, r := range got {
				if string(r.Value) == string(want.Value) {
					found++
				}
			}
			if found != 1 {
				b.Errorf("%s is there %d times", want.Value, found)
			}
		}
	})
}

// TestStillBad counts attempts up to the cap; then the dead letter is parked,
// and from there it can be replayed.
func TestStillBad(t *testing.T) {
	deliveries(t, func(b *bench) {
		source := b.flood(0)[0]
		o := b.options(strict)
		o.MaxAttempts = 3
		b.run(o, 0, 1, 0, 0)
		b.run(o, 0, 1, 0, 0)
		b.run(o, 0, 0, 1, 0)
		b.run(o, 0, 0, 0, 0)
		attempts := ""
		for _, e := range b.decode(b.read("orders.dlq")) {
			attempts += fmt.Sprint(e.Attempt)
		}
		parked := b.decode(b.read("orders.dlq.parked"))
		if attempts != "123" || len(parked) != 1 || parked[0].Attempt != 4 || b.lag("orders.dlq") > 1 {
			b.Fatalf("attempts %s, %d parked, lag %d", attempts, len(parked), b.lag("orders.dlq"))
		}
		e := parked[0]
		if e.Origin.Topic != "orders.in" || !e.Origin.Timestamp.Equal(source.Timestamp) || e.Reason != router.SchemaViolation || e.Group != "sluice-test-replay" {
			b.Errorf("%+v", e)
		}
		o = b.options(loose)
		o.Topics = []string{"orders.dlq.parked"}
		b.run(o, 1, 0, 0, 0)
		b.same(b.read("orders"), []*kgo.Record{source})
	})
}

// TestPark parks what no replay can mend, so that the topic can be drained.
func TestPark(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	letter := b.fail(strict, b.source("orders.in", `{"id": 0, "text": "`+strings.Repeat("x", 3000)+`"}`, 1))
	cut, ok := b.encoder.Shrink(letter, 1500)
	if !ok {
		t.Fatal("not cut")
	}
	cut.Topic, cut.Partition = "orders.dlq", 0
	tombstone := b.source("payments.in", "", 2)
	tombstone.Topic, tombstone.Value = "refunds.in", nil
	dropped := b.encoder.Encode(tombstone, sourceOf(tombstone), failure("refunds", router.NullValue), "refunds.dlq", time.Now())
	gone := b.source("gone.in", `{"id": 1}`, 3)
	lost := b.encoder.Encode(gone, sourceOf(gone), failure("orders", router.SchemaViolation), "orders.dlq", time.Now())
	foreign := &kgo.Record{Topic: "orders.dlq", Key: []byte("k"), Value: []byte("anything"), Headers: []kgo.RecordHeader{{Key: "h"}}}
	b.send(cut, dropped, lost, foreign)

	o := b.options(loose)
	o.Selection.Product = "orders"
	b.run(o, 0, 1, 1, 1) // what is foreign is no product's
	o.Selection.Product = ""
	b.run(o, 0, 1, 2, 0)
	parked := b.read("orders.dlq.parked")
	if len(parked) != 2 || b.lag("refunds.dlq") != 0 || b.lag("orders.dlq") != 1 {
		t.Fatalf("%d parked, lags %d and %d", len(parked), b.lag("refunds.dlq"), b.lag("orders.dlq"))
	}
	for _, r := range parked {
		if string(r.Value) == "anything" && (string(r.Key) != "k" || len(r.Headers) != 1) {
			t.Errorf("the foreign record is %+v", r)
		}
	}
	if r := b.read("refunds.dlq.parked"); len(r) != 1 || r[0].Value != nil {
		t.Errorf("%d records, want the tombstone", len(r))
	}
	last := b.decode(b.read("orders.dlq")[3:])
	if e := last[len(last)-1]; e.Reason != router.Unroutable || !strings.Contains(e.Message, "gone.in") || e.Attempt != 3 {
		t.Errorf("%+v", e)
	}
}

// TestToInput sends records to where they came from, with their origin, so that
// a new failure counts.
func TestToInput(t *testing.T) {
	deliveries(t, func(b *bench) {
		sources := b.flood(0, -1, -2, -3)
		o := b.options(loose)
		o.To, o.MaxAttempts = replay.ToInput, 2
		b.run(o, 4, 0, 0, 0)
		got := b.read("orders.in")
		if len(got) != 4 || len(b.read("orders")) != 0 {
			b.Fatalf("%d records", len(got))
		}
		for _, r := range got {
			if h := r.Headers[2]; h.Key != "sluice.source.headers" || string(h.Value) != "2" {
				b.Errorf("headers are %v", r.Headers)
			}
			for _, s := range sources {
				if string(s.Headers[0].Value) == string(r.Headers[0].Value) && (s.Partition != r.Partition || !s.Timestamp.Equal(r.Timestamp)) {
					b.Errorf("%s went to partition %d from %d", r.Value, r.Partition, s.Partition)
				}
			}
			// The service that is still strict refuses it again.
			r.Offset += 100
			b.send(b.fail(strict, r))
		}
		attempts := make(map[int]int)
		for _, e := range b.decode(b.read("orders.dlq")) {
			if attempts[e.Attempt]++; e.Origin.Offset > 4 {
				b.Errorf("origin is %+v", e.Origin)
			}
		}
		if attempts[1] != 4 || attempts[2] != 4 {
			b.Errorf("attempts are %v", attempts)
		}
		b.run(o, 0, 0, 4, 0) // two attempts are enough
	})
}

// TestPatched mends the records instead of the contract.
func TestPatched(t *testing.T) {
	deliveries(t, func(b *bench) {
		b.flood(0, 0)
		b.send(b.fail(strict, b.source("orders.in", `{"n": 1e400}`, 5)))
		b.send(b.fail(strict, b.source("orders.in", `{"id": "7"}`, 6)))
		patch, err := replay.ParsePatch([]byte(`[{"op": "test", "path": "/id", "value": 0}, {"op": "replace", "path": "/id", "value": 12345678901234567890}]`))
		if err != nil {
			b.Fatal(err)
		}
		o := b.options(strict)
		o.Patch = patch
		b.run(o, 2, 0, 0, 2)
		for _, r := range b.read("orders") {
			if string(r.Value) != `{"id":12345678901234567890}` || len(r.Headers) != 2 {
				b.Errorf("%s %v", r.Value, r.Headers)
			}
		}
		if o.Patch, err = replay.ParsePatch([]byte(`[{"op": "add", "path": "/id", "value": 1.5}]`)); err != nil {
			b.Fatal(err)
		}
		b.run(o, 0, 2, 0, 0)
		for _, e := range b.decode(b.read("orders.dlq")) {
			if e.Attempt == 2 && e.Violations[0].Keyword != "required" && e.Violations[0].Keyword != "type" {
				b.Errorf("reasons of the patched value: %+v", e.Violations)
			}
		}
	})
}

// TestRefused makes dead letters of what the product's broker refuses, and of
// nothing else.
func TestRefused(t *testing.T) {
	deliveries(t, func(b *bench) {
		b.set("orders", "max.message.bytes", "2000")
		var sources []*kgo.Record
		for i := range 30 {
			value := fmt.Sprintf(`{"id": %d}`, -i)
			if i%10 == 4 {
				value = fmt.Sprintf(`{"id": %d, "text": %q}`, -i, strings.Repeat("x", 3000))
			}
			source := b.source("orders.in", value, i)
			b.send(b.fail(strict, source))
			if i%10 != 4 {
				sources = append(sources, source)
			}
		}
		b.run(b.options(loose), 27, 3, 0, 0)
		got := b.read("orders")
		b.same(got, sources)
		last := make(map[string]int64)
		for _, r := range got { // the order of keys is kept
			if at := r.Timestamp.UnixMilli(); at < last[string(r.Key)] {
				b.Errorf("key %s goes back to %d", r.Key, at)
			} else {
				last[string(r.Key)] = at
			}
		}
		n := 0
		for _, e := range b.decode(b.read("orders.dlq")) {
			if e.Reason == router.ProduceRejected {
				n++
				if e.Attempt != 2 || !strings.Contains(e.Message, "MESSAGE_TOO_LARGE") {
					b.Errorf("%+v", e)
				}
			}
		}
		if n != 3 {
			b.Errorf("%d are refused, want 3", n)
		}
	})
}

// TestRetention begins where the topic begins if that is behind the group's
// offset, and at the beginning if there is none or the topic was made anew.
func TestRetention(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	letters := func(n int) {
		b.next = 0
		for i := range n {
			source := b.source("orders.in", `{"id": 0}`, i)
			source.Partition = 0
			letter := b.fail(strict, source)
			letter.Timestamp = letter.Timestamp.Add(-time.Duration(9-i) * 24 * time.Hour)
			b.send(letter)
		}
	}
	admin := kadm.NewClient(b.client)
	letters(10)
	o := b.options(loose)
	o.Limit = 2
	if r := b.run(o, 2, 0, 0, 0); !r.MayRepeat || r.Left != 8 {
		t.Errorf("%+v", r)
	}
	var until kadm.Offsets
	until.AddOffset("orders.dlq", 0, 6, -1)
	if _, err := admin.DeleteRecords(t.Context(), until); err != nil {
		t.Fatal(err)
	}
	if r := b.run(o, 2, 0, 0, 0); r.MayRepeat || r.Left != 2 {
		t.Errorf("%+v", r)
	}
	var beyond kadm.Offsets
	beyond.AddOffset("orders.dlq", 0, 99, -1)
	if err := admin.CommitAllOffsets(t.Context(), "sluice-test-replay", beyond); err != nil {
		t.Fatal(err)
	}
	o.Limit = 0
	if r := b.run(o, 4, 0, 0, 0); r.MayRepeat || r.Left != 0 || b.lag("orders.dlq") != 0 {
		t.Errorf("%+v", r)
	}
	var all kadm.Offsets
	all.AddOffset("orders.dlq", 0, 10, -1)
	if _, err := admin.DeleteRecords(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	b.run(o, 0, 0, 0, 0)
}

// TestWildTimestamp does not recover a record with a time that the client would
// change.
func TestWildTimestamp(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	source := b.source("orders.in", `{"id": 0}`, 1)
	source.Timestamp = time.UnixMilli(1_700_000_000_000_000) // microseconds
	b.send(b.fail(strict, source))
	b.run(b.options(loose), 0, 1, 0, 0)
	letters := b.decode(b.read("orders.dlq"))
	last := letters[0]
	if last.Attempt == 1 {
		last = letters[1]
	}
	if last.Reason != router.ProduceRejected || !strings.Contains(last.Message, "INVALID_TIMESTAMP") || !last.Origin.Timestamp.Equal(source.Timestamp) {
		t.Errorf("%+v", last)
	}
}

// TestManyHoles has more skipped stretches than the offset's metadata can list:
// what finds no room there moves, and nothing is lost.
func TestManyHoles(t *testing.T) {
	deliveries(t, func(b *bench) {
		const n = 3000
		var letters []*kgo.Record
		for i := range n {
			value := `{"id": 0}`
			if i%2 == 1 {
				value = `{}`
			}
			source := b.source("orders.in", value, i)
			source.Partition = 0
			letters = append(letters, b.fail(strict, source))
		}
		b.send(letters...)
		o := b.options(loose)
		fingerprint := b.decode(letters[:1])[0].Fingerprint
		o.Selection.Fingerprint = fingerprint
		b.run(o, n/2, 0, 0, n/2)
		if got := len(b.read("orders")); got != n/2 {
			b.Fatalf("%d recovered", got)
		}
		b.run(o, 0, 0, 0, n/2) // nothing comes twice
		o.Selection.Fingerprint = ""
		b.run(o, 0, n/2, 0, 0)
		ids := make(map[int64]bool)
		for _, e := range b.decode(b.read("orders.dlq")) {
			if e.Attempt == 2 {
				ids[e.Origin.Offset] = true
			}
		}
		if len(ids) != n/2 {
			b.Errorf("%d different ones are still bad, want %d", len(ids), n/2)
		}
	})
}

// TestMissingTopics names what is missing, commits nothing, and goes on when it
// is there.
func TestMissingTopics(t *testing.T) {
	deliveries(t, func(b *bench) {
		b.flood(0, -1)
		o := b.options(strict)
		o.MaxAttempts, o.Park = 1, "nowhere"
		result, err := replay.Run(b.Context(), o)
		if err == nil || !strings.Contains(err.Error(), "topic nowhere does not exist") || result.Read != 0 || result.Left != 2 {
			b.Fatalf("%+v %v", result, err)
		}
		o.Park = "elsewhere"
		b.run(o, 0, 0, 2, 0)
		if n := len(b.read("elsewhere")); n != 2 {
			b.Errorf("%d parked", n)
		}
		o.Topics = []string{"no.such.dlq"}
		if _, err := replay.Run(b.Context(), o); err == nil || !strings.Contains(err.Error(), "no.such.dlq") {
			b.Errorf("%v", err)
		}
	})
}

// TestInterrupted stops a slow replay and goes on: each record once.
func TestInterrupted(t *testing.T) {
	deliveries(t, func(b *bench) {
		ids := make([]int, 60)
		sources := b.flood(ids...)
		o := b.options(loose)
		o.Rate = 20
		ctx, cancel := context.WithCancel(b.Context())
		defer cancel()
		o.Progress = func(read, all int64) {
			if all != 60 {
				b.Errorf("%d of %d", read, all)
			}
		}
		time.AfterFunc(300*time.Millisecond, cancel)
		result, err := replay.Run(ctx, o)
		if !errors.Is(err, replay.ErrInterrupted) || result.Recovered == 0 || result.Recovered+result.Left != 60 {
			b.Fatalf("%+v %v", result, err)
		}
		o.Rate, o.Progress = 0, nil
		b.run(o, 60-result.Recovered, 0, 0, 0)
		b.same(b.read("orders"), sources)
	})
}
