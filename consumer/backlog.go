package consumer

import (
	"context"
	"time"
)

const (
	// A transaction of late records lasts up to so many commit intervals, as
	// long as that is no more than longestLate: each end costs the time in which
	// the last records are acknowledged and nothing new is read.
	stretch     = 5
	longestLate = time.Second
	// A record is late when it has lain in its topic for so many commit
	// intervals, and so many times what was polled with it lies behind it.
	lateAfter = 10
	// A transaction takes so many times what may be in flight at once.
	mostCounted = 5
	// So many bytes keep every core busy: a drain is a quarter slower with a third
	// of it, because the cores idle between a poll and the next.
	aheadBytes = 48 << 20
)

// longest returns how long a transaction of nothing but late records takes more.
func longest(interval time.Duration) time.Duration {
	return max(interval, min(stretch*interval, longestLate))
}

// endBy returns when the transaction that a batch is in should end at the
// latest: after a commit interval, unless the batch is late anyway.
func (t *exactlyOnce) endBy(b *batch) time.Time {
	wait := t.cfg.CommitInterval
	if b.late(wait) {
		wait = longest(wait)
	}
	return b.polled.Add(wait)
}

// late reports whether there is a backlog in front of which the records of a
// batch have waited for long. Timestamps alone do not tell: producers may set
// them to what they like.
func (b *batch) late(interval time.Duration) bool {
	b.source.mu.Lock()
	defer b.source.mu.Unlock()
	return b.source.highWatermark-b.next >= lateAfter*b.records && b.polled.Sub(b.stamp) >= lateAfter*interval
}

// ahead returns how many bytes may be on their way in a transaction before more
// is polled. All of it has to be acknowledged after the last poll, while nothing
// is read, and it is no use to be further ahead of the brokers.
func (t *exactlyOnce) ahead() int64 { return min(aheadBytes, t.budget.maxBytes) }

// fits returns how many records may be polled for that.
func (t *exactlyOnce) fits() int {
	return int(max(1, (t.ahead()-t.budget.flowing())/max(1, t.recordBytes)))
}

// keepUp waits while more than half of that is on its way in the open
// transaction, so that polls are not small, and no longer than it lasts.
func (t *exactlyOnce) keepUp(ctx context.Context) {
	for {
		freed, changed := t.budget.freed.wait(), t.changed.wait()
		if t.budget.flowing() <= t.ahead()/2 || t.due() {
			return
		}
		due := time.NewTimer(time.Until(t.until))
		select {
		case <-freed:
		case <-changed:
		case <-due.C:
		case <-ctx.Done():
		}
		due.Stop()
		if ctx.Err() != nil {
			return
		}
	}
}

// due reports whether the open transaction should end.
func (t *exactlyOnce) due() bool {
	bytes, records := t.budget.room()
	t.mu.Lock()
	defer t.mu.Unlock()
	full := bytes <= 0 || records <= 0 || t.pace.room(1) < 1 || t.unsearched(1) < 1 ||
		int64(len(t.counted)) >= mostCounted*t.budget.maxRecords
	return t.failure != nil || t.doomed != nil || full || t.hurry.Load() || !time.Now().Before(t.until)
}
