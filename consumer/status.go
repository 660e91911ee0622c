package consumer

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/sluicedata/sluice/consumer/metrics"
)

// Status is a snapshot of the service for people and probes. It holds no
// content of records.
type Status struct {
	// Live is false when the loop is stuck. Brokers play no part in it.
	Live       bool
	LiveDetail string
	// Ready is whether all Checks are met.
	Ready  bool
	Checks []Check

	Products   []ProductStatus
	Partitions []PartitionStatus

	// InFlightRecords and InFlightBytes were polled and are not settled.
	InFlightRecords, InFlightBytes int64
	// BackPressure: the loop waits for room before it polls again.
	BackPressure bool
	// Draining: the service is stopping.
	Draining bool
	// The zero time is never.
	LastPoll, LastCommit, LastBrokerContact time.Time
}

// Check is one condition of readiness.
type Check struct {
	Name   string
	OK     bool
	Detail string
}

// ProductStatus counts the records of one product since the start.
type ProductStatus struct {
	Product, Schema, SchemaSHA256, Output, DLQ                    string
	Consumed, Accepted, DeadLettered, Dropped, InFlight, Released int64
	// Rejected is why records are dead letters, the most frequent first.
	Rejected []metrics.Rejection
}

// PartitionStatus is one owned input partition. Offsets are -1 while unknown.
type PartitionStatus struct {
	Topic     string
	Partition int32
	// Committed is the group's offset, Position the offset after the last
	// polled record, HighWatermark the end of the partition at the last fetch.
	Committed, Position, HighWatermark int64
	// Held partitions are not read for the reason in Detail.
	Held   bool
	Detail string

	lastSettled time.Time // timestamp of the last settled record
}

// Status returns a snapshot. It may be called at any time.
func (c *Consumer) Status() Status {
	s := Status{
		BackPressure:      c.health.backPressure.Load(),
		Draining:          c.health.draining.Load(),
		LastPoll:          at(c.health.lastPoll.Load()),
		LastCommit:        at(c.health.lastCommit.Load()),
		LastBrokerContact: at(c.health.lastBroker.Load()),
	}
	s.InFlightBytes, s.InFlightRecords = c.budget.used()
	turn := at(c.health.lastTurn.Load())
	switch {
	case turn.IsZero():
		s.Live, s.LiveDetail = true, "starting"
	case s.Draining:
		s.Live, s.LiveDetail = true, "draining"
	case s.BackPressure:
		s.Live, s.LiveDetail = true, "in back-pressure: the outputs take less than the inputs bring"
	case time.Since(turn) < liveWithin:
		s.Live, s.LiveDetail = true, "the loop turns"
	default:
		s.LiveDetail = "the loop has not turned since " + turn.UTC().Format(time.RFC3339)
	}
	s.Checks = c.checks(&s)
	s.Ready = !slices.ContainsFunc(s.Checks, func(check Check) bool { return !check.OK })
	for _, r := range c.table.Load().Routes() {
		n := c.metrics.Books(r.Index)
		s.Products = append(s.Products, ProductStatus{
			Product: r.Product, Schema: r.Schema, SchemaSHA256: r.SchemaSHA256, Output: r.Output, DLQ: r.DLQ,
			Consumed: n.Consumed, Accepted: n.Accepted, DeadLettered: n.DeadLettered, Dropped: n.Dropped,
			InFlight: n.InFlight(), Released: n.Released,
			Rejected: c.metrics.Rejections(r.Index),
		})
	}
	s.Partitions = c.partitions()
	return s
}

func (c *Consumer) checks(s *Status) []Check {
	checks := []Check{{Name: "contracts", OK: true, Detail: "compiled"}}
	if c.hasJoined() {
		checks = append(checks, Check{Name: "group", OK: true, Detail: "joined " + c.cfg.Kafka.Group})
	} else {
		checks = append(checks, Check{Name: "group", Detail: "has not joined " + c.cfg.Kafka.Group + " yet"})
	}
	broker := Check{Name: "broker", OK: true, Detail: "answers"}
	if s.LastBrokerContact.IsZero() || time.Since(s.LastBrokerContact) > brokerWithin {
		broker.OK, broker.Detail = false, "none of "+strings.Join(c.cfg.Kafka.Brokers, ", ")+" answered within "+brokerWithin.String()
	}
	checks = append(checks, broker)
	outputs := Check{Name: "outputs", OK: true, Detail: "exist and take records"}
	if held := c.holds.list(); len(held) > 0 {
		details := make([]string, len(held))
		for i, h := range held {
			details[i] = h.topic + ": " + h.why
		}
		outputs.OK, outputs.Detail = false, strings.Join(details, "; ")
	}
	checks = append(checks, outputs)
	inputs := Check{Name: "inputs", OK: true, Detail: "readable"}
	if wrong := c.health.inputs(); len(wrong) > 0 {
		inputs.OK, inputs.Detail = false, strings.Join(wrong, "; ")
	}
	checks = append(checks, inputs)
	if s.Draining {
		checks = append(checks, Check{Name: "draining", Detail: "the service is stopping"})
	}
	return checks
}

// hasJoined reports whether the member has been in the group once. A member
// without partitions has joined too.
func (c *Consumer) hasJoined() bool {
	if c.health.joined.Load() {
		return true
	}
	client := c.running.Load()
	if client == nil {
		return false
	}
	if member, generation := client.GroupMetadata(); member != "" && generation >= 0 {
		c.health.joined.Store(true)
		return true
	}
	return false
}

func (c *Consumer) partitions() []PartitionStatus {
	var list []PartitionStatus
	for _, src := range c.sources.all() {
		src.mu.Lock()
		p := PartitionStatus{
			Topic: src.topic, Partition: src.partition,
			Committed: src.committed, Position: src.next, HighWatermark: src.highWatermark,
			lastSettled: src.stamp,
		}
		src.mu.Unlock()
		if why, ok := c.health.heldReason(src.topic, src.partition); ok {
			p.Held, p.Detail = true, why
		} else if c.holds.isPaused(src.topic) {
			p.Held, p.Detail = true, "waits for an output"
		}
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b PartitionStatus) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	})
	return list
}
