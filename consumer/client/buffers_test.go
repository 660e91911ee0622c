package client

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

func TestEverySliceHoldsWhatItsClassPromises(t *testing.T) {
	t.Parallel()
	before := 0
	for n := 1; n < 1<<21; n += 1 + n/97 {
		class, size := classOf(n)
		if size < n || n > 16 && size > n+n/4+1 {
			t.Fatalf("%d elements: class %d holds %d", n, class, size)
		}
		if class < before {
			t.Fatalf("%d elements: class %d after %d", n, class, before)
		}
		before = class
		back, ok := holds(size)
		if !ok && n >= 4 || ok && back != class {
			t.Fatalf("a slice of %d goes to class %d, came from %d", size, back, class)
		}
		// What grew elsewhere has any capacity: it must hold what its class says.
		if kept, ok := holds(n); ok {
			if _, promised := classOf(n); kept == class && promised > n {
				t.Fatalf("a slice of %d is kept as %d", n, promised)
			}
		}
	}
}

func TestBuffersAreAsLargeAsBatchesExpand(t *testing.T) {
	t.Parallel()
	var b Buffers
	b.OnFetchBatchRead(kgo.BrokerMetadata{}, "in", 0, kgo.FetchBatchMetrics{UncompressedBytes: 30_000, CompressedBytes: 10_000})
	s := b.GetDecompressBytes(make([]byte, 10_000), kgo.CodecLz4)
	if cap(s) < 33_000 || cap(s) > 45_000 {
		t.Errorf("a batch that expands to 30,000 bytes got %d", cap(s))
	}
	r := b.GetRecords(1000)
	if len(r) != 0 || cap(r) < 1000 || cap(r) > 1300 {
		t.Errorf("records: len %d, cap %d", len(r), cap(r))
	}
	b.PutRecords(r)
	b.PutRecords(nil)
	b.PutDecompressBytes(make([]byte, 3)) // smaller than any class: let go of
	b.PutDecompressBytes(s)
	if again := b.GetDecompressBytes(make([]byte, 10_000), kgo.CodecLz4); len(again) != 0 || cap(again) < 33_000 {
		t.Errorf("a slice that came back: len %d, cap %d", len(again), cap(again))
	}
}

func TestExpansionFollowsWhatIsFetched(t *testing.T) {
	t.Parallel()
	var b Buffers
	see := func(times int) {
		b.OnFetchBatchRead(kgo.BrokerMetadata{}, "in", 0, kgo.FetchBatchMetrics{UncompressedBytes: times * 1000, CompressedBytes: 1000})
	}
	see(3)
	see(10)
	if got := b.expansion.Load(); got != 10<<8 {
		t.Errorf("after a batch of 10 times: %d/256", got)
	}
	for range 200 {
		see(3)
	}
	if got := b.expansion.Load(); got > 4<<8 {
		t.Errorf("after 200 batches of 3 times: %d/256", got)
	}
	b.OnFetchBatchRead(kgo.BrokerMetadata{}, "in", 0, kgo.FetchBatchMetrics{UncompressedBytes: 500, CompressedBytes: 500})
	if got := b.expansion.Load(); got > 4<<8 || got < 3<<8 {
		t.Errorf("an uncompressed batch changed it to %d/256", got)
	}
}
