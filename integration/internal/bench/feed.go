package main

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// ringed is how many orders a feeder makes. It sends them again and again: to
// make one costs more than to judge it.
const ringed = 50_000

// feeder keeps the service at full load and its backlog bounded.
type feeder struct {
	client *kgo.Client
	ring   []kgo.Record
	bad    []bool
	ahead  int64 // how many records may wait

	sent, sentBad atomic.Int64
	out           atomic.Int64 // how many have come out, as the owner knows
	failed        atomic.Pointer[error]
}

// newFeeder makes the records of a topic; prepare may change each.
func (b *bench) newFeeder(topic string, prepare func(i int, r *kgo.Record)) *feeder {
	f := &feeder{client: b.client, ring: make([]kgo.Record, ringed), bad: make([]bool, ringed), ahead: b.ahead}
	for i := range f.ring {
		key, value := b.events.record(int64(i), time.Now())
		f.ring[i] = kgo.Record{Topic: topic, Key: key, Value: value}
		f.bad[i] = b.events.isBad(int64(i))
		if prepare != nil {
			prepare(i, &f.ring[i])
		}
	}
	return f
}

// run sends until ctx ends, then waits for the acknowledgements.
func (f *feeder) run(ctx context.Context) error {
	done := func(_ *kgo.Record, err error) {
		if err != nil {
			f.failed.Store(&err)
		}
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for i := 0; ctx.Err() == nil && f.failed.Load() == nil; {
		if f.sent.Load()-f.out.Load() >= f.ahead {
			<-tick.C
			continue
		}
		for range 500 {
			r := f.ring[i]
			f.client.Produce(context.WithoutCancel(ctx), &r, done)
			if f.sent.Add(1); f.bad[i] {
				f.sentBad.Add(1)
			}
			if i++; i == len(f.ring) {
				i = 0
			}
		}
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	err := f.client.Flush(ending)
	if failed := f.failed.Load(); failed != nil {
		err = errors.Join(err, *failed)
	}
	return err
}
