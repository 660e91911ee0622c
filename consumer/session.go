package consumer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/zap"
)

// connect joins the group. It asks for the producer id at once: that ends what
// an earlier process with the same transactional id has left open, which the
// readers of the outputs and the group's own offsets wait for.
func (t *exactlyOnce) connect(ctx context.Context) error {
	for wait := retryMin; ; wait = min(2*wait, retryMax) {
		session, err := kgo.NewGroupTransactSession(t.options()...)
		if err != nil {
			return fmt.Errorf("kafka client: %w", err)
		}
		t.session = session
		t.holds.moveTo(func() { t.running.Store(session.Client()) })
		attempt, cancel := context.WithTimeout(ctx, t.timeout)
		_, _, err = session.Client().ProducerID(attempt)
		cancel()
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return nil //nolint:nilerr // the service stops
		case classify(err) == fatal:
			session.CloseAllowingRebalance()
			return fmt.Errorf("transactional id %s: %w%s", t.id, err, lacks(err))
		}
		t.log.Warn("transactional id not taken, trying again", zap.String("transactional_id", t.id), zap.String("error", name(err)))
		t.health.turned()
		session.CloseAllowingRebalance()
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil
		}
	}
}

// reset makes the session forget the rebalance that it remembers, and what was
// polled since the last transaction: it comes again.
func (t *exactlyOnce) reset() {
	t.stale.Store(false)
	t.sources.renew()
	// No transaction is open: there is hardly anything to wait for.
	ctx, cancel := context.WithTimeout(context.Background(), endsWithin)
	defer cancel()
	if _, err := t.session.End(ctx, kgo.TryAbort); err != nil {
		t.trouble(err)
	}
	t.keep()
}

// keep lets go of partitions that went unheard of: the session calls back for
// the first revocation that befalls a transaction, and for no other. One of
// which nothing was ever read stays until it is given or taken again.
func (t *exactlyOnce) keep() {
	if gone := t.sources.keep(t.kafka().CommittedOffsets); len(gone) > 0 {
		t.health.partitionsGone(gone)
		t.log.Info("partitions revoked during a transaction", zap.Int("count", count(gone)))
	}
}

// trouble decides what an error of the session's means. What Kafka undid without
// us, or the end of a transaction that was not heard of, is made clear by a new
// client: its first request ends what is left of the old one's transaction, one
// way or the other, and the group then tells where to go on.
func (t *exactlyOnce) trouble(err error) {
	switch {
	case errors.Is(err, kerr.UnknownTopicID):
		signal(t.look) // an output was created again
	case classify(err) == fatal:
		t.fail(fmt.Errorf("transactions of %s: %w", t.id, err))
	case fenced(err) && time.Since(t.begun) < t.timeout:
		// Kafka undoes no transaction before its time.
		t.fail(fmt.Errorf("transactional id %s is used by another member: give each member of the group a kafka.instance_id of its own: %w", t.id, err))
	default:
		t.broken = err
	}
}

// reconnect replaces a client whose transactions Kafka does not take any more.
// It returns false when the loop is to end.
func (t *exactlyOnce) reconnect(ctx context.Context) bool {
	t.log.Warn("transactions go on with a new client", zap.String("transactional_id", t.id), zap.String("error", name(t.broken)))
	t.broken = nil
	leaving, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	_ = closeClient(leaving, t.kafka())
	t.sources.remove(t.sources.all())
	t.lost()
	if err := t.connect(ctx); err != nil {
		t.fail(err)
		return false
	}
	t.stale.Store(false)
	return ctx.Err() == nil
}
