package consumer

import (
	"testing"
	"time"

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

// TestAProducerBeginsAnewWhenItMust and else never: what it sends after that may
// be taken for copies of what was acknowledged before.
func TestAProducerBeginsAnewWhenItMust(t *testing.T) {
	t.Parallel()
	first, second := kadm.TopicID{1}, kadm.TopicID{2}
	f := func(refused bool, now kadm.TopicID, acked bool, after time.Duration, want bool) {
		t.Helper()
		k := knowledge{id: first, begun: time.Unix(0, 0)}
		k.refused.Store(refused)
		k.acked.Store(acked)
		if got := k.outdated(now, k.begun.Add(after)); got != want {
			t.Errorf("refused %v, another topic %v, acknowledged %v, after %s: outdated is %v", refused, now != first, acked, after, got)
		}
	}
	f(false, first, false, time.Hour, false)
	f(false, second, true, time.Hour, false)
	f(true, second, true, 0, true)
	f(true, second, false, 0, true)
	f(true, first, true, time.Hour, false)
	f(true, first, false, time.Second, false)
	f(true, first, false, time.Hour, true)
}
