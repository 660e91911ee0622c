package router_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/validate"
)

// domain is a configuration with every policy.
const domain = `
unmatched: { action: dead_letter, topic: rest }
limits: { record_bytes: 2KiB, depth: 8 }
products:
  - { name: orders, input: orders, schema: order.json, output: orders.v1 }
  - { name: strict, input: strict, schema: order.json, output: strict.v1, tombstones: dead_letter }
  - { name: silent, input: silent, schema: order.json, output: silent.v1, tombstones: drop }
  - { name: registry, input: registry, schema: order.json, output: registry.v1, wire_format: confluent }
  - { name: typed, input: mixed, match: { field: /type, equals: order }, schema: any.json, output: typed.v1 }
  - { name: headed, input: mixed, match: { header: type, equals: h }, schema: any.json, output: headed.v1 }
`

func TestDecide(t *testing.T) {
	t.Parallel()
	table := compile(t, domain)
	const (
		accepted = router.Accepted
		dead     = router.DeadLettered
		dropped  = router.Dropped
	)
	null := &record{key: []byte("k")}
	prefix := "\x00\x00\x00\x00\x2a"
	large := strings.Repeat(" ", 2<<10) + `{"id":1}`
	for _, c := range []struct {
		what    string
		topic   string
		r       *record
		product string
		outcome router.Outcome
		reason  router.Reason
		stage   router.Stage
		class   validate.Class // of the verdict
		offset  int
		to      string
	}{
		{"valid", "orders", text(`{"id":1}`), "orders", accepted, 0, 0, 0, 0, "orders.v1"},
		{"violation", "orders", text(`{"id":"x"}`), "orders", dead, router.SchemaViolation, router.StageValidate, validate.Violates, 0, "orders.v1.dlq"},
		{"cut off", "orders", text(`{"id":`), "orders", dead, router.MalformedJSON, router.StageDecode, validate.Malformed, 6, "orders.v1.dlq"},
		{"trailing", "orders", text(`{"id":1} x`), "orders", dead, router.MalformedJSON, router.StageDecode, validate.Malformed, 9, "orders.v1.dlq"},
		{"repeated name", "orders", text(`{"id":1,"id":2}`), "orders", dead, router.MalformedJSON, router.StageDecode, validate.Malformed, 8, "orders.v1.dlq"},
		{"empty", "orders", text(""), "orders", dead, router.MalformedJSON, router.StageDecode, validate.Malformed, 0, "orders.v1.dlq"},
		{"byte order mark", "orders", text("\xef\xbb\xbf{}"), "orders", dead, router.MalformedJSON, router.StageDecode, validate.Malformed, 0, "orders.v1.dlq"},
		{"too deep", "orders", text(`{"id":1,"x":[[[[[[[[]]]]]]]]}`), "orders", dead, router.LimitExceeded, router.StageDecode, validate.LimitExceeded, 19, "orders.v1.dlq"},
		{"huge exponent", "orders", text(`{"id":1e99999}`), "orders", dead, router.LimitExceeded, router.StageDecode, validate.LimitExceeded, 6, "orders.v1.dlq"},
		{"too large", "orders", text(large), "orders", dead, router.LimitExceeded, router.StageDecode, validate.LimitExceeded, 0, "orders.v1.dlq"},
		{"at the limit", "orders", &record{value: []byte(`{"id":1}`), extra: 2<<10 - 8}, "orders", accepted, 0, 0, 0, 0, "orders.v1"},
		{"key or headers too large", "orders", &record{value: []byte(`{"id":1}`), extra: 2<<10 - 7}, "orders", dead, router.LimitExceeded, router.StageDecode, validate.LimitExceeded, 0, "orders.v1.dlq"},
		{"tombstone", "orders", null, "orders", accepted, 0, 0, 0, 0, "orders.v1"},
		{"tombstone refused", "strict", null, "strict", dead, router.NullValue, router.StageValidate, 0, 0, "strict.v1.dlq"},
		{"tombstone dropped", "silent", null, "silent", dropped, router.NullValue, router.StageValidate, 0, 0, ""},
		{"tombstone too large", "silent", &record{extra: 3 << 10}, "silent", dead, router.LimitExceeded, router.StageDecode, validate.LimitExceeded, 0, "silent.v1.dlq"},

		{"registry: valid", "registry", text(prefix + `{"id":1}`), "registry", accepted, 0, 0, 0, 0, "registry.v1"},
		{"registry: violation", "registry", text(prefix + `{}`), "registry", dead, router.SchemaViolation, router.StageValidate, validate.Violates, 0, "registry.v1.dlq"},
		{"registry: malformed", "registry", text(prefix + `{"id"}`), "registry", dead, router.MalformedJSON, router.StageDecode, validate.Malformed, 10, "registry.v1.dlq"},
		{"registry: too deep", "registry", text(prefix + `[[[[[[[[[]]]]]]]]]`), "registry", dead, router.LimitExceeded, router.StageDecode, validate.LimitExceeded, 13, "registry.v1.dlq"},
		{"registry: nothing behind", "registry", text(prefix), "registry", dead, router.MalformedJSON, router.StageDecode, validate.Malformed, 5, "registry.v1.dlq"},
		{"registry: too short", "registry", text("\x00\x00\x00\x00"), "registry", dead, router.MalformedJSON, router.StageDecode, validate.Malformed, 0, "registry.v1.dlq"},
		{"registry: plain JSON", "registry", text(`{"id":1}`), "registry", dead, router.MalformedJSON, router.StageDecode, validate.Malformed, 0, "registry.v1.dlq"},
		{"registry: empty", "registry", text(""), "registry", dead, router.MalformedJSON, router.StageDecode, validate.Malformed, 0, "registry.v1.dlq"},
		{"registry: tombstone", "registry", null, "registry", accepted, 0, 0, 0, 0, "registry.v1"},

		{"field", "mixed", text(`{"type":"order"}`), "typed", accepted, 0, 0, 0, 0, "typed.v1"},
		{"other field", "mixed", text(`{"type":"x"}`), router.Unmatched, dead, router.Unroutable, router.StageRoute, 0, 0, "rest"},
		{"field of malformed", "mixed", text(`{"type":"order"`), router.Unmatched, dead, router.MalformedJSON, router.StageRoute, validate.Malformed, 15, "rest"},
		{"field of empty", "mixed", text(""), router.Unmatched, dead, router.MalformedJSON, router.StageRoute, validate.Malformed, 0, "rest"},
		{"field of too deep", "mixed", text(`[[[[[[[[[]]]]]]]]]`), router.Unmatched, dead, router.LimitExceeded, router.StageRoute, validate.LimitExceeded, 8, "rest"},
		{"field of too large", "mixed", text(large), router.Unmatched, dead, router.LimitExceeded, router.StageRoute, validate.LimitExceeded, 0, "rest"},
		{"field of tombstone", "mixed", null, router.Unmatched, dead, router.NullValue, router.StageRoute, 0, 0, "rest"},
		{"header behind field: malformed", "mixed", &record{value: []byte("{"), headers: []pair{{"type", "h"}}}, "headed", dead, router.MalformedJSON, router.StageDecode, validate.Malformed, 1, "headed.v1.dlq"},
		{"header behind field: tombstone", "mixed", &record{headers: []pair{{"type", "h"}}}, "headed", accepted, 0, 0, 0, 0, "headed.v1"},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			d := table.Decide(c.topic, c.r)
			if d.Route.Product != c.product || d.Outcome != c.outcome || d.Reason != c.reason || d.Stage != c.stage || d.Topic != c.to {
				t.Errorf("%s is %s with reason %s at stage %s to %q, want %s %s %s %s %q",
					d.Route.Product, d.Outcome, d.Reason, d.Stage, d.Topic, c.product, c.outcome, c.reason, c.stage, c.to)
			}
			switch {
			case c.class == 0:
				if d.Verdict != nil {
					t.Errorf("verdict %+v, want none", d.Verdict)
				}
			case d.Verdict == nil:
				t.Error("no verdict")
			case d.Verdict.Class != c.class || d.Verdict.Offset != c.offset:
				t.Errorf("verdict %+v, want class %s at byte %d", d.Verdict, c.class, c.offset)
			case c.class == validate.Violates && len(d.Verdict.Violations) == 0, c.class != validate.Violates && d.Verdict.Message == "":
				t.Errorf("verdict %+v explains nothing", d.Verdict)
			}
		})
	}
}

