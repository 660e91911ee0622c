package consumer

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/zap"
)

// TestHealthFromStartToEnd takes a service that is not connected to anything
// through what it may live to see, on a clock of the test's own.
func TestHealthFromStartToEnd(t *testing.T) {
	t.Parallel()
	cfg, table := newBench(t).configure()
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Options{Config: cfg, Table: table, Logger: zap.NewNop(), Registerer: prometheus.NewRegistry()})
		if err != nil {
			t.Fatal(err)
		}
		c.holds.pause, c.holds.resume = func(...string) {}, func(...string) {}
		answer := func(err error) { c.health.OnBrokerRead(kgo.BrokerMetadata{}, 0, 0, 0, 0, err) }
		// f compares what probes are told: whether it lives, and which checks of
		// readiness are not met.
		f := func(when string, live bool, detail string, unmet ...string) {
			t.Helper()
			s := c.Status()
			var failed []string
			for _, check := range s.Checks {
				if !check.OK {
					failed = append(failed, check.Name)
				}
				if check.Detail == "" {
					t.Errorf("%s: %s has no detail", when, check.Name)
				}
			}
			if s.Live != live || !strings.HasPrefix(s.LiveDetail, detail) || !slices.Equal(failed, unmet) || s.Ready != (len(unmet) == 0) {
				t.Errorf("%s: live %t (%s), ready %t, not met %q; want live %t (%s…), not met %q",
					when, s.Live, s.LiveDetail, s.Ready, failed, live, detail, unmet)
			}
		}
		f("before the first turn", true, "starting", "group", "broker")
		time.Sleep(time.Hour)
		f("while the start takes long", true, "starting", "group", "broker")

		c.health.turned()
		f("brokers do not answer yet", true, "the loop turns", "group", "broker")
		answer(nil)
		f("a broker answers", true, "the loop turns", "group")
		c.assigned(t.Context(), nil, nil)
		f("joined, and no partitions are left for this member", true, "the loop turns")
		c.assigned(t.Context(), nil, map[string][]int32{"orders.in": {0}})
		f("joined", true, "the loop turns")
		time.Sleep(locatedWithin + time.Second)
		answer(nil)
		f("the group's offsets are kept back", true, "the loop turns", "inputs")
		if _, err := c.positions(t.Context(), map[string]map[int32]kgo.Offset{"orders.in": {0: kgo.NewOffset().At(7)}}); err != nil {
			t.Fatal(err)
		}
		f("they are told", true, "the loop turns")

		time.Sleep(brokerWithin)
		f("a broker answered 30 s ago", true, "the loop turns")
		time.Sleep(10 * time.Second)
		answer(errors.New("away"))
		f("no broker has answered for 40 s", true, "the loop turns", "broker")
		answer(nil)
		f("brokers are back", true, "the loop turns")

		c.holds.set("orders", "partition 0", "TOPIC_AUTHORIZATION_FAILED")
		f("an output refuses", true, "the loop turns", "outputs")
		c.holds.clear("orders", "partition 0")
		f("it takes records again", true, "the loop turns")
		c.health.inputTrouble("orders.in", "TOPIC_AUTHORIZATION_FAILED")
		f("an input refuses", true, "the loop turns", "inputs")
		time.Sleep(troubleFor)
		answer(nil)
		f("it has not for 30 s", true, "the loop turns")
		c.health.partitionHeld("orders.in", 0, "a batch is too large")
		f("a partition is held", true, "the loop turns", "inputs")
		c.health.partitionsGone(map[string][]int32{"orders.in": {0}})
		f("another member has it", true, "the loop turns")

		c.health.turned()
		time.Sleep(liveWithin - time.Second)
		answer(nil)
		f("the loop turned almost five minutes ago", true, "the loop turns")
		time.Sleep(time.Second)
		f("it turned five minutes ago", false, "the loop has not turned since 20")
		c.health.backPressure.Store(true)
		time.Sleep(time.Hour)
		answer(nil)
		f("it waits for room", true, "in back-pressure")
		c.health.backPressure.Store(false)
		f("there is room, and it does not turn", false, "the loop has not turned since 20")
		c.health.turned()
		f("it turns again", true, "the loop turns")

		c.health.draining.Store(true)
		f("stopping", true, "draining", "draining")
		time.Sleep(time.Hour)
		f("a stop that takes long, without brokers", true, "draining", "broker", "draining")
	})
}
