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
	// A poll without records returns after this at the latest, so that the
	// loop's health can be told from its turning.
	pollWait = time.Second
	// A poll that brought nothing but trouble is followed by this pause: a
	// broker that refuses a partition answers at once, each time.
	troublePause = 100 * time.Millisecond
)

// loop polls, decides and hands over to the emitter until ctx ends.
func (c *Consumer) loop(ctx context.Context) {
	var batches []polled
	var entries []entry
	for ctx.Err() == nil {
		c.health.turned()
		records, wait, ok := c.delivery.await(ctx)
		if !ok {
			return
		}
		asked := time.Now()
		pollCtx, cancel := context.WithTimeout(ctx, wait)
		fetches := c.kafka().PollRecords(pollCtx, records)
		cancel()
		c.metrics.Idle(time.Since(asked))
		c.health.polled()
		troubled := c.pollErrors(fetches)
		n := fetches.NumRecords()
		if n > 0 {
			reach(afterPoll)
			batches, entries = c.sort(fetches, batches[:0], entries, n)
			c.decide(c.table.Load(), batches)
			if c.delivery.accept(batches, n) {
				c.handOver(batches, n)
			}
			clear(batches)
			clear(entries)
		}
		c.delivery.turned()
		if troubled && n == 0 {
			select {
			case <-time.After(troublePause):
			case <-ctx.Done():
			}
		}
	}
}

// room blocks while too much is in flight and returns how many records the
// next poll may bring. It returns false when ctx ends.
func (c *Consumer) room(ctx context.Context) (records int, ok bool) {
	if broken(unbounded) {
		return c.cfg.Kafka.MaxPollRecords, true
	}
	for {
		freed := c.budget.freed.wait()
		bytes, room := c.budget.room()
		if bytes > 0 && room > 0 {
			c.health.backPressure.Store(false)
			// Bytes are known only after a poll, so the recent size of records
			// tells how many will fit.
			fit := bytes / max(1, c.recordBytes)
			return int(max(1, min(room, fit, int64(c.cfg.Kafka.MaxPollRecords)))), true
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
		src := c.sources.find(p.Topic, p.Partition)
		if src == nil {
			return // not ours any more: its owner reads it
		}
		c.fetched(src, &p)
		if len(p.Records) == 0 {
			return
		}
		last := p.Records[len(p.Records)-1]
		b := &batch{
			source: src, first: p.Records[0].Offset, next: last.Offset + 1, epoch: last.LeaderEpoch, stamp: last.Timestamp,
			polled: now, records: int64(len(p.Records)), fetched: p.Records,
		}
		b.left.Store(b.records)
		batches = append(batches, polled{batch: b, records: p.Records, entries: entries[at : at+len(p.Records)]})
		at += len(p.Records)
		src.add(b)
	})
	return batches, entries
}

// fetched notes what a fetch tells of its partition, and whether it goes on
// somewhere else than was expected.
func (c *Consumer) fetched(src *source, p *kgo.FetchTopicPartition) {
	src.mu.Lock()
	defer src.mu.Unlock()
	if p.HighWatermark > 0 {
		src.highWatermark = p.HighWatermark
	}
	if len(p.Records) == 0 || src.next < 0 {
		return
	}
	first := p.Records[0].Offset
	switch {
	case first > src.next && p.LogStartOffset > src.next:
		// The broker deleted records before they were read.
	case first < src.next:
		// The offset is beyond the end: the topic is another by now, or was
		// cut. The watermark follows it back, else every start met it again.
	default:
		return
	}
	src.again = -1 // it will not
	c.metrics.OffsetReset(src.topic)
	c.log.Warn("the expected offset is not there any more, continuing at the earliest that is",
		zap.String("topic", src.topic), zap.Int32("partition", src.partition),
		zap.Int64("expected", src.next), zap.Int64("continues_at", first))
}

