package main

import (
	"testing"
)

// some are the corpora of the Go benchmarks; the table has all.
var some = []string{"sales_order", "sales_refund", "wide_object", "big_enum", "one_of_discriminator", "pattern_properties", "formats", "refs", "unevaluated_2020"}

func BenchmarkValid(b *testing.B) {
	for _, name := range some {
		all, err := corpora("../../../shared", func(n string) bool { return n == name })
		if err != nil {
			b.Fatal(err)
		}
		f, err := enter(all[0])
		if err != nil {
			b.Fatal(err)
		}
		for _, contender := range []string{ours, oursEmpty, scan, sonicValid, jsonValid, santhosh, withSonic, gojs} {
			c, ok := f.contenders[contender]
			if !ok {
				continue
			}
			b.Run(name+"/"+contender, func(b *testing.B) { over(b, c, f.good, f.size()) })
		}
		b.Run(name+"/bad", func(b *testing.B) { over(b, f.contenders[oursExplain], f.bad, f.size()) })
	}
}

func over(b *testing.B, c contender, records [][]byte, size int) {
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		c.do(records[i%len(records)])
	}
}

// TestCorpora: every corpus can be made, is what it says, and is judged alike
// by all. It makes a few, the table all.
func TestCorpora(t *testing.T) {
	t.Parallel()
	names := map[string]bool{"sales_order": true, "any_of_discriminator": true, "recursive_tree": true, "unevaluated_2019": true}
	all, err := corpora("../../../shared", func(n string) bool { return names[n] })
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != len(names) {
		t.Fatalf("%d corpora", len(all))
	}
	for _, c := range all {
		if len(c.good) < perCorpus || len(c.bad) < perCorpus || c.draft == 0 {
			t.Errorf("%s: %d good, %d bad, draft %d", c.name, len(c.good), len(c.bad), c.draft)
		}
		if _, err := enter(c); err != nil {
			t.Error(err)
		}
	}
}
