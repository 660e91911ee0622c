package router_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/schemas"
)

func TestMatch(t *testing.T) {
	t.Parallel()
	type try struct {
		r    *record
		want bool
	}
	const yes, no = true, false
	headers := func(values ...string) *record {
		r := text("{}")
		for _, v := range values {
			r.headers = append(r.headers, pair{"type", v})
		}
		return r
	}
	key := func(k string) *record { return &record{key: []byte(k), value: []byte("{}")} }
	nested := `{"a":{"b":[10,{"c":"x"},"last"]},"a/b":"slash","m~n":"tilde","":"empty","é":"accent","0":"zero"}`
	for match, tries := range map[string][]try{
		`{ header: type, equals: order }`: {
			{headers("order"), yes},
			{headers("orders"), no},
			{headers("orde"), no},
			{headers("Order"), no},
			{headers(""), no},
			{headers(), no},
			{event("Type", "order"), no},
			{headers("x", "order"), yes},
			{headers("order", "x"), no},
		},
		`{ header: type, equals: "" }`:                {{headers(""), yes}, {headers(), no}, {headers("x"), no}},
		`{ header: type, in: [a, b] }`:                {{headers("a"), yes}, {headers("b"), yes}, {headers("c"), no}, {headers("ab"), no}, {headers(), no}},
		`{ header: type, prefix: com. }`:              {{headers("com.x"), yes}, {headers("com."), yes}, {headers("com"), no}, {headers("xcom."), no}, {headers(), no}},
		`{ header: type, regex: "v[0-9]+" }`:          {{headers("order.v12.x"), yes}, {headers("order.v"), no}, {headers(), no}},
		`{ header: type, regex: "^v[0-9]+$" }`:        {{headers("v1"), yes}, {headers("xv1"), no}, {headers("v1\n"), no}},
		`{ header: type, regex: "^(?i)order$" }`:      {{headers("ORDER"), yes}, {headers("order "), no}},
		`{ key: true, equals: k1 }`:                   {{key("k1"), yes}, {key("k2"), no}, {text("{}"), no}},
		`{ key: true, equals: "" }`:                   {{key(""), yes}, {text("{}"), no}},
		`{ key: true, in: [k1, k2] }`:                 {{key("k2"), yes}, {key("k3"), no}, {text("{}"), no}},
		`{ key: true, prefix: "eu-" }`:                {{key("eu-7"), yes}, {key("us-7"), no}, {text("{}"), no}},
		`{ key: true, regex: "^[a-z]{2}-" }`:          {{key("eu-7"), yes}, {key("\xff-7"), no}, {text("{}"), no}},
		`{ field: /type, equals: order }`:             {{text(`{"type":"order"}`), yes}, {text(`{"type":"\u006frder"}`), yes}, {text(`{"t\u0079pe":"order"}`), yes}, {text(`{"type":"orders"}`), no}, {text(`{"x":{"type":"order"}}`), no}, {text(`["type","order"]`), no}, {text(`"order"`), no}, {text(`{}`), no}},
		`{ field: /type, in: [a, "a\"b", "\u00e9"] }`: {{text(`{"type":"a"}`), yes}, {text(`{"type":"a\"b"}`), yes}, {text(`{"type":"\u00e9"}`), yes}, {text(`{"type":"é"}`), yes}, {text(`{"type":"b"}`), no}},
		`{ field: /type, prefix: "a/" }`:              {{text(`{"type":"a\/b"}`), yes}, {text(`{"type":"a"}`), no}},
		`{ field: /type, regex: "^\\p{L}+$" }`:        {{text(`{"type":"\u00e9t\u00e9"}`), yes}, {text(`{"type":"a1"}`), no}},
		`{ field: /n, equals: "1" }`:                  {{text(`{"n":1}`), yes}, {text(`{"n":"1"}`), yes}, {text(`{"n":1.0}`), no}, {text(`{"n":01}`), no}, {text(`{"n":[1]}`), no}},
		`{ field: /n, equals: "-1.50e3" }`:            {{text(`{"n":-1.50e3}`), yes}, {text(`{"n":-1500}`), no}},
		`{ field: /n, in: ["true", "false"] }`:        {{text(`{"n":true}`), yes}, {text(`{"n":false}`), yes}, {text(`{"n":"true"}`), yes}, {text(`{"n":null}`), no}},
		`{ field: /n, regex: "^" }`:                   {{text(`{"n":""}`), yes}, {text(`{"n":null}`), no}, {text(`{"n":{}}`), no}, {text(`{"n":[]}`), no}, {text(`{}`), no}},
		`{ field: /n, equals: "null" }`:               {{text(`{"n":null}`), no}, {text(`{"n":"null"}`), yes}},
		`{ field: /a/b/0, equals: "10" }`:             {{text(nested), yes}},
		`{ field: /a/b/00, equals: "10" }`:            {{text(nested), no}},
		`{ field: /a/b/-, equals: last }`:             {{text(nested), no}},
		`{ field: /a/b/1/c, equals: x }`:              {{text(nested), yes}},
		`{ field: /a/b/2, equals: last }`:             {{text(nested), yes}},
		`{ field: /a/b/3, equals: last }`:             {{text(nested), no}},
		`{ field: /a/b/-1, equals: last }`:            {{text(nested), no}},
		`{ field: /a/b/2/x, equals: last }`:           {{text(nested), no}},
		`{ field: "/a~1b", equals: slash }`:           {{text(nested), yes}},
		`{ field: "/m~0n", equals: tilde }`:           {{text(nested), yes}},
		`{ field: "/", equals: empty }`:               {{text(nested), yes}},
		`{ field: "/é", equals: accent }`:             {{text(nested), yes}},
		`{ field: /0, equals: zero }`:                 {{text(nested), yes}, {text(`["zero"]`), yes}, {text(`[]`), no}},
	} {
		t.Run(match, func(t *testing.T) {
			t.Parallel()
			table := compile(t, `
unmatched: { action: drop }
products:
  - { name: it, input: in, match: `+match+`, schema: any.json, output: out }
`)
			for _, try := range tries {
				d := table.Decide("in", try.r)
				if got := d.Route.Product == "it"; got != try.want {
					t.Errorf("headers %q key %q value %s: taken is %v, want %v", try.r.headers, try.r.key, try.r.value, got, try.want)
				}
			}
		})
	}
}

