package metrics

import (
	"math"

	dto "github.com/prometheus/client_model/go"
)

// The buckets of native histograms: eight between a number and its double, so
// each is 9 % wider than the one before. A bucket holds what is above the last
// one's bound, up to and with its own.
const (
	nativeSchema  = 3
	perDoubling   = 1 << nativeSchema
	nativeFactor  = 1.1 // what client_golang picks the same schema for
	zeroThreshold = 0x1p-128
	// A gap of so many empty buckets is written as empty buckets; a longer one
	// begins a new span.
	shortGap = 2
)

// nativeBounds are the powers of two of eighths, as Prometheus rounds them.
var nativeBounds = [perDoubling]float64{
	0.5, 0.5452538663326288, 0.5946035575013605, 0.6484197773255048,
	0.7071067811865475, 0.7711054127039704, 0.8408964152537144, 0.9170040432046711,
}

// native are the buckets of a native histogram, without gaps from the first
// that holds something to the last. Whole numbers of 63 bits fall into 504
// buckets at most.
type native struct {
	counts []uint64
	first  int // index of counts[0]
	zeros  uint64
	last   *uint64 // the bucket of the last observation, nil before the first
}

func (n *native) observe(v float64) {
	if v <= zeroThreshold {
		n.last = &n.zeros
		n.zeros++
		return
	}
	i := nativeIndex(v) - n.first
	if uint(i) >= uint(len(n.counts)) {
		i = n.grow(i)
	}
	n.last = &n.counts[i]
	n.counts[i]++
}

// nativeIndex returns the bucket of a number above zero; that of 1 is 0.
func nativeIndex(v float64) int {
	// math.Frexp of a number that is not near zero, without its special cases.
	const mantissa, half = 1<<52 - 1, 1022
	bits := math.Float64bits(v)
	exponent := int(bits>>52) - half
	fraction := math.Float64frombits(bits&mantissa | half<<52)
	// How many of the eight bounds are below, by halves.
	i := 0
	if fraction > nativeBounds[3] {
		i = 4
	}
	if fraction > nativeBounds[i+1] {
		i += 2
	}
	if fraction > nativeBounds[i] {
		i++
	}
	if fraction > nativeBounds[i] {
		i++
	}
	return i + (exponent-1)*perDoubling
}

// grow makes room for the bucket that would stand at i, and returns where it
// stands.
func (n *native) grow(i int) int {
	switch {
	case len(n.counts) == 0:
		n.first, n.counts = n.first+i, make([]uint64, 1)
		return 0
	case i < 0:
		grown := make([]uint64, len(n.counts)-i)
		copy(grown[-i:], n.counts)
		n.first, n.counts = n.first+i, grown
		return 0
	default:
		n.counts = append(n.counts, make([]uint64, i+1-len(n.counts))...)
		return i
	}
}

// write adds the native buckets to a histogram: spans of buckets, and the
// difference of each count to the one before. A zero threshold above zero tells
// even an empty one from a classic histogram.
func (n *native) write(h *dto.Histogram) {
	h.Schema, h.ZeroThreshold, h.ZeroCount = new(int32(nativeSchema)), new(zeroThreshold), new(n.zeros)
	var before int64
	add := func(count uint64) {
		*h.PositiveSpan[len(h.PositiveSpan)-1].Length++
		h.PositiveDelta = append(h.PositiveDelta, int64(count)-before)
		before = int64(count)
	}
	next := 0 // index behind the last bucket that was written
	for i, count := range n.counts {
		if count == 0 {
			continue
		}
		if gap := n.first + i - next; len(h.PositiveSpan) == 0 || gap > shortGap {
			h.PositiveSpan = append(h.PositiveSpan, &dto.BucketSpan{Offset: new(int32(gap)), Length: new(uint32(0))})
		} else {
			for range gap {
				add(0)
			}
		}
		add(count)
		next = n.first + i + 1
	}
}
