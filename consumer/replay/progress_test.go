package replay

import (
	"testing"

	"pgregory.net/rapid"
)

// TestProgress settles a partition in runs that each stop somewhere and begin
// again from what was committed, and holds them equal to a plain set.
func TestProgress(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const size = 1200
		exists := func(o int64) bool { return o%11 != 3 } // gaps of transactions
		settled := make(map[int64]bool)
		at, metadata := int64(0), ""
		for range rapid.IntRange(1, 6).Draw(t, "runs") {
			p, err := newProgress(at, metadata, size)
			if err != nil {
				t.Fatal(err)
			}
			modulo := int64(rapid.IntRange(1, 9).Draw(t, "every"))
			stop := int64(rapid.IntRange(0, size).Draw(t, "stop"))
			for o := p.next; o < stop; o++ {
				if !exists(o) {
					continue
				}
				p.arrive(o)
				if p.open(o) == settled[o] {
					t.Fatalf("offset %d: open is %t, settled was %t", o, p.open(o), settled[o])
				}
				if settled[o] {
					continue
				}
				if o%modulo != 0 && p.canLeave(o) {
					p.leave(o)
					continue
				}
				p.settle(o)
				settled[o] = true
			}
			if stop == size {
				p.finish()
			}
			if n := len(p.holes); n > maxHoles {
				t.Fatalf("%d holes", n)
			}
			at, metadata = p.commit()
			if len(metadata) > 4096 {
				t.Fatalf("%d bytes of metadata", len(metadata))
			}
		}
		p, err := newProgress(at, metadata, size)
		if err != nil {
			t.Fatal(err)
		}
		for o := range int64(size) {
			if exists(o) && o >= at && p.open(o) == settled[o] || o < at && exists(o) && !settled[o] {
				t.Fatalf("offset %d of %d: settled is %t", o, at, settled[o])
			}
		}
	})
}

func TestBrokenMetadata(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"!", "AA", "AQ", "AAE", "_____________w8B"} {
		if p, err := newProgress(7, metadataPrefix+text, 10); err == nil {
			t.Errorf("%q is taken as %v", text, p.holes)
		}
	}
	// Another tool's metadata says nothing of holes.
	p, err := newProgress(7, "by hand", 10)
	if err != nil {
		t.Fatal(err)
	}
	if at, metadata := p.commit(); at != 7 || metadata != "" || p.left() != 3 {
		t.Errorf("%d %q, %d left", at, metadata, p.left())
	}
}
