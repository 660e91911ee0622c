package router_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/schemas"
	"github.com/sluicedata/sluice/validate"
)

// many is a table of n products whose texts differ in their number. Change says
// where each looks, and what else is its own.
func many(t testing.TB, n int, change func(p *config.Product, text string)) *router.Table {
	t.Helper()
	cfg, _ := load(t, `
unmatched: { action: drop }
products:
  - { name: p, input: in, match: { header: type, equals: x }, schema: order.json, output: out }
`)
	p := cfg.Products[0]
	cfg.Products = nil
	for i := range n {
		p.Name, p.Output, p.DLQ, p.Match = fmt.Sprint("p", i), fmt.Sprint("out", i), "dlq", new(config.Match)
		change(&p, textOf(i))
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

func textOf(i int) string { return fmt.Sprintf("com.example.event-%d.", i) }

// ways in which many products can divide records among themselves, and a record
// of the product with a text.
var ways = []struct {
	name   string
	change func(p *config.Product, text string)
	record func(text string) (topic string, r *fixed)
}{
	{
		"header",
		func(p *config.Product, text string) { p.Match.Header, p.Match.Equals = "type", &text },
		func(text string) (string, *fixed) { return "in", &fixed{header: []byte(text)} },
	},
	{
		"key",
		func(p *config.Product, text string) { p.Match.Key, p.Match.In = true, []string{text, text + "2"} },
		func(text string) (string, *fixed) { return "in", &fixed{key: []byte(text)} },
	},
	{
		"prefix",
		func(p *config.Product, text string) { p.Match.Key, p.Match.Prefix = true, &text },
		func(text string) (string, *fixed) { return "in", &fixed{key: []byte(text + "created")} },
	},
	{
		"field",
		func(p *config.Product, text string) { p.Match.Field, p.Match.Equals = "/type", &text },
		func(text string) (string, *fixed) {
			return "in", &fixed{value: fmt.Appendf(nil, `{"id":1,"name":"a","type":%q}`, text)}
		},
	},
	{
		// Neighbours look elsewhere: first a header, then a key, then a header.
		"mixed",
		func(p *config.Product, text string) {
			if p.Match.Equals = &text; len(p.Name)%2 == int(p.Name[len(p.Name)-1])%2 {
				p.Match.Key = true
			} else {
				p.Match.Header = "type"
			}
		},
		func(text string) (string, *fixed) { return "in", &fixed{key: []byte(text), header: []byte(text)} },
	},
	{
		"inputs",
		func(p *config.Product, text string) { p.Match, p.Input = nil, config.Topics{text} },
		func(text string) (string, *fixed) { return text, new(fixed) },
	},
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
	for _, way := range ways {
		table := many(t, 1000, way.change)
		topic, r := way.record(textOf(999))
		if got := testing.AllocsPerRun(200, func() { table.Decide(topic, r) }); got != 0 {
			t.Errorf("%s, the last of 1000 products: %v allocations", way.name, got)
		}
		if d := table.Decide(topic, r); d.Topic != "out999" {
			t.Errorf("%s: the record of the last product is %s to %q", way.name, d.Outcome, d.Topic)
		}
	}
}

// fixed is a record that costs nothing to look at.
type fixed struct{ key, value, header []byte }

func (r *fixed) Key() []byte                  { return r.key }
func (r *fixed) Value() []byte                { return r.value }
func (r *fixed) Header(string) ([]byte, bool) { return r.header, r.header != nil }
func (r *fixed) Size() int                    { return len(r.key) + len(r.value) + len(r.header) }

func BenchmarkDecide(b *testing.B) {
	run := func(name string, table *router.Table, topic string, r *fixed) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(r.value)))
			for b.Loop() {
				table.Decide(topic, r)
			}
		})
	}
	// Where a way needs no value the record is a tombstone, which the engine does
	// not meet: what is left is our own cost.
	for _, way := range ways {
		for _, n := range []int{1, 10, 100, 1000} {
			topic, r := way.record(textOf(n - 1))
			run(fmt.Sprintf("%s/products=%d", way.name, n), many(b, n, way.change), topic, r)
		}
	}
	const products = `
unmatched: { action: drop }
products:
  - { name: p, input: in, match: { field: /type, equals: order }, schema: order.json, output: out }
`
	run("field/accepted", compile(b, products), "in", &fixed{value: []byte(good)})
	run("field/violation", compile(b, products), "in", &fixed{value: []byte(strings.Replace(good, "1", `"1"`, 1))})
	run("header/accepted", many(b, 45, ways[0].change), "in", &fixed{header: []byte(textOf(44)), value: []byte(good)})
}
