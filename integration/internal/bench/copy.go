package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/consumer/client"
)

// runCopy is the ceiling: a program that only copies the records of a
// configuration's first product from its input to its output, at least once,
// with the client options of the service. It ends with ctx.
func runCopy(ctx context.Context, file string) error {
	cfg, err := config.Load(file)
	if err != nil {
		return err
	}
	opts, err := client.Options(cfg)
	if err != nil {
		return err
	}
	product := cfg.Products[0]
	opts = append(opts, client.Consume(cfg, product.Input)...)
	opts = append(opts, client.Produce(cfg, func(string) int32 { return 1 << 20 }, 1<<20)...)
	c := copying{output: product.Output, parts: make(map[int32]*copied)}
	c.client, err = kgo.NewClient(append(opts, kgo.OnPartitionsRevoked(func(context.Context, *kgo.Client, map[string][]int32) {}))...)
	if err != nil {
		return err
	}
	defer c.client.CloseAllowingRebalance()
	tick := time.NewTicker(cfg.CommitInterval)
	defer tick.Stop()
	for ctx.Err() == nil {
		// The end of a topic must be committed although nothing follows it.
		poll, cancel := context.WithTimeout(ctx, cfg.CommitInterval)
		fetches := c.client.PollRecords(poll, cfg.Kafka.MaxPollRecords)
		cancel()
		if err := fetches.Err0(); err != nil && poll.Err() == nil {
			return err
		}
		fetches.EachPartition(c.produce)
		c.client.AllowRebalance()
		select {
		case <-tick.C:
			// One that the end cuts short is made again after the loop.
			if err := c.commit(ctx, product.Input[0]); err != nil && ctx.Err() == nil {
				return err
			}
		default:
		}
		if err := c.failed.Load(); err != nil {
			return *err
		}
	}
	end, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := c.client.Flush(end); err != nil {
		return err
	}
	return c.commit(end, product.Input[0])
}

type copying struct {
	client *kgo.Client
	output string
	parts  map[int32]*copied
	failed atomic.Pointer[error]
}

// copied is what was polled of a partition and not committed.
type copied struct{ batches []*copiedBatch }

type copiedBatch struct {
	left atomic.Int64
	next kgo.EpochOffset
}

func (c *copying) produce(p kgo.FetchTopicPartition) {
	if len(p.Records) == 0 {
		return
	}
	part := c.parts[p.Partition]
	if part == nil {
		part = new(copied)
		c.parts[p.Partition] = part
	}
	last := p.Records[len(p.Records)-1]
	b := &copiedBatch{next: kgo.EpochOffset{Epoch: last.LeaderEpoch, Offset: last.Offset + 1}}
	b.left.Store(int64(len(p.Records)))
	part.batches = append(part.batches, b)
	done := func(r *kgo.Record, err error) {
		if err != nil {
			err = fmt.Errorf("produce: %w", err)
			c.failed.Store(&err)
			return
		}
		r.Recycle()
		b.left.Add(-1)
	}
	for _, r := range p.Records {
		r.Topic = c.output // the partition stays
		c.client.Produce(context.Background(), r, done)
	}
}

// commit commits what is acknowledged without a gap.
func (c *copying) commit(ctx context.Context, topic string) error {
	offsets := make(map[int32]kgo.EpochOffset)
	for partition, p := range c.parts {
		for len(p.batches) > 0 && p.batches[0].left.Load() == 0 {
			offsets[partition] = p.batches[0].next
			p.batches = p.batches[1:]
		}
	}
	if len(offsets) == 0 {
		return nil
	}
	var failed error
	c.client.CommitOffsetsSync(ctx, map[string]map[int32]kgo.EpochOffset{topic: offsets},
		func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, _ *kmsg.OffsetCommitResponse, err error) {
			failed = err
		})
	return failed
}
