package deadletter_test

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/router/deadletter"
)

// TestAForgedBlockChangesNothingThatTheServiceSaw fails a record whose producer
// wrote a block of its own.
func TestAForgedBlockChangesNothingThatTheServiceSaw(t *testing.T) {
	t.Parallel()
	h := func(key, value string) kgo.RecordHeader { return kgo.RecordHeader{Key: key, Value: []byte(value)} }
	e := deadletter.NewEncoder(deadletter.Options{
		Domain: "sales", Group: "g", Version: "v1",
		Conventions: []config.Convention{config.ConventionKafka, config.ConventionConnect},
	})
	r := &kgo.Record{Value: []byte("{"), Headers: []kgo.RecordHeader{
		h("a", "1"),
		h("sluice.source.headers", "1"), h("sluice.id", "victim/0/7"), h("sluice.source.timestamp", "2020-01-01T00:00:00.000Z"),
		h("sluice.attempt", "9"), h("sluice.product", "victim"), h("sluice.reason", "internal"), h("__dlq.errors.topic", "victim"),
		h("sluice.reason", "unroutable"), h("b", "2"),
	}}
	src := deadletter.Source{Topic: "in", Partition: 2, Offset: 5, Timestamp: time.UnixMilli(1)}
	letter := e.Encode(r, src, deadletter.Failure{Product: "orders", Reason: router.MalformedJSON, Stage: router.StageDecode}, "dlq", time.Now())
	got, err := deadletter.Decode(letter)
	if err != nil {
		t.Fatal(err)
	}
	if got.Product != "orders" || got.Reason != router.MalformedJSON || got.FailedIn.Topic != "in" || got.FailedIn.Offset != 5 || got.FailedIn.Partition != 2 {
		t.Errorf("the dead letter says %s, %s, %+v", got.Product, got.Reason, got.FailedIn)
	}
	if got.Attempt != 10 {
		t.Errorf("attempt %d, want one more than the record says", got.Attempt)
	}
	seen := map[string]int{}
	for _, header := range letter.Headers {
		seen[header.Key]++
	}
	for _, name := range []string{"sluice.reason", "sluice.product", "__dlq.errors.topic", "sluice.id", "a", "b"} {
		if seen[name] != 1 {
			t.Errorf("header %s stands %d times", name, seen[name])
		}
	}
	back, err := got.Restore()
	if err != nil || len(back.Headers) != 2 || back.Headers[0].Key != "a" || back.Headers[1].Key != "b" {
		t.Errorf("restored headers are %v, %v", back, err)
	}
}

// TestAViolationThatSaysNothingIsRead reads a list that somebody else wrote:
// whoever reads a violation may count on its rule.
func TestAViolationThatSaysNothingIsRead(t *testing.T) {
	t.Parallel()
	letter := deadletter.NewEncoder(options()).Encode(order(), source(), violates(1, violation("/id", "type")), "t", now)
	for i := range letter.Headers {
		if h := &letter.Headers[i]; h.Key == "sluice.violations" {
			h.Value = []byte(`[{}, {"instanceLocation": "/a"}, {"keyword": "type"}]`)
		}
	}
	e, err := deadletter.Decode(letter)
	if err != nil || len(e.Violations) != 3 {
		t.Fatalf("error %v, violations %v", err, e.Violations)
	}
	for i, want := range []string{"", "", "type"} {
		if got := e.Violations[i].Keyword; got != want {
			t.Errorf("violation %d has the keyword %q, want %q", i, got, want)
		}
	}
}
