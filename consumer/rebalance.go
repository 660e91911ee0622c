package consumer

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/zap"
)

// assigned hears which partitions this member got.
func (c *Consumer) assigned(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
	c.health.joined.Store(true)
	c.metrics.Rebalanced("assigned")
	for topic, list := range partitions {
		for _, p := range list {
			c.sources.own(topic, p)
		}
	}
	c.log.Info("partitions assigned", zap.Int("count", count(partitions)))
}

// positions notes where the group's offsets let each partition start.
func (c *Consumer) positions(_ context.Context, offsets map[string]map[int32]kgo.Offset) (map[string]map[int32]kgo.Offset, error) {
	for topic, partitions := range offsets {
		for p, o := range partitions {
			if at := o.EpochOffset().Offset; at >= 0 {
				if src := c.sources.find(topic, p); src != nil {
					src.start(at)
				}
			}
		}
	}
	return offsets, nil
}

// revoked finishes what is under way for partitions that go to another member,
// commits, and lets go. The loop is not polling meanwhile: kgo calls this
// between polls.
//
// What a held lane keeps of them is not waited for: its new owner sends it.
// Leaving the group revokes as well; then finishAll has done the waiting.
func (c *Consumer) revoked(ctx context.Context, _ *kgo.Client, partitions map[string][]int32) {
	c.metrics.Rebalanced("revoked")
	going := c.sources.some(partitions)
	// The group waits for us at most the rebalance timeout; leave time for the
	// commit in it.
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Kafka.RebalanceTimeout*3/4)
	defer cancel()
	work, stop := context.WithTimeout(ctx, c.cfg.Kafka.RebalanceTimeout/2)
	defer stop()
	if c.health.draining.Load() {
		stop()
	}
	finished := c.drain(work, going)
	c.commitLast(ctx, going)
	c.letGo(going, partitions)
	c.log.Info("partitions revoked", zap.Int("count", count(partitions)), zap.Bool("finished", finished))
}

// lost lets go of partitions that already have another owner. Nothing is
// committed: the group would refuse it, and must.
func (c *Consumer) lost(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
	if count(partitions) == 0 {
		return // the group could not be joined, which the poll tells
	}
	c.metrics.Rebalanced("lost")
	c.letGo(c.sources.some(partitions), partitions)
	c.log.Warn("partitions lost", zap.Int("count", count(partitions)))
}

func (c *Consumer) letGo(going []*source, partitions map[string][]int32) {
	c.sources.remove(going)
	c.health.partitionsGone(partitions)
	signal(c.emitter.sweep)
}

// drain waits until everything polled of the sources is settled, ctx ends, or
// nothing happens any more while all that is left of them waits for an output
// that is held. It reports whether all was settled.
func (c *Consumer) drain(ctx context.Context, of []*source) bool {
	for quiet := 0; ; {
		freed := c.budget.freed.wait()
		left, stuck := 0, 0
		for _, src := range of {
			if src.drained() {
				continue
			}
			left++
			if c.holds.isPaused(src.topic) {
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

func count(partitions map[string][]int32) int {
	n := 0
	for _, list := range partitions {
		n += len(list)
	}
	return n
}