func TestByteOrderMarkIsNamed(t *testing.T) {
	t.Parallel()
	d := compile(t, domain).Decide("orders", text("\xef\xbb\xbf{}"))
	if !strings.Contains(d.Verdict.Message, "byte order mark") {
		t.Errorf("the message is %q", d.Verdict.Message)
	}
}

// TestCatchAllTakesWhatHasNoField: without a match a product takes everything,
// also what a field match before it could not read.
func TestCatchAllTakesWhatHasNoField(t *testing.T) {
	t.Parallel()
	table := compile(t, `
products:
  - { name: typed, input: in, match: { field: /type, equals: order }, schema: any.json, output: typed.v1 }
  - { name: others, input: in, schema: any.json, output: others.v1 }
`)
	f := func(r *record, outcome router.Outcome, reason router.Reason) {
		t.Helper()
		d := table.Decide("in", r)
		if d.Route.Product != "others" || d.Outcome != outcome || d.Reason != reason {
			t.Errorf("%q: %s is %s with reason %s", r.value, d.Route.Product, d.Outcome, d.Reason)
		}
	}
	f(text(`{"type":"x"}`), router.Accepted, 0)
	f(text(`{"type":"order"`), router.DeadLettered, router.MalformedJSON)
	f(&record{}, router.Accepted, 0)
	for _, r := range table.Routes() {
		if r.Product == router.Unmatched {
			t.Error("nothing can be unmatched, but there is a route for it")
		}
	}
}

