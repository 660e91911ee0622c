package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// drained is what one run of a drain showed.
type drained struct {
	rate  float64 // records a second between the first fifth and the last fiftieth
	cpu   float64 // seconds a million records
	rss   float64 // MiB at the peak
	bytes float64 // produced per record, as the broker stores them
}

// drain fills a topic and lets the candidates empty it.
func drain(ctx context.Context, b *bench) error {
	input := b.prefix + "orders"
	if err := b.create(ctx, input); err != nil {
		return err
	}
	defer b.forget(context.WithoutCancel(ctx), input)
	if err := b.fill(ctx, input); err != nil {
		return fmt.Errorf("fill: %w", err)
	}
	names := b.names("copy", "at_least_once", "exactly_once")
	seen := make(map[string][]drained)
	for run := range b.runs {
		for _, name := range names {
			d, err := b.drainOnce(ctx, name, fmt.Sprintf("%s%s-%d", b.prefix, name, run), input)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			fmt.Printf("  run %d %-14s %8.0f records/s  %5.2f CPU s/M  %4.0f MiB\n", run+1, name, d.rate, d.cpu, d.rss)
			seen[name] = append(seen[name], d)
		}
	}
	b.tellDrains(names, seen)
	return nil
}

func (b *bench) fill(ctx context.Context, topic string) error {
	started := time.Now()
	var failed error
	for i := range b.records {
		key, value := b.events.record(i, started)
		b.client.Produce(ctx, &kgo.Record{Topic: topic, Key: key, Value: value}, func(_ *kgo.Record, err error) {
			if err != nil {
				failed = err // promises are called one after the other
			}
		})
	}
	return errors.Join(b.client.Flush(ctx), failed)
}

func (b *bench) drainOnce(ctx context.Context, name, group, input string) (drained, error) {
	t := topics{input: input, output: group + ".out", dlq: group + ".dlq"}
	if err := b.create(ctx, t.output, t.dlq); err != nil {
		return drained{}, err
	}
	defer b.forget(context.WithoutCancel(ctx), t.output, t.dlq)
	profile := b.profile
	if profile == "" {
		profile = "balanced"
	}
	p, err := b.startMembers(name, group, profile, t)
	if err != nil {
		return drained{}, err
	}
	rate, err := b.watch(ctx, p, group, t)
	used, stopped := p.stop()
	if err := errors.Join(err, stopped); err != nil {
		return drained{}, err
	}
	if err := b.verify(ctx, name, t); err != nil {
		return drained{}, err
	}
	stored, err := b.stored(ctx, t.output, t.dlq)
	return drained{
		rate: rate, cpu: used.cpu.Seconds() / float64(b.records) * 1e6, rss: float64(used.rss) / (1 << 20),
		bytes: stored / float64(b.records),
	}, err
}

// watch waits until the group has committed everything, and returns the rate.
func (b *bench) watch(ctx context.Context, p members, group string, t topics) (float64, error) {
	var first, last time.Time
	var from, to int64
	for {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return 0, ctx.Err()
		}
		if err := p.alive(); err != nil {
			return 0, err
		}
		ends, err := b.admin.ListEndOffsets(ctx, t.output, t.dlq)
		if err != nil {
			return 0, err
		}
		now, n := time.Now(), int64(0)
		for _, partitions := range ends {
			for _, end := range partitions {
				n += end.Offset
			}
		}
		if first.IsZero() && n >= b.records/5 {
			first, from = now, n
		}
		if last.IsZero() && n >= b.records-b.records/50 {
			last, to = now, n
		}
		if n < b.records {
			continue
		}
		done, err := b.committed(ctx, group, t.input)
		if err != nil {
			return 0, err
		}
		if done >= b.records {
			return float64(to-from) / last.Sub(first).Seconds(), nil
		}
	}
}

// committed is how many records are below the group's offsets.
func (b *bench) committed(ctx context.Context, group, input string) (n int64, err error) {
	offsets, err := b.admin.FetchOffsetsForTopics(ctx, group, input)
	if err != nil {
		return 0, err
	}
	for _, partitions := range offsets {
		for _, o := range partitions {
			n += max(0, o.At)
		}
	}
	return n, nil
}

// stored is how large topics are on the broker's disk, in bytes.
func (b *bench) stored(ctx context.Context, names ...string) (float64, error) {
	dirs, err := b.admin.DescribeAllLogDirs(ctx, nil)
	if err != nil {
		return 0, err
	}
	n := int64(0)
	for _, broker := range dirs {
		for _, dir := range broker {
			for _, name := range names {
				for _, partition := range dir.Topics[name] {
					n += partition.Size
				}
			}
		}
	}
	return float64(n), nil
}

// verify reads what came out: each record once, where it belongs.
func (b *bench) verify(ctx context.Context, name string, t topics) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	reader, err := kgo.NewClient(kgo.SeedBrokers(b.kafka.Seeds...), kgo.ConsumeTopics(t.output, t.dlq),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		return err
	}
	defer reader.Close()
	times := make([]uint8, b.records)
	var wrong, twice, n int64
	for n < b.records {
		fetches := reader.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return fmt.Errorf("%d of %d records came out: %w", n, b.records, err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			s, ok := sequence(r.Value)
			if !ok || s < 0 || s >= b.records {
				wrong++
				return
			}
			if times[s]++; times[s] > 1 {
				twice++
				return
			}
			n++
			if isDLQ := strings.HasSuffix(r.Topic, ".dlq"); name != "copy" && isDLQ != b.events.isBad(s) {
				wrong++
			}
		})
	}
	if wrong > 0 || twice > 0 {
		return fmt.Errorf("%d records in the wrong topic, %d twice", wrong, twice)
	}
	return nil
}
