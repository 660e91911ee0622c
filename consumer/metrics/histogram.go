package metrics

import (
	"math"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
)

// histogram counts whole numbers, such as nanoseconds or bytes. It has no lock:
// its owner's covers it. client_golang's costs a lock's worth of atomics for
// every observation, and cannot be filled by a batch.
type histogram struct {
	les    []float64 // upper bounds as exported
	bounds []int64   // the same in whole numbers
	counts []uint64  // by bound, and behind them what is above all
	unit   float64   // of the whole numbers: le = bound * unit
	sum    float64   // in whole numbers
	last   int       // where the last observation fell; the next is often near
}

func newHistogram(unit float64, les []float64) histogram {
	h := histogram{les: les, unit: unit, bounds: make([]int64, len(les)), counts: make([]uint64, len(les)+1)}
	for i, le := range les {
		h.bounds[i] = int64(math.Round(le / unit))
	}
	return h
}

func (h *histogram) observe(v int64) {
	i := h.last
	if i < len(h.bounds) && v > h.bounds[i] || i > 0 && v <= h.bounds[i-1] {
		i, _ = slices.BinarySearch(h.bounds, v)
		h.last = i
	}
	h.counts[i]++
	h.sum += float64(v)
}

// metric returns what was observed so far.
func (h *histogram) metric(d *prometheus.Desc, labels ...string) prometheus.Metric {
	buckets := make(map[float64]uint64, len(h.les))
	var n uint64
	for i, le := range h.les {
		n += h.counts[i]
		buckets[le] = n
	}
	n += h.counts[len(h.les)]
	return prometheus.MustNewConstHistogram(d, n, h.sum*h.unit, buckets, labels...)
}