func TestUnmatchedMayBeDropped(t *testing.T) {
	t.Parallel()
	table := compile(t, `
unmatched: { action: drop }
products:
  - { name: typed, input: in, match: { field: /type, equals: order }, schema: any.json, output: typed.v1 }
`)
	for value, reason := range map[string]router.Reason{`{}`: router.Unroutable, `{`: router.MalformedJSON} {
		d := table.Decide("in", text(value))
		if d.Outcome != router.Dropped || d.Topic != "" || d.Reason != reason || d.Route.Product != router.Unmatched {
			t.Errorf("%s: %+v", value, d)
		}
	}
	if got := table.Outputs(); !slices.Equal(got, []string{"typed.v1", "typed.v1.dlq"}) {
		t.Errorf("outputs %q", got)
	}
	// A bug is not a policy: what it hits is kept.
	d := table.Decide("in", &record{panics: "Size"})
	if d.Outcome != router.DeadLettered || d.Topic != "typed.v1.dlq" {
		t.Errorf("a panic where unmatched records are dropped: %+v", d)
	}
}

func TestPanicBecomesADeadLetter(t *testing.T) {
	t.Parallel()
	table := compile(t, domain)
	f := func(topic string, r *record, product, to string) {
		t.Helper()
		d := table.Decide(topic, r)
		if d.Outcome != router.DeadLettered || d.Reason != router.Internal || d.Route.Product != product || d.Topic != to {
			t.Errorf("%s: %s is %s with reason %s to %q", topic, d.Route.Product, d.Outcome, d.Reason, d.Topic)
		}
		if d.Verdict == nil || d.Verdict.Class != validate.Internal || d.Verdict.Message == "" || strings.Contains(d.Verdict.Message, "canary") {
			t.Errorf("%s: verdict %+v", topic, d.Verdict)
		}
	}
	f("orders", &record{panics: "Value"}, "orders", "orders.v1.dlq")
	f("orders", &record{panics: "Size"}, "orders", "orders.v1.dlq")
	f("mixed", &record{panics: "Value"}, router.Unmatched, "rest")
	f("mixed", &record{value: []byte("{}"), panics: "Header"}, router.Unmatched, "rest")
	f("no such input", text("{}"), "orders", "orders.v1.dlq")
}

// TestVerdictsHoldNoValues: what a decision says comes from the rules.
func TestVerdictsHoldNoValues(t *testing.T) {
	t.Parallel()
	const canary = "CANARY"
	table := compile(t, domain)
	for _, value := range []string{
		`{"id":"CANARY"}`, `{"id":1,"name":"CANARY-too-long"}`, `CANARY`, `{"id":1} CANARY`, `{"id":CANARY}`,
		`"CANARY`, `{"CANARY":1,"CANARY":2}`, `["CANARY\q"]`, strings.Repeat("CANARY", 1000),
	} {
		for _, topic := range table.Inputs() {
			r := &record{key: []byte(canary), value: []byte(value), headers: []pair{{"type", canary}}}
			d := table.Decide(topic, r)
			if got := fmt.Sprintf("%+v %+v", d, d.Verdict); strings.Contains(got, canary) {
				t.Errorf("%s, %s: the decision tells the record: %s", topic, value, got)
			}
		}
	}
}

func TestDecideIsSafeToShare(t *testing.T) {
	t.Parallel()
	table := compile(t, domain)
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for n := range 200 {
				want := "typed"
				value := fmt.Sprintf(`{"pad":"%s","\u0074ype":"ord\u0065r"}`, strings.Repeat("x", (i*n)%500))
				if n%3 == 0 {
					value, want = `{"type":"x`, router.Unmatched
				}
				if got := table.Decide("mixed", text(value)).Route.Product; got != want {
					t.Errorf("%s goes to %s, want %s", value, got, want)
				}
			}
		})
	}
	all.Wait()
}
