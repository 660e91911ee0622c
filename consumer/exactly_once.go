package consumer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/consumer/client"
)

// idleWait is how long a poll waits outside of transactions. In between the
// session is made to forget the last rebalance; see reset.
const idleWait = 250 * time.Millisecond

// exactlyOnce makes outcomes final by Kafka transactions: the outputs and dead
// letters of what was polled and the offsets behind it, all or nothing.
//
// The poll loop begins a transaction when a poll brought records, and ends it
// (transaction.go) after the commit interval, when no more may be in flight, or
// when the group wants to rebalance, which it may only in between. What failed
// in a transaction undoes all of it: the inputs are read again from the
// committed offsets. What was learned of refused records is kept (suspects.go).
type exactlyOnce struct {
	*Consumer

	id      string        // transactional
	timeout time.Duration // of a transaction, at the brokers
	session *kgo.GroupTransactSession

	// The poll loop's own: the transaction that is open, since when and until
	// when, and why the client is to be replaced, nil if it is not.
	open         bool
	begun, until time.Time
	broken       error

	joining atomic.Bool // the group is rebalancing
	joined  pulse       // it is no longer
	stale   atomic.Bool // the session remembers a rebalance
	hurry   atomic.Bool // the group waits for the transaction to end

	mu sync.Mutex
	// left is how many batches of the transaction are not settled, and counted
	// are the records that are. failure is why it must not be committed, nil if it
	// may.
	left    int
	counted []entry
	failure error
	// doomed is why the transaction will be undone although its records are still
	// sent: it searches for those that brokers refuse (suspects.go).
	doomed  error
	changed pulse    // of left, failure, doomed and hurry
	waiting []func() // for the end of the transaction
	// patience is how long an acknowledgement may take, at first patienceMin, and
	// overdueAt is when one took longer last.
	patience, patienceMin time.Duration
	overdueAt             time.Time
	pace                  pace
	suspects
}

func newExactlyOnce(c *Consumer) (*exactlyOnce, error) {
	id, err := client.TransactionalID(c.cfg)
	if err != nil {
		return nil, err
	}
	t := &exactlyOnce{Consumer: c, id: id, timeout: client.TransactionTimeout(c.cfg), patience: patienceMin, patienceMin: patienceMin}
	if err := kgo.ValidateOpts(t.options()...); err != nil {
		return nil, fmt.Errorf("kafka: the client refuses these settings: %w", err)
	}
	for _, d := range c.destinations {
		d.oneBatch = true
	}
	return t, nil
}

func (t *exactlyOnce) options() []kgo.Opt {
	return append(append(t.clientOpts(t.asideBytes), client.Transact(t.id, t.timeout)...),
		kgo.OnPartitionsCallbackBlocked(func(context.Context, *kgo.Client) { t.awaited() }))
}

// awaited makes the open transaction end: the group waits for that.
func (t *exactlyOnce) awaited() {
	t.hurry.Store(true)
	t.changed.broadcast()
}

func (t *exactlyOnce) run(context.Context) {}

// await ends the open transaction when it is due.
func (t *exactlyOnce) await(ctx context.Context) (records int, wait time.Duration, ok bool) {
	if t.open {
		t.keepUp(ctx)
	}
	if t.open && t.due() {
		ending, cancel := t.grace(ctx)
		t.end(ending)
		cancel()
	}
	if !t.open && !t.prepare(ctx) {
		return 0, 0, false
	}
	records, ok = t.room(ctx)
	t.mu.Lock()
	records = max(1, min(t.pace.room(records), t.unsearched(records), t.fits())) // of one that was just given up nothing is taken
	t.mu.Unlock()
	wait = idleWait
	if t.open {
		wait = max(time.Millisecond, min(wait, time.Until(t.until)))
	}
	return records, wait, ok
}

// grace returns a context that ends when a stop may wait no longer.
func (t *exactlyOnce) grace(ctx context.Context) (context.Context, context.CancelFunc) {
	ending, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(t.cfg.ShutdownTimeout*8/10, cancel) })
	return ending, func() { stop(); cancel() }
}

// prepare does what may only be done between transactions. It returns false
// when the loop is to end.
func (t *exactlyOnce) prepare(ctx context.Context) bool {
	t.mu.Lock()
	waiting := t.waiting
	t.waiting = nil
	t.mu.Unlock()
	for _, f := range waiting {
		f()
	}
	if t.broken != nil && !t.reconnect(ctx) {
		return false
	}
	// A transaction that is begun while the group rebalances would wait for
	// the slowest member before it could commit. Polls go on now and then: they
	// tell of the group's troubles.
	if joined := t.joined.wait(); t.joining.Load() {
		select {
		case <-joined:
		case <-time.After(pollWait):
		case <-ctx.Done():
		}
	}
	return ctx.Err() == nil
}

// accept takes what was polled into the open transaction, or begins one.
func (t *exactlyOnce) accept(batches []polled, records int) bool {
	if !t.open && !t.begin() {
		return false
	}
	for i := range batches {
		records -= len(batches[i].records)
	}
	if records != 0 {
		// The offsets behind them would be committed with the others.
		t.abandon(errors.New("a poll brought records of a partition that this member does not own"))
		return false
	}
	switch taken, passed := t.take(batches); {
	case passed:
		// So would those behind the records that were let go.
		t.broken = errPassed
		t.abandon(errPassed)
		return false
	default:
		return taken
	}
}

// take makes what was polled a part of the transaction, unless that has failed,
// or a batch passes over records that are to come again.
func (t *exactlyOnce) take(batches []polled) (taken, passed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.failure != nil || t.doomed != nil {
		return false, false
	}
	for i := range batches {
		b := batches[i].batch
		if b.source.passedOver(b) && !broken(skipsAborted) {
			return false, true
		}
	}
	for i := range batches {
		if end := t.endBy(batches[i].batch); end.Before(t.until) {
			t.until = end
		}
		t.pace.taken += len(batches[i].records)
		t.apply(&batches[i])
	}
	t.left += len(batches)
	t.spoilAccept()
	return true, false
}

// begin begins a transaction, unless the group is rebalancing.
func (t *exactlyOnce) begin() bool {
	if t.joining.Load() || t.stale.Load() {
		t.reset()
		return false
	}
	if err := t.session.Begin(); err != nil {
		t.sources.renew()
		t.trouble(err)
		return false
	}
	t.open, t.begun = true, time.Now()
	t.until = t.begun.Add(longest(t.cfg.CommitInterval))
	return true
}

// turned lets the group rebalance if no transaction is open.
func (t *exactlyOnce) turned() {
	if t.open {
		return
	}
	if t.stale.Load() {
		t.reset()
	}
	t.hurry.Store(false)
	t.kafka().AllowRebalance()
}

// carrier is the one client: what is large goes into the same transaction.
func (t *exactlyOnce) carrier(bool) *kgo.Client { return t.kafka() }

// revoke has nothing to wait for: the group rebalances between transactions, or
// when one cannot end, which is undone then.
func (t *exactlyOnce) revoke(context.Context, []*source) (finished bool) {
	t.lost()
	return true
}

func (t *exactlyOnce) lost() {
	t.stale.Store(true)
	t.joining.Store(true)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.refusals = nil
}

func (t *exactlyOnce) assigned() {
	t.joining.Store(false)
	t.joined.broadcast()
}

func (t *exactlyOnce) between(f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting = append(t.waiting, f)
}
