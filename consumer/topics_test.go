package consumer

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
)

// TestAnswersOfBrokersThatLagAreNotBelieved shows the topic watch what brokers
// tell that have not heard the latest of a topic.
func TestAnswersOfBrokersThatLagAreNotBelieved(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first, second := kadm.TopicID{1}, kadm.TopicID{2}
	m := b.prepare()
	d := m.destinations["orders"]
	see := func(id kadm.TopicID, partitions int32, want int32) {
		t.Helper()
		if m.meet(d, id) {
			m.learn(d, partitions, 0)
		}
		if n := d.partitions.Load(); n != want || m.hasFailed() {
			t.Errorf("topic has %d partitions, want %d; failed %v", n, want, m.hasFailed())
		}
	}
	see(first, 3, 3)
	see(first, 6, 6)
	see(first, 3, 6)  // has not heard of three partitions
	see(second, 6, 6) // created again
	see(second, 9, 9)
	see(first, 6, 9) // has not heard that it was deleted
	see(second, 9, 9)
	if m.meet(d, kadm.TopicID{3}) {
		m.learn(d, 3, 0)
	}
	if !m.hasFailed() {
		t.Error("a topic that was created again with fewer partitions did not stop the service")
	}
}

// TestALimitThatIsNotToldStays asks for max.message.bytes in vain after it was
// known.
func TestALimitThatIsNotToldStays(t *testing.T) {
	t.Parallel()
	m := newBench(t).prepare()
	d := m.destinations["orders"]
	for _, told := range []struct{ bytes, want int64 }{{0, defaultMaxMessageBytes}, {5_000_000, 5_000_000}, {0, 5_000_000}, {4_000_000, 4_000_000}} {
		m.learn(d, partitions, told.bytes)
		if n := d.maxBytes.Load(); n != told.want {
			t.Errorf("told %d, the limit is %d, want %d", told.bytes, n, told.want)
		}
	}
}
