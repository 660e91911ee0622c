package consumer

import (
	"testing"

	"pgregory.net/rapid"
)

// TestWatermarkFollowsTheModel settles records in any order and compares the
// watermark with the plain definition: the offset after the longest prefix of
// batches that are wholly settled.
func TestWatermarkFollowsTheModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		src := newSource("in", 0)
		type model struct {
			batch *batch
			left  int64
		}
		var queue []model
		next := int64(0)
		want := int64(-1)
		t.Repeat(map[string]func(*rapid.T){
			"poll": func(t *rapid.T) {
				records := rapid.Int64Range(1, 5).Draw(t, "records")
				// Offsets have gaps: compaction and transaction markers.
				next += records + rapid.Int64Range(0, 3).Draw(t, "gap")
				b := &batch{source: src, next: next, records: records}
				b.left.Store(records)
				src.add(b)
				queue = append(queue, model{b, records})
			},
			"settle": func(t *rapid.T) {
				if len(queue) == 0 {
					t.Skip("nothing in flight")
				}
				i := rapid.IntRange(0, len(queue)-1).Draw(t, "batch")
				if queue[i].left > 0 {
					queue[i].left--
					queue[i].batch.left.Add(-1)
				}
			},
			"": func(t *rapid.T) {
				for len(queue) > 0 && queue[0].left == 0 {
					want = queue[0].batch.next
					queue = queue[1:]
				}
				got, _, news := src.watermark()
				if got != want {
					t.Fatalf("watermark %d, want %d", got, want)
				}
				if news != (want != src.committed) {
					t.Fatalf("news %v with watermark %d and committed %d", news, got, src.committed)
				}
				if src.drained() != (len(queue) == 0) && allSettled(queue, func(m model) int64 { return m.left }) != src.drained() {
					t.Fatalf("drained %v with %d batches left", src.drained(), len(queue))
				}
			},
		})
	})
}

func allSettled[T any](list []T, left func(T) int64) bool {
	for _, m := range list {
		if left(m) != 0 {
			return false
		}
	}
	return true
}

func TestSourcesOfALostPartitionAreNewOnes(t *testing.T) {
	t.Parallel()
	var all sources
	first := all.own("in", 3)
	if all.own("in", 3) != first {
		t.Fatal("the same partition has two sources")
	}
	all.remove(all.some(map[string][]int32{"in": {3, 4}}))
	if !first.gone.Load() {
		t.Error("a removed source is not gone")
	}
	if second := all.own("in", 3); second == first || second.gone.Load() {
		t.Error("a partition that came back has the source of its former time")
	}
	if n := len(all.all()); n != 1 {
		t.Errorf("%d sources, want 1", n)
	}
}
