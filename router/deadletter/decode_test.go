package deadletter_test

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"pgregory.net/rapid"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/router/deadletter"
	"github.com/sluicedata/sluice/validate"
)

// ours are names of headers that a source may have too.
var ours = []string{
	"sluice.source.headers", "sluice.id", "sluice.violations", "sluice.reason", "sluice.attempt",
	"__dlq.errors.topic", "__connect.errors.offset", "sluice.value.size",
}

func drawBytes(t *rapid.T, label string) []byte {
	if rapid.Bool().Draw(t, label+" is null") {
		return nil
	}
	return rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, label)
}

func drawRecord(t *rapid.T) *kgo.Record {
	r := &kgo.Record{Key: drawBytes(t, "key"), Value: drawBytes(t, "value")}
	name := rapid.OneOf(rapid.SampledFrom(ours), rapid.StringN(0, 10, -1))
	for range rapid.IntRange(0, 6).Draw(t, "headers") {
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: name.Draw(t, "name"), Value: drawBytes(t, "header")})
	}
	return r
}

func drawSource(t *rapid.T) deadletter.Source {
	return deadletter.Source{
		Topic:     rapid.StringMatching(`[a-zA-Z0-9._-]{1,40}`).Draw(t, "topic"),
		Partition: rapid.Int32Range(0, 1<<31-1).Draw(t, "partition"),
		Offset:    rapid.Int64Range(0, 1<<62).Draw(t, "offset"),
		Timestamp: time.UnixMilli(rapid.Int64Range(-1, 1<<50).Draw(t, "timestamp")).UTC(),
	}
}

func drawFailure(t *rapid.T) deadletter.Failure {
	f := deadletter.Failure{
		Product: rapid.SampledFrom([]string{"orders", router.Unmatched}).Draw(t, "product"),
		Reason:  rapid.SampledFrom(router.Reasons()).Draw(t, "reason"),
		Stage:   rapid.SampledFrom([]router.Stage{router.StageRoute, router.StageDecode, router.StageValidate, router.StageProduce}).Draw(t, "stage"),
	}
	if f.Product != router.Unmatched {
		f.Schema, f.SchemaSHA256 = "orders@1", strings.Repeat("0f", 32)
	}
	if rapid.Bool().Draw(t, "has violations") {
		f.Verdict = &validate.Verdict{Class: validate.Violates, Total: rapid.IntRange(0, 50).Draw(t, "total")}
		for range rapid.IntRange(0, 5).Draw(t, "violations") {
			f.Verdict.Violations = append(f.Verdict.Violations, validate.Violation{
				InstanceLocation: "/" + rapid.String().Draw(t, "location"),
				Rule: &validate.Rule{
					KeywordLocation: "/" + rapid.String().Draw(t, "keyword location"),
					Keyword:         "type", Message: rapid.String().Draw(t, "message"),
				},
			})
		}
	}
	return f
}

func drawEncoder(t *rapid.T) *deadletter.Encoder {
	o := options()
	o.Conventions = rapid.SampledFrom([][]config.Convention{
		nil, {config.ConventionKafka}, {config.ConventionConnect}, {config.ConventionConnect, config.ConventionKafka},
	}).Draw(t, "conventions")
	o.HeaderBytes = rapid.SampledFrom([]int{0, 1, 1 << 10, 16 << 10}).Draw(t, "budget")
	return deadletter.NewEncoder(o)
}

// TestRoundTrip: whatever a record holds, and whatever its headers are called,
// what was encoded comes back.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r, src, f := drawRecord(t), drawSource(t), drawFailure(t)
		dead := drawEncoder(t).Encode(r, src, f, "the.dlq", now)
		e, err := deadletter.Decode(dead)
		if err != nil {
			t.Fatal(err)
		}
		if e.Origin != src || e.Attempt != 1 {
			t.Fatalf("origin %+v at attempt %d, want %+v", e.Origin, e.Attempt, src)
		}
		if e.Reason != f.Reason || e.Stage != f.Stage || e.Product != f.Product || e.Schema != f.Schema || e.SchemaSHA256 != f.SchemaSHA256 {
			t.Fatalf("envelope %+v of failure %+v", e, f)
		}
		if e.Domain != "sales" || e.Version != "1.0.0" || !e.FailedAt.Equal(now) || e.Fingerprint == "" {
			t.Fatalf("envelope %+v", e)
		}
		if in := e.FailedIn; in.Topic != "" && (in.Topic != src.Topic || in.Partition != src.Partition || in.Offset != src.Offset) {
			t.Fatalf("failed in %+v, want %+v", in, src)
		}
		if v := f.Verdict; v != nil && e.ViolationsTotal != max(v.Total, len(v.Violations)) {
			t.Fatalf("%d violations in all, want %d", e.ViolationsTotal, v.Total)
		}
		back, err := e.Restore()
		if err != nil {
			t.Fatal(err)
		}
		same(t, back, r)
		if back.Topic != src.Topic || back.Partition != src.Partition || back.Offset != src.Offset || !back.Timestamp.Equal(src.Timestamp) {
			t.Fatalf("restored to %s/%d/%d at %s, want %+v", back.Topic, back.Partition, back.Offset, back.Timestamp, src)
		}
	})
}

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// same compares key, value and headers; null and empty differ.
func same(t fataler, got, want *kgo.Record) {
	t.Helper()
	equal := func(a, b []byte) bool { return bytes.Equal(a, b) && (a == nil) == (b == nil) }
	if !equal(got.Key, want.Key) || !equal(got.Value, want.Value) {
		t.Fatalf("key %q value %q, want %q %q", got.Key, got.Value, want.Key, want.Value)
	}
	if !slices.EqualFunc(got.Headers, want.Headers, func(a, b kgo.RecordHeader) bool { return a.Key == b.Key && equal(a.Value, b.Value) }) {
		t.Fatalf("headers %q, want %q", got.Headers, want.Headers)
	}
}

