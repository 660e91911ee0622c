package metrics

import (
	"cmp"
	"slices"
	"time"

	"github.com/sluicedata/sluice/router"
)

// Poll counts the records of one poll. It holds a lock until End.
type Poll struct{ m *Metrics }

// BeginPoll starts to count a poll of so many records.
func (m *Metrics) BeginPoll(records int) Poll {
	m.pollRecords.Observe(float64(records))
	m.polling.Lock()
	return Poll{m}
}

// Consumed counts a record of a route and its bytes.
func (p Poll) Consumed(route int, bytes int64) {
	c := &p.m.polled[route]
	c.records++
	c.bytes += bytes
	c.sizes.observe(bytes)
}

// End publishes the poll.
func (p Poll) End() { p.m.polling.Unlock() }

// Flight counts the records of one flight. It holds a lock until End.
type Flight struct{ m *Metrics }

// BeginFlight starts to count a flight.
func (m *Metrics) BeginFlight() Flight {
	m.settling.Lock()
	return Flight{m}
}

// Settled counts an acknowledged record and the bytes that were produced.
func (f Flight) Settled(route int, o router.Outcome, bytes int64, endToEnd, processing time.Duration) {
	p := &f.m.settled[route]
	p.records[o]++
	p.bytes[o] += bytes
	p.endToEnd[o].observe(int64(endToEnd))
	p.processing.observe(int64(processing))
}

// Rejected counts why a settled record is a dead letter. keyword is that of
// the first violation, empty when there is none.
func (f Flight) Rejected(route int, reason router.Reason, keyword string) {
	p := &f.m.settled[route]
	p.rejected[rejection{reason, keyword}]++
	if reason == router.Internal {
		p.panics++
	}
}

// End publishes the flight.
func (f Flight) End() { f.m.settling.Unlock() }

// Dropped counts a record that a policy drops.
func (f Flight) Dropped(route int) { f.m.settled[route].records[router.Dropped]++ }

// Released counts a record that was in flight when its partition was lost.
func (m *Metrics) Released(route int) {
	m.settling.Lock()
	defer m.settling.Unlock()
	m.settled[route].released++
}

// Idle counts time that the loop waited for records.
func (m *Metrics) Idle(d time.Duration) { m.pollIdle.Add(d.Seconds()) }

// Validated counts how long judging a record took.
func (m *Metrics) Validated(route int, d time.Duration) {
	m.validationDuration[route].Observe(d.Seconds())
}

// Produced counts how long a flight to a topic took.
func (m *Metrics) Produced(destination string, d time.Duration) {
	m.produceDuration[destination].Observe(d.Seconds())
}

// ProduceError counts a flight that came back with an error.
func (m *Metrics) ProduceError(destination, name string) {
	m.produceErrors.WithLabelValues(destination, name).Inc()
}

// FetchError counts an error of a poll; topic is empty for the group's.
func (m *Metrics) FetchError(topic, name string) { m.fetchErrors.WithLabelValues(topic, name).Inc() }

// OffsetReset counts a partition that went on at the earliest offset.
func (m *Metrics) OffsetReset(topic string) { m.offsetResets.WithLabelValues(topic).Inc() }

// Rebalanced counts a change of the member's partitions: assigned, revoked or
// lost.
func (m *Metrics) Rebalanced(event string) { m.rebalances.WithLabelValues(event).Inc() }

// Committed counts a commit, or the end of a transaction: ok, error or aborted.
func (m *Metrics) Committed(result string, took time.Duration) {
	m.commits.WithLabelValues(result).Inc()
	m.commitDuration.Observe(took.Seconds())
}

// Books returns the counts of a route.
func (m *Metrics) Books(route int) Books {
	// Outcomes are read before consumed, so that in flight is never negative.
	m.settling.Lock()
	p := &m.settled[route]
	b := Books{
		Accepted:     p.records[router.Accepted],
		DeadLettered: p.records[router.DeadLettered],
		Dropped:      p.records[router.Dropped],
		Released:     p.released,
	}
	m.settling.Unlock()
	m.polling.Lock()
	defer m.polling.Unlock()
	b.Consumed = m.polled[route].records
	return b
}

// Rejection is how many dead letters have a reason and a keyword.
type Rejection struct {
	Reason  router.Reason
	Keyword string // of the first violation; empty where there is none
	Records int64
}

// Rejections returns why the records of a route became dead letters, the most
// frequent first.
func (m *Metrics) Rejections(route int) []Rejection {
	var list []Rejection
	m.settling.Lock()
	for r, n := range m.settled[route].rejected {
		if n > 0 {
			list = append(list, Rejection{r.reason, r.keyword, n})
		}
	}
	m.settling.Unlock()
	slices.SortFunc(list, func(a, b Rejection) int {
		return cmp.Or(cmp.Compare(b.Records, a.Records), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Keyword, b.Keyword))
	})
	return list
}