// TestFirstInFileOrderWins compares a table with a walk over the products, as
// the documentation tells it.
func TestFirstInFileOrderWins(t *testing.T) {
	t.Parallel()
	base, _ := load(t, `
unmatched: { action: dead_letter, topic: rest }
limits: { pattern_input_bytes: 2 }
products:
  - { name: p, input: in, match: { key: true, equals: x }, schema: any.json, output: out }
`)
	words := rapid.SampledFrom([]string{"", "a", "b", "ab", "ba", "abc"})
	rapid.Check(t, func(t *rapid.T) {
		cfg := *base
		cfg.Products = nil
		for i := range rapid.IntRange(1, 12).Draw(t, "products") {
			p := base.Products[0]
			p.Name, p.Output, p.DLQ = fmt.Sprint("p", i), fmt.Sprint("out", i), fmt.Sprint("dlq", i)
			p.Match = drawMatch(t, words)
			p.DuplicateNames = rapid.SampledFrom([]config.DuplicateNames{config.DuplicateReject, config.DuplicateLast}).Draw(t, "names")
			cfg.Products = append(cfg.Products, p)
		}
		set, err := schemas.Load(&cfg)
		if err != nil {
			t.Fatal(err)
		}
		table, err := router.Compile(&cfg, set)
		if err != nil {
			t.Fatal(err)
		}
		for range 8 {
			r := &record{value: []byte(fmt.Sprintf(rapid.SampledFrom([]string{
				`{"f":%q}`, `{"f":%q}`, `{"f":%q`, `{"f":0,"f":%q}`,
			}).Draw(t, "value"), words.Draw(t, "field")))}
			if rapid.IntRange(0, 5).Draw(t, "tombstone") == 0 {
				r.value = nil
			}
			for _, name := range []string{"h", "g"} {
				if rapid.Bool().Draw(t, "has "+name) {
					r.headers = append(r.headers, pair{name, words.Draw(t, name)})
				}
			}
			if rapid.Bool().Draw(t, "has key") {
				r.key = []byte(words.Draw(t, "key"))
			}
			want, reason := router.Unmatched, router.Reason(0)
			for i := range cfg.Products {
				p := &cfg.Products[i]
				ok, why := takes(p, r)
				if reason == 0 {
					reason = why // of the first product that could not tell
				}
				if ok {
					want = p.Name
					break
				}
			}
			if reason == 0 {
				reason = router.Unroutable
			}
			got := table.Decide("in", r)
			if got.Route.Product != want || want == router.Unmatched && got.Reason != reason {
				t.Fatalf("%+v goes to %s (%s), want %s (%s)", r, got.Route.Product, got.Reason, want, reason)
			}
			if got := traced(table, "in", r); got != want {
				t.Fatalf("%+v is traced to %s, want %s", r, got, want)
			}
		}
	})
}

