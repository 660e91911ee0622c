package consumer

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/router"
)

// entry is one record on its way to a topic.
//
// NOTE: entries are copied twice on their way to a flight; one is a cache line.
type entry struct {
	record *kgo.Record // to send; Topic and Partition are set; nil if dropped
	batch  *batch
	route  *router.Route
	why    *fault // nil for an accepted record
	offset int64  // in the source partition: kgo overwrites the record's own
	// stamp is the source record's timestamp in milliseconds, which is what
	// Kafka keeps; a dead letter's own differs.
	stamp   int64
	size    int32  // of the record to send, at most what it takes on the wire
	suspect uint32 // records of another number go in another flight
	source  int32  // size of the source record: key, value and headers
	outcome router.Outcome
}

// fault is why a record is a dead letter, as metrics tell it.
type fault struct {
	reason  router.Reason
	keyword string // of the first violation
}

// destination is one topic that the service produces to.
type destination struct {
	topic string
	// id is the topic's as last seen, former are those of topics of this name
	// that were deleted, and counted is that of the topic whose partitions were
	// counted. They belong to the topic watch.
	id, counted kadm.TopicID
	former      []kadm.TopicID
	// small and large are what the two producers know of the topic.
	small, large knowledge
	// oneBatch bounds flights by batchBytes: the client would put more into a
	// batch.
	oneBatch bool
	// partitions is how many the topic has, 0 while it is not known to exist.
	partitions atomic.Int32
	// maxBytes is the topic's max.message.bytes.
	maxBytes atomic.Int64
	// stamps are the timestamps that the topic takes.
	stamps atomic.Pointer[stampLimits]
	// batchBytes is the largest batch that the client makes for the topic. It
	// is what maxBytes was when the first record went there. With oneBatch it
	// follows maxBytes, and is less where brokers do not take that.
	batchBytes atomic.Int64

	// closed keeps flights from being launched while clients forget the topic.
	closed atomic.Bool

	// lanes has one lane per partition and only grows; see grow.
	lanes atomic.Pointer[[]*lane]
}

// knowledge is what one producer knows of a topic.
type knowledge struct {
	// id is the topic's when the producer last began with it, as far as the
	// topic watch can tell, and begun is when. Both belong to it.
	id    kadm.TopicID
	begun time.Time
	// acked is set when a record is acknowledged since.
	acked atomic.Bool
	// refused is set when brokers say that they do not know the topic by the
	// id that the producer has.
	refused atomic.Bool
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
// incoming is shared, under mu. The flight's progress (left, failed, failure,
// over) belongs to kgo's promise goroutine while flying; everything else, and
// these while not flying, to the emitter's goroutine.
type lane struct {
	destination *destination
	partition   int32

	mu       sync.Mutex
	incoming []entry
	// staged collects entries during one poll; it belongs to the poll loop.
	staged []entry

	queue []entry
	// window bounds the records of the next flight; 0 is no bound. It shrinks
	// when the broker refuses something, to find the culprit, and grows with
	// every flight that lands well.
	window int
	// attempt counts flights in a row that trouble held up; retryAt is when
	// the next may leave.
	attempt int
	retryAt time.Time
	held    bool // a hold of this lane is set
	flying  bool
	large   bool // the flight is one record that flies alone
	// overdue is set while the flight is taking suspiciously long.
	overdue  bool
	launched time.Time

	flight  []entry
	left    int
	failed  []*kgo.Record
	failure error       // of the first that failed
	over    time.Time   // when the last flight landed, zero before the first
	landed  atomic.Bool // the flight is over; the emitter has not concluded yet
}

// push hands over one entry.
func (l *lane) push(e entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.incoming = append(l.incoming, e)
}

// handOver hands over what is staged, in order. Only the poll loop calls it.
func (l *lane) handOver() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.incoming) == 0 {
		l.incoming, l.staged = l.staged, l.incoming
		return
	}
	l.incoming = append(l.incoming, l.staged...)
	clear(l.staged)
	l.staged = l.staged[:0]
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

// withdraw takes the entries of sources that are gone out of a list, in place,
// and gives each to released.
func withdraw(list []entry, released func(*entry)) []entry {
	kept := 0
	var last *batch
	gone := false
	for i := range list {
		if b := list[i].batch; b != last {
			last, gone = b, b.source.gone.Load()
		}
		if gone {
			released(&list[i])
			continue
		}
		if kept != i {
			list[kept] = list[i]
		}
		kept++
	}
	clear(list[kept:])
	return list[:kept]
}

// next moves the next flight from the queue. A record that is larger than the
// client's batches for the topic flies alone (oversize): only the broker can
// say whether it fits compressed, and nothing may overtake it meanwhile.
func (l *lane) next() (oversize bool) {
	n := len(l.queue)
	if l.window > 0 {
		n = min(n, l.window)
	}
	n, oversize = l.fit(n)
	if n == len(l.queue) {
		l.flight, l.queue = l.queue, l.flight[:0]
	} else {
		l.flight = append(l.flight[:0], l.queue[:n]...)
		l.skip(n)
	}
	return oversize
}

// fit returns how many of the first n entries of the queue may fly together, and
// whether it is one that is larger than a batch.
func (l *lane) fit(n int) (together int, oversize bool) {
	limit, bytes := l.destination.batchBytes.Load(), int64(0)
	for i := range l.queue[:n] {
		e := &l.queue[i]
		bytes += int64(e.size)
		switch {
		case i == 0 && bytes > limit:
			return 1, true
		case int64(e.size) > limit, l.destination.oneBatch && bytes > limit, e.suspect != l.queue[0].suspect:
			return i, false
		}
	}
	return n, false
}

// skip drops n entries from the head of the queue.
func (l *lane) skip(n int) {
	clear(l.queue[:n])
	l.queue = l.queue[n:]
}

// land notes that one record of the flight was heard of, and reports whether
// it was the last.
func (l *lane) land(r *kgo.Record, err error) bool {
	if err != nil {
		l.failed = append(l.failed, r)
		if l.failure == nil {
			l.failure = err
		}
	}
	l.left--
	return l.left == 0
}

// requeue takes the entries that failed out of the flight and puts them back
// in front of the queue, in the order of the flight: kgo may fail records
// before others that were sent earlier. It returns how many they are.
func (l *lane) requeue() int {
	if len(l.failed) == 0 {
		return 0
	}
	failed := make(map[*kgo.Record]struct{}, len(l.failed))
	for _, r := range l.failed {
		failed[r] = struct{}{}
	}
	l.failed = nil
	kept := 0
	back := make([]entry, 0, len(failed)+len(l.queue))
	for i := range l.flight {
		if _, ok := failed[l.flight[i].record]; ok {
			back = append(back, l.flight[i])
			continue
		}
		l.flight[kept] = l.flight[i]
		kept++
	}
	clear(l.flight[kept:])
	l.flight = l.flight[:kept]
	n := len(back)
	l.queue = append(back, l.queue...)
	return n
}
