package config

import (
	"slices"
	"testing"
)

const scalarText = text // where a parameter hides the kind

func TestBytes(t *testing.T) {
	t.Parallel()
	f := func(text string, want Bytes, wantText string) {
		t.Helper()
		got, ok := parseBytes(text)
		if !ok || got != want || got.String() != wantText {
			t.Errorf("%s is %d, %s", text, got, got)
		}
		if back, ok := parseBytes(wantText); ok && back != want {
			t.Errorf("%s is read back as %d", wantText, back)
		}
	}
	f("0kB", 0, "0")
	f("1kB", 1000, "1000")
	f("64KiB", 64<<10, "64KiB")
	f("1024KiB", 1<<20, "1MiB")
	f("3GiB", 3<<30, "3GiB")
	f("2GB", 2e9, "1953125KiB")
	for _, text := range []string{"", "1", "1 MiB", "1.5MiB", "-1MiB", "01KiB", "1mib", "KiB", "9223372036854775807KiB", "99999999999999999999GiB"} {
		if got, ok := parseBytes(text); ok {
			t.Errorf("%q is %d", text, got)
		}
	}
}

func TestExpand(t *testing.T) {
	t.Parallel()
	lookup := func(name string) (string, bool) {
		v, ok := map[string]string{"A": "1", "EMPTY": "", "NESTED": "${A}"}[name]
		return v, ok
	}
	f := func(text, want string, wantUsed bool) {
		t.Helper()
		got, used, mistakes := expand(text, lookup)
		if got != want || used != wantUsed || mistakes != nil {
			t.Errorf("%q became %q, used %t, %v", text, got, used, mistakes)
		}
	}
	f("", "", false)
	f("$A $ { }", "$A $ { }", false)
	f("${A}", "1", true)
	f("x${A}y${A}z", "x1y1z", true)
	f("${B:two}", "two", true)
	f("${B:}", "", true)
	f("${EMPTY:two}", "", true)
	f("${B:a:b}", "a:b", true)
	f("${NESTED}", "${A}", true)
	f("$${A}", "${A}", false)
	f("$${A}${A}", "${A}1", true)
}

func TestNearest(t *testing.T) {
	t.Parallel()
	names := []string{"domain", "kafka", "commit_interval", "http", "limits", "engine", "PLAIN", "SCRAM-SHA-512"}
	f := func(word, want string) {
		t.Helper()
		if got := nearest(word, names); got != want {
			t.Errorf("%s: %q instead of %q", word, got, want)
		}
	}
	f("domian", "domain")
	f("Domain", "domain")
	f("kafk", "kafka")
	f("commitInterval", "commit_interval")
	f("commit-interval", "commit_interval")
	f("htpp", "http")
	f("limit", "limits")
	f("plain", "PLAIN")
	f("scram_sha512", "SCRAM-SHA-512")
	f("topics", "")
	f("x", "")
	f("", "")
}

func TestDistance(t *testing.T) {
	t.Parallel()
	f := func(a, b string, want int) {
		t.Helper()
		if got := distance(a, b); got != want {
			t.Errorf("%s, %s: %d", a, b, got)
		}
		if got := distance(b, a); got != want {
			t.Errorf("%s, %s: %d", b, a, got)
		}
	}
	f("", "", 0)
	f("", "abc", 3)
	f("abc", "abc", 0)
	f("abc", "acb", 1)
	f("abc", "abd", 1)
	f("kitten", "sitting", 3)
	f("abcd", "badc", 2)
}

func TestProblemString(t *testing.T) {
	t.Parallel()
	f := func(p Problem, want string) {
		t.Helper()
		if got := p.String(); got != want {
			t.Error(got)
		}
	}
	f(Problem{File: "a.yaml", Line: 3, Column: 5, Path: "x.y", What: "is wrong", Mend: "mend it"}, "a.yaml:3:5: x.y: is wrong: mend it")
	f(Problem{File: "a.yaml", What: "is empty", Mend: "fill it"}, "a.yaml: is empty: fill it")
	f(Problem{Path: "kafka", What: "is wrong"}, "kafka: is wrong")
}

// The library's lexer takes a:1 in a list within braces for a mapping.
func TestColonsInLists(t *testing.T) {
	t.Parallel()
	f := func(text string, want ...string) {
		t.Helper()
		r := newReport("x")
		n := parse([]byte(text), r)
		if err := r.err(); err != nil {
			t.Fatal(text, err)
		}
		for n.kind == mapping {
			n = n.entries[0].value
		}
		var got []string
		for _, item := range n.items {
			if item.kind == scalarText {
				got = append(got, item.text)
			} else {
				got = append(got, item.kind.String())
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q", text, got)
		}
	}
	f("a: { b: [localhost:9092] }", "localhost:9092")
	f("a: { b: [c:1, 127.0.0.1:9092, x:y:z, 1:2] }", "c:1", "127.0.0.1:9092", "x:y:z", "1:2")
	f("a: [c:1, d]", "c:1", "d")
	f("a: { b: [c: 1, {d: e}, d: e] }", "a mapping", "a mapping", "a mapping")
	f(`a: { b: ["c":1, "d:e"] }`, "a mapping", "d:e")
	f("a:\n  - b:1\n  - c: 1\n", "b:1", "a mapping")
}

// TestWarnings: what does nothing is no mistake, but told with its place.
func TestWarnings(t *testing.T) {
	t.Parallel()
	const head = `domain: sales
kafka: { brokers: ["localhost:9092"] }
unmatched: { action: drop }
products:
`
	f := func(products, want string) {
		t.Helper()
		cfg, err := load("testdata/x.yaml", []byte(head+products), environment)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, w := range cfg.Warnings {
			got += w.String() + "\n"
		}
		if got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
	}
	f(`  - { name: a, input: in, schema: order.json, output: a, match: { key: true, prefix: a } }
  - { name: b, input: in, schema: order.json, output: b, match: { key: true, in: [b, ab] } }
  - { name: c, input: in2, schema: order.json, output: c, match: { key: true, in: [c, ab] } }
`, "testdata/x.yaml:6:86: products[1].match.in[1]: \"ab\" never gets here from input in, because product a before it takes it: remove it, or put this product first\n")
	f(`  - { name: a, input: in, schema: order.json, output: a, match: { key: true, prefix: a } }
  - { name: b, input: in, schema: order.json, output: b }
`, "testdata/x.yaml:3:12: unmatched: is for no record: every input has a product that takes all: remove it, or give that product a match\n")
}
