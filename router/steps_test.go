package router

import "testing"

// TestNeighboursShareAStep: products that look at the same text with equals or
// in are one step, so that a look-up costs the same for any number of them.
func TestNeighboursShareAStep(t *testing.T) {
	t.Parallel()
	exact := func(s subject, texts ...string) condition { return condition{subject: s, exact: texts} }
	h, g := subject{of: header, name: "h"}, subject{of: header, name: "g"}
	f, fc := subject{of: field, name: "/f"}, subject{of: field, name: "/f", reading: skipPrefix}
	first, second := new(product), new(product)
	var in input
	in.add(exact(h, "a"), first)
	in.add(exact(h, "a", "b"), second)
	in.add(exact(g, "a"), second)
	in.add(exact(h, "c"), second) // not a neighbour any more
	in.add(condition{subject: h, prefix: []byte("x")}, first)
	in.add(exact(h, "d"), first)
	if in.fields {
		t.Error("no step looks into the value")
	}
	in.add(exact(f, "a"), first)
	in.add(exact(fc, "a"), second) // reads the value in another way
	if !in.fields {
		t.Error("two steps look into the value")
	}
	want := []int{2, 1, 1, 0, 1, 1, 1} // exact texts; 0 is another operator
	if len(in.steps) != len(want) {
		t.Fatalf("%d steps, want %d", len(in.steps), len(want))
	}
	for i, n := range want {
		if got := len(in.steps[i].exact); got != n {
			t.Errorf("step %d has %d texts, want %d", i, got, n)
		}
	}
	if in.steps[0].exact["a"] != first || in.steps[0].exact["b"] != second {
		t.Error("a text does not belong to the first product that names it")
	}
}
