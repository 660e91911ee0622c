package consumer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/zap"

	"github.com/sluicedata/sluice/router"
)

const (
	// maxPoll bounds the records of one poll, and with it how long a stop or a
	// rebalance waits for the loop.
	maxPoll = 10_000
	// A poll without records returns after this, so that the loop's health can
	// be told from its turning.
	pollWait = time.Second
)

// loop polls, decides and hands over to the emitter until ctx ends.
func (c *Consumer) loop(ctx context.Context) {
	var batches []polled
	var entries []entry
	for ctx.Err() == nil {
		c.health.turned()
		records, ok := c.await(ctx)
		if !ok {
			return
		}
		pollCtx, cancel := context.WithTimeout(ctx, pollWait)
		fetches := c.client.PollRecords(pollCtx, records)
		cancel()
		if ctx.Err() != nil {
			// What this poll brought is not marked and comes again.
			c.client.AllowRebalance()
			return
		}
		c.health.polled()
		c.pollErrors(fetches)
		if n := fetches.NumRecords(); n > 0 {
			c.metrics.Polled(n)
			batches, entries = c.sort(fetches, batches[:0], entries, n)
			c.decide(c.table.Load(), batches)
			c.handOver(batches)
			clear(batches)
			clear(entries)
		}
		c.client.AllowRebalance()
	}
}

// await blocks while too much is in flight and returns how many records the
// next poll may bring. It returns false when ctx ends.
func (c *Consumer) await(ctx context.Context) (records int, ok bool) {
	for {
		freed := c.budget.freed.wait()
		bytes, room := c.budget.room()
		if bytes > 0 && room > 0 {
			c.health.backPressure.Store(false)
			// Bytes are known only after a poll, so the recent size of records
			// tells how many will fit.
			fit := bytes / max(1, c.recordBytes)
			return int(max(1, min(room, fit, maxPoll))), true
		}
		c.health.backPressure.Store(true)
		select {
		case <-freed:
		case <-ctx.Done():
			return 0, false
		}
	}
}

// sort turns fetches into one polled per partition. Batches and entries are
// the loop's scratch, reused from poll to poll.
func (c *Consumer) sort(fetches kgo.Fetches, batches []polled, entries []entry, n int) ([]polled, []entry) {
	if cap(entries) < n {
		entries = make([]entry, n)
	}
	entries = entries[:n]
	at := 0
	now := time.Now()
	fetches.EachPartition(func(p kgo.FetchTopicPartition) {
		if p.Topic == "" || p.Partition < 0 {
			return // carries an error only
		}
		src := c.sources.get(p.Topic, p.Partition)
		c.fetched(src, &p)
		if len(p.Records) == 0 {
			return
		}
		last := p.Records[len(p.Records)-1]
		b := &batch{source: src, next: last.Offset + 1, epoch: last.LeaderEpoch, polled: now, records: int64(len(p.Records))}
		b.left.Store(b.records)
		batches = append(batches, polled{batch: b, records: p.Records, entries: entries[at : at+len(p.Records)]})
		at += len(p.Records)
		src.add(b)
	})
	return batches, entries
}

// fetched notes what a fetch tells of its partition, and counts a start above
// the expected offset: the broker deleted records before they were read.
func (c *Consumer) fetched(src *source, p *kgo.FetchTopicPartition) {
	src.mu.Lock()
	defer src.mu.Unlock()
	if p.HighWatermark > 0 {
		src.highWatermark = p.HighWatermark
	}
	if len(p.Records) == 0 || src.next < 0 {
		return
	}
	if first := p.Records[0].Offset; first > src.next && p.LogStartOffset > src.next {
		c.metrics.OffsetReset(src.topic)
		c.log.Warn("records were deleted before they were read, continuing at the earliest that is left",
			zap.String("topic", src.topic), zap.Int32("partition", src.partition),
			zap.Int64("expected", src.next), zap.Int64("earliest", p.LogStartOffset))
	}
}

