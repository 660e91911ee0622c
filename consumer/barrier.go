package consumer

import (
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// barrier keeps answers of brokers from being acted on while a flight is being
// launched.
//
// kgo sends the first records of a flight while the rest is still being handed
// to it. Were the broker to refuse them at that moment, kgo would fail what it
// has of the flight, give the partition a new producer epoch, and send the rest
// as if nothing had been before it: the rest would overtake. So the emitter
// holds the barrier while it launches, and what may fail records passes it
// between reading an answer and acting on it: by then kgo has the whole flight,
// and fails all of it.
type barrier struct{ sync.RWMutex }

// OnBrokerRead is kgo's hook: it runs before an answer is acted on. Answers
// that cannot fail a record pass freely.
func (b *barrier) OnBrokerRead(_ kgo.BrokerMetadata, key int16, _ int, _, _ time.Duration, _ error) {
	switch kmsg.Key(key) {
	case kmsg.Produce, kmsg.Metadata, kmsg.InitProducerID:
		b.RLock()
		defer b.RUnlock()
	default:
	}
}
