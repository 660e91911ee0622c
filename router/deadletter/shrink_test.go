package deadletter_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"pgregory.net/rapid"

	"github.com/sluicedata/sluice/router/deadletter"
)

// large is a dead letter of which every part can be cut.
func large(enc *deadletter.Encoder) *kgo.Record {
	r := order()
	r.Key, r.Value = []byte(strings.Repeat("k", 3000)), []byte(strings.Repeat("v", 9000))
	r.Headers = append(r.Headers, kgo.RecordHeader{Key: "large", Value: []byte(strings.Repeat("h", 6000))})
	dead := enc.Encode(r, source(), violates(2, violation("/id", "type"), violation("/name", "maxLength")), "orders.dlq", now)
	dead.Partition = 7
	return dead
}

func TestShrinkCutsInOrder(t *testing.T) {
	t.Parallel()
	enc := deadletter.NewEncoder(options())
	dead := large(enc)
	before := show(dead)
	full := deadletter.WireSize(dead)
	wants := []struct {
		limit                                       int
		violations, value, headers, key, everything bool // are still there
	}{
		{limit: full - 1, value: true, headers: true, key: true},
		{limit: full - 2000, headers: true, key: true},
		{limit: full - 10000, key: true},
		{limit: full - 16000},
		{limit: 10},
	}
	for _, want := range wants {
		smaller, ok := enc.Shrink(dead, want.limit)
		if !ok {
			t.Fatalf("limit %d: nothing was cut", want.limit)
		}
		if n := deadletter.WireSize(smaller); n > want.limit && want.limit > 10 {
			t.Errorf("limit %d: it still takes %d", want.limit, n)
		}
		e, err := deadletter.Decode(smaller)
		if err != nil {
			t.Fatal(err)
		}
		if len(e.Violations) > 0 || e.ViolationsTotal != 2 {
			t.Errorf("limit %d: %d violations of %d, want none of 2", want.limit, len(e.Violations), e.ViolationsTotal)
		}
		check := func(part string, cut *deadletter.Cut, there bool, size int64, content string) {
			t.Helper()
			if (cut == nil) != there {
				t.Errorf("limit %d: the %s is cut: %v, want it there: %v", want.limit, part, cut, there)
			}
			if cut == nil {
				return
			}
			sum := sha256.Sum256([]byte(content))
			if cut.Size != size || cut.SHA256 != hex.EncodeToString(sum[:]) {
				t.Errorf("limit %d: of the %s %+v remains, want size %d and the digest of %.20q", want.limit, part, *cut, size, content)
			}
		}
		check("value", e.CutValue, want.value, 9000, strings.Repeat("v", 9000))
		size, names := 0, ""
		for _, h := range dead.Headers[:6] {
			size += len(h.Key) + len(h.Value)
			names += h.Key + "\x00" + string(h.Value) + "\x00"
		}
		check("headers", e.CutHeaders, want.headers, int64(size), names)
		check("key", e.CutKey, want.key, 3000, strings.Repeat("k", 3000))
		if (string(smaller.Value) == string(dead.Value)) != want.value || smaller.Value == nil {
			t.Errorf("limit %d: a value of %d bytes, null: %v", want.limit, len(smaller.Value), smaller.Value == nil)
		}
		if e.Origin != source() || e.FailedIn.Offset != 4711 || e.Attempt != 1 || e.Message == "" {
			t.Errorf("limit %d: origin %+v, failed in %+v", want.limit, e.Origin, e.FailedIn)
		}
		if smaller.Topic != "orders.dlq" || smaller.Partition != 7 || smaller.Timestamp != now {
			t.Errorf("limit %d: it goes to %s/%d at %s", want.limit, smaller.Topic, smaller.Partition, smaller.Timestamp)
		}
		_, err = e.Restore()
		if _, rerr := e.Replay("t"); errors.Is(err, deadletter.ErrCut) != errors.Is(rerr, deadletter.ErrCut) || (err == nil) != (e.CutValue == nil) {
			t.Errorf("limit %d: restored with error %v, replayed with %v", want.limit, err, rerr)
		}
	}
	if show(dead) != before {
		t.Error("the dead letter itself was changed")
	}
}

func TestShrinkEnds(t *testing.T) {
	t.Parallel()
	enc := deadletter.NewEncoder(options())
	dead := large(enc)
	cuts := 0
	for {
		smaller, ok := enc.Shrink(dead, deadletter.WireSize(dead)-1)
		if !ok {
			break
		}
		if deadletter.WireSize(smaller) >= deadletter.WireSize(dead) {
			t.Fatalf("from %d to %d bytes", deadletter.WireSize(dead), deadletter.WireSize(smaller))
		}
		dead = smaller
		if cuts++; cuts > 10 {
			t.Fatal("there is no end to it")
		}
	}
	if cuts != 4 || deadletter.WireSize(dead) > 3<<10 {
		t.Errorf("after %d cuts it takes %d bytes", cuts, deadletter.WireSize(dead))
	}
	if _, ok := enc.Shrink(order(), 10); ok {
		t.Error("a record that is no dead letter was cut")
	}
}

