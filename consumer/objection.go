package consumer

import (
	"cmp"
	"errors"
	"math"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// stampLimits are how far from the broker's time, in milliseconds, a topic
// takes the timestamps of records.
type stampLimits struct{ before, after int64 }

// Kafka's default, for clusters that do not let us read it.
var defaultStamps = stampLimits{before: math.MaxInt64, after: time.Hour.Milliseconds()}

// objects reports whether an entry looks like what the topic's broker refused a
// batch for. It is a guess, good for the order of a search: compression, the
// broker's clock and new settings are not known. The broker alone decides.
func (d *destination) objects(e *entry, err error, now time.Time) bool {
	if !errors.Is(err, kerr.InvalidTimestamp) {
		return int64(e.size) > d.maxBytes.Load()
	}
	limits := cmp.Or(d.stamps.Load(), &defaultStamps)
	age := now.UnixMilli() - e.record.Timestamp.UnixMilli()
	return age > limits.before || -age > limits.after
}

// learnStamps takes over the timestamps that a topic says it takes.
func (d *destination) learnStamps(configs []kadm.Config) {
	limits := defaultStamps
	for _, kv := range configs {
		n, err := strconv.ParseInt(kv.MaybeValue(), 10, 64)
		if err != nil {
			continue
		}
		switch kv.Key {
		case "message.timestamp.before.max.ms":
			limits.before = n
		case "message.timestamp.after.max.ms":
			limits.after = n
		}
	}
	d.stamps.Store(&limits)
}
