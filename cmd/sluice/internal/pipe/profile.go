package pipe

import (
	"cmp"
	"maps"
	"slices"

	"github.com/sluicedata/sluice/router"
)

// maxFailures bounds the kinds of failure that are told apart, so that a
// profile of any input stays small.
const maxFailures = 10_000

// Profile is what an input is like. Its JSON is a promise to scripts.
type Profile struct {
	Records int64 `json:"records"`
	Good    int64 `json:"good"`
	Bad     int64 `json:"bad"`
	// Dropped and Other are there where products judge.
	Dropped int64 `json:"dropped,omitempty"`
	Other   int64 `json:"other,omitempty"`
	Blank   int64 `json:"blank_lines"`
	Bytes   int64 `json:"bytes"`
	// Largest record, in bytes.
	Largest int64 `json:"largest_record"`
	// Products that records belong to, in alphabetical order.
	Products []ProductCount `json:"products,omitempty"`
	// Reasons of bad and dropped records, the most frequent first.
	Reasons []Count `json:"reasons"`
	// Keywords of the first violation of each record.
	Keywords []Count `json:"keywords"`
	// Failures of a kind, the most frequent first. Their number is bounded:
	// what was not told apart is Uncounted.
	Failures  []FailureCount `json:"failures"`
	Uncounted int64          `json:"failures_uncounted,omitempty"`

	products map[string]*ProductCount
	reasons  map[string]int64
	keywords map[string]int64
	failures map[string]*FailureCount
}

// Count is how often something was seen.
type Count struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
}

// ProductCount is what became of a product's records.
type ProductCount struct {
	Product      string `json:"product"`
	Accepted     int64  `json:"accepted"`
	DeadLettered int64  `json:"dead_lettered"`
	Dropped      int64  `json:"dropped"`
}

// FailureCount is a kind of failure.
type FailureCount struct {
	// Fingerprint groups failures: product, schema, reason and the keywords.
	// Where products judge it is that of the dead letters.
	Fingerprint string `json:"fingerprint"`
	Count       int64  `json:"count"`
	Product     string `json:"product,omitempty"`
	Reason      string `json:"reason"`
	// Keywords are the locations in the schema of what was violated.
	Keywords []string `json:"keywords,omitempty"`
	// Message of the first of them.
	Message string `json:"message,omitempty"`
	// File and Line are where it was first seen.
	File string `json:"file,omitempty"`
	Line int64  `json:"line"`

	source *Source
}

func newProfile() *Profile {
	return &Profile{
		products: map[string]*ProductCount{}, reasons: map[string]int64{}, keywords: map[string]int64{}, failures: map[string]*FailureCount{},
	}
}

// add counts a decision.
func (p *Profile) add(s *Source, line, size int64, d *router.Decision) {
	p.Largest = max(p.Largest, size)
	c := p.products[d.Route.Product]
	if c == nil {
		c = &ProductCount{Product: d.Route.Product}
		p.products[c.Product] = c
	}
	switch d.Outcome {
	case router.Accepted:
		c.Accepted++
		return
	case router.DeadLettered:
		c.DeadLettered++
	case router.Dropped:
		c.Dropped++
	}
	p.reasons[d.Reason.String()]++
	if d.Verdict != nil && len(d.Verdict.Violations) > 0 {
		p.keywords[d.Verdict.Violations[0].Keyword]++
	}
	f := failureOf(d)
	id := f.Fingerprint()
	if seen := p.failures[id]; seen != nil {
		seen.Count++ // a worker sees its lines in the order of the input
		return
	}
	if len(p.failures) == maxFailures {
		p.Uncounted++
		return
	}
	kind := &FailureCount{
		Fingerprint: id, Count: 1, Product: d.Route.Product, Reason: d.Reason.String(), Message: f.Sentence(),
		File: s.Name, Line: line, source: s,
	}
	if d.Verdict != nil && len(d.Verdict.Violations) > 0 {
		for _, v := range d.Verdict.Violations {
			kind.Keywords = append(kind.Keywords, v.KeywordLocation)
		}
		slices.Sort(kind.Keywords)
		kind.Keywords = slices.Compact(kind.Keywords)
		kind.Message = d.Verdict.Violations[0].Message
	}
	p.failures[id] = kind
}

// merge adds what another worker saw.
func (p *Profile) merge(w *Profile) {
	if p.products == nil {
		fresh := newProfile()
		p.products, p.reasons, p.keywords, p.failures = fresh.products, fresh.reasons, fresh.keywords, fresh.failures
	}
	p.Largest = max(p.Largest, w.Largest)
	p.Uncounted += w.Uncounted
	for name, c := range w.products {
		mine := p.products[name]
		if mine == nil {
			mine = &ProductCount{Product: name}
			p.products[name] = mine
		}
		mine.Accepted += c.Accepted
		mine.DeadLettered += c.DeadLettered
		mine.Dropped += c.Dropped
	}
	for name, n := range w.reasons {
		p.reasons[name] += n
	}
	for name, n := range w.keywords {
		p.keywords[name] += n
	}
	for id, f := range w.failures {
		mine := p.failures[id]
		switch {
		case mine == nil && len(p.failures) == maxFailures:
			p.Uncounted += f.Count
		case mine == nil:
			p.failures[id] = f
		default:
			mine.Count += f.Count
			mine.first(f)
		}
	}
}

// first keeps the earlier of two places, in the order of the sources.
func (f *FailureCount) first(other *FailureCount) {
	if other.source == f.source {
		f.Line = min(f.Line, other.Line)
	} else if other.source.order < f.source.order {
		f.File, f.Line, f.source = other.File, other.Line, other.source
	}
}

// finish makes the lists from what was counted.
func (p *Profile) finish(o *Options, sum Summary) {
	p.Records, p.Good, p.Bad, p.Dropped, p.Other, p.Blank, p.Bytes = sum.Records(), sum.Good, sum.Bad, sum.Dropped, sum.Other, sum.Blank, sum.Bytes
	if o.Named {
		for _, name := range slices.Sorted(maps.Keys(p.products)) {
			p.Products = append(p.Products, *p.products[name])
		}
	}
	p.Reasons, p.Keywords = sorted(p.reasons), sorted(p.keywords)
	p.Failures = []FailureCount{}
	for _, f := range p.failures {
		p.Failures = append(p.Failures, *f)
	}
	slices.SortFunc(p.Failures, func(a, b FailureCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Fingerprint, b.Fingerprint))
	})
}

// sorted lists counts, the largest first.
func sorted(counts map[string]int64) []Count {
	list := []Count{}
	for name, n := range counts {
		list = append(list, Count{name, n})
	}
	slices.SortFunc(list, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
	})
	return list
}
