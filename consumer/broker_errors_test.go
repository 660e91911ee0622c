package consumer

import (
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// brokerErrors are what brokers may answer to each request of a member and
// waiting or joining again mends.
var brokerErrors = map[kmsg.Key][]*kerr.Error{
	kmsg.Metadata: {kerr.LeaderNotAvailable, kerr.UnknownServerError},
	kmsg.Produce: {
		kerr.NotLeaderForPartition, kerr.LeaderNotAvailable, kerr.UnknownTopicOrPartition, kerr.RequestTimedOut,
		kerr.NotEnoughReplicas, kerr.NotEnoughReplicasAfterAppend, kerr.KafkaStorageError, kerr.CorruptMessage,
		kerr.OutOfOrderSequenceNumber, kerr.UnknownProducerID, kerr.InvalidProducerEpoch, kerr.UnknownServerError,
		kerr.TopicAuthorizationFailed, kerr.FencedLeaderEpoch,
	},
	kmsg.Fetch: {
		kerr.NotLeaderForPartition, kerr.LeaderNotAvailable, kerr.ReplicaNotAvailable, kerr.UnknownTopicOrPartition,
		kerr.FencedLeaderEpoch, kerr.UnknownLeaderEpoch, kerr.OffsetNotAvailable, kerr.KafkaStorageError, kerr.UnknownServerError,
		kerr.TopicAuthorizationFailed,
	},
	kmsg.ListOffsets: {
		kerr.NotLeaderForPartition, kerr.LeaderNotAvailable, kerr.OffsetNotAvailable, kerr.FencedLeaderEpoch, kerr.UnknownServerError,
	},
	kmsg.FindCoordinator: {kerr.CoordinatorNotAvailable, kerr.CoordinatorLoadInProgress},
	kmsg.JoinGroup: {
		kerr.CoordinatorLoadInProgress, kerr.CoordinatorNotAvailable, kerr.NotCoordinator, kerr.UnknownMemberID,
		kerr.RebalanceInProgress, kerr.UnknownServerError,
	},
	kmsg.SyncGroup: {
		kerr.CoordinatorLoadInProgress, kerr.CoordinatorNotAvailable, kerr.NotCoordinator, kerr.UnknownMemberID,
		kerr.RebalanceInProgress, kerr.IllegalGeneration, kerr.UnknownServerError,
	},
	kmsg.Heartbeat: {
		kerr.CoordinatorLoadInProgress, kerr.CoordinatorNotAvailable, kerr.NotCoordinator, kerr.UnknownMemberID,
		kerr.RebalanceInProgress, kerr.IllegalGeneration, kerr.UnknownServerError,
	},
	kmsg.OffsetFetch: {
		kerr.CoordinatorLoadInProgress, kerr.NotCoordinator, kerr.UnstableOffsetCommit, kerr.UnknownServerError,
	},
	kmsg.OffsetCommit: {
		kerr.CoordinatorLoadInProgress, kerr.CoordinatorNotAvailable, kerr.NotCoordinator, kerr.UnknownMemberID,
		kerr.RebalanceInProgress, kerr.IllegalGeneration, kerr.RequestTimedOut, kerr.TopicAuthorizationFailed, kerr.UnknownServerError,
	},
	kmsg.InitProducerID: {kerr.CoordinatorLoadInProgress, kerr.NotCoordinator, kerr.ConcurrentTransactions},
}

// finalErrors stop a member: only a person can mend them, or another member has
// its place.
var finalErrors = map[kmsg.Key][]*kerr.Error{
	kmsg.Produce:        {kerr.ClusterAuthorizationFailed},
	kmsg.JoinGroup:      {kerr.FencedInstanceID, kerr.GroupAuthorizationFailed, kerr.InconsistentGroupProtocol, kerr.GroupMaxSizeReached},
	kmsg.SyncGroup:      {kerr.FencedInstanceID, kerr.GroupAuthorizationFailed},
	kmsg.Heartbeat:      {kerr.FencedInstanceID, kerr.GroupAuthorizationFailed},
	kmsg.OffsetCommit:   {kerr.FencedInstanceID, kerr.GroupAuthorizationFailed},
	kmsg.InitProducerID: {kerr.UnknownServerError, kerr.ClusterAuthorizationFailed},
}

// TestBrokerErrors answers each request with each error, three times, while
// records flow and a second member joins. Either the members go on and the
// books are right, or one stops with the error in what it says, and has marked
// nothing that is not out.
func TestBrokerErrors(t *testing.T) {
	t.Parallel()
	for key, errs := range brokerErrors {
		for _, err := range errs {
			t.Run(key.Name()+"/"+err.Message, func(t *testing.T) {
				t.Parallel()
				underErrors(t, key, err, false)
			})
		}
	}
	for key, errs := range finalErrors {
		for _, err := range errs {
			t.Run(key.Name()+"/"+err.Message, func(t *testing.T) {
				t.Parallel()
				underErrors(t, key, err, true)
			})
		}
	}
}

func underErrors(t *testing.T, key kmsg.Key, err *kerr.Error, stops bool) {
	t.Helper()
	b := newBench(t)
	const before, all = 300, 900
	small := inFlight(90)
	b.send(goods("orders.in", 0, before)...)
	members := []*member{b.start(small)}
	b.caughtUp("orders.in")
	handle := b.kafka.Fault(kfake.Fault{
		Keys: []kmsg.Key{key}, Err: err, Count: 3, TopLevel: topLevel(key),
		Topic: topicOf(key), When: ofMember,
	})
	if key == kmsg.InitProducerID { // which a member asks for once
		members[0].stop()
		members = nil
	}
	members = append(members, b.start(small))
	for id := before; id < all; id += 50 {
		b.send(goods("orders.in", id, id+50)...)
	}
	b.eventually("the error is met", func() bool { return handle.Hits() > 0 })
	if stops {
		b.eventually("a member stops", func() bool {
			return slices.ContainsFunc(members, func(m *member) bool { return len(m.done) > 0 })
		})
		handle.Remove()
		members = slices.DeleteFunc(members, func(m *member) bool {
			if len(m.done) == 0 {
				return false
			}
			if got := m.end(); got == nil || !strings.Contains(got.Error(), err.Message) {
				t.Errorf("a member ended with %v, want %s", got, err.Message)
			}
			return true
		})
		b.promised("orders")
		members = append(members, b.start(small))
	}
	b.caughtUp("orders.in")
	for _, m := range members {
		m.cancel()
		// The error was there for both.
		if got := m.end(); got != nil && !(stops && strings.Contains(got.Error(), err.Message)) {
			t.Errorf("a member ended with %v", got)
		}
	}
	b.inOrder("orders", 0, all)
	if n := b.count("orders.dlq"); n != 0 {
		t.Errorf("%s made %d dead letters", err.Message, n)
	}
}

// topLevel reports whether a request is answered with one error for all of it.
func topLevel(key kmsg.Key) bool {
	switch key {
	case kmsg.Produce, kmsg.Fetch, kmsg.ListOffsets, kmsg.Metadata, kmsg.OffsetCommit, kmsg.OffsetFetch, kmsg.InitProducerID:
		return false
	default:
		return true
	}
}

// topicOf is the topic to which a request's error is bound: the test's own
// client produces too, and must not meet it.
func topicOf(key kmsg.Key) string {
	if key == kmsg.Produce {
		return "orders"
	}
	return ""
}

// ofMember tells a member's request for offsets from the test's own, which asks
// for all topics.
func ofMember(r kmsg.Request) bool {
	fetch, ok := r.(*kmsg.OffsetFetchRequest)
	return !ok || len(fetch.Groups) > 0 && fetch.Groups[0].Topics != nil
}

// promised checks that no offset of orders is committed whose record is not
// out.
func (b *bench) promised(output string) {
	b.Helper()
	committed := b.committed(output + ".in")
	order, _ := ids(b.read(output))
	out := make(map[int]bool, len(order))
	for _, id := range order {
		out[id] = true
	}
	for p, at := range committed {
		for offset := range at {
			if id := int(offset)*partitions + p; !out[id] {
				b.Errorf("partition %d is committed to %d, but record %d is not out", p, at, id)
				break
			}
		}
	}
}

// TestASilentDeadLetterTopic lets brokers take no dead letters of one product
// for a while, in a way that the client tries again by itself, as if it had no
// replicas in sync. The others flow, and in the end everything is out, in order.
func TestASilentDeadLetterTopic(t *testing.T) {
	inBoth(t, func(t *testing.T, newBench func(t testing.TB, without ...string) *bench) {
		b := newBench(t)
		silent := b.refuse("orders.dlq", kerr.NotEnoughReplicas, -1)
		b.send(goods("orders.in", 0, 300)...)
		bad := good("orders.in", 300)
		bad.Value = []byte(`{`)
		b.send(bad)
		m := b.start()
		b.eventually("the topic is named", func() bool {
			c := m.check("outputs")
			return !c.OK && strings.Contains(c.Detail, "orders.dlq")
		})
		b.send(goods("refunds.in", 0, 300)...)
		b.caughtUp("refunds.in")
		if n := len(b.read("orders.dlq")); n != 0 {
			t.Errorf("%d dead letters came through", n)
		}
		b.promised("orders")
		silent.Remove()
		b.caughtUp("orders.in")
		m.stop()
		b.inOrder("orders", 0, 300)
		b.inOrder("refunds", 0, 300)
		if n := len(b.read("orders.dlq")); n != 1 {
			t.Errorf("%d dead letters, want 1", n)
		}
	})
}

// TestOffsetsThatAreKeptBackAreTold: brokers do not tell offsets of a transaction
// that has not ended, which one that they forgot never does.
func TestOffsetsThatAreKeptBackAreTold(t *testing.T) {
	inBoth(t, func(t *testing.T, newBench func(t testing.TB, without ...string) *bench) {
		b := newBench(t)
		kept := b.kafka.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetFetch}, Err: kerr.UnstableOffsetCommit, Count: -1, When: ofMember})
		b.send(goods("orders.in", 0, 30)...)
		m := b.start()
		b.eventually("the offsets are asked for", func() bool { return kept.Hits() > 0 })
		b.eventually("partitions wait", func() bool { return m.health.locating.Load() != 0 })
		if c := m.check("inputs"); !c.OK {
			t.Errorf("told at once: %s", c.Detail)
		}
		m.health.locating.Add(-int64(locatedWithin)) // as if it were later
		if c := m.check("inputs"); c.OK || !strings.Contains(c.Detail, "offsets") {
			t.Errorf("half a minute later the service says %q", c.Detail)
		}
		kept.Remove()
		b.caughtUp("orders.in")
		if c := m.check("inputs"); !c.OK {
			t.Errorf("in the end: %s", c.Detail)
		}
		m.stop()
	})
}
