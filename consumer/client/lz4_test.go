package client

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// orders are n bytes of JSON records, one after the other.
func orders(n int) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, `{"order_id":"o-%08d","customer":{"id":"c-%05d","tier":"gold"},"lines":[{"sku":"SKU-%04d","quantity":%d,"price":%d.%02d}],"note":"deliver to the door"}`,
			i*7919, i*31%2000, i*17%9999, i%9+1, i%300, i%100)
	}
	return b.Bytes()[:n]
}

func TestBlocksAreWhatTheClientReads(t *testing.T) {
	t.Parallel()
	var c lz4Blocks
	decompressor := kgo.DefaultDecompressor()
	random := make([]byte, 200<<10)
	for i := range random {
		random[i] = byte(rand.Uint32())
	}
	for _, src := range [][]byte{{}, []byte("x"), orders(600), orders(64 << 10), orders(64<<10 + 1), orders(1 << 20), random} {
		for range 3 { // with a fresh writer, and with the same again
			out, codec := c.Compress(new(bytes.Buffer), src)
			if codec != kgo.CodecLz4 {
				t.Fatalf("%d bytes: codec %d", len(src), codec)
			}
			back, err := decompressor.Decompress(out, kgo.CodecLz4)
			if err != nil || !bytes.Equal(back, src) {
				t.Fatalf("%d bytes came back as %d: %v", len(src), len(back), err)
			}
		}
	}
}

// A client compresses for several brokers at once.
func TestBlocksAreCompressedConcurrently(t *testing.T) {
	t.Parallel()
	var c lz4Blocks
	decompressor := kgo.DefaultDecompressor()
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			for i := range 20 {
				src := orders(10_000 + 40_000*((n+i)%4))
				out, _ := c.Compress(new(bytes.Buffer), src)
				if back, err := decompressor.Decompress(out, kgo.CodecLz4); err != nil || !bytes.Equal(back, src) {
					t.Errorf("%d bytes came back as %d: %v", len(src), len(back), err)
				}
			}
		})
	}
	all.Wait()
}

// For sizes from a lone record to a full batch; ratio is compressed to plain.
func BenchmarkCompress(b *testing.B) {
	own, err := kgo.DefaultCompressor(kgo.Lz4Compression())
	if err != nil {
		b.Fatal(err)
	}
	snappy, err := kgo.DefaultCompressor(kgo.SnappyCompression())
	if err != nil {
		b.Fatal(err)
	}
	for _, size := range []int{600, 16 << 10, 256 << 10, 1 << 20} {
		src := orders(size)
		for name, c := range map[string]kgo.Compressor{"lz4_client": own, "lz4_blocks": &lz4Blocks{}, "snappy_client": snappy} {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				var dst bytes.Buffer
				b.SetBytes(int64(size))
				n := 0
				for b.Loop() {
					dst.Reset()
					out, _ := c.Compress(&dst, src)
					n = len(out)
				}
				b.ReportMetric(float64(n)/float64(size), "ratio")
			})
		}
	}
}
