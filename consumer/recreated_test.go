package consumer

import (
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// TestATopicThatWasCreatedAgainUnseenLosesNothing creates a dead-letter topic
// again before the first record goes there. The client meets the new one at
// once, the topic watch later: records that went there in between must not make
// the broker take those after them for copies.
func TestATopicThatWasCreatedAgainUnseenLosesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m := b.start()
	b.send(goods("orders.in", 0, 3)...)
	b.caughtUp("orders.in")
	sent := 0
	bad := func() {
		b.send(&kgo.Record{Topic: "orders.in", Value: fmt.Appendf(nil, "bad %d", sent)})
		b.caughtUp("orders.in")
		sent++
	}
	recreate := func(times int) {
		if err := b.kafka.DeleteTopic("orders.dlq"); err != nil {
			t.Fatal(err)
		}
		b.create("orders.dlq", nil)
		if times > 1 {
			sent = 0
		}
		bad()
		signal(m.look)
		b.eventually("the topic watch sees the new topic", func() bool {
			return m.logs.FilterMessage("topic was deleted and created again").Len() == times
		})
		bad()
		bad()
		seen := map[string]int{}
		for _, r := range b.read("orders.dlq") {
			seen[string(r.Value)]++
		}
		if len(seen) != sent {
			t.Errorf("dead letters are %v, want %d", seen, sent)
		}
	}
	recreate(1)
	recreate(2) // now the client knows the topic that is deleted
	recreate(3) // and now a client of the topic's own
	m.stop()
}