// handOver gives every decided record to its lane, in the order of its
// partition, and wakes the lanes.
func (c *Consumer) handOver(batches []polled, records int) {
	lanes, drops := c.touched[:0], c.drops[:0]
	poll := c.metrics.BeginPoll(records)
	for i := range batches {
		b := &batches[i]
		var bytes int64
		for j := range b.entries {
			e := &b.entries[j]
			e.batch = b.batch
			poll.Consumed(e.route.Index, int64(e.source))
			bytes += int64(e.source)
			if e.record == nil {
				drops = append(drops, *e)
				continue
			}
			if e.record != b.records[j] {
				bytes += int64(size(e.record)) // a dead letter has headers of its own
			}
			l := c.lane(e)
			if len(l.staged) == 0 {
				lanes = append(lanes, l)
			}
			l.staged = append(l.staged, *e)
		}
		b.batch.bytes = bytes
		c.recordBytes = max(1, (3*c.recordBytes+bytes/b.batch.records)/4)
		c.budget.take(b.batch.source.topic, b.batch.bytes, b.batch.records)
	}
	poll.End()
	// Only now may a batch be finished: its bytes are counted.
	if len(drops) > 0 {
		c.delivery.acked(drops, time.Now())
		clear(drops)
		c.drops = drops[:0]
	}
	for _, l := range lanes {
		c.spoilStaged(l)
		l.handOver()
		c.emitter.ring(l)
	}
	clear(lanes)
	c.touched = lanes[:0]
}

// account counts records whose outcome is final, with one lock and one clock
// reading for all of them.
func (c *Consumer) account(acked []entry, over time.Time) {
	if len(acked) == 0 {
		return
	}
	now := over.UnixMilli()
	flight := c.metrics.BeginFlight()
	for i := range acked {
		e := &acked[i]
		if e.outcome == router.Dropped {
			flight.Dropped(e.route.Index)
			continue
		}
		flight.Settled(e.route.Index, e.outcome, int64(e.size),
			elapsed(e.stamp, now), over.Sub(e.batch.polled))
		if e.why != nil {
			flight.Rejected(e.route.Index, e.why.reason, e.why.keyword)
		}
	}
	if broken(miscounts) {
		flight.Settled(acked[0].route.Index, acked[0].outcome, 0, 0, 0)
	}
	flight.End()
}

// finishEach counts settled records as done with. Neighbours are mostly of one
// batch.
func (c *Consumer) finishEach(acked []entry) {
	for from := 0; from < len(acked); {
		to := from + 1
		for to < len(acked) && acked[to].batch == acked[from].batch {
			to++
		}
		c.finish(acked[from].batch, int64(to-from))
		from = to
	}
}

// finish counts records of a batch as done: nothing of them is read any more.
func (c *Consumer) finish(b *batch, records int64) {
	if b.left.Add(-records) == 0 {
		b.recycle()
		c.delivery.settled(b)
	}
}

// pollErrors sorts the errors of a poll, and reports whether there were any
// that the next poll may meet again. Every poll's errors count: group errors
// come only here.
func (c *Consumer) pollErrors(fetches kgo.Fetches) (troubled bool) {
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
			c.fail(fmt.Errorf("consume in group %s: %w%s", c.cfg.Kafka.Group, err, lacks(err)))
			return
		}
		troubled = true
		c.metrics.FetchError(topic, name(err))
		c.log.Warn("poll met trouble, trying again",
			zap.String("topic", topic), zap.Int32("partition", p), zap.String("error", name(err)))
		if topic != "" {
			c.health.inputTrouble(topic, reason(err, "read"))
		}
	})
	return troubled
}

// refuse turns an entry that the broker would not have into its dead letter
// and returns the lane that takes it.
func (c *Consumer) refuse(e *entry, err error) *lane {
	src := e.batch.source
	to := c.deadLetters[e.route.Index]
	e.record = c.encodeRefused(e, src, to.topic, err)
	e.outcome, e.why = router.DeadLettered, &fault{reason: router.ProduceRejected}
	e.record.Topic = to.topic
	e.record.Partition = partition(to, e.record, src.partition)
	e.size = int32(wireSize(e.record))
	return to.lane(e.record.Partition)
}
