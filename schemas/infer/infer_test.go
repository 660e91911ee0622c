package infer

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sluicedata/sluice/validate"
)

var update = flag.Bool("update", false, "write the golden files anew")

// orders are samples such as a domain has.
func orders(n int) []string {
	var list []string
	for i := range n {
		note := "null"
		if i%3 == 0 {
			note = fmt.Sprintf(`"note \u00e9 %d"`, i)
		}
		extra := ""
		if i%5 == 0 {
			extra = fmt.Sprintf(`,"discount":%d,"tags":[]`, i)
		}
		list = append(list, fmt.Sprintf(`{"event_type":"order.placed","event_id":"00000000-0000-4000-8000-%012d","occurred_at":"2026-11-11T13:25:%02dZ",`+
			`"channel":%q,"customer":{"email":"u%d@example.com","vip":%t},"items":[{"sku":"AB-%d","qty":%d,"price":%d.5}],"total":%d,"status":%s,"note":%s,"a\"b<":1%s}`,
			i, i%60, []string{"web", "app", "store"}[i%3], i, i%2 == 0, i, i%7+1, i, i, []string{`"open"`, `"shut"`, "null"}[i%3], note, extra))
	}
	return list
}

func inferred(t testing.TB, in *Inferrer, samples []string) []byte {
	t.Helper()
	for _, s := range samples {
		if err := in.Add([]byte(s)); err != nil {
			t.Fatal(err)
		}
	}
	schema, err := in.Schema("orders")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// TestSchema holds the schema of the orders, as a person reads it.
func TestSchema(t *testing.T) {
	t.Parallel()
	samples := orders(120)
	got := inferred(t, New(0), samples)
	if again := inferred(t, New(0), samples); string(again) != string(got) {
		t.Error("the same samples give another schema")
	}
	const file = "testdata/orders.json"
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	s, err := validate.Compile(got, validate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range samples {
		if v := s.Check([]byte(doc)); v.Class != validate.Valid {
			t.Errorf("%s: %+v", doc, v)
		}
	}
	for from, to := range map[string]string{`"web"`: `"wob"`, `order.placed`: `order.lost`, `"qty":1`: `"qty":1.5`, `"vip":true`: `"vip":null`, `"event_id":"0`: `"event_id":"x`, `"total"`: `"totel"`, `"shut"`: `"x"`} {
		for _, doc := range samples {
			if strings.Contains(doc, from) && s.Valid([]byte(strings.Replace(doc, from, to, 1))) {
				t.Errorf("%s is as good as %s", to, from)
				break
			}
		}
	}
}

// TestEverySampleIsValid is the promise: whatever the samples are, and however
// little may be remembered of them, each is valid under what is inferred.
func TestEverySampleIsValid(t *testing.T) {
	t.Parallel()
	text := rapid.OneOf(
		rapid.SampledFrom([]string{"", "a", "web", "2026-11-11", "2026-11-11T13:25:33Z", "13:25:33Z", "P1D", "a@b.example", "10.0.0.1", "::1", "https://e.example/x", "a:b", "00000000-0000-4000-8000-000000000000", "é😀", "<&>", strings.Repeat("long", 20)}),
		rapid.StringN(0, 5, -1))
	number := rapid.SampledFrom([]string{"0", "-0", "1", "-7", "1.0", "2.50", "1e3", "1E-2", "9007199254740993", strings.Repeat("9", 90), "0.1e400"})
	name := rapid.OneOf(rapid.SampledFrom([]string{"a", "b", "c", "$ref", "é"}), rapid.StringN(0, 2, -1), rapid.Just(strings.Repeat("n", maxNameBytes+1)))
	var value func(depth int) *rapid.Generator[string]
	quoted := func(s string) string {
		b, err := json.Marshal(s)
		if err != nil {
			panic(err)
		}
		return string(b)
	}
	value = func(depth int) *rapid.Generator[string] {
		return rapid.Custom(func(t *rapid.T) string {
			kind := rapid.IntRange(0, 9).Draw(t, "kind")
			if depth == 0 {
				kind %= 6
			}
			switch kind {
			case 0:
				return "null"
			case 1:
				return rapid.SampledFrom([]string{"true", "false"}).Draw(t, "boolean")
			case 2, 3:
				return number.Draw(t, "number")
			case 4, 5:
				return quoted(text.Draw(t, "text"))
			case 6:
				return "[" + strings.Join(rapid.SliceOfN(value(depth-1), 0, 3).Draw(t, "items"), ",") + "]"
			default:
				var members []string
				for _, n := range rapid.SliceOfNDistinct(name, 0, 5, func(n string) string { return quoted(n) }).Draw(t, "names") {
					members = append(members, quoted(n)+":"+value(depth-1).Draw(t, "value"))
				}
				return "{" + strings.Join(members, ",") + "}"
			}
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		samples := rapid.SliceOfN(value(3), 1, 12).Draw(t, "samples")
		times := rapid.SampledFrom([]int{1, 10, 60}).Draw(t, "times") // enough for lists of values
		in := New(0)
		in.names = rapid.SampledFrom([]int{1, 3, maxNames}).Draw(t, "most names")
		in.nodes = rapid.SampledFrom([]int{0, 2, 5, maxNodes}).Draw(t, "most nodes")
		for range times {
			for _, s := range samples {
				if err := in.Add([]byte(s)); err != nil {
					t.Fatalf("%s: %v", s, err)
				}
			}
		}
		schema, err := in.Schema("x")
		if err != nil {
			t.Fatal(err)
		}
		s, err := validate.Compile(schema, validate.Options{})
		if err != nil {
			t.Fatalf("%s: %v", schema, err)
		}
		for _, doc := range samples {
			if v := s.Check([]byte(doc)); v.Class != validate.Valid {
				t.Fatalf("%s is not valid under\n%s: %+v", doc, schema, v)
			}
		}
	})
}

func TestNoSamples(t *testing.T) {
	t.Parallel()
	in := New(0)
	if err := in.Add([]byte(`{"a":1,"a":2}`)); err == nil {
		t.Error("a repeated name is taken")
	}
	if _, err := in.Schema("x"); err == nil || in.Records() != 0 {
		t.Errorf("%v, %d records", err, in.Records())
	}
}

// TestMemory: ever new names, values and places do not add up.
func TestMemory(t *testing.T) {
	in := New(0)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := range 60_000 {
		doc := fmt.Sprintf(`{"id-%d":{"x-%d":%d},"v":"%d","deep":{"p%d":{"q%d":{"r%d":1}}}}`, i, i, i, i, i%150, i%190, i)
		if err := in.Add([]byte(doc)); err != nil {
			t.Fatal(err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 32<<20 {
		t.Errorf("%d MB are held", grown>>20)
	}
	runtime.KeepAlive(in)
}
