package consumer

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/router"
)

// entry is one record on its way to a topic.
type entry struct {
	record  *kgo.Record // to send; Topic and Partition are set
	lane    *lane
	batch   *batch
	route   *router.Route
	outcome router.Outcome
	reason  router.Reason
	keyword string // of the first violation, for metrics
	offset  int64  // in the source partition: kgo overwrites the record's own
	// stamp is the source record's timestamp; a dead letter's own differs.
	stamp time.Time
	size  int64 // bytes of the record to send, at most what they take on the wire
}

// destination is one topic that the service produces to.
type destination struct {
	topic string
	// partitions is how many the topic has, 0 while it is not known to exist.
	partitions atomic.Int32
	// maxBytes is the topic's max.message.bytes.
	maxBytes atomic.Int64
	// batchBytes is the largest batch that the client makes for the topic. It
	// is what maxBytes was when the first record went there.
	batchBytes atomic.Int64

	// lanes has one lane per partition and only grows; see grow.
	lanes atomic.Pointer[[]*lane]
}

// lane returns the lane of a partition that the topic has.
func (d *destination) lane(partition int32) *lane { return (*d.lanes.Load())[partition] }

// all returns the lanes made so far.
func (d *destination) all() []*lane {
	if lanes := d.lanes.Load(); lanes != nil {
		return *lanes
	}
	return nil
}

// grow makes lanes for n partitions, before partitions says that there are so
// many. Only the topic watch calls it.
func (d *destination) grow(n int32) {
	lanes := slices.Clone(d.all())
	for int32(len(lanes)) < n {
		lanes = append(lanes, &lane{destination: d, partition: int32(len(lanes))})
	}
	d.lanes.Store(&lanes)
	d.partitions.Store(n)
}

// lane is one partition of a destination: a queue and at most one flight. See
// the package doc for why one.
//
// incoming is shared, under mu. The flight's progress (cursor, left, failed,
// failure) belongs to kgo's promise goroutine while flying; everything else,
// and these while not flying, to the emitter's goroutine.
type lane struct {
	destination *destination
	partition   int32

	mu       sync.Mutex
	incoming []entry
	// staged collects entries during one poll; it belongs to the poll loop.
	staged []entry

	queue []entry
	// window bounds the records of the next flight; 0 is no bound. It shrinks
	// when the broker refuses something, to find the culprit.
	window int
	// attempt counts flights in a row that trouble held up; retryAt is when
	// the next may leave.
	attempt int
	retryAt time.Time
	held    bool // a hold of this lane is set
	flying  bool
	// overdue is set while the flight is taking suspiciously long.
	overdue  bool
	launched time.Time

	flight  []entry
	cursor  int
	left    int
	failed  []entry
	failure error
	landed  atomic.Bool // the flight is over; the emitter has not concluded yet
}

// push hands over entries, in order. They are copied.
func (l *lane) push(entries ...entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.incoming = append(l.incoming, entries...)
}

// gather moves what came in to the end of the queue.
func (l *lane) gather() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) == 0 {
		l.queue, l.incoming = l.incoming, l.queue[:0]
		return
	}
	l.queue = append(l.queue, l.incoming...)
	clear(l.incoming)
	l.incoming = l.incoming[:0]
}

// withdraw takes the entries of sources that are gone out of the queue and
// gives each to released.
func (l *lane) withdraw(released func(*entry)) {
	kept := 0
	for i := range l.queue {
		if l.queue[i].batch.source.gone.Load() {
			released(&l.queue[i])
			continue
		}
		if kept != i {
			l.queue[kept] = l.queue[i]
		}
		kept++
	}
	clear(l.queue[kept:])
	l.queue = l.queue[:kept]
}

// next moves the next flight from the queue. A record that is larger than the
// client's batches for the topic flies alone (oversize): only the broker can
// say whether it fits compressed, and nothing may overtake it meanwhile.
func (l *lane) next() (oversize bool) {
	n := len(l.queue)
	if l.window > 0 {
		n = min(n, l.window)
	}
	limit := l.destination.batchBytes.Load()
	for i := range l.queue[:n] {
		if l.queue[i].size > limit {
			if i == 0 {
				n, oversize = 1, true
			} else {
				n = i
			}
			break
		}
	}
	if n == len(l.queue) {
		l.flight, l.queue = l.queue, l.flight[:0]
	} else {
		l.flight = append(l.flight[:0], l.queue[:n]...)
		rest := copy(l.queue, l.queue[n:])
		clear(l.queue[rest:])
		l.queue = l.queue[:rest]
	}
	l.cursor, l.left = 0, len(l.flight)
	return oversize
}

// ack finds the entry of an acknowledged or failed record. kgo answers in the
// order of sending, except for records that it fails before buffering them.
func (l *lane) ack(r *kgo.Record) *entry {
	if e := &l.flight[l.cursor]; e.record == r {
		l.cursor = min(l.cursor+1, len(l.flight)-1)
		return e
	}
	for i := range l.flight {
		if l.flight[i].record == r {
			l.cursor = min(i+1, len(l.flight)-1)
			return &l.flight[i]
		}
	}
	panic("consumer: acknowledgement of a record that is not in flight")
}

// requeue puts the failed entries of the flight back in front of the queue.
func (l *lane) requeue() {
	l.queue = append(l.failed, l.queue...)
	l.failed = nil
}
