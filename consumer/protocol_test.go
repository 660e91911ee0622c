package consumer

import (
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/sluicedata/sluice/config"
)

func protocol848(c *config.Config) { c.Kafka.GroupProtocol = config.ProtocolConsumer }

// TestBrokersAssignThePartitions shares the work by KIP-848 when a member joins
// under load, and nothing comes out twice.
func TestBrokersAssignThePartitions(t *testing.T) { inBoth(t, testBrokersAssignThePartitions) }

func testBrokersAssignThePartitions(t *testing.T, newBench func(testing.TB, ...string) *bench) {
	b := newBench(t)
	classic := b.kafka.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.JoinGroup}, Observe: true, Count: -1})
	const all = 3000
	first := b.start(protocol848, inFlight(300))
	b.send(goods("orders.in", 0, 1000)...)
	second := b.start(protocol848, inFlight(300))
	b.eventually("both have partitions", func() bool {
		return len(first.Status().Partitions) > 0 && len(second.Status().Partitions) > 0
	})
	b.send(goods("orders.in", 1000, all)...)
	b.caughtUp("orders.in")
	first.stop()
	second.stop()
	if n := classic.Hits(); n != 0 {
		t.Errorf("%d members joined by the classic protocol", n)
	}
	if again := b.inOrder("orders", 0, all); again != 0 {
		t.Errorf("%d records came out twice", again)
	}
	b.balanced("orders", all, first, second)
}

// TestAProtocolThatBrokersDoNotOfferStopsTheService: the client would silently
// use another.
func TestAProtocolThatBrokersDoNotOfferStopsTheService(t *testing.T) {
	t.Parallel()
	b := newBenchOn(t, []kfake.Opt{kfake.MaxVersions(kversion.V3_7_0())})
	if err := b.start(protocol848).end(); err == nil || !strings.Contains(err.Error(), "kafka.group_protocol") {
		t.Errorf("ended with %v", err)
	}
}
