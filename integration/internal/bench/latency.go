package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// nothing is the floor: the reader reads the input itself.
const nothing = "nothing"

const warmUp = 5 * time.Second

// quantiles of the time from before a record is produced until it was read.
type quantiles struct {
	p50, p99, p999 time.Duration
	cpu            float64 // of the candidate, in cores
}

// latency sends at a steady rate and reads what comes out.
func latency(ctx context.Context, b *bench) error {
	names := b.names(nothing, "copy", "at_least_once", "exactly_once")
	for text := range strings.SplitSeq(b.rates, ",") {
		rate, err := strconv.Atoi(text)
		if err != nil || rate < 100 {
			return fmt.Errorf("rate %q: write a number of records a second, 100 or more", text)
		}
		seen := make(map[string][]quantiles)
		for run := range b.runs {
			for _, name := range names {
				q, err := b.latencyOnce(ctx, name, fmt.Sprintf("%s%s-%d-%d", b.prefix, name, rate, run), rate)
				if err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				fmt.Printf("  run %d %-14s p50 %v  p99 %v  p99.9 %v\n", run+1, name, q.p50, q.p99, q.p999)
				seen[name] = append(seen[name], q)
			}
		}
		b.tellLatencies(rate, names, seen)
	}
	return nil
}

func (b *bench) latencyOnce(ctx context.Context, name, group string, rate int) (q quantiles, err error) {
	t := topics{input: group + ".in", output: group + ".out", dlq: group + ".dlq"}
	if err := b.create(ctx, t.input, t.output, t.dlq); err != nil {
		return q, err
	}
	defer b.forget(context.WithoutCancel(ctx), t.input, t.output, t.dlq)
	from := []string{t.output, t.dlq}
	if name == nothing {
		from = []string{t.input}
	} else {
		profile := b.profile
		if profile == "" {
			profile = "latency"
		}
		p, err := b.startMembers(name, group, profile, t)
		if err != nil {
			return q, err
		}
		started := time.Now()
		defer func() {
			used, stopped := p.stop()
			q.cpu, err = used.cpu.Seconds()/time.Since(started).Seconds(), errors.Join(err, stopped)
		}()
	}
	total := int64(rate) * int64(b.seconds+int(warmUp.Seconds()))
	times := make(chan []time.Duration, 1)
	reading, cancel := context.WithTimeout(ctx, time.Duration(b.seconds+60)*time.Second)
	defer cancel()
	go func() { times <- b.read(reading, total, from) }()
	if err := b.send(ctx, t.input, rate, total); err != nil {
		return q, err
	}
	list := <-times
	if int64(len(list)) < total {
		return q, fmt.Errorf("%d of %d records came out", len(list), total)
	}
	list = list[int64(rate)*int64(warmUp.Seconds()):]
	slices.Sort(list)
	at := func(share float64) time.Duration {
		return list[int(share*float64(len(list)-1))].Round(time.Microsecond)
	}
	return quantiles{p50: at(0.5), p99: at(0.99), p999: at(0.999)}, nil
}

// send produces at a steady rate, a few records each millisecond.
func (b *bench) send(ctx context.Context, topic string, rate int, total int64) error {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	started, sent := time.Now(), int64(0)
	var failed error
	for sent < total {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		due := min(total, int64(time.Since(started).Seconds()*float64(rate)))
		for ; sent < due; sent++ {
			key, value := b.events.record(sent, time.Now())
			b.client.Produce(ctx, &kgo.Record{Topic: topic, Key: key, Value: value}, func(_ *kgo.Record, err error) {
				if err != nil {
					failed = err // promises are called one after the other
				}
			})
		}
	}
	return errors.Join(b.client.Flush(ctx), failed)
}

// read returns how long each record took, in the order of their coming.
func (b *bench) read(ctx context.Context, total int64, from []string) []time.Duration {
	reader, err := kgo.NewClient(kgo.SeedBrokers(b.kafka.Seeds...), kgo.ConsumeTopics(from...),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		return nil
	}
	defer reader.Close()
	list := make([]time.Duration, 0, total)
	for int64(len(list)) < total {
		fetches := reader.PollFetches(ctx)
		if ctx.Err() != nil {
			return list
		}
		now := time.Now()
		fetches.EachRecord(func(r *kgo.Record) {
			if sent, ok := sentAt(r.Value); ok {
				list = append(list, now.Sub(sent))
			}
		})
	}
	return list
}
