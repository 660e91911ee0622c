package consumer

import (
	"testing"
	"time"

	"github.com/sluicedata/sluice/config"
)

// TestOnlyLateRecordsMakeATransactionLonger: those that have waited for long in
// front of others. One that is not late keeps the commit interval.
func TestOnlyLateRecordsMakeATransactionLonger(t *testing.T) {
	t.Parallel()
	now := time.Now()
	f := func(name string, interval, age time.Duration, behind int64, want time.Duration) {
		t.Helper()
		open := &exactlyOnce{Consumer: &Consumer{cfg: &config.Config{CommitInterval: interval}}}
		src := newSource("in", 0)
		src.highWatermark = 500 + behind
		b := &batch{source: src, next: 500, records: 100, polled: now, stamp: now.Add(-age)}
		if got := open.endBy(b).Sub(now); got != want {
			t.Errorf("%s: a transaction of it ends after %s, want %s", name, got, want)
		}
	}
	const interval = 100 * time.Millisecond
	f("fresh", interval, 0, 0, interval)
	f("of old events, nothing behind it", interval, time.Hour, 0, interval)
	f("of old events, little behind it", interval, time.Hour, 999, interval)
	f("much behind it, not old", interval, 999*time.Millisecond, 10_000, interval)
	f("of the future", interval, -time.Hour, 10_000, interval)
	f("late", interval, time.Second, 1000, 5*interval)
	f("late, at a long interval", 400*time.Millisecond, time.Hour, 1000, time.Second)
	f("late, at a very long interval", time.Minute, time.Hour, 1000, time.Minute)
}

// TestTheGroupIsNotKeptWaitingForRoom: who waits until less is ahead of the
// brokers hears that the group waits for the end of the transaction.
func TestTheGroupIsNotKeptWaitingForRoom(t *testing.T) {
	t.Parallel()
	m := newExactBench(t).prepare()
	open := m.delivery.(*exactlyOnce)
	open.open, open.until = true, time.Now().Add(time.Hour)
	m.budget.take("orders.in", open.ahead()-1, 1)
	waited := make(chan struct{})
	go func() { defer close(waited); open.keepUp(t.Context()) }()
	m.b.eventually("it waits", func() bool {
		open.changed.mu.Lock()
		defer open.changed.mu.Unlock()
		return open.changed.c != nil
	})
	open.awaited()
	select {
	case <-waited:
	case <-time.After(patience):
		t.Fatal("it waits on")
	}
}