// TestNothingKeepsADeadLetterLarge: records that are made to blow up the parts
// which are not cut still end as small dead letters.
func TestNothingKeepsADeadLetterLarge(t *testing.T) {
	t.Parallel()
	enc := deadletter.NewEncoder(options())
	replayed := func(extra ...kgo.RecordHeader) *kgo.Record {
		return &kgo.Record{Headers: append([]kgo.RecordHeader{
			{Key: "sluice.source.headers", Value: []byte("0")},
			{Key: "sluice.id", Value: []byte("t/0/0")},
			{Key: "sluice.source.timestamp", Value: []byte("0")},
		}, extra...)}
	}
	var repeated []kgo.RecordHeader
	for range 10_000 {
		repeated = append(repeated, kgo.RecordHeader{Key: "sluice.key.size", Value: []byte("1")})
	}
	for what, r := range map[string]*kgo.Record{
		"empty headers":   {Headers: make([]kgo.RecordHeader, 10_000)},
		"a long origin":   replayed(kgo.RecordHeader{Key: "sluice.key.sha256", Value: make([]byte, 100_000)}),
		"a long id":       {Headers: []kgo.RecordHeader{{Key: "sluice.source.headers", Value: []byte("0")}, {Key: "sluice.id", Value: []byte(strings.Repeat("t", 100_000) + "/0/0")}, {Key: "sluice.source.timestamp", Value: []byte("0")}}},
		"repeated origin": replayed(repeated...),
		"a long attempt":  replayed(kgo.RecordHeader{Key: "sluice.attempt", Value: []byte(strings.Repeat("9", 100_000))}),
		"the last number": replayed(kgo.RecordHeader{Key: "sluice.attempt", Value: []byte("9223372036854775807")}),
	} {
		dead := enc.Encode(r, source(), violates(1, violation("/id", "type")), "orders.dlq", now)
		if smaller, ok := enc.Shrink(dead, 10); ok {
			dead = smaller
		}
		if n := deadletter.WireSize(dead); n > 3<<10 {
			t.Errorf("%s: %d bytes remain", what, n)
		}
		if _, err := deadletter.Decode(dead); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestReplayKnowsWhatWasCut: where a cut dead letter is copied to an input, it
// fails again and its next dead letter still tells what its value was.
func TestReplayKnowsWhatWasCut(t *testing.T) {
	t.Parallel()
	enc := deadletter.NewEncoder(options())
	cut, _ := enc.Shrink(large(enc), 10)
	e, err := deadletter.Decode(enc.Encode(cut, source(), violates(0), "orders.dlq", now))
	if err != nil || e.CutValue == nil || e.CutValue.Size != 9000 || e.CutKey == nil || e.CutHeaders == nil || e.Attempt != 2 {
		t.Errorf("error %v, envelope %+v", err, e)
	}
}

// TestShrinkOfAnything: whatever is cut, it gets smaller, can be read, and fits
// if it is said to have lost less than all.
func TestShrinkOfAnything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		enc := drawEncoder(t)
		r := drawRecord(t)
		dead := enc.Encode(r, drawSource(t), drawFailure(t), "the.dlq", now)
		limit := rapid.IntRange(0, deadletter.WireSize(dead)-1).Draw(t, "limit")
		smaller, ok := enc.Shrink(dead, limit)
		if !ok {
			return
		}
		e, err := deadletter.Decode(smaller)
		if err != nil {
			t.Fatal(err)
		}
		if deadletter.WireSize(smaller) >= deadletter.WireSize(dead) {
			t.Fatalf("from %d to %d bytes", deadletter.WireSize(dead), deadletter.WireSize(smaller))
		}
		if e.CutValue == nil && e.CutHeaders == nil && e.CutKey == nil {
			back, err := e.Restore()
			if err != nil {
				t.Fatal(err)
			}
			same(t, back, r)
		}
		if deadletter.WireSize(smaller) > limit {
			if _, more := enc.Shrink(smaller, limit); more {
				t.Fatalf("limit %d: %d bytes, and more could be cut", limit, deadletter.WireSize(smaller))
			}
		}
	})
}

// TestWireSize compares the estimate with Kafka's encoding of the record.
func TestWireSize(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := drawRecord(t)
		wire := kmsg.NewRecord()
		wire.TimestampDelta64, wire.OffsetDelta, wire.Length = 1<<62, 1<<30, 1<<30
		wire.Key, wire.Value = r.Key, r.Value
		for _, h := range r.Headers {
			wire.Headers = append(wire.Headers, kmsg.Header{Key: h.Key, Value: h.Value})
		}
		batch := kmsg.NewRecordBatch()
		batch.Records = wire.AppendTo(nil)
		n := len(batch.AppendTo(nil))
		if got := deadletter.WireSize(r); got < n || got > n+30+10*len(r.Headers) {
			t.Fatalf("estimated %d bytes, the encoding has %d", got, n)
		}
	})
}