// TestReplay: a record that fails again keeps its origin and nothing else of
// its former dead letter, whether it was replayed by us or copied as it was,
// and even if others added headers on the way.
func TestReplay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r, src := drawRecord(t), drawSource(t)
		enc := drawEncoder(t)
		dead := enc.Encode(r, src, drawFailure(t), "the.dlq", now)
		added := []kgo.RecordHeader{{Key: "traceparent", Value: []byte("00-1")}}
		for attempt := 2; attempt < 5; attempt++ {
			again := dead
			if rapid.Bool().Draw(t, "replayed") {
				e, err := deadletter.Decode(dead)
				if err != nil {
					t.Fatal(err)
				}
				if again, err = e.Replay("shop.orders"); err != nil {
					t.Fatal(err)
				}
				if again.Topic != "shop.orders" || !again.Timestamp.Equal(src.Timestamp) {
					t.Fatalf("replayed to %s at %s", again.Topic, again.Timestamp)
				}
			}
			want := &kgo.Record{Key: r.Key, Value: r.Value, Headers: r.Headers}
			if rapid.Bool().Draw(t, "headers were added") {
				again.Headers = slices.Concat(again.Headers, added)
				want.Headers = slices.Concat(want.Headers, added)
			}
			r = want
			read, f := drawSource(t), drawFailure(t)
			dead = enc.Encode(again, read, f, "the.dlq", now.Add(time.Duration(attempt)*time.Hour))
			e, err := deadletter.Decode(dead)
			if err != nil {
				t.Fatal(err)
			}
			if e.Origin != src || e.Attempt != attempt {
				t.Fatalf("origin %+v at attempt %d, want %+v at %d", e.Origin, e.Attempt, src, attempt)
			}
			if e.Reason != f.Reason || e.Stage != f.Stage || !e.FailedAt.Equal(now.Add(time.Duration(attempt)*time.Hour)) ||
				e.FailedIn.Topic != "" && e.FailedIn.Offset != read.Offset {
				t.Fatalf("envelope %+v, want that of the new failure %+v in %+v", e, f, read)
			}
			back, err := e.Restore()
			if err != nil {
				t.Fatal(err)
			}
			same(t, back, want)
			seen := map[string]int{}
			for _, h := range dead.Headers[len(want.Headers):] {
				if seen[h.Key]++; seen[h.Key] > 1 {
					t.Fatalf("header %s stands twice in the block", h.Key)
				}
			}
		}
	})
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	dead := func(change func(name string, value []byte) []byte) *kgo.Record {
		r := deadletter.NewEncoder(options()).Encode(order(), source(), violates(1, violation("/id", "type")), "t", now)
		r.Headers = slices.Clone(r.Headers)
		kept := r.Headers[:0]
		for _, h := range r.Headers {
			if h.Value = change(h.Key, h.Value); h.Value != nil || h.Key == "nil" {
				kept = append(kept, h)
			}
		}
		r.Headers = kept
		return r
	}
	replace := func(name, by string) *kgo.Record {
		return dead(func(n string, v []byte) []byte {
			if n == name {
				return []byte(by)
			}
			return v
		})
	}
	for what, r := range map[string]*kgo.Record{
		"a plain record":         order(),
		"no headers":             {},
		"no id":                  dead(func(n string, v []byte) []byte { return map[bool][]byte{false: v}[n == "sluice.id"] }),
		"no count":               dead(func(n string, v []byte) []byte { return map[bool][]byte{false: v}[n == "sluice.source.headers"] }),
		"a wrong count":          replace("sluice.source.headers", "4"),
		"an id without offset":   replace("sluice.id", "shop.orders/3"),
		"an id without topic":    replace("sluice.id", "/3/4711"),
		"an id of letters":       replace("sluice.id", "shop.orders/x/y"),
		"a source without stamp": replace("sluice.source.timestamp", "yesterday"),
	} {
		if _, err := deadletter.Decode(r); !errors.Is(err, deadletter.ErrNone) {
			t.Errorf("%s: error %v, want ErrNone", what, err)
		}
	}
	for name, value := range map[string]string{
		"sluice.reason": "bad luck", "sluice.stage": "", "sluice.violations": "[", "sluice.violations.total": "many",
		"sluice.attempt": "-1", "sluice.failed_at": "now", "__dlq.errors.offset": "x",
	} {
		_, err := deadletter.Decode(replace(name, value))
		if err == nil || errors.Is(err, deadletter.ErrNone) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s of %q: error %v", name, value, err)
		}
	}
}

// TestTimestampsOfAnyYear: Kafka takes 64 bits of milliseconds.
func TestTimestampsOfAnyYear(t *testing.T) {
	t.Parallel()
	for _, ms := range []int64{-1, 0, 1, 253402300799999, 253402300800000, 1 << 55, -62167219200001} {
		src := source()
		src.Timestamp = time.UnixMilli(ms)
		e, err := deadletter.Decode(deadletter.NewEncoder(options()).Encode(order(), src, violates(0), "t", now))
		if err != nil || e.Origin.Timestamp.UnixMilli() != ms {
			t.Errorf("%d comes back as %s, error %v", ms, strconv.FormatInt(e.Origin.Timestamp.UnixMilli(), 10), err)
		}
	}
}
