package demo

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/consumer"
	"github.com/sluicedata/sluice/router"
)

func TestTheSameSeedMakesTheSameTraffic(t *testing.T) {
	t.Parallel()
	for _, domain := range []string{"sales", "code-hosting"} {
		a, errA := NewTraffic(domain, 7, 0.1)
		b, errB := NewTraffic(domain, 7, 0.1)
		c, errC := NewTraffic(domain, 8, 0.1)
		if errA != nil || errB != nil || errC != nil {
			t.Fatal(errA, errB, errC)
		}
		differ, broken := false, 0
		for range 1000 {
			x, y, z := a.Next(), b.Next(), c.Next()
			if !bytes.Equal(x.Record.Value, y.Record.Value) || !bytes.Equal(x.Record.Key, y.Record.Key) || x.Mutation != y.Mutation ||
				x.Product != y.Product || x.Reason != y.Reason || x.Record.Topic != y.Record.Topic || fmt.Sprint(x.Record.Headers) != fmt.Sprint(y.Record.Headers) {
				t.Fatalf("%s: seed 7 made %s and %s", domain, x.Record.Value, y.Record.Value)
			}
			differ = differ || !bytes.Equal(x.Record.Value, z.Record.Value)
			if x.Reason != 0 {
				broken++
			}
		}
		if !differ {
			t.Errorf("%s: seeds 7 and 8 make the same records", domain)
		}
		if broken < 60 || broken > 140 {
			t.Errorf("%s: %d of 1000 records are broken, want about 100", domain, broken)
		}
	}
	if _, err := NewTraffic("marketing", 1, 0); err == nil {
		t.Error("traffic of an unknown domain is made")
	}
}

// TestBooksFindEachKindOfWrong plants three events and reads back topics of a
// gate that goes wrong in one way each time.
func TestBooksFindEachKindOfWrong(t *testing.T) {
	t.Parallel()
	cfg := &config.Config{Domain: "sales", Products: []config.Product{{Name: "orders", Input: config.Topics{"in"}, Output: "out", DLQ: "dlq"}}}
	record := func(topic string, id int) *kgo.Record {
		return &kgo.Record{Topic: topic, Headers: []kgo.RecordHeader{{Key: idHeader, Value: fmt.Append(nil, id)}}}
	}
	balance := func(change func(*books), status consumer.ProductStatus) error {
		b := newBooks(cfg)
		for id := range 3 {
			b.plant(Event{Product: "orders"})
			b.find(record("in", id))
			b.find(record("out", id))
		}
		change(b)
		status.Product = "orders"
		return b.close(&bytes.Buffer{}, []consumer.ProductStatus{status})
	}
	right := consumer.ProductStatus{Consumed: 3, Accepted: 3}
	if err := balance(func(*books) {}, right); err != nil {
		t.Fatalf("right books: %v", err)
	}
	f := func(what string, change func(*books), status consumer.ProductStatus) {
		t.Helper()
		if balance(change, status) == nil {
			t.Errorf("%s: the books balance all the same", what)
		}
	}
	f("a lost record", func(b *books) { b.plant(Event{Product: "orders"}); b.find(record("in", 3)) }, consumer.ProductStatus{Consumed: 4, Accepted: 3})
	f("a record twice", func(b *books) { b.find(record("out", 1)) }, right)
	f("an invented record", func(b *books) { b.find(record("out", 99)) }, right)
	f("a good record that is a dead letter", func(b *books) { b.plant(Event{Product: "orders"}); b.find(record("in", 3)); b.find(record("dlq", 3)) },
		consumer.ProductStatus{Consumed: 4, Accepted: 3, DeadLettered: 1})
	f("a broken record that was accepted", func(b *books) {
		b.plant(Event{Product: "orders", Reason: router.SchemaViolation})
		b.find(record("in", 3))
		b.find(record("out", 3))
	}, consumer.ProductStatus{Consumed: 4, Accepted: 4})
	f("a record twice in its input", func(b *books) { b.find(record("in", 1)) }, right)
	f("a dead letter of another reason", func(b *books) {
		b.plant(Event{Product: "orders", Reason: router.SchemaViolation})
		b.find(record("in", 3))
		dead := record("dlq", 3)
		dead.Headers = append(dead.Headers, kgo.RecordHeader{Key: "sluice.product", Value: []byte("orders")},
			kgo.RecordHeader{Key: "sluice.reason", Value: []byte(router.MalformedJSON.String())})
		b.find(dead)
	}, consumer.ProductStatus{Consumed: 4, Accepted: 3, DeadLettered: 1})
	f("a service that counts wrongly", func(*books) {}, consumer.ProductStatus{Consumed: 3, Accepted: 2})
	f("nothing at all", func(b *books) { *b = *newBooks(cfg) }, consumer.ProductStatus{})
}

func TestThePlainViewIsOneLinePerDomain(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	v := newView(&out, false)
	v.show([]string{"sales"}, []consumer.Status{{Products: []consumer.ProductStatus{{Product: "orders", Consumed: 5, Accepted: 4, DeadLettered: 1}}}})
	if got := out.String(); strings.Count(got, "\n") != 1 || strings.Contains(got, "\x1b") || !strings.Contains(got, "4 accepted") {
		t.Errorf("plain view is %q", got)
	}
}

func TestTheTableIsDrawnOverTheLast(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	v := newView(&out, true)
	state := []consumer.Status{{Products: []consumer.ProductStatus{
		{Product: "orders", Consumed: 4, Accepted: 3, DeadLettered: 1}, {Product: "refunds"},
	}}}
	v.show([]string{"sales"}, state)
	if got := out.String(); strings.Contains(got, "\x1b") || strings.Count(got, "\n") != 3 || !strings.Contains(got, "75.00 %") {
		t.Errorf("the first table is %q", got)
	}
	out.Reset()
	v.show([]string{"sales"}, state)
	if got := out.String(); !strings.HasPrefix(got, "\x1b[3A\x1b[J") {
		t.Errorf("the second table is %q", got)
	}
	for n := range 2 * rows {
		state[0].Products = append(state[0].Products, consumer.ProductStatus{Product: fmt.Sprint("more", n)})
	}
	out.Reset()
	v.show([]string{"sales"}, state)
	if got := strings.Count(out.String(), "\n"); got != rows+2 {
		t.Errorf("a table of %d products has %d lines, want %d", 2*rows+2, got, rows+2)
	}
}

func TestAwaitGivesUpWhenNothingComes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBooks(&config.Config{Products: []config.Product{{Name: "orders", Input: config.Topics{"in"}, Output: "out"}}})
		record := func(topic string) *kgo.Record {
			return &kgo.Record{Topic: topic, Headers: []kgo.RecordHeader{{Key: idHeader, Value: []byte("0")}}}
		}
		b.plant(Event{Product: "orders"})
		wait := func(n int) time.Duration {
			started := time.Now()
			b.await(time.Minute, n)
			return time.Since(started)
		}
		if took := wait(0); took < time.Minute {
			t.Errorf("nothing came: gave up after %s", took)
		}
		b.find(record("in"))
		b.find(record("out"))
		if took := wait(2); took != 0 {
			t.Errorf("all was there: waited for %s", took)
		}
		if took := wait(3); took < time.Minute {
			t.Errorf("a record more lies in the topics: waited for %s", took)
		}
	})
}
