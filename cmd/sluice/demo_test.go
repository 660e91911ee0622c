package main

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/cmd/sluice/internal/demo"
	"github.com/sluicedata/sluice/router"
)

// quickly are the arguments of a short demo on ports of its own.
func quickly(more ...string) []string {
	return append([]string{"demo", "--for", "1s", "--rate", "200", "--bad", "0.2", "--seed", "7", "--listen", "127.0.0.1:0"}, more...)
}

func TestDemoEndsWithBalancedBooks(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := sluice(t, quickly("--listen", "127.0.0.1:0")...)
	if code != 0 || stderr != "" {
		t.Fatalf("%d\n%s\n%s", code, stdout, stderr)
	}
	if n := strings.Count(stdout, "books balance: "); n != 2 {
		t.Errorf("%d domains have balanced books, want 2:\n%s", n, stdout)
	}
	for _, want := range []string{"orders", "refunds", "commit_comment", router.Unmatched, "seed 7"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("the summary lacks %s:\n%s", want, stdout)
		}
	}
	if strings.Contains(stdout, "\x1b") {
		t.Errorf("escape sequences without a terminal: %q", stdout)
	}
}

func TestAnInterruptedDemoClosesItsBooks(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out, errs output
	done := make(chan int, 1)
	args := []string{"demo", "--domain", "sales", "--rate", "200", "--listen", "127.0.0.1:0"}
	go func() { done <- run(ctx, args, strings.NewReader(""), &out, &errs) }()
	eventually(t, "records are accepted", func() bool {
		return strings.Contains(out.String(), "accepted") && !strings.Contains(out.String(), " 0 accepted")
	})
	cancel()
	select {
	case code := <-done:
		if code != 0 || !strings.Contains(out.String(), "books balance: ") {
			t.Errorf("%d\n%s\n%s", code, out.String(), errs.String())
		}
	case <-time.After(patience):
		t.Fatalf("does not end:\n%s", out.String())
	}
}

// TestAWrongLabelIsFound plants labels that are not true: the books must not
// balance, and the exit code say so.
func TestAWrongLabelIsFound(t *testing.T) {
	t.Parallel()
	f := func(says string, label func(n int, e *demo.Event)) {
		t.Helper()
		var out, errs output
		n := 0
		o := demo.Options{
			Domains: []string{"sales"}, For: 500 * time.Millisecond, Rate: 200, Bad: 0.2, Seed: 7, Out: &out,
			Label: func(e *demo.Event) { n++; label(n, e) },
		}
		code := exitCode(&errs, runDemo(t.Context(), o, []string{"127.0.0.1:0"}, &errs))
		if code != exitFound || !strings.Contains(errs.String(), "do not balance") || !strings.Contains(out.String(), says) {
			t.Errorf("want %s: %d %s\n%s", says, code, errs.String(), out.String())
		}
	}
	f("planted was schema_violation", func(n int, e *demo.Event) {
		if n == 50 {
			e.Reason = router.SchemaViolation
			e.Record.Value = []byte(`{"event_id":"00000000-0000-4000-8000-000000000000","event_type":"order.placed","occurred_at":"2026-01-01T00:00:00Z",` +
				`"order_id":"ORD-00000001","customer":{"id":1,"email":"a@example.com"},"items":[{"sku":"AB-123","qty":1,"price":1}],"total":1,"currency":"EUR"}`)
			e.Record.Topic, e.Product = "shop.orders", "orders"
		}
	})
	f("planted was a good record", func(n int, e *demo.Event) {
		if e.Reason != 0 {
			e.Reason = 0
		}
	})
	f("planted was limit_exceeded", func(n int, e *demo.Event) {
		if e.Reason == router.MalformedJSON {
			e.Reason = router.LimitExceeded
		}
	})
}

