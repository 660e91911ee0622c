package router_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/router"
)

// traced is the product that a trace ends at.
func traced(table *router.Table, topic string, r router.Record) string {
	trials, _ := table.Trace(topic, r)
	if n := len(trials); n > 0 && trials[n-1].Takes {
		return trials[n-1].Product
	}
	return router.Unmatched
}

func TestTrace(t *testing.T) {
	t.Parallel()
	table := compile(t, `
unmatched: { action: dead_letter, topic: rest }
limits: { record_bytes: 1KiB, pattern_input_bytes: 256 }
products:
  - { name: headed, input: in, match: { header: type, in: [a, b, c, d, e, f, g] }, schema: any.json, output: o1 }
  - { name: keyed, input: in, match: { key: true, prefix: "eu-" }, schema: any.json, output: o2 }
  - { name: typed, input: in, match: { field: /t, equals: order }, schema: any.json, output: o3 }
  - { name: regular, input: in, match: { field: /t, regex: "^v[0-9]+$" }, schema: any.json, output: o4 }
  - { name: all, input: [other, in2], schema: any.json, output: o5 }
`)
	f := func(topic string, r *record, want ...string) {
		t.Helper()
		trials, ok := table.Trace(topic, r)
		if !ok {
			t.Fatalf("%s is no input", topic)
		}
		for i, trial := range trials {
			got := fmt.Sprintf("%s: %s %s: ", trial.Product, trial.Looks, trial.Wants)
			switch {
			case trial.Takes:
				got += "takes"
			case trial.Why != "":
				got += trial.Why
			default:
				got += fmt.Sprintf("not %q", trial.Text)
			}
			if i >= len(want) || got != want[i] {
				t.Errorf("trial %d is %s, want %q", i, got, want)
			}
		}
		if len(trials) != len(want) {
			t.Errorf("%d trials, want %d", len(trials), len(want))
		}
	}
	const headed, keyed, typed = `headed: header "type" is one of "a", "b", "c", "d", "e", and 2 more: `, `keyed: key begins with "eu-": `, `typed: field /t equals "order": `
	const regular = `regular: field /t matches "^v[0-9]+$": `
	f("in", event("type", "g"), headed+"takes")
	f("in", &record{key: []byte("eu-1"), value: []byte("x")}, headed+"the record has no such header", keyed+"takes")
	f("in", text(`{"t":"order"}`), headed+"the record has no such header", keyed+"the record has no key", typed+"takes")
	f("in", &record{key: []byte("us"), value: []byte(`{"t":"v1"}`)}, headed+"the record has no such header", keyed+`not "us"`, typed+`not "v1"`, regular+"takes")
	head := []string{headed + "the record has no such header", keyed + "the record has no key"}
	f("in", text(`{"t":{}}`), append(head, typed+"no string, number or boolean is there", regular+"no string, number or boolean is there")...)
	f("in", text(`{"t":`), append(head, typed+"ends in the middle of a JSON value at byte 5", regular+"ends in the middle of a JSON value at byte 5")...)
	f("in", &record{}, append(head, typed+"the value is null", regular+"the value is null")...)
	long := strings.Repeat("v", 300)
	f("in", text(`{"t":"`+long+`"}`), append(head, typed+fmt.Sprintf("not %q", long), regular+"the text to match is over the limit for regular expressions")...)
	f("in", text(`{"t":"`+strings.Repeat(long, 4)+`"}`), append(head, typed+"the record's key, value and headers are over the size limit", regular+"the record's key, value and headers are over the size limit")...)
	f("in2", text("{}"), "all:  : takes")
	if _, ok := table.Trace("nowhere", text("{}")); ok {
		t.Error("nowhere is an input")
	}
}

func TestDecideFor(t *testing.T) {
	t.Parallel()
	table := compile(t, domain)
	if d, ok := table.DecideFor("typed", text(`{"type":"none"}`)); !ok || d.Topic != "typed.v1" {
		t.Errorf("%+v", d)
	}
	if d, ok := table.DecideFor("strict", &record{}); !ok || d.Reason != router.NullValue {
		t.Errorf("%+v", d)
	}
	if d, ok := table.DecideFor("orders", text(strings.Repeat(" ", 3<<10)+"{}")); !ok || d.Reason != router.LimitExceeded {
		t.Errorf("%+v", d)
	}
	if _, ok := table.DecideFor("nobody", text("{}")); ok {
		t.Error("nobody is a product")
	}
}