func drawMatch(t *rapid.T, words *rapid.Generator[string]) *config.Match {
	m := new(config.Match)
	switch rapid.IntRange(0, 9).Draw(t, "subject") {
	case 0, 1, 2, 3:
		m.Header = "h"
	case 4, 5:
		m.Header = "g"
	case 6, 7:
		m.Key = true
	case 8:
		m.Field = "/f"
	default:
		return nil
	}
	word := words.Draw(t, "word")
	switch rapid.IntRange(0, 5).Draw(t, "operator") {
	case 0, 1:
		m.Equals = &word
	case 2, 3:
		m.In = rapid.SliceOfN(words, 1, 3).Draw(t, "in")
	case 4:
		m.Prefix = &word // config.Load refuses an empty one; here it is only another text
	default:
		m.Regex = &word
	}
	return m
}

// takes is what a match means, said in the plainest way: whether the product
// takes the record, and why it cannot tell.
func takes(p *config.Product, r *record) (bool, router.Reason) {
	m := p.Match
	if m == nil {
		return true, 0
	}
	var have string
	switch {
	case m.Key:
		if r.key == nil {
			return false, 0
		}
		have = string(r.key)
	case m.Field != "":
		twice := strings.HasPrefix(string(r.value), `{"f":0,`)
		switch {
		case r.value == nil:
			return false, router.NullValue
		case !strings.HasSuffix(string(r.value), "}"), twice && p.DuplicateNames == config.DuplicateReject:
			return false, router.MalformedJSON
		}
		have = string(r.value[strings.LastIndex(string(r.value), `:"`)+2 : len(r.value)-2])
	default:
		value, ok := r.Header(m.Header)
		if !ok {
			return false, 0
		}
		have = string(value)
	}
	switch {
	case m.Equals != nil:
		return have == *m.Equals, 0
	case m.Prefix != nil:
		return strings.HasPrefix(have, *m.Prefix), 0
	case m.Regex != nil && len(have) > 2:
		return false, router.LimitExceeded
	case m.Regex != nil:
		return regexp.MustCompile(*m.Regex).MatchString(have), 0
	default:
		return slices.Contains(m.In, have), 0
	}
}

// TestRegexSeesAtMost holds the bound on what a regular expression is run over.
func TestRegexSeesAtMost(t *testing.T) {
	t.Parallel()
	table := compile(t, `
unmatched: { action: dead_letter, topic: rest }
limits: { pattern_input_bytes: 1KiB }
products:
  - { name: it, input: in, match: { field: /a, regex: x$ }, schema: any.json, output: out }
`)
	value := func(n int) *record { return text(`{"a":"` + strings.Repeat("x", n) + `"}`) }
	if d := table.Decide("in", value(1024)); d.Route.Product != "it" {
		t.Errorf("a text at the limit goes to %s", d.Route.Product)
	}
	d := table.Decide("in", value(1025))
	if d.Route.Product != router.Unmatched || d.Reason != router.LimitExceeded || d.Verdict == nil {
		t.Errorf("a text over the limit: %+v", d)
	}
}

// TestFieldIsReadAsTheProductReads: products may read the same bytes in
// different ways, and a match follows the product's.
func TestFieldIsReadAsTheProductReads(t *testing.T) {
	t.Parallel()
	table := compile(t, `
unmatched: { action: dead_letter, topic: rest }
products:
  - { name: strict, input: in, match: { field: /t, equals: a }, schema: any.json, output: o1 }
  - { name: registry, input: in, match: { field: /t, in: [a, r] }, wire_format: confluent, schema: any.json, output: o2 }
  - { name: last, input: in, match: { field: /t, in: [a, b] }, duplicate_names: last, schema: any.json, output: o3 }
  - { name: both, input: in, match: { field: /t, in: [a, s] }, duplicate_names: last, wire_format: confluent, schema: any.json, output: o4 }
`)
	for value, want := range map[string]string{
		`{"t":"a"}`:                                "strict",
		"\x00\x00\x00\x00\x07" + `{"t":"a"}`:       "registry",
		"\x00\x00\x00\x00\x07" + `{"t":1,"t":"a"}`: "both",
		`{"t":"a","t":"b"}`:                        "last",
		`{"t":"b","t":"c"}`:                        router.Unmatched,
		`{"t":"b"}`:                                "last",
	} {
		if got := table.Decide("in", text(value)).Route.Product; got != want {
			t.Errorf("%q goes to %s, want %s", value, got, want)
		}
		if got := traced(table, "in", text(value)); got != want {
			t.Errorf("%q is traced to %s, want %s", value, got, want)
		}
	}
}
