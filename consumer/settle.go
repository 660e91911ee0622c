package consumer

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
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
	// met is set once the client knew an offset of the partition; see keep.
	met bool

	mu      sync.Mutex
	batches []*batch // in the order of their polling
	// settled is the offset after the last record of the settled prefix and
	// committed the last one that the group took; -1 when there is none yet.
	settled, committed int64
	epoch              int32     // leader epoch of settled, for the commit
	stamp              time.Time // of the last settled record, zero before
	next               int64     // offset after the last polled record, -1 before
	// first is the offset of the first record polled, and again is that of one
	// which was polled for a source before this and let go: it must come again
	// before any later one. Both are -1 where there is none.
	first, again  int64
	highWatermark int64 // where the partition ended when last heard of, -1 before
}

func newSource(topic string, partition int32) *source {
	return &source{topic: topic, partition: partition, settled: -1, committed: -1, epoch: -1, next: -1, first: -1, again: -1, highWatermark: -1}
}

// start notes where the group lets the partition begin.
func (s *source) start(at int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next < 0 {
		s.settled, s.committed, s.next = at, at, at
	}
}

// batch is what one poll brought of one source. It is settled as a whole.
type batch struct {
	source *source
	first  int64 // offset of its first record
	next   int64 // offset after its last record
	epoch  int32
	stamp  time.Time // of its last record
	polled time.Time
	// records and bytes count against the budget until the batch is settled.
	records, bytes int64
	// left counts the records that are not settled.
	left atomic.Int64
	// fetched are its records, whose bytes what was sent may share. They are
	// recycled when the batch is settled.
	fetched []*kgo.Record
}

// recycle gives the memory of a settled batch back to the client.
func (b *batch) recycle() {
	for _, r := range b.fetched {
		r.Recycle()
	}
	b.fetched = nil
}

// add appends a polled batch. Watermarks follow this order and never compute
// with offsets: compaction and transaction markers leave gaps in them.
func (s *source) add(b *batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batches = append(s.batches, b)
	s.next = b.next
	if s.first < 0 {
		s.first = b.first
	}
}

// passedOver reports whether a batch begins after a record that must come first.
// It is asked once of each source that was renewed.
func (s *source) passedOver(b *batch) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	again := s.again
	s.again = -1
	return again >= 0 && b.first > again
}

// watermark advances over the settled prefix and returns the offset that may
// be committed, and whether that is news.
func (s *source) watermark() (offset int64, epoch int32, news bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for n < len(s.batches) && (broken(commitsPolled) || s.batches[n].left.Load() == 0) {
		s.settled, s.epoch, s.stamp = s.batches[n].next, s.batches[n].epoch, s.batches[n].stamp
		n++
	}
	if n > 0 {
		rest := copy(s.batches, s.batches[n:])
		clear(s.batches[rest:])
		s.batches = s.batches[:rest]
	}
	return s.settled, s.epoch, s.settled != s.committed
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

// own returns the source of a partition that this member was given, made if
// there is none yet.
func (s *sources) own(topic string, partition int32) *source {
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
	src.met = false // it is given anew
	return src
}

// keep lets go of the partitions that a client knew and does not know any more,
// by the offsets that it has of those that it owns. It returns which they are.
// No partition is given while it asks.
func (s *sources) keep(offsets func() map[string]map[int32]kgo.EpochOffset) (gone map[string][]int32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := offsets()
	for topic, partitions := range s.m {
		for p, src := range partitions {
			if _, ok := known[topic][p]; ok {
				src.met = true
				continue
			}
			if !src.met {
				continue
			}
			src.gone.Store(true)
			delete(partitions, p)
			if gone == nil {
				gone = make(map[string][]int32)
			}
			gone[topic] = append(gone[topic], p)
		}
	}
	return gone
}

// find returns the source of a partition, nil if it is not owned.
func (s *sources) find(topic string, partition int32) *source {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.m[topic][partition]
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

// renew lets go of every source as if it were lost, and owns its partition
// anew from the offset that is committed on.
func (s *sources) renew() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, partitions := range s.m {
		for p, old := range partitions {
			old.gone.Store(true)
			src := newSource(old.topic, p)
			src.met = old.met
			old.mu.Lock()
			src.settled, src.committed, src.next = old.committed, old.committed, old.committed
			src.stamp, src.highWatermark = old.stamp, old.highWatermark
			if src.again = old.again; src.again < 0 {
				src.again = old.first
			}
			old.mu.Unlock()
			partitions[p] = src
		}
	}
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
