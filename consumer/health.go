package consumer

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	// The loop turns at least once a second unless it is in back-pressure; one
	// that has not for this long is stuck.
	liveWithin = 5 * time.Minute
	// A broker that has not answered for this long is away.
	brokerWithin = 30 * time.Second
	// An input that met trouble counts as troubled for this long after the
	// last error.
	troubleFor = 30 * time.Second
	// The group's offsets are read in this time, or something keeps them back.
	locatedWithin = 30 * time.Second
)

// health is what the loop tells of itself.
type health struct {
	lastTurn, lastPoll, lastCommit, lastBroker atomic.Int64 // moments, 0 never
	backPressure, joined, draining             atomic.Bool
	// locating is since when partitions wait for the offsets to begin at, a
	// moment, 0 if none do.
	locating atomic.Int64

	mu sync.Mutex
	// held partitions will not be read again before a restart.
	held map[string]map[int32]string
	// troubled inputs had an error of a whole topic recently.
	troubled map[string]inputTrouble
	// missing inputs, by topic, and why they cannot be read.
	missing map[string]string
}

type inputTrouble struct {
	why  string
	when time.Time
}

func (h *health) turned()    { h.lastTurn.Store(moment()) }
func (h *health) polled()    { h.lastPoll.Store(moment()) }
func (h *health) committed() { h.lastCommit.Store(moment()) }

// OnBrokerRead is kgo's hook: a broker answered.
func (h *health) OnBrokerRead(_ kgo.BrokerMetadata, _ int16, _ int, _, _ time.Duration, err error) {
	if err == nil {
		h.lastBroker.Store(moment())
	}
}

func (h *health) partitionHeld(topic string, partition int32, why string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held == nil {
		h.held = make(map[string]map[int32]string)
	}
	if h.held[topic] == nil {
		h.held[topic] = make(map[int32]string)
	}
	h.held[topic][partition] = why
}

func (h *health) partitionsGone(partitions map[string][]int32) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for topic, list := range partitions {
		for _, p := range list {
			delete(h.held[topic], p)
		}
		if len(h.held[topic]) == 0 {
			delete(h.held, topic)
		}
	}
}

func (h *health) inputTrouble(topic, why string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.troubled == nil {
		h.troubled = make(map[string]inputTrouble)
	}
	h.troubled[topic] = inputTrouble{why, time.Now()}
}

// inputMissing notes why an input cannot be read, or with an empty why that it
// can. It reports whether that is new.
func (h *health) inputMissing(topic, why string) (changed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.missing == nil {
		h.missing = make(map[string]string)
	}
	changed = h.missing[topic] != why
	if h.missing[topic] = why; why == "" {
		delete(h.missing, topic)
	}
	if changed && why == "" {
		delete(h.troubled, topic) // the trouble was that it was missing
	}
	return changed
}

// inputs returns what is wrong with inputs, in order of their names.
func (h *health) inputs() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var wrong []string
	if since := at(h.locating.Load()); !since.IsZero() && time.Since(since) > locatedWithin {
		wrong = append(wrong, "brokers do not tell the group's offsets: a transaction that they belong to may not have ended")
	}
	for _, topic := range slices.Sorted(maps.Keys(h.missing)) {
		wrong = append(wrong, topic+": "+h.missing[topic])
	}
	for _, topic := range slices.Sorted(maps.Keys(h.troubled)) {
		if t := h.troubled[topic]; time.Since(t.when) < troubleFor {
			wrong = append(wrong, topic+": "+t.why)
		}
	}
	for _, topic := range slices.Sorted(maps.Keys(h.held)) {
		for _, p := range slices.Sorted(maps.Keys(h.held[topic])) {
			wrong = append(wrong, fmt.Sprintf("%s partition %d: %s", topic, p, h.held[topic][p]))
		}
	}
	return wrong
}

func (h *health) heldReason(topic string, partition int32) (string, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	why, ok := h.held[topic][partition]
	return why, ok
}

// epoch is what moments are counted from.
var epoch = time.Now()

// moment is now in nanoseconds by the clock that nobody sets: where the time of
// day jumps, what was long ago stays so.
func moment() int64 { return int64(time.Since(epoch)) }

// at is a moment by the clock as it is set now.
func at(moment int64) time.Time {
	if moment == 0 {
		return time.Time{}
	}
	now := time.Now()
	return now.Add(time.Duration(moment) - now.Sub(epoch))
}
