package consumer

import (
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/zap"

	"github.com/sluicedata/sluice/router"
)

// splitInto is how many flights the records of a refused one make.
const splitInto = 16

// suspects is what is kept of refused records over an aborted transaction.
//
// A broker refuses a batch and does not tell which record it dislikes. The first
// refusal dooms the transaction: nothing more is polled for it, and what was
// polled is sent on until each record is heard of. Readers see none of it, so
// its order is of no account: the records of a refused flight that look like
// what the broker objects to are sent alone and the others together; where looks
// tell nothing, they are divided. What is refused alone is a culprit and goes on
// as the dead letter that it will be, which may be refused as well. Then the
// transaction is undone, and the next one takes no more than the same records,
// of which all culprits are known.
type suspects struct {
	last     uint32 // number given to a flight; the emitter's own
	refusals map[origin]refusal
	known    int // records that the next transaction takes, 0 if there is no bound
	// crowds are the bytes of the smallest flight of several records that a topic
	// was too small for, 0 where it is too small for a single one as well.
	crowds map[*destination]int64
}

// origin is where a record comes from.
type origin struct {
	topic     string
	partition int32
	offset    int64
}

func (e *entry) origin() origin {
	return origin{e.batch.source.topic, e.batch.source.partition, e.offset}
}

// refusal is what is known of a refused record.
type refusal struct {
	err   error // of the output's broker, nil if only the dead letter was refused
	limit int   // bytes that its dead letter may take, 0 if it was not refused
}

// search dooms the transaction because a flight was refused, of which the
// records are at the head of the lane's queue, and goes on with it. It returns
// false if the transaction is given up: before, or now, for a dead letter that
// cannot be made smaller, because it takes too long, or at a stop; the next one
// goes on with what is known by then.
func (t *exactlyOnce) search(l *lane, flown, failed int, err error) bool {
	switch {
	case t.restamp(l, err): // its dead letters are other ones now
	case flown > 1:
		t.crowd(l.destination, l.queue[:failed], err)
		l.split(failed, err, &t.last, time.Now())
	case !t.convict(l, err):
		t.emitter.hold(l, err)
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.failure != nil {
		return false
	}
	if t.doomed == nil {
		t.doomed = err
		t.changed.broadcast()
	}
	// What takes too long brokers undo, and the new client knows nothing. A stop
	// has nothing to wait for.
	if time.Since(t.begun) < t.timeout/2 && !t.health.draining.Load() {
		return true
	}
	t.known = max(1, len(t.counted))
	return false
}

// convict remembers that the record at the head of the lane was refused alone,
// and what its dead letter may take if it is one. It makes of it what is sent
// instead. It returns false for a dead letter that cannot be made smaller.
func (t *exactlyOnce) convict(l *lane, err error) bool {
	e := l.queue[0]
	smaller, ok := (*kgo.Record)(nil), true
	if e.outcome == router.DeadLettered {
		smaller, ok = t.shrink(l, &e, err)
	}
	if !ok {
		return false
	}
	t.mu.Lock()
	known := t.refusals[e.origin()]
	if smaller != nil {
		known.limit = int(wireSize(smaller))
	} else {
		known.err = err
	}
	if t.refusals == nil {
		t.refusals = make(map[origin]refusal)
	}
	t.refusals[e.origin()] = known
	t.mu.Unlock()
	t.crowd(l.destination, l.queue[:1], err)
	t.emitter.reject(l, err)
	return true
}

// crowd remembers records that flew together and were called too large.
func (t *exactlyOnce) crowd(d *destination, flown []entry, err error) {
	if !tooLarge(err) {
		return
	}
	bytes := int64(0)
	if len(flown) > 1 {
		for i := range flown {
			bytes += int64(flown[i].size)
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.crowds == nil {
		t.crowds = make(map[*destination]int64)
	}
	if least, ok := t.crowds[d]; !ok || bytes < least {
		t.crowds[d] = bytes
	}
}

// disperse makes the flights to a topic smaller where records were too large
// together and none of them is alone: it takes less than it tells, or does not
// tell. The same flights would doom the next transaction as well.
func (t *exactlyOnce) disperse() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for d, bytes := range t.crowds {
		if bytes > 0 {
			d.batchBytes.Store(bytes / 2)
			t.log.Warn("a topic takes less at once than it is known to, what is sent together is halved",
				zap.String("topic", d.topic), zap.Int64("bytes", bytes/2))
		}
	}
}

// split makes the first n records of the queue fly again in several flights:
// the likely culprits alone, after the others, and where there are none, or
// nothing else, the records in equal parts.
func (l *lane) split(n int, err error, last *uint32, now time.Time) {
	flown := l.queue[:n]
	likely := make([]entry, 0, n)
	others := make([]entry, 0, n)
	for i := range flown {
		if l.destination.objects(&flown[i], err, now) {
			likely = append(likely, flown[i])
		} else {
			others = append(others, flown[i])
		}
	}
	number := func(group []entry) {
		*last++
		for i := range group {
			group[i].suspect = *last
		}
	}
	if len(likely) == 0 || len(others) == 0 {
		for group := range slices.Chunk(flown, (n+splitInto-1)/splitInto) {
			number(group)
		}
		return
	}
	number(others)
	for i := range likely {
		number(likely[i : i+1])
	}
	copy(flown[copy(flown, others):], likely)
}

// apply makes what is known of refused records true for those that were polled.
func (t *exactlyOnce) apply(p *polled) {
	if len(t.refusals) == 0 {
		return
	}
	for i := range p.entries {
		e := &p.entries[i]
		e.batch = p.batch
		known, ok := t.refusals[e.origin()]
		if !ok || e.outcome == router.Dropped {
			continue
		}
		if known.err != nil && e.outcome == router.Accepted {
			t.refuse(e, known.err)
		}
		if known.limit > 0 && e.outcome == router.DeadLettered {
			if smaller, ok := t.encoder.Shrink(e.record, known.limit); ok {
				e.record, e.size = smaller, int32(wireSize(smaller))
			}
		}
	}
}

// forget drops what is known of records whose outcome is final.
func (s *suspects) forget(final []entry) {
	if len(s.refusals) == 0 {
		return
	}
	for i := range final {
		delete(s.refusals, final[i].origin())
	}
}

// again bounds the next transaction: after one that was doomed it takes no more
// than that one, else records that are not known yet could doom each one.
// Called with mu held.
func (t *exactlyOnce) again(committed bool) {
	switch {
	case committed:
		t.known = 0
	case t.doomed != nil && t.known == 0:
		t.known = t.pace.taken
	case t.doomed != nil:
		t.known = min(t.known, t.pace.taken)
	}
}

// unsearched returns how many of so many records the open transaction may take.
// Called with mu held.
func (t *exactlyOnce) unsearched(records int) int {
	if t.known == 0 {
		return records
	}
	return min(records, t.known-t.pace.taken)
}
