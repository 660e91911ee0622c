package consumer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/zap"
)

// A transaction that takes longer than this to end lets the group rebalance. A
// member that the group has given up must hear of it: it would wait for ever
// for a heartbeat that nobody sends.
const endsWithin = time.Second

const (
	// A record that has no acknowledgement for this long undoes its transaction,
	// so that other products go on without its topic for a while. Where brokers
	// are slow nothing would ever be done: each time it is twice as long, up to
	// the maximum, until a transaction is committed.
	patienceMin = 10 * time.Second
	patienceMax = 40 * time.Second
	// The topic is tried again so long after its transaction was given up.
	overdueWait = 10 * time.Second
)

var (
	errNoAnswer = errors.New("no acknowledgement for long")
	errPassed   = errors.New("a poll passed over records that were to come again")
	errStopped  = errors.New("the service stops before everything is acknowledged")
)

// acked keeps what was acknowledged until the transaction has ended.
func (t *exactlyOnce) acked(entries []entry, over time.Time) {
	t.mu.Lock()
	if len(entries) > 0 {
		t.pace.slowest = max(t.pace.slowest, over.Sub(entries[0].batch.polled))
	}
	from := len(t.counted)
	t.counted = append(t.counted, entries...)
	for i := range t.counted[from:] {
		t.counted[from+i].record = nil // its bytes are needed no more
	}
	t.mu.Unlock()
	t.finishEach(entries)
}

func (t *exactlyOnce) settled(b *batch) {
	t.budget.release(b.source.topic, b.bytes, b.records)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.left--; t.left == 0 {
		t.changed.broadcast()
	}
}

// failed gives the transaction up. What brokers refuse is other next time.
func (t *exactlyOnce) failed(l *lane, flown, failed int, err error) {
	switch {
	case errors.Is(err, kgo.ErrAborting):
		if wait := t.rest(); l.overdue && wait > 0 {
			t.emitter.holdFor(l, errNoAnswer, wait)
		}
	case ofTransaction(err):
		// The end of the transaction tells what to do.
	case classify(err) == refused:
		if t.search(l, flown, failed, err) {
			return
		}
	case classify(err) == fatal:
		t.fail(fmt.Errorf("produce to %s: %w", l.destination.topic, err))
	case classify(err) == passing:
		t.emitter.hold(l, err)
	}
	t.abandon(err)
	signal(t.emitter.sweep) // for what this flight has put back
}

// rest returns how long a topic that gave no answer is left alone from now on.
// While all brokers are away a transaction that is given up does not end: by
// the time that they are back all topics have rested enough.
func (t *exactlyOnce) rest() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return overdueWait - time.Since(t.overdueAt)
}

// overdue gives up a transaction that one topic would keep open for too long.
func (t *exactlyOnce) overdue(since time.Duration) {
	t.mu.Lock()
	late := t.failure == nil && since > t.patience
	if late {
		t.patience = min(2*t.patience, patienceMax)
		t.overdueAt = time.Now()
		t.pace.tooSlow(len(t.counted))
		t.log.Info("transactions take fewer records, those of the last were not acknowledged in time",
			zap.Int("records", t.pace.taken), zap.Int("acknowledged", len(t.counted)), zap.Int("next", t.pace.most))
	}
	t.mu.Unlock()
	if late {
		t.abandon(errNoAnswer)
	}
}

// abandon gives the transaction up: what is queued is let go, what is
// acknowledged counts for nothing.
func (t *exactlyOnce) abandon(why error) {
	t.mu.Lock()
	first := t.failure == nil
	if first {
		t.failure = why
		t.changed.broadcast()
	}
	t.mu.Unlock()
	if first {
		t.release()
	}
}

// release makes the emitter let go of everything that is queued, as if every
// partition were lost, and expects the inputs from the committed offsets on.
func (t *exactlyOnce) release() {
	t.emitter.launching.Lock() // no flight leaves that is not let go
	t.sources.renew()
	t.emitter.launching.Unlock()
	signal(t.emitter.sweep)
}

// wait waits until a condition is met, asked with mu held, or ctx ends. It
// reports whether it is met.
func (t *exactlyOnce) wait(ctx context.Context, met func() bool) bool {
	for {
		changed := t.changed.wait()
		t.mu.Lock()
		ok := met()
		t.mu.Unlock()
		if ok {
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

// end ends the open transaction: with a commit if everything polled in it is
// acknowledged before ctx ends, since the offsets that are committed are those
// behind the last poll; else as if it had never been. It waits for brokers that
// are away.
func (t *exactlyOnce) end(ctx context.Context) {
	slow := time.AfterFunc(endsWithin, func() {
		t.health.backPressure.Store(true)
		t.kafka().AllowRebalance()
	})
	if !t.wait(ctx, func() bool { return t.left == 0 || t.failure != nil }) {
		t.abandon(errStopped)
	}
	if t.doomed != nil { // everything is heard of: it cannot change any more
		if t.gaveUp() == nil && !t.stale.Load() {
			t.disperse()
		}
		t.abandon(t.doomed)
	}
	how := kgo.TryAbort
	if t.gaveUp() == nil {
		how = kgo.TryCommit
		reach(beforeCommit)
	}
	t.stale.Store(false)
	how, ended := t.spoilEnd(ctx, how)
	started := time.Now()
	committed, err := t.session.End(ctx, how)
	took := time.Since(started)
	ended()
	slow.Stop()
	result := "aborted"
	switch {
	case committed:
		result = "ok"
		reach(afterCommit)
		t.account(t.counted, time.Now())
		t.advance()
	case err != nil:
		result = "error"
		fallthrough
	default:
		t.undo(ctx)
	}
	t.metrics.Committed(result, took)
	t.close(committed)
	t.keep()
	if err != nil {
		t.trouble(err)
	}
	t.turned()
}

// gaveUp returns why the transaction is given up, nil if it is not.
func (t *exactlyOnce) gaveUp() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.failure
}

// advance notes that the offsets behind everything polled are committed.
func (t *exactlyOnce) advance() {
	for _, src := range t.sources.all() {
		offset, _, _ := src.watermark()
		src.mu.Lock()
		src.committed = offset
		src.first = -1
		src.mu.Unlock()
	}
	t.health.committed()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pace.committed(t.patienceMin, t.cfg.Limits.InFlightRecords)
	t.patience = t.patienceMin
	t.forget(t.counted)
}

// undo counts everything of the transaction as let go.
func (t *exactlyOnce) undo(ctx context.Context) {
	if why := t.gaveUp(); why != nil {
		t.log.Warn("transaction aborted, its records are read again", zap.String("error", name(why)))
	} else {
		t.log.Info("transaction not committed because the group rebalanced, its records are read again")
	}
	t.release() // also what was polled after it was given up
	t.wait(ctx, func() bool { return t.left == 0 })
	if broken(countsAborted) {
		t.account(t.counted, time.Now())
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.counted {
		t.metrics.Released(t.counted[i].route.Index)
	}
}

// close forgets the transaction.
func (t *exactlyOnce) close(committed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.counted)
	t.again(committed)
	t.pace.begin()
	t.open, t.doomed, t.failure, t.left, t.counted = false, nil, nil, 0, t.counted[:0]
	t.crowds = nil
}

// finish ends the transaction that the loop has left open. After trouble that
// needs a person nothing is committed.
func (t *exactlyOnce) finish(ctx context.Context) {
	if !t.open {
		return
	}
	if t.hasFailed() {
		t.abandon(errStopped)
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Second)
		defer cancel()
	}
	t.end(ctx)
}