// handOver gives every decided record to its lane, in the order of its
// partition, and wakes the lanes.
func (c *Consumer) handOver(batches []polled) {
	lanes := c.touched[:0]
	for i := range batches {
		b := &batches[i]
		bytes := 0
		for j := range b.entries {
			e := &b.entries[j]
			e.batch = b.batch
			n := size(b.records[j])
			bytes += n
			c.metrics.Consumed(e.route.Index, n)
			if e.record == nil {
				c.metrics.Dropped(e.route.Index)
				continue
			}
			if e.record != b.records[j] {
				bytes += size(e.record) - n // the headers of a dead letter
			}
			if len(e.lane.staged) == 0 {
				lanes = append(lanes, e.lane)
			}
			e.lane.staged = append(e.lane.staged, *e)
		}
		b.batch.bytes = int64(bytes)
		c.recordBytes = (3*c.recordBytes + int64(bytes)/b.batch.records) / 4
		c.budget.take(b.batch.source.topic, b.batch.bytes, b.batch.records)
		// Only now may the batch be finished: its bytes are counted.
		for j := range b.entries {
			if b.entries[j].record == nil {
				c.finish(b.batch)
			}
		}
	}
	for _, l := range lanes {
		l.push(l.staged...)
		clear(l.staged)
		l.staged = l.staged[:0]
		c.emitter.ring(l)
	}
	clear(lanes)
	c.touched = lanes[:0]
}

// settled hears that an entry's record was acknowledged.
func (c *Consumer) settled(e *entry, now time.Time) {
	c.metrics.Settled(e.route.Index, e.outcome, e.reason, e.keyword, e.size, now.Sub(e.stamp), now.Sub(e.batch.polled))
	c.finish(e.batch)
}

// finish counts one record of a batch as done.
func (c *Consumer) finish(b *batch) {
	if b.left.Add(-1) == 0 {
		c.budget.release(b.source.topic, b.bytes, b.records)
	}
}

// pollErrors sorts the errors of a poll. Every poll's errors count: group
// errors come only here.
func (c *Consumer) pollErrors(fetches kgo.Fetches) {
	fetches.EachError(func(topic string, p int32, err error) {
		var lost *kgo.ErrDataLoss
		var large *kgo.ErrDecompressTooLarge
		switch {
		case errors.Is(err, context.DeadlineExceeded), classify(err) == stopping:
			return
		case errors.As(err, &large):
			c.health.partitionHeld(topic, p, fmt.Sprintf(
				"the batch at offset %d decompresses to more than limits.fetch_batch_bytes: raise it and restart", large.Offset))
			c.metrics.FetchError(topic, name(err))
			c.log.Error("partition held: a fetched batch is over limits.fetch_batch_bytes",
				zap.String("topic", topic), zap.Int32("partition", p), zap.Int64("offset", large.Offset))
			return
		case errors.As(err, &lost):
			c.metrics.OffsetReset(topic)
			c.log.Warn("the broker lost records that were consumed, continuing at the earliest offset",
				zap.String("topic", topic), zap.Int32("partition", p),
				zap.Int64("consumed_to", lost.ConsumedTo), zap.Int64("reset_to", lost.ResetTo))
			return
		case errors.Is(err, kerr.UnknownTopicID) && topic != "":
			c.fail(fmt.Errorf("input topic %s was deleted and created again: its offsets mean nothing any more; restart to read the new one from its beginning", topic))
			return
		case classify(err) == fatal:
			c.fail(fmt.Errorf("consume: %w", err))
			return
		}
		c.metrics.FetchError(topic, name(err))
		c.log.Warn("poll met trouble, trying again",
			zap.String("topic", topic), zap.Int32("partition", p), zap.String("error", name(err)))
		if topic != "" {
			c.health.inputTrouble(topic, name(err))
		}
	})
}

// refuse turns an entry that the broker would not have into its dead letter
// and returns the lane that takes it.
func (c *Consumer) refuse(e *entry, err error) *lane {
	src := e.batch.source
	to := c.deadLetters[e.route.Index]
	e.record = c.encodeRefused(e, src, to.topic, err)
	e.outcome, e.reason, e.keyword = router.DeadLettered, router.ProduceRejected, ""
	e.record.Topic = to.topic
	e.record.Partition = partition(to, e.record, src.partition)
	e.size = wireSize(e.record)
	e.lane = to.lane(e.record.Partition)
	return e.lane
}
