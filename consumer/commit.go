package consumer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/zap"
)

// A commit without an answer for this long is given up; the next one says the
// same or more.
const commitWithin = 10 * time.Second

// commit commits the watermarks of sources. One commit is in flight at a time:
// an older one that is late must not rewind a newer. After trouble that stops
// the service nothing is committed: who reads the offsets next should find them
// as they were when all was well.
//
// It reports whether to try again: what is not committed and could be.
func (d *atLeastOnce) commit(ctx context.Context, of []*source) (again bool) {
	select {
	case d.committing <- struct{}{}:
		defer func() { <-d.committing }()
	case <-ctx.Done():
		return false
	}
	if d.hasFailed() {
		return false
	}
	offsets := make(map[string]map[int32]kgo.EpochOffset)
	for _, src := range of {
		if src.gone.Load() {
			// It was let go while the commit before this one was awaited: in
			// the name of the group's next generation, this one would rewind
			// what the new owner has committed.
			continue
		}
		offset, epoch, news := src.watermark()
		if !news {
			continue
		}
		if offsets[src.topic] == nil {
			offsets[src.topic] = make(map[int32]kgo.EpochOffset)
		}
		offsets[src.topic][src.partition] = kgo.EpochOffset{Epoch: epoch, Offset: offset}
	}
	if len(offsets) == 0 {
		return false
	}
	reach(beforeCommit)
	started := time.Now()
	err := commitError(ctx, d.kafka(), offsets)
	if err == nil {
		reach(afterCommit)
	}
	result := "ok"
	if err != nil {
		result = "error"
	}
	d.metrics.Committed(result, time.Since(started))
	switch {
	case err == nil:
		for _, src := range of {
			if o, ok := offsets[src.topic][src.partition]; ok {
				src.mu.Lock()
				src.committed = o.Offset
				src.mu.Unlock()
			}
		}
		d.health.committed()
	case classify(err) == fatal:
		d.fail(fmt.Errorf("commit offsets of group %s: %w", d.cfg.Kafka.Group, err))
	case classify(err) == stopping, rebalancing(err):
		// The watermark stays; the next commit, or the next owner, goes on.
	default:
		d.log.Warn("offsets not committed, trying again", zap.String("error", name(err)))
		return true
	}
	return false
}

// commitLast commits what will not be asked for again, until it is taken or
// ctx ends.
func (d *atLeastOnce) commitLast(ctx context.Context, of []*source) {
	for d.commit(ctx, of) {
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return
		}
	}
}

// rebalancing reports whether a commit was refused because the group is
// changing: the member's place is decided elsewhere.
func rebalancing(err error) bool {
	return errors.Is(err, kerr.RebalanceInProgress) || errors.Is(err, kerr.IllegalGeneration) ||
		errors.Is(err, kerr.UnknownMemberID)
}

// commitError commits and returns the first error of the request or of one of
// its partitions.
func commitError(ctx context.Context, client *kgo.Client, offsets map[string]map[int32]kgo.EpochOffset) error {
	var first error
	client.CommitOffsetsSync(ctx, offsets,
		func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, resp *kmsg.OffsetCommitResponse, err error) {
			first = err
			if resp == nil {
				return
			}
			for i := range resp.Topics {
				for j := range resp.Topics[i].Partitions {
					if err := kerr.ErrorForCode(resp.Topics[i].Partitions[j].ErrorCode); err != nil && first == nil {
						first = fmt.Errorf("%s partition %d: %w", resp.Topics[i].Topic, resp.Topics[i].Partitions[j].Partition, err)
					}
				}
			}
		})
	return first
}
