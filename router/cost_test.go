package router_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/schemas"
	"github.com/sluicedata/sluice/validate"
)

// many is a table whose one input has n products, chosen by a header.
func many(t testing.TB, n int) *router.Table {
	t.Helper()
	cfg, _ := load(t, `
unmatched: { action: drop }
products:
  - { name: p, input: in, match: { header: type, equals: x }, schema: order.json, output: out }
`)
	p := cfg.Products[0]
	cfg.Products = nil
	for i := range n {
		value := fmt.Sprintf("com.example.event-%d", i)
		match := *p.Match
		match.Equals = &value
		p.Name, p.Output, p.DLQ, p.Match = fmt.Sprint("p", i), fmt.Sprint("out", i), "dlq", &match
		cfg.Products = append(cfg.Products, p)
	}
	set, err := schemas.Load(cfg)
	if err != nil {
		t.Fatal(err)
	}
	table, err := router.Compile(cfg, set)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// race says that the race detector is on.
var race bool

const good = `{"id":1,"name":"a","type":"order","\u0074ag":"\u006fk"}`

// TestDecideAllocatesNothing: of an accepted record, whatever way it is
// matched, Decide costs no allocation besides those of the engine.
func TestDecideAllocatesNothing(t *testing.T) {
	if race {
		t.Skip("allocations are not those of a build without the race detector")
	}
	schema, err := validate.Compile([]byte(contracts["order.json"]), validate.Options{Location: "file:///order.json"})
	if err != nil {
		t.Fatal(err)
	}
	engine := testing.AllocsPerRun(200, func() { schema.Valid([]byte(good)) })
	const output = `, schema: order.json, output: out }`
	for what, yaml := range map[string]string{
		"no match":       `{ name: p, input: in` + output,
		"header":         `{ name: p, input: in, match: { header: type, in: [order, x] }` + output,
		"key":            `{ name: p, input: in, match: { key: true, prefix: k }` + output,
		"regex":          `{ name: p, input: in, match: { header: type, regex: "^o(r|s)der$" }` + output,
		"field":          `{ name: p, input: in, match: { field: /type, equals: order }` + output,
		"escaped field":  `{ name: p, input: in, match: { field: /tag, equals: ok }` + output,
		"numbered field": `{ name: p, input: in, match: { field: /id, regex: "^[0-9]+$" }` + output,
	} {
		table := compile(t, "\nunmatched: { action: drop }\nproducts:\n  - "+yaml+"\n")
		r := &fixed{key: []byte("k"), value: []byte(good), header: []byte("order")}
		var d router.Decision
		if got := testing.AllocsPerRun(200, func() { d = table.Decide("in", r) }); got > engine {
			t.Errorf("%s: %v allocations, of which the engine makes %v", what, got, engine)
		}
		if d.Outcome != router.Accepted || d.Topic != "out" {
			t.Fatalf("%s: %+v", what, d)
		}
	}
	table := many(t, 1000)
	r := &fixed{header: []byte("com.example.event-999")} // a tombstone: no engine
	if got := testing.AllocsPerRun(200, func() { table.Decide("in", r) }); got != 0 {
		t.Errorf("the last of 1000 products: %v allocations", got)
	}
}

// fixed is a record that costs nothing to look at.
type fixed struct{ key, value, header []byte }

func (r *fixed) Key() []byte                  { return r.key }
func (r *fixed) Value() []byte                { return r.value }
func (r *fixed) Header(string) ([]byte, bool) { return r.header, r.header != nil }
func (r *fixed) Size() int                    { return len(r.key) + len(r.value) + len(r.header) }

func BenchmarkDecide(b *testing.B) {
	run := func(name string, table *router.Table, r *fixed) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(r.value)))
			for b.Loop() {
				table.Decide("in", r)
			}
		})
	}
	// Tombstones do not meet the engine: what is left is our own cost.
	for _, n := range []int{1, 45, 1000} {
		last := fmt.Appendf(nil, "com.example.event-%d", n-1)
		run(fmt.Sprintf("route/products=%d", n), many(b, n), &fixed{header: last})
	}
	const products = `
unmatched: { action: drop }
products:
  - { name: p, input: in, match: { field: /type, equals: order }, schema: order.json, output: out }
`
	run("field/accepted", compile(b, products), &fixed{value: []byte(good)})
	run("field/violation", compile(b, products), &fixed{value: []byte(strings.Replace(good, "1", `"1"`, 1))})
	run("header/accepted", many(b, 45), &fixed{header: []byte("com.example.event-44"), value: []byte(good)})
}
