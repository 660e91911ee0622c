package consumer

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/router"
)

// A clock that brokers have contradicted is not asked for so long.
const doubtFor = time.Minute

// stamps gives dead letters their timestamps: the time of the failure, unless
// brokers have refused that. They take none that is more than an hour ahead of
// their clocks, which ours may be. Then it is the time of the source record,
// which brokers took before.
type stamps struct{ doubted atomic.Int64 } // until this moment

func (s *stamps) doubt() (first bool) {
	now := moment()
	return s.doubted.Swap(now+int64(doubtFor)) < now
}

// set stamps a dead letter that was made now of a source record of this time,
// in milliseconds.
func (s *stamps) set(r *kgo.Record, source int64) *kgo.Record {
	if s.doubted.Load() > moment() && sendable(source) {
		r.Timestamp = time.UnixMilli(source)
	}
	return r
}

// restamp gives the dead letters that a lane has in its queue another timestamp
// if that is what brokers refuse. It reports whether there is something else to
// try at once: one that is refused with the source's time waits with its topic,
// and begins again with what the clock then says.
func (c *Consumer) restamp(l *lane, err error) (again bool) {
	if !errors.Is(err, kerr.InvalidTimestamp) {
		return false
	}
	for i := range l.queue {
		e := &l.queue[i]
		if e.outcome != router.DeadLettered || !sendable(e.stamp) || e.record.Timestamp.UnixMilli() == e.stamp {
			continue
		}
		again = true
		e.record.Timestamp = time.UnixMilli(e.stamp)
	}
	switch {
	case again:
		if c.stamps.doubt() {
			c.log.Warn("brokers refuse the time of dead letters, which get that of their source records: is the clock of this machine ahead?")
		}
	case len(l.queue) > 0 && l.queue[0].outcome == router.DeadLettered:
		l.queue[0].record.Timestamp = time.Now()
		c.stamps.doubted.Store(0) // the other time is no better
	}
	return again
}
