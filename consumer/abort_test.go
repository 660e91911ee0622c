package consumer

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/router"
)

// TestWhatAPollBringsAfterAnAbort lets records come when the transaction that
// they would be part of has failed and is not ended yet: they come again, and
// leave nothing behind.
func TestWhatAPollBringsAfterAnAbort(t *testing.T) {
	t.Parallel()
	b := newExactBench(t)
	const rounds = 3
	m := b.start(func(c *config.Config) { c.CommitInterval = 5 * time.Second })
	open := m.delivery.(*exactlyOnce)
	for round := range rounds {
		b.refuse("orders", kerr.TopicAuthorizationFailed, 1)
		b.send(goods("orders.in", 30*round, 30*round+30)...)
		b.eventually("the transaction fails", func() bool { return open.gaveUp() != nil })
		b.send(goods("refunds.in", 30*round, 30*round+30)...)
		b.caughtUp("orders.in")
		b.caughtUp("refunds.in")
	}
	for _, src := range m.sources.all() {
		if offset, _, _ := src.watermark(); offset != src.committed || src.committed != 10*rounds && src.topic != "payments.in" {
			t.Errorf("%s %d: settled up to %d, committed up to %d", src.topic, src.partition, offset, src.committed)
		}
	}
	if n := m.logs.FilterMessage("the expected offset is not there any more, continuing at the earliest that is").Len(); n != 0 {
		t.Errorf("%d partitions are logged as reset", n)
	}
	m.stop()
	b.inOrder("orders", 0, 30*rounds)
	b.inOrder("refunds", 0, 30*rounds)
	b.balanced("refunds", 30*rounds, m)
}

// TestAFlightThatFailsAfterTheSweep is let go at once, not when its lane may try
// again: the transaction ends no sooner.
func TestAFlightThatFailsAfterTheSweep(t *testing.T) {
	t.Parallel()
	b := newExactBench(t)
	m := b.prepare()
	m.holds.pause, m.holds.resume = func(...string) {}, func(...string) {}
	open := m.delivery.(*exactlyOnce)
	src := newSource("orders.in", 0)
	src.gone.Store(true) // as it is once the transaction is given up
	e := entry{record: new(kgo.Record), batch: &batch{source: src, records: 1}, route: m.table.Load().Routes()[0], outcome: router.Accepted}
	e.batch.left.Store(1)
	open.failure, open.left = errNoAnswer, 1
	m.destinations["orders"].grow(1)
	l := m.destinations["orders"].lane(0)
	l.flying, l.overdue, l.flight = true, true, []entry{e}
	l.failed, l.failure = []*kgo.Record{e.record}, kgo.ErrAborting
	l.landed.Store(true)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); m.emitter.run(ctx) }()
	m.emitter.ring(l)
	b.eventually("the flight is let go", func() bool {
		open.mu.Lock()
		defer open.mu.Unlock()
		return open.left == 0
	})
	cancel()
	<-ended
}

// TestATopicRestsFromWhenItWasGivenUp: a topic without an answer is left alone
// for a while, so that others go on. A transaction that is given up because all
// brokers are away ends when they are back, and then nothing has to wait.
func TestATopicRestsFromWhenItWasGivenUp(t *testing.T) {
	t.Parallel()
	f := func(name string, ago time.Duration, rests bool) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newExactBench(t).prepare()
			m.holds.pause, m.holds.resume = func(...string) {}, func(...string) {}
			open := m.delivery.(*exactlyOnce)
			open.failure, open.overdueAt = errNoAnswer, time.Now().Add(-ago)
			src := newSource("orders.in", 0)
			src.gone.Store(true)
			e := entry{record: new(kgo.Record), batch: &batch{source: src, records: 1}, route: m.table.Load().Routes()[0], outcome: router.Accepted}
			e.batch.left.Store(1)
			m.destinations["orders"].grow(1)
			l := m.destinations["orders"].lane(0)
			l.flying, l.launched, l.flight = true, time.Now().Add(-time.Minute), []entry{e}
			m.emitter.watch(l)
			open.overdueAt = time.Now().Add(-ago)
			if len(m.holds.list()) == 0 {
				t.Fatal("a flight without an answer does not hold its topic")
			}
			l.failed, l.failure = []*kgo.Record{e.record}, kgo.ErrAborting
			l.landed.Store(true)
			m.emitter.step(l)
			if waits := l.retryAt.After(time.Now()); waits != rests {
				t.Errorf("the topic is tried again at %s, it is %s", l.retryAt, time.Now())
			}
			// The sweep takes the record out of the queue, and the next look at
			// the lane finds nothing to wait for.
			l.queue = withdraw(l.queue, m.emitter.release)
			m.emitter.step(l)
			if held := len(m.holds.list()) > 0; held != rests {
				t.Errorf("the topic is held: %v, want %v", held, rests)
			}
		})
	}
	f("others flow", 0, true)
	f("all brokers were away", 2*overdueWait, false)
}

// TestTwoRebalancesInOneTransaction takes partitions away from a member twice
// while its transaction waits for an acknowledgement, of which the session tells
// once: it owns the others no more all the same.
func TestTwoRebalancesInOneTransaction(t *testing.T) {
	t.Parallel()
	b := newExactBench(t)
	const all = 600
	inputs := []string{"orders.in", "refunds.in", "payments.in"}
	send := func(from, to int) {
		for _, topic := range inputs {
			b.send(goods(topic, from, to)...)
		}
	}
	caughtUp := func() {
		for _, topic := range inputs {
			b.caughtUp(topic)
		}
	}
	members := []*member{b.start()}
	send(0, all/2)
	caughtUp()
	silent := b.refuse("orders", kerr.NotEnoughReplicas, -1)
	send(all/2, all)
	b.eventually("a record waits", func() bool { return silent.Hits() > 0 })
	for range 2 {
		m := b.start()
		members = append(members, m)
		b.eventually("another member has partitions", func() bool { return len(m.Status().Partitions) > 0 })
	}
	silent.Remove()
	caughtUp()
	b.eventually("each partition has one owner", func() bool {
		n := 0
		for _, m := range members {
			n += len(m.Status().Partitions)
		}
		return n == 3*partitions
	})
	for _, m := range members {
		m.stop()
	}
	b.inOrder("orders", 0, all)
	b.inOrder("refunds", 0, all)
	b.balanced("orders", all, members...)
}

// TestAHoldMayBeShort: as short as what is left of a topic's rest.
func TestAHoldMayBeShort(t *testing.T) {
	t.Parallel()
	m := newExactBench(t).prepare()
	m.holds.pause, m.holds.resume = func(...string) {}, func(...string) {}
	l := &lane{destination: m.destinations["orders"]}
	m.emitter.holdFor(l, errNoAnswer, 1)
	if !l.held {
		t.Error("the topic is not held")
	}
}
