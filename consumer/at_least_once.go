package consumer

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// atLeastOnce makes outcomes final by committing the offsets below which every
// record is settled. What fails is sent again from its lane; no input is read
// again.
type atLeastOnce struct {
	*Consumer

	committing chan struct{} // holds one while a commit is in flight
}

func (d *atLeastOnce) connect(context.Context) error {
	client, err := kgo.NewClient(d.clientOpts(d.batchBytes)...)
	if err != nil {
		return fmt.Errorf("kafka client: %w", err)
	}
	d.running.Store(client)
	return nil
}

// run commits every owned source's watermark on the interval. On a timer and
// not after polls: else the end of a quiet topic would never be committed.
func (d *atLeastOnce) run(ctx context.Context) {
	tick := time.NewTicker(d.cfg.CommitInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			attempt, cancel := context.WithTimeout(ctx, commitWithin)
			d.commit(attempt, d.sources.all())
			cancel()
		}
	}
}

func (d *atLeastOnce) await(ctx context.Context) (records int, wait time.Duration, ok bool) {
	records, ok = d.room(ctx)
	return records, pollWait, ok
}

func (d *atLeastOnce) accept([]polled, int) bool { return true }

func (d *atLeastOnce) turned() { d.kafka().AllowRebalance() }

func (d *atLeastOnce) acked(entries []entry, over time.Time) {
	d.account(entries, over)
	d.finishEach(entries)
}

func (d *atLeastOnce) settled(b *batch) { d.budget.release(b.source.topic, b.bytes, b.records) }

// failed draws the consequences of what brokers did not take: the lane keeps
// it and sends it again, in smaller flights where a record is refused, until
// the culprit stands alone.
func (d *atLeastOnce) failed(l *lane, flown, failed int, err error) {
	switch classify(err) {
	case refused:
		switch {
		case d.restamp(l, err):
		case flown == 1:
			l.window = 1
			d.emitter.reject(l, err)
		default:
			l.window = max(1, failed/2)
		}
	case fatal:
		d.fail(fmt.Errorf("produce to %s: %w", l.destination.topic, err))
		l.retryAt = time.Now().Add(retryMax)
	case stopping:
		l.retryAt = time.Now().Add(retryMax)
	case passing:
		d.emitter.hold(l, err)
	}
}

func (d *atLeastOnce) overdue(time.Duration) {}

// carrier is a second client for what is larger than the batches of the first.
func (d *atLeastOnce) carrier(oversize bool) *kgo.Client {
	if oversize {
		return d.aside
	}
	return d.kafka()
}

// revoke finishes what is under way of partitions that go to another member
// and commits. The loop is not polling meanwhile: kgo calls this between polls.
//
// What a held lane keeps of them is not waited for: its new owner sends it.
// Leaving the group revokes as well; then finish has done the waiting.
func (d *atLeastOnce) revoke(ctx context.Context, going []*source) (finished bool) {
	// The group waits for us at most the rebalance timeout; leave time for the
	// commit in it.
	ctx, cancel := context.WithTimeout(ctx, d.cfg.Kafka.RebalanceTimeout*3/4)
	defer cancel()
	work, stop := context.WithTimeout(ctx, d.cfg.Kafka.RebalanceTimeout/2)
	defer stop()
	if d.health.draining.Load() {
		stop()
	}
	finished = d.drain(work, going)
	d.commitLast(ctx, going)
	return finished
}

func (d *atLeastOnce) lost() {}

func (d *atLeastOnce) assigned() {}

func (d *atLeastOnce) between(f func()) { f() }

// finish waits for what is in flight and commits it. After trouble that needs a
// person nothing more is waited for.
func (d *atLeastOnce) finish(ctx context.Context) {
	if d.hasFailed() {
		return
	}
	owned := d.sources.all()
	finished := d.drain(ctx, owned)
	d.commitLast(ctx, owned)
	if !finished {
		d.log.Warn("stopped with records in flight, they come again at the next start")
	}
}

// drain waits until everything polled of the sources is settled, ctx ends, or
// nothing happens any more while all that is left of them waits for an output
// that is held. It reports whether all was settled.
func (d *atLeastOnce) drain(ctx context.Context, of []*source) bool {
	for quiet := 0; ; {
		freed := d.budget.freed.wait()
		left, stuck := 0, 0
		for _, src := range of {
			if src.drained() {
				continue
			}
			left++
			if d.holds.isPaused(src.topic) {
				stuck++
			}
		}
		if left == 0 {
			return true
		}
		if left == stuck && quiet > 2 {
			return false
		}
		select {
		case <-freed:
			quiet = 0
		case <-time.After(100 * time.Millisecond): // a hold may have come
			quiet++
		case <-ctx.Done():
			return false
		}
	}
}
