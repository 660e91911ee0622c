package ops

import (
	"context"
	"sync"
	"time"

	"github.com/sluicedata/sluice/consumer"
)

// Counts are kept every sampleEvery for the time of historyFor. Rates are over
// rateOver, or over what there is.
const (
	sampleEvery = 5 * time.Second
	historyFor  = 5 * time.Minute
	rateOver    = time.Minute
	// From shorter times no rate is made.
	rateShortest = time.Second
)

// history keeps what products had counted in the last minutes.
type history struct {
	mu      sync.Mutex
	samples []sample // the oldest first
}

type sample struct {
	at     time.Time
	counts []counts
}

// counts are those of one product.
type counts struct {
	product                          string
	consumed, accepted, deadLettered int64
}

// of returns the counts of a product, zero if it was not there. The products
// are in the same order until a reload changes them: at is where it likely is.
func (s *sample) of(product string, at int) counts {
	if at < len(s.counts) && s.counts[at].product == product {
		return s.counts[at]
	}
	for _, c := range s.counts {
		if c.product == product {
			return c
		}
	}
	return counts{}
}

func sampleOf(at time.Time, products []consumer.ProductStatus) sample {
	s := sample{at, make([]counts, len(products))}
	for i, p := range products {
		s.counts[i] = counts{p.Product, p.Consumed, p.Accepted, p.DeadLettered}
	}
	return s
}

func (h *history) add(s sample) {
	h.mu.Lock()
	defer h.mu.Unlock()
	keep := 0
	for keep < len(h.samples) && s.at.Sub(h.samples[keep].at) > historyFor {
		keep++
	}
	h.samples = append(h.samples[:copy(h.samples, h.samples[keep:])], s)
}

// list returns the samples that are kept, the oldest first.
func (h *history) list() []sample {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]sample(nil), h.samples...)
}

// watch samples until ctx ends.
func (h *handler) watch(ctx context.Context) {
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			h.history.add(sampleOf(now, h.Status().Products))
		}
	}
}

// perSecond are rates of one product.
type perSecond struct {
	Consumed     float64 `json:"consumed"`
	Accepted     float64 `json:"accepted"`
	DeadLettered float64 `json:"dead_lettered"`
}

// rate is how fast a product's counts grew in the last minute; nil while that
// is not known.
func rate(past []sample, now sample, i int) *perSecond {
	product := now.counts[i]
	for k := range past {
		over := now.at.Sub(past[k].at)
		if over > rateOver+sampleEvery/2 {
			continue
		}
		if over < rateShortest {
			return nil
		}
		then, s := past[k].of(product.product, i), over.Seconds()
		return &perSecond{
			Consumed:     float64(product.consumed-then.consumed) / s,
			Accepted:     float64(product.accepted-then.accepted) / s,
			DeadLettered: float64(product.deadLettered-then.deadLettered) / s,
		}
	}
	return nil
}

// recentRatio is the share of accepted records among those judged in the time
// of the history; nil if there were none.
func recentRatio(past []sample, now sample, i int) *float64 {
	var then counts
	if len(past) > 0 {
		then = past[0].of(now.counts[i].product, i)
	}
	return goodRatio(now.counts[i].accepted-then.accepted, now.counts[i].deadLettered-then.deadLettered)
}

// goodRatio is nil where nothing was judged.
func goodRatio(accepted, deadLettered int64) *float64 {
	if accepted+deadLettered <= 0 {
		return nil
	}
	return new(float64(accepted) / float64(accepted+deadLettered))
}

// curve is how fast a product's records came from sample to sample.
func curve(past []sample, now sample, i int) []float64 {
	var list []float64
	all := append(past[:len(past):len(past)], now)
	for k := 1; k < len(all); k++ {
		over := all[k].at.Sub(all[k-1].at)
		if over < rateShortest {
			continue
		}
		name := now.counts[i].product
		list = append(list, float64(all[k].of(name, i).consumed-all[k-1].of(name, i).consumed)/over.Seconds())
	}
	return list
}
