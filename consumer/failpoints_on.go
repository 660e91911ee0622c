//go:build sluice_failpoints

package consumer

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/router"
)

var (
	deadly, deadlyPass = deadlyPoint()
	passes             atomic.Int64
	chosen             = defect(os.Getenv("SLUICE_DEFECT"))
)

func deadlyPoint() (point failpoint, pass int64) {
	name, n, _ := strings.Cut(os.Getenv("SLUICE_FAILPOINT"), ":")
	pass, err := strconv.ParseInt(n, 10, 64)
	if err != nil {
		pass = 1
	}
	return failpoint(name), pass
}

// reach ends the process if this is the place and the pass to die at.
func reach(point failpoint) {
	if point != deadly || passes.Add(1) != deadlyPass {
		return
	}
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		_ = self.Kill()
	}
	select {} // nothing happens any more until the signal is there
}

// broken reports whether the service has this defect.
func broken(d defect) bool { return d == chosen }

// some chooses the records that a defect befalls.
func some(offset int64) bool { return offset%100 == 7 }

// spoil breaks an entry that was just decided.
func (c *Consumer) spoil(e *entry, r *kgo.Record) {
	if e.outcome != router.Accepted || !some(e.offset) {
		return
	}
	switch chosen {
	case loses:
		e.record, e.outcome = nil, router.Dropped
	case corrupts:
		r.Value = bytes.Clone(r.Value)
		r.Value[len(r.Value)/2] ^= 1
	case misroutes:
		for i, route := range c.table.Load().Routes() {
			if to := c.outputs[i]; to != nil && i != e.route.Index && e.record.Partition < to.partitions.Load() {
				e.route = route
				r.Topic = to.topic
				return
			}
		}
	default:
	}
}

// spoilStaged breaks what a poll has for a lane.
func (c *Consumer) spoilStaged(l *lane) {
	n := len(l.staged)
	switch chosen {
	case reorders:
		l.staged[0], l.staged[n-1] = l.staged[n-1], l.staged[0]
	case repeats:
		l.staged = append(l.staged, twin(l.staged[0]))
	case splits:
		if l.staged[0].outcome != router.Accepted {
			return
		}
		e := twin(l.staged[0])
		to := c.deadLetters[e.route.Index]
		e.record.Topic = to.topic
		other := to.lane(e.record.Partition)
		other.push(e)
		c.emitter.ring(other)
	default:
	}
}

// twin is an entry that its batch waits for as well.
func twin(e entry) entry {
	r := *e.record
	e.record = &r
	e.batch.left.Add(1)
	return e
}

// former is the table before the last swap.
var former atomic.Pointer[router.Table]

// swapped notes which table is used no more.
func (c *Consumer) swapped(before *router.Table) { former.Store(before) }

// halve lets a swap reach half of the products only.
func (c *Consumer) halve(topic string, r record, d router.Decision) router.Decision {
	if before := former.Load(); chosen == halves && before != nil && d.Route.Index%2 == 1 {
		return before.Decide(topic, r)
	}
	return d
}
