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
	// waiting counts, of each input that is paused, the held topics it feeds.
	waiting map[string]int
}

// set adds a reason of one holder, or replaces it. It reports whether the
// holder is new.
func (h *holds) set(topic, holder, why string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, had := h.topics[topic][holder]
	if h.topics == nil {
		h.topics = make(map[string]map[string]string)
		h.waiting = make(map[string]int)
	}
	if h.topics[topic] == nil {
		h.topics[topic] = make(map[string]string)
		h.stop(topic)
	}
	h.topics[topic][holder] = why
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
		h.goOn(topic)
	}
	return true
}

// stop pauses the inputs of a topic that is held now. Called with mu held.
func (h *holds) stop(topic string) {
	for _, input := range h.inputsOf(topic) {
		if h.waiting[input]++; h.waiting[input] == 1 {
			h.pause(input)
			h.park(input, true)
		}
	}
}

// goOn resumes the inputs of a topic that is held no more, but for those that
// wait for others too. Called with mu held.
func (h *holds) goOn(topic string) {
	for _, input := range h.inputsOf(topic) {
		if h.waiting[input]--; h.waiting[input] == 0 {
			delete(h.waiting, input)
			h.park(input, false)
			h.resume(input)
		}
	}
}

// moveTo carries the pauses over to the client that swap puts in place.
func (h *holds) moveTo(swap func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	swap()
	for input := range h.waiting {
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
	return h.waiting[input] > 0
}
