package consumer

import (
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/twmb/franz-go/pkg/kerr"
)

// holds keeps which output topics cannot take records at the moment and why,
// and pauses the inputs that feed them. Other inputs flow on.
type holds struct {
	inputsOf func(topic string) []string
	pause    func(topics ...string)
	resume   func(topics ...string)
	park     func(input string, parked bool)

	mu sync.Mutex
	// topics maps a topic to its holders (a partition, or the topic watch) and
	// their reasons.
	topics map[string]map[string]string
	paused map[string]struct{}
}

// set adds a reason of one holder, or replaces it. It reports whether the
// holder is new.
func (h *holds) set(topic, holder, why string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, had := h.topics[topic][holder]
	if h.topics == nil {
		h.topics = make(map[string]map[string]string)
	}
	if h.topics[topic] == nil {
		h.topics[topic] = make(map[string]string)
	}
	h.topics[topic][holder] = why
	h.apply()
	return !had
}

// clear takes the reason of one holder away. It reports whether there was one.
func (h *holds) clear(topic, holder string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.topics[topic][holder]; !ok {
		return false
	}
	delete(h.topics[topic], holder)
	if len(h.topics[topic]) == 0 {
		delete(h.topics, topic)
	}
	h.apply()
	return true
}

// apply pauses and resumes what the holds ask for. Called with mu held.
func (h *holds) apply() {
	want := make(map[string]struct{})
	for topic := range h.topics {
		for _, input := range h.inputsOf(topic) {
			want[input] = struct{}{}
		}
	}
	for input := range want {
		if _, ok := h.paused[input]; !ok {
			h.pause(input)
			h.park(input, true)
		}
	}
	for input := range h.paused {
		if _, ok := want[input]; !ok {
			h.park(input, false)
			h.resume(input)
		}
	}
	h.paused = want
}

// moveTo carries the pauses over to the client that swap puts in place.
func (h *holds) moveTo(swap func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	swap()
	for input := range h.paused {
		h.pause(input)
	}
}

// held is one topic that is held, for people.
type held struct{ topic, why string }

// list returns the held topics in order, each with one of its reasons.
func (h *holds) list() []held {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []held
	for _, topic := range slices.Sorted(maps.Keys(h.topics)) {
		holder := slices.Min(slices.Collect(maps.Keys(h.topics[topic])))
		list = append(list, held{topic, h.topics[topic][holder]})
	}
	return list
}

// unknown reports whether an error says that a topic is not, or not the one
// that the client knew by this name: the topic watch should look.
func unknown(err error) bool {
	return errors.Is(err, kerr.UnknownTopicID) || errors.Is(err, kerr.UnknownTopicOrPartition) ||
		errors.Is(err, kerr.InconsistentTopicID)
}

// isPaused reports whether an input waits for one of its outputs.
func (h *holds) isPaused(input string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, ok := h.paused[input]
	return ok
}
