package consumer

import (
	"sync"
	"sync/atomic"
	"time"
)

// source is one input partition while this member owns it. A partition that is
// lost and assigned again gets a new source, so that late acknowledgements of
// the old one can mark nothing.
type source struct {
	topic     string
	partition int32

	// gone is set when the partition was revoked or lost: what is still
	// queued for it is not sent any more, its new owner does that.
	gone atomic.Bool

	mu      sync.Mutex
	batches []*batch // in the order of their polling
	// settled is the offset after the last record of the settled prefix and
	// committed the last one that the group took; -1 when there is none yet.
	settled, committed int64
	epoch              int32 // leader epoch of settled, for the commit
	next               int64 // offset after the last polled record, -1 before
	highWatermark      int64 // of the last fetch, -1 before
}

func newSource(topic string, partition int32) *source {
	return &source{topic: topic, partition: partition, settled: -1, committed: -1, epoch: -1, next: -1, highWatermark: -1}
}

// batch is what one poll brought of one source. It is settled as a whole.
type batch struct {
	source *source
	next   int64 // offset after its last record
	epoch  int32
	polled time.Time
	// records and bytes count against the budget until the batch is settled.
	records, bytes int64
	// left counts the records that are not settled.
	left atomic.Int64
}

// add appends a polled batch. Watermarks follow this order and never compute
// with offsets: compaction and transaction markers leave gaps in them.
func (s *source) add(b *batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batches = append(s.batches, b)
	s.next = b.next
}

// watermark advances over the settled prefix and returns the offset that may
// be committed, and whether that is news.
func (s *source) watermark() (offset int64, epoch int32, news bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for n < len(s.batches) && (commitsPolled || s.batches[n].left.Load() == 0) {
		s.settled, s.epoch = s.batches[n].next, s.batches[n].epoch
		n++
	}
	if n > 0 {
		rest := copy(s.batches, s.batches[n:])
		clear(s.batches[rest:])
		s.batches = s.batches[:rest]
	}
	return s.settled, s.epoch, s.settled > s.committed
}

// drained reports whether everything polled of the source is settled.
func (s *source) drained() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range s.batches {
		if b.left.Load() != 0 {
			return false
		}
	}
	return true
}

// sources is the registry of the owned input partitions.
type sources struct {
	mu sync.Mutex
	m  map[string]map[int32]*source
}

// get returns the source of a partition, made on first sight.
func (s *sources) get(topic string, partition int32) *source {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.m == nil {
		s.m = make(map[string]map[int32]*source)
	}
	if s.m[topic] == nil {
		s.m[topic] = make(map[int32]*source)
	}
	src := s.m[topic][partition]
	if src == nil {
		src = newSource(topic, partition)
		s.m[topic][partition] = src
	}
	return src
}

// all returns every owned source.
func (s *sources) all() []*source {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*source
	for _, partitions := range s.m {
		for _, src := range partitions {
			all = append(all, src)
		}
	}
	return all
}

// some returns the owned sources among the given partitions.
func (s *sources) some(partitions map[string][]int32) []*source {
	s.mu.Lock()
	defer s.mu.Unlock()
	var some []*source
	for topic, list := range partitions {
		for _, p := range list {
			if src := s.m[topic][p]; src != nil {
				some = append(some, src)
			}
		}
	}
	return some
}

// remove forgets sources and marks them gone.
func (s *sources) remove(gone []*source) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, src := range gone {
		src.gone.Store(true)
		if s.m[src.topic][src.partition] == src {
			delete(s.m[src.topic], src.partition)
		}
	}
}
