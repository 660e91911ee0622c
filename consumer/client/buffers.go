package client

import (
	"math"
	"math/bits"
	"sync"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Buffers keeps what fetched batches are decompressed and decoded into, for
// the next ones: a consumer that calls Recycle on every record of a batch
// leaves nearly nothing to the garbage collector. It is a kgo.Pool, and a hook
// from which it learns how far batches expand. The zero Buffers is ready to
// use, by several goroutines.
//
// Slices are kept by size: one size for all would pin a megabyte for each
// batch of a few records, which is what a quiet topic's batches hold.
type Buffers struct {
	records, bytes sizes
	// expansion is how many times larger than compressed recent batches were,
	// in 1/256; 0 before the first.
	expansion atomic.Int64
}

// A batch is expected to expand so much before one was seen.
const firstExpansion = 4 << 8

// GetRecords returns a slice with capacity for n records.
func (b *Buffers) GetRecords(n int) []kgo.Record {
	class, size := classOf(max(n, 8))
	if v, _ := b.records[class].Get().(*[]kgo.Record); v != nil {
		return (*v)[:0]
	}
	return make([]kgo.Record, 0, size)
}

// PutRecords takes a slice back.
func (b *Buffers) PutRecords(r []kgo.Record) {
	if class, ok := holds(cap(r)); ok {
		r = r[:0]
		b.records[class].Put(&r)
	}
}

// GetDecompressBytes returns a slice that compressed probably fits in once it
// is decompressed.
func (b *Buffers) GetDecompressBytes(compressed []byte, _ kgo.CompressionCodecType) []byte {
	expansion := b.expansion.Load()
	if expansion == 0 {
		expansion = firstExpansion
	}
	// An eighth more, so that a batch that compresses a little better than
	// those before it still fits, and what bytes.Buffer wants free at the end.
	expected := int64(len(compressed)) * expansion >> 8
	class, size := classOf(int(min(max(expected+expected/8+512, 4096), math.MaxInt32)))
	if v, _ := b.bytes[class].Get().(*[]byte); v != nil {
		return (*v)[:0]
	}
	return make([]byte, 0, size)
}

// PutDecompressBytes takes a slice back.
func (b *Buffers) PutDecompressBytes(s []byte) {
	if class, ok := holds(cap(s)); ok {
		s = s[:0]
		b.bytes[class].Put(&s)
	}
}

// OnFetchBatchRead learns how far a batch expanded: at once when it is more
// than expected, slowly when it is less.
func (b *Buffers) OnFetchBatchRead(_ kgo.BrokerMetadata, _ string, _ int32, m kgo.FetchBatchMetrics) {
	if m.CompressedBytes <= 0 || m.UncompressedBytes == m.CompressedBytes {
		return
	}
	seen := int64(m.UncompressedBytes) << 8 / int64(m.CompressedBytes)
	if was := b.expansion.Load(); seen < was {
		seen = was - (was-seen)/16
	}
	b.expansion.Store(seen)
}

// sizes are pools of slices by size class.
type sizes [4 * 32]sync.Pool

// classOf returns the smallest class whose slices hold n elements, and how
// many they hold: four classes an octave.
func classOf(n int) (class, size int) {
	if n <= 4 {
		return 0, 4
	}
	// n is in (step*q, step*(q+1)] of an octave of four steps.
	octave := bits.Len(uint(n-1)) - 3 // of the step
	if octave < 0 {
		octave = 0
	}
	step := 1 << octave
	quarters := (n + step - 1) / step // 5..8
	return 4*octave + quarters - 4, quarters * step
}

// holds returns the largest class whose slices hold no more than n elements.
func holds(n int) (class int, ok bool) {
	if n < 4 {
		return 0, false
	}
	class, size := classOf(n)
	if size > n {
		class--
	}
	return class, class < len(sizes{})
}
