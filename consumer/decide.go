package consumer

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/router/deadletter"
)

// chunk is how many records a worker decides on before it takes more. Small
// enough to spread one hot partition over every core, large enough that the
// shared counter costs nothing.
const chunk = 256

// share is how many bytes of records are worth another worker: on fewer, one
// worker is done about when a second would have woken.
const share = 64 << 10

// One record in so many is timed.
const sampled = 64

// polled is one fetched partition batch and what was decided on it.
type polled struct {
	batch   *batch
	records []*kgo.Record
	// entries has one place per record; an entry without record is dropped.
	entries []entry
}

// record shows a fetched record to the router.
type record struct{ r *kgo.Record }

func (r record) Key() []byte   { return r.r.Key }
func (r record) Value() []byte { return r.r.Value }
func (r record) Size() int     { return size(r.r) }

func (r record) Header(name string) ([]byte, bool) {
	for i := len(r.r.Headers) - 1; i >= 0; i-- {
		if r.r.Headers[i].Key == name {
			return r.r.Headers[i].Value, true
		}
	}
	return nil, false
}

// size is key + value + headers in bytes.
func size(r *kgo.Record) int {
	n := len(r.Key) + len(r.Value)
	for i := range r.Headers {
		n += len(r.Headers[i].Key) + len(r.Headers[i].Value)
	}
	return n
}

// decide fills the entries of everything that one poll brought. The table is
// the caller's, loaded once per poll: no batch is judged by two of them.
func (c *Consumer) decide(table *router.Table, batches []polled) {
	chunks, records := 0, 0
	for i := range batches {
		chunks += batches[i].chunks()
		records += len(batches[i].records)
	}
	workers := min(runtime.GOMAXPROCS(0), chunks, 1+records*int(c.recordBytes)/share)
	if workers <= 1 {
		for i := range batches {
			c.decideSome(table, &batches[i], 0, len(batches[i].records))
		}
		return
	}
	var taken atomic.Int64
	work := func() {
		// Walk the batches in step with the shared counter: chunk numbers only
		// grow, so each worker passes over every batch once.
		at, base := 0, 0
		for {
			n := int(taken.Add(1)) - 1
			if n >= chunks {
				return
			}
			for n-base >= batches[at].chunks() {
				base += batches[at].chunks()
				at++
			}
			b, from := &batches[at], (n-base)*chunk
			c.decideSome(table, b, from, min(from+chunk, len(b.records)))
		}
	}
	var others sync.WaitGroup
	for range workers - 1 {
		others.Go(work)
	}
	work()
	others.Wait()
}

// chunks is how many pieces of work a batch is.
func (b *polled) chunks() int { return (len(b.records) + chunk - 1) / chunk }

// decideSome fills some of a batch's entries.
func (c *Consumer) decideSome(table *router.Table, b *polled, from, to int) {
	src, entries := b.batch.source, b.entries[from:to]
	for i, r := range b.records[from:to] {
		if i%sampled != 0 {
			c.decideOne(table, src, r, &entries[i])
			continue
		}
		started := time.Now()
		c.decideOne(table, src, r, &entries[i])
		c.metrics.Validated(entries[i].route.Index, time.Since(started))
	}
}

// decideOne turns a record and its decision into the entry to send. The bytes
// of an accepted record are sent as they are, in the very record that was
// fetched.
func (c *Consumer) decideOne(table *router.Table, src *source, r *kgo.Record, e *entry) {
	d := c.halve(src.topic, record{r}, table.Decide(src.topic, record{r}))
	e.route, e.outcome = d.Route, d.Outcome
	e.offset, e.stamp, e.source = r.Offset, millis(r.Timestamp), int32(size(r))
	to := c.outputs[d.Route.Index]
	switch d.Outcome {
	case router.Accepted:
		e.record = r
		if !sendable(e.stamp) {
			to = c.deadLetters[d.Route.Index]
			e.record = c.encodeRefused(e, src, to.topic, kerr.InvalidTimestamp)
			e.outcome, e.why = router.DeadLettered, &fault{reason: router.ProduceRejected}
		}
	case router.DeadLettered:
		to = c.deadLetters[d.Route.Index]
		e.why = &fault{reason: d.Reason}
		if d.Verdict != nil && len(d.Verdict.Violations) > 0 {
			e.why.keyword = d.Verdict.Violations[0].Keyword
		}
		e.record = c.stamps.set(c.encoder.Encode(r,
			deadletter.Source{Topic: src.topic, Partition: src.partition, Offset: r.Offset, Timestamp: time.UnixMilli(e.stamp)},
			deadletter.Failure{
				Product: d.Route.Product, Schema: d.Route.Schema, SchemaSHA256: d.Route.SchemaSHA256,
				Reason: d.Reason, Stage: d.Stage, Verdict: d.Verdict,
			}, to.topic, time.Now()), e.stamp)
	case router.Dropped:
		return
	}
	e.record.Topic = to.topic
	e.record.Partition = partition(to, r, src.partition)
	e.size = int32(wireSize(e.record))
	c.spoil(e, r)
}

// lane returns the lane that takes an entry.
func (c *Consumer) lane(e *entry) *lane {
	if e.outcome == router.Accepted {
		return c.outputs[e.route.Index].lane(e.record.Partition)
	}
	return c.deadLetters[e.route.Index].lane(e.record.Partition)
}
