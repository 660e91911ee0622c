package consumer

import (
	"context"

	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/zap"
)

// assigned hears which partitions this member got.
func (c *Consumer) assigned(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
	c.health.joined.Store(true)
	c.delivery.assigned()
	c.metrics.Rebalanced("assigned")
	for topic, list := range partitions {
		for _, p := range list {
			c.sources.own(topic, p)
		}
	}
	if count(partitions) > 0 {
		c.health.locating.Store(moment())
	}
	c.log.Info("partitions assigned", zap.Int("count", count(partitions)))
}

// positions notes where the group's offsets let each partition start.
func (c *Consumer) positions(_ context.Context, offsets map[string]map[int32]kgo.Offset) (map[string]map[int32]kgo.Offset, error) {
	c.health.locating.Store(0)
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

// revoked lets go of partitions that go to another member when what can be
// finished of them is.
func (c *Consumer) revoked(ctx context.Context, _ *kgo.Client, partitions map[string][]int32) {
	c.metrics.Rebalanced("revoked")
	going := c.sources.some(partitions)
	finished := c.delivery.revoke(ctx, going)
	c.letGo(going, partitions)
	c.log.Info("partitions revoked", zap.Int("count", count(partitions)), zap.Bool("finished", finished))
}

// lost lets go of partitions that already have another owner. Nothing is
// committed: the group would refuse it, and must.
func (c *Consumer) lost(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
	c.delivery.lost()
	if count(partitions) == 0 {
		return // the group could not be joined, which the poll tells
	}
	c.metrics.Rebalanced("lost")
	c.letGo(c.sources.some(partitions), partitions)
	c.log.Warn("partitions lost", zap.Int("count", count(partitions)))
}

func (c *Consumer) letGo(going []*source, partitions map[string][]int32) {
	c.sources.remove(going)
	if len(c.sources.all()) == 0 {
		c.health.locating.Store(0)
	}
	c.health.partitionsGone(partitions)
	signal(c.emitter.sweep)
}

func count(partitions map[string][]int32) int {
	n := 0
	for _, list := range partitions {
		n += len(list)
	}
	return n
}
