package compat_test

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/sluicedata/sluice/schemas/compat"
	"github.com/sluicedata/sluice/validate"
	"github.com/sluicedata/sluice/validate/difftest/gen"
	"github.com/sluicedata/sluice/validate/program/pattern"
)

// perPair is how many documents meet each pair of schemas; the environment may
// ask for more: SLUICE_COMPAT_DOCUMENTS=1000.
func perPair(t *testing.T) int {
	t.Helper()
	if n := os.Getenv("SLUICE_COMPAT_DOCUMENTS"); n != "" {
		i, err := strconv.Atoi(n)
		if err != nil {
			t.Fatalf("SLUICE_COMPAT_DOCUMENTS: %v", err)
		}
		return i
	}
	return 50
}

// ourPattern leaves only the schemas to disagree about, not regular
// expressions.
type ourPattern struct{ *pattern.Pattern }

func (p ourPattern) MatchString(s string) bool { return p.Match([]byte(s)) }

// judges are the two validators of a schema.
type judges struct {
	ours  *validate.Schema
	other *jsonschema.Schema
}

// compile returns an error where a validator does not take the schema.
func compile(text string) (j judges, err error) {
	if j.ours, err = validate.Compile([]byte(text), validate.Options{Location: gen.Location}); err != nil {
		return j, err
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return j, err
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(jsonschema.SchemeURLLoader{})
	c.AssertFormat()
	c.UseRegexpEngine(func(expr string) (jsonschema.Regexp, error) {
		p, err := pattern.Compile(expr, pattern.Options{})
		return ourPattern{p}, err
	})
	if err := c.AddResource(gen.Location, doc); err != nil {
		return j, err
	}
	j.other, err = c.Compile(gen.Location)
	return j, err
}

// valid is what each of both validators says of a document.
func (j judges) valid(t *testing.T, doc any) [2]bool {
	t.Helper()
	text := gen.Write(doc)
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return [2]bool{j.ours.Valid(text), j.other.Validate(value) == nil}
}

// TestVerdictsHold: no document that is made for either schema, or near it,
// contradicts a verdict, whichever validator judges it.
func TestVerdictsHold(t *testing.T) {
	t.Parallel()
	n := perPair(t)
	for i, c := range table(t) {
		t.Run(c.title, func(t *testing.T) {
			t.Parallel()
			hold(t, c.old, c.new, n, uint64(i))
		})
	}
}

// hold checks a pair, and that the examples of its report are what they claim.
func hold(t *testing.T, older, newer string, documents int, seed uint64) compat.Report {
	t.Helper()
	r := compat.Compare(load(t, older), load(t, newer))
	before, err := compile(older)
	if err != nil {
		t.Fatalf("%s: %v", older, err)
	}
	after, err := compile(newer)
	if err != nil {
		t.Fatalf("%s: %v", newer, err)
	}
	// shows reports whether a document is in the first schema only, by ours.
	shows := func(doc string, in, out judges) bool {
		v, err := gen.Parse([]byte(doc))
		return err == nil && in.valid(t, v)[0] && !out.valid(t, v)[0]
	}
	for _, c := range append([]compat.Change{{Backward: r.Backward, Forward: r.Forward}}, r.Changes...) {
		if doc := c.Backward.Example; doc != "" && !shows(doc, before, after) {
			t.Errorf("%s: %q does not show that BACKWARD breaks", c.What, doc)
		}
		if doc := c.Forward.Example; doc != "" && !shows(doc, after, before) {
			t.Errorf("%s: %q does not show that FORWARD breaks", c.What, doc)
		}
	}
	g := gen.New(seed)
	schemas := [2]any{}
	for i, text := range []string{older, newer} {
		if schemas[i], err = gen.Parse([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	words := gen.Collect([]any{schemas[0], schemas[1]})
	for i := range documents {
		doc := g.Instance(schemas[i%2], words)
		if i%3 == 2 {
			doc = g.Mutate(doc, words)
		}
		was, is := before.valid(t, doc), after.valid(t, doc)
		for k, judge := range []string{"ours", "the other validator"} {
			if was[k] && !is[k] && r.Backward.Relation == compat.Compatible || is[k] && !was[k] && r.Forward.Relation == compat.Compatible {
				t.Fatalf("%s by %s: old %v, new %v, but backward %v, forward %v\nold: %s\nnew: %s",
					gen.Write(doc), judge, was[k], is[k], r.Backward.Relation, r.Forward.Relation, older, newer)
			}
		}
	}
	return r
}

// TestRandomSchemas compares schemas that a generator made with mutations of
// them.
func TestRandomSchemas(t *testing.T) {
	t.Parallel()
	pairs := 200
	if n := perPair(t); n > 50 {
		pairs = n
	}
	count := map[string]int{}
	for i := range pairs {
		g := &gen.Schemas{Gen: gen.New(uint64(i)), Draft: []gen.Draft{4, 6, 7, 2019, 2020}[i%5], Patterns: gen.DefaultPatterns[:6]}
		older := g.Schema()
		newer := any(older)
		for range 1 + i%3 {
			newer = g.MutateSchema(newer, gen.Collect(older))
		}
		a, b := string(gen.Write(older)), string(gen.Write(newer))
		if _, err := compile(a); err != nil {
			continue
		}
		if _, err := compile(b); err != nil {
			continue
		}
		r := hold(t, a, b, perPair(t), uint64(i))
		count[fmt.Sprintf("%v/%v", r.Backward.Relation, r.Forward.Relation)]++
	}
	t.Logf("backward/forward: %v", count)
	if len(count) < 5 {
		t.Errorf("the pairs have only %d different relations: %v", len(count), count)
	}
}