// TestDemoOnACluster uses brokers that are given, refuses to mix its books with
// what is there already, and sends traffic alone.
func TestDemoOnACluster(t *testing.T) {
	t.Parallel()
	cluster, client := kafka(t, nil)
	brokers := cluster.ListenAddrs()
	on := func(more ...string) []string {
		return quickly(append(more, "--domain", "sales", "--brokers", brokers[0])...)
	}
	if code, stdout, stderr := sluice(t, on()...); code != 0 || !strings.Contains(stdout, "books balance") {
		t.Fatalf("%d %s\n%s", code, stdout, stderr)
	}
	code, _, stderr := sluice(t, on()...)
	if code != exitCannotRun || !strings.Contains(stderr, "hold") || !strings.Contains(stderr, "--traffic-only") {
		t.Errorf("on topics that hold records: %d %q", code, stderr)
	}
	before := len(consumeAll(t, client, brokers, "shop.orders"))
	code, stdout, stderr := sluice(t, on("--traffic-only")...)
	if code != 0 || stderr != "" || !strings.Contains(stdout, "records sent") {
		t.Errorf("--traffic-only: %d %s %s", code, stdout, stderr)
	}
	if after := len(consumeAll(t, client, brokers, "shop.orders")); after <= before {
		t.Errorf("--traffic-only sent nothing: %d, then %d", before, after)
	}
}

// TestTheSameSeedSendsTheSameBytes sends the traffic of one seed to two
// clusters and compares what lies in their topics.
func TestTheSameSeedSendsTheSameBytes(t *testing.T) {
	t.Parallel()
	sent := func() map[string][]*kgo.Record {
		cluster, client := kafka(t, nil)
		code, _, stderr := sluice(t, "demo", "--traffic-only", "--for", "1s", "--rate", "200", "--bad", "0.2", "--seed", "7",
			"--domain", "sales", "--brokers", cluster.ListenAddrs()[0])
		if code != 0 {
			t.Fatal(stderr)
		}
		all := map[string][]*kgo.Record{}
		for _, topic := range []string{"shop.orders", "shop.refunds"} {
			for _, r := range consumeAll(t, client, cluster.ListenAddrs(), topic) {
				key := fmt.Sprintf("%s/%d", r.Topic, r.Partition)
				all[key] = append(all[key], r)
			}
		}
		return all
	}
	a, b := sent(), sent()
	compared := 0
	for partition := range a {
		for i := range min(len(a[partition]), len(b[partition])) {
			x, y := a[partition][i], b[partition][i]
			if string(x.Key) != string(y.Key) || string(x.Value) != string(y.Value) || fmt.Sprint(x.Headers) != fmt.Sprint(y.Headers) {
				t.Fatalf("%s offset %d: %s and %s", partition, i, x.Value, y.Value)
			}
			compared++
		}
	}
	if compared < 50 {
		t.Errorf("only %d records were compared", compared)
	}
}

func TestDemoTakesAFreePortWhereItsOwnIsTaken(t *testing.T) {
	t.Parallel()
	// Whoever has the port, the demo or another process, it is taken.
	if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", demoPort)); err == nil {
		defer l.Close()
	}
	code, stdout, stderr := sluice(t, "demo", "--for", "200ms", "--rate", "100", "--domain", "sales")
	if want := fmt.Sprintf("127.0.0.1:%d is taken: sales listens on a free port", demoPort); code != 0 || !strings.Contains(stdout, want) {
		t.Errorf("%d %s %s, want %s", code, stdout, stderr, want)
	}
}

func TestDemoRefusesAListenAddressThatIsTaken(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	code, _, stderr := sluice(t, "demo", "--for", "200ms", "--domain", "sales", "--listen", l.Addr().String())
	if code != exitCannotRun || !strings.Contains(stderr, "--listen "+l.Addr().String()) {
		t.Errorf("%d %q", code, stderr)
	}
}

// consumeAll reads what a topic holds at the moment.
func consumeAll(t *testing.T, client *kgo.Client, brokers []string, topic string) []*kgo.Record {
	t.Helper()
	return consume(t, brokers, topic, held(t, client, topic))
}
