package gen

import (
	"bytes"
	"encoding/json"
	"testing"
)

// TestSeeded: a seed makes one world, and another seed another.
func TestSeeded(t *testing.T) {
	t.Parallel()
	world := func(seed uint64) []byte {
		var all []byte
		g := New(seed)
		for _, draft := range Drafts {
			s := Schemas{Gen: g, Draft: draft, Formats: true, Patterns: DefaultPatterns}
			schema := s.Schema()
			v := Collect(schema)
			all = append(all, Write(schema)...)
			all = append(all, Write(s.MutateSchema(schema, v))...)
			record := g.Instance(schema, v)
			for range 20 {
				record = g.Mutate(record, v)
				all = append(all, g.Vary(record)...)
				all = append(all, g.MutateBytes(Write(record))...)
			}
		}
		return all
	}
	if !bytes.Equal(world(1), world(1)) {
		t.Error("one seed, two worlds")
	}
	if bytes.Equal(world(1), world(2)) {
		t.Error("two seeds, one world")
	}
}

// TestVary: all ways to write a value mean the value.
func TestVary(t *testing.T) {
	t.Parallel()
	g := New(1)
	for range 2000 {
		v := g.Value(nil, 4)
		text := g.Vary(v)
		if !json.Valid(text) {
			t.Fatalf("%s is no JSON", text)
		}
		again, err := Parse(text)
		if err != nil || !bytes.Equal(Write(again), Write(v)) {
			t.Fatalf("%s is not %s: %v", text, Write(v), err)
		}
		if c := Clone(v); !bytes.Equal(Write(c), Write(v)) {
			t.Fatalf("%s is no copy of %s", Write(c), Write(v))
		}
	}
}

// TestMutate: the given value stays as it was.
func TestMutate(t *testing.T) {
	t.Parallel()
	g := New(1)
	record, _ := Parse([]byte(`{"a":[1,{"b":"c"},[2,3]],"d":{"e":{"f":null}},"g":1.5}`))
	before := Write(record)
	changed := 0
	for range 2000 {
		if m := g.Mutate(record, nil); !bytes.Equal(Write(m), before) {
			changed++
		}
		if !bytes.Equal(Write(record), before) {
			t.Fatal("the original changed")
		}
	}
	if changed < 1800 {
		t.Errorf("only %d of 2000 differ", changed)
	}
}
