package deadletter_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/router/deadletter"
	"github.com/sluicedata/sluice/validate"
)

var update = flag.Bool("update", false, "write the golden files")

// TestEnvelope compares whole dead letters with golden text: the names are an
// interface that others read.
func TestEnvelope(t *testing.T) {
	t.Parallel()
	kafka, connect, none := options(), options(), options()
	kafka.Conventions = []config.Convention{config.ConventionKafka}
	connect.Conventions = []config.Convention{config.ConventionConnect}
	none.Conventions = nil
	of := func(product string, reason router.Reason, stage router.Stage, v *validate.Verdict) deadletter.Failure {
		f := deadletter.Failure{Product: product, Reason: reason, Stage: stage, Verdict: v}
		if product != router.Unmatched {
			f.Schema, f.SchemaSHA256 = product+"@1.2.0", "ab12"
		}
		return f
	}
	rejected := of("orders", router.ProduceRejected, router.StageProduce, nil)
	rejected.Message = "the record cannot be produced to sales.orders.v1: MESSAGE_TOO_LARGE"
	for name, c := range map[string]struct {
		o deadletter.Options
		f deadletter.Failure
	}{
		"violations": {options(), violates(3, violation("/id", "type"), violation("/a<b>", "maxLength"))},
		"malformed": {options(), of("orders", router.MalformedJSON, router.StageDecode,
			&validate.Verdict{Class: validate.Malformed, Message: "more bytes follow the JSON value", Offset: 9})},
		"too-deep": {kafka, of("orders", router.LimitExceeded, router.StageDecode,
			&validate.Verdict{Class: validate.LimitExceeded, Message: "the document is nested deeper than the limit", Offset: 65})},
		"too-large": {connect, of("orders", router.LimitExceeded, router.StageDecode,
			&validate.Verdict{Class: validate.LimitExceeded, Message: "the record's key, value and headers are over the size limit"})},
		"null":           {kafka, of("orders", router.NullValue, router.StageValidate, nil)},
		"null-unmatched": {kafka, of(router.Unmatched, router.NullValue, router.StageRoute, nil)},
		"unroutable":     {connect, of(router.Unmatched, router.Unroutable, router.StageRoute, nil)},
		"rejected":       {connect, rejected},
		"internal":       {none, of("orders", router.Internal, router.StageValidate, &validate.Verdict{Class: validate.Internal, Message: "a bug"})},
		"unknown-schema": {kafka, of("orders", router.UnknownSchema, router.StageDecode, nil)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := show(deadletter.NewEncoder(c.o).Encode(order(), source(), c.f, "orders.dlq", now))
			file := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("the dead letter is\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// show prints a record for people.
func show(r *kgo.Record) string {
	var b strings.Builder
	fmt.Fprintf(&b, "topic %s\ntimestamp %s\nkey %q\nvalue %q\n", r.Topic, r.Timestamp.UTC().Format(time.RFC3339Nano), r.Key, r.Value)
	for _, h := range r.Headers {
		text := string(h.Value)
		if h.Value == nil {
			text = "(null)"
		} else if strings.ContainsAny(text, "\x00\n") {
			text = fmt.Sprintf("%q", text)
		}
		fmt.Fprintf(&b, "%s: %s\n", h.Key, text)
	}
	return b.String()
}

func TestEncodeLeavesTheRecordAsItIs(t *testing.T) {
	t.Parallel()
	r := order()
	// Room behind the headers that an append would write into.
	r.Headers = append(make([]kgo.RecordHeader, 0, 64), r.Headers...)
	dead := deadletter.NewEncoder(options()).Encode(r, source(), violates(1, violation("/id", "type")), "orders.dlq", now)
	if want := order(); show(r) != show(want) || r.Partition != want.Partition || r.Offset != want.Offset {
		t.Errorf("the record is now\n%s", show(r))
	}
	if behind := r.Headers[:len(r.Headers)+1]; behind[len(r.Headers)].Key != "" {
		t.Error("the space behind the record's headers was written to")
	}
	if &dead.Value[0] != &r.Value[0] || &dead.Key[0] != &r.Key[0] {
		t.Error("the bytes of key or value were copied")
	}
	for i := range r.Headers {
		if dead.Headers[i].Key != r.Headers[i].Key || !bytes.Equal(dead.Headers[i].Value, r.Headers[i].Value) {
			t.Errorf("header %d is %v, want %v", i, dead.Headers[i], r.Headers[i])
		}
	}
	if dead.Timestamp != now {
		t.Errorf("the dead letter's timestamp is %s, want that of the failure", dead.Timestamp)
	}
	tombstone := deadletter.NewEncoder(options()).Encode(&kgo.Record{Value: nil}, source(), violates(0), "orders.dlq", now)
	if tombstone.Value != nil || tombstone.Key != nil {
		t.Error("a tombstone's null became something else")
	}
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	of := func(f deadletter.Failure) string {
		e, err := deadletter.Decode(deadletter.NewEncoder(options()).Encode(order(), source(), f, "t", now))
		if err != nil {
			t.Fatal(err)
		}
		return e.Fingerprint
	}
	a, b := violation("/id", "type"), violation("/name", "maxLength")
	base := of(violates(2, a, b))
	elsewhere := b
	elsewhere.InstanceLocation = "/items/7"
	for what, f := range map[string]deadletter.Failure{
		"order":              violates(2, b, a),
		"repetition":         violates(3, a, b, b),
		"place in the value": violates(2, a, elsewhere),
	} {
		if of(f) != base {
			t.Errorf("the fingerprint depends on %s", what)
		}
	}
	other := violates(2, a, b)
	other.Product = "refunds"
	next := violates(2, a, b)
	next.Schema = "orders@1.3.0"
	malformed := violates(2, a, b)
	malformed.Reason = router.Internal
	for what, f := range map[string]deadletter.Failure{
		"keywords": violates(1, a), "product": other, "schema": next, "reason": malformed,
	} {
		if of(f) == base {
			t.Errorf("the fingerprint does not depend on %s", what)
		}
	}
	if len(base) != 32 {
		t.Errorf("fingerprint %q", base)
	}
}

// TestHeaderBudget: violations go first, from the last on, then the message;
// never anything else.
func TestHeaderBudget(t *testing.T) {
	t.Parallel()
	var list []validate.Violation
	for i := range 20 {
		list = append(list, violation(fmt.Sprintf("/items/%d/%s", i, strings.Repeat("é", 20)), "type"))
	}
	f := violates(31, list...)
	f.Message = strings.Repeat("ü", 200)
	block := func(budget int) (deadletter.Envelope, int) {
		o := options()
		o.HeaderBytes = budget
		dead := deadletter.NewEncoder(o).Encode(order(), source(), f, "orders.dlq", now)
		n := 0
		for _, h := range dead.Headers[len(order().Headers):] {
			n += len(h.Key) + len(h.Value)
		}
		e, err := deadletter.Decode(dead)
		if err != nil {
			t.Fatal(err)
		}
		return e, n
	}
	unbounded, all := block(0)
	if len(unbounded.Violations) != 20 || unbounded.Message != f.Message {
		t.Fatalf("without a budget there are %d violations and the message %q", len(unbounded.Violations), unbounded.Message)
	}
	_, least := block(1)
	if least >= 2<<10 {
		t.Errorf("the least block takes %d bytes; the documentation says 2 KiB", least)
	}
	sawSome := false
	for budget := least; budget <= all+10; budget++ {
		e, n := block(budget)
		if n > budget {
			t.Fatalf("budget %d: the block takes %d bytes", budget, n)
		}
		if e.ViolationsTotal != 31 {
			t.Fatalf("budget %d: the total is %d, want 31", budget, e.ViolationsTotal)
		}
		if !slices.EqualFunc(e.Violations, list[:len(e.Violations)], sameViolation) {
			t.Fatalf("budget %d: the violations kept are not the first", budget)
		}
		if len(e.Violations) > 0 && e.Message != f.Message {
			t.Fatalf("budget %d: the message was cut before the violations", budget)
		}
		if strings.Trim(e.Message, "ü") != "" {
			t.Fatalf("budget %d: the message was cut inside a character: %q", budget, e.Message)
		}
		if budget >= all && len(e.Violations) != 20 {
			t.Fatalf("budget %d is enough for all, but %d violations are there", budget, len(e.Violations))
		}
		sawSome = sawSome || 0 < len(e.Violations) && len(e.Violations) < 20
	}
	if !sawSome {
		t.Error("no budget kept a part of the violations")
	}
}

func TestLongMessagesAreCut(t *testing.T) {
	t.Parallel()
	f := violates(1, validate.Violation{Rule: &validate.Rule{
		Keyword: "type", KeywordLocation: "/" + strings.Repeat("x", 5000), Message: "m",
	}})
	e, err := deadletter.Decode(deadletter.NewEncoder(options()).Encode(order(), source(), f, "t", now))
	if err != nil || len(e.Message) != 512 || !strings.HasPrefix(e.Message, "1 violation of orders@1.2.0: m (/xxx") {
		t.Errorf("error %v, message of %d bytes: %q", err, len(e.Message), e.Message)
	}
}

func BenchmarkEncode(b *testing.B) {
	enc := deadletter.NewEncoder(options())
	r, src := order(), source()
	f := violates(2, violation("/id", "type"), violation("/name", "maxLength"))
	b.ReportAllocs()
	for b.Loop() {
		enc.Encode(r, src, f, "orders.dlq", now)
	}
}
