package consumer

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/sluicedata/sluice/config"
)

// TestCommitsAreTriedAgain refuses commits in every way that passes.
func TestCommitsAreTriedAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, err := range []*kerr.Error{
		kerr.RebalanceInProgress, kerr.CoordinatorLoadInProgress, kerr.NotCoordinator, kerr.UnknownServerError, kerr.TopicAuthorizationFailed,
	} {
		b.kafka.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Err: err})
	}
	b.send(goods("orders.in", 0, 90)...)
	m := b.start()
	b.caughtUp("orders.in")
	m.stop()
	if again := b.inOrder("orders", 0, 90); again != 0 {
		t.Errorf("%d records came out twice", again)
	}
}

// TestTheLastCommitIsTriedAgain: nobody commits after a stop.
func TestTheLastCommitIsTriedAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.send(goods("orders.in", 0, 90)...)
	m := b.start(func(c *config.Config) { c.CommitInterval = time.Hour })
	b.eventually("all records are out", func() bool { return m.product("orders").Accepted == 90 })
	if at := b.committed("orders.in"); at != [partitions]int64{-1, -1, -1} {
		t.Errorf("committed before the stop are %v", at)
	}
	b.kafka.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Err: kerr.UnknownServerError, Count: 3})
	m.stop()
	if at := b.committed("orders.in"); at != [partitions]int64{30, 30, 30} {
		t.Errorf("committed are %v, want 30 each", at)
	}
}

// TestMembersShareTheWork lets members come and go under load. Nothing may be
// lost, no key go back, and no offset be committed whose record is not out.
func TestMembersShareTheWork(t *testing.T) { inBoth(t, testMembersShareTheWork) }

func testMembersShareTheWork(t *testing.T, newBench func(testing.TB, ...string) *bench) {
	b := newBench(t)
	const all = 9000
	send := func(from, to int) {
		for id := from; id < to; id += 100 {
			b.send(goods("orders.in", id, id+100)...)
		}
	}
	bounded := inFlight(300)
	first := b.start(bounded)
	send(0, 2000)
	second := b.start(bounded)
	send(2000, 4000)
	b.eventually("both have partitions", func() bool {
		return len(first.Status().Partitions) > 0 && len(second.Status().Partitions) > 0
	})
	send(4000, 6000)
	first.stop()
	third := b.start(bounded)
	send(6000, all)
	b.caughtUp("orders.in")
	second.stop()
	third.stop()
	if again := b.inOrder("orders", 0, all); again != 0 {
		t.Errorf("%d records came out twice although everybody left in peace", again)
	}
	var accepted, consumed, released int64
	for _, m := range []*member{first, second, third} {
		p := m.product("orders")
		accepted, consumed, released = accepted+p.Accepted, consumed+p.Consumed, released+p.Released
		if p.InFlight != 0 {
			t.Errorf("a member ended with books %+v", p)
		}
	}
	if accepted != all || consumed != all+released {
		t.Errorf("accepted %d and consumed %d, %d of them released, want %d", accepted, consumed, released, all)
	}
}

// TestMembersShareTheWorkByKIP848 lets brokers assign: a member that only loses
// partitions goes on.
func TestMembersShareTheWorkByKIP848(t *testing.T) {
	inBoth(t, func(t *testing.T, newBench func(testing.TB, ...string) *bench) {
		b := newBench(t)
		sent := 0
		send := func(n int) {
			for range n / 100 {
				b.send(goods("orders.in", sent, sent+100)...)
				sent += 100
			}
		}
		served := func(c *config.Config) { c.Kafka.GroupProtocol = config.ProtocolConsumer }
		var members []*member
		for range 3 {
			members = append(members, b.start(inFlight(300), served))
			send(2000)
			b.eventually("all have partitions", func() bool {
				send(100)
				n := 0
				for _, m := range members {
					if len(m.Status().Partitions) == 0 {
						return false
					}
					n += len(m.Status().Partitions)
				}
				return n == 3*partitions
			})
			send(2000)
			b.caughtUp("orders.in")
		}
		for _, m := range members {
			m.stop()
		}
		if again := b.inOrder("orders", 0, sent); again != 0 {
			t.Errorf("%d records came out twice although everybody left in peace", again)
		}
		b.balanced("orders", int64(sent), members...)
	})
}

// TestHeldRecordsGoWithTheirPartition moves partitions whose records have no
// place: the new owner sends them, the old one forgets them.
func TestHeldRecordsGoWithTheirPartition(t *testing.T) {
	inBoth(t, testHeldRecordsGoWithTheirPartition)
}

func testHeldRecordsGoWithTheirPartition(t *testing.T, newBench func(testing.TB, ...string) *bench) {
	b := newBench(t)
	fault := b.refuse("orders", kerr.TopicAuthorizationFailed, -1)
	b.send(goods("orders.in", 0, 300)...)
	first := b.start()
	b.eventually("the topic is held", func() bool { return !first.check("outputs").OK })
	second := b.start()
	b.eventually("both have partitions", func() bool {
		return len(first.Status().Partitions) > 0 && len(second.Status().Partitions) > 0 &&
			len(first.Status().Partitions)+len(second.Status().Partitions) == 3*partitions
	})
	b.eventually("the first let go", func() bool { return first.product("orders").Released > 0 || first.product("orders").InFlight == 300 })
	fault.Remove()
	b.caughtUp("orders.in")
	first.stop()
	second.stop()
	b.inOrder("orders", 0, 300)
}

// TestTroubleForAPersonStopsTheService meets errors that waiting does not mend.
func TestTroubleForAPersonStopsTheService(t *testing.T) {
	inBoth(t, testTroubleForAPersonStopsTheService)
}

func testTroubleForAPersonStopsTheService(t *testing.T, newBench func(testing.TB, ...string) *bench) {
	f := func(key kmsg.Key, err *kerr.Error) {
		t.Run(err.Message, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.send(goods("orders.in", 0, 30)...)
			b.kafka.Fault(kfake.Fault{Keys: []kmsg.Key{key}, Err: err, Count: -1, TopLevel: key != kmsg.OffsetCommit && key != kmsg.TxnOffsetCommit && key != kmsg.Produce})
			m := b.start()
			got := m.end()
			if got == nil || !strings.Contains(got.Error(), err.Message) {
				t.Errorf("ended with %v, want %s", got, err.Message)
			}
			if at := b.committed("orders.in"); at != [partitions]int64{-1, -1, -1} && at != [partitions]int64{} {
				t.Errorf("committed are %v", at)
			}
		})
	}
	f(kmsg.JoinGroup, kerr.GroupAuthorizationFailed)
	f(kmsg.JoinGroup, kerr.InconsistentGroupProtocol)
	if newBench(t).delivery == config.ExactlyOnce {
		f(kmsg.TxnOffsetCommit, kerr.FencedInstanceID)
		f(kmsg.InitProducerID, kerr.TransactionalIDAuthorizationFailed)
	} else {
		f(kmsg.OffsetCommit, kerr.FencedInstanceID)
	}
	f(kmsg.Produce, kerr.ClusterAuthorizationFailed)
}

// TestStartAtLatestSkipsWhatWasThere and nothing of what comes later, also in
// a topic that did not exist.
func TestStartAtLatestSkipsWhatWasThere(t *testing.T) {
	t.Parallel()
	b := newBench(t, "refunds.in")
	latest := func(c *config.Config) { c.Kafka.Start = config.Latest }
	b.send(goods("orders.in", 0, 30)...)
	m := b.start(latest)
	b.eventually("the service has partitions", func() bool { return len(m.Status().Partitions) > 0 })
	b.create("refunds.in", nil)
	b.send(goods("orders.in", 30, 60)...)
	b.send(goods("refunds.in", 0, 30)...)
	b.caughtUp("orders.in")
	b.caughtUp("refunds.in")
	m.stop()
	// A later start goes on where the group is.
	b.send(goods("orders.in", 60, 90)...)
	m = b.start(latest)
	b.caughtUp("orders.in")
	m.stop()
	b.inOrder("orders", 30, 90)
	b.inOrder("refunds", 0, 30)
}

// TestRecordsThatAreGoneAreCounted deletes records before they are read, and
// lets the group stand behind the end of a topic.
func TestRecordsThatAreGoneAreCounted(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.send(goods("orders.in", 0, 60)...)
	m := b.start()
	b.caughtUp("orders.in")
	m.stop()
	b.send(goods("orders.in", 60, 120)...)
	for p := range int32(partitions) {
		if err := b.kafka.DeleteRecords("orders.in", p, 30); err != nil {
			t.Fatal(err)
		}
	}
	m = b.start()
	b.caughtUp("orders.in")
	m.stop()
	b.inOrder("orders", 0, 60+30)
	if n := m.logs.FilterMessage("the expected offset is not there any more, continuing at the earliest that is").Len(); n != partitions {
		t.Errorf("%d partitions are logged as reset, want %d", n, partitions)
	}
}

// TestAnInputThatWasCreatedAgainStopsTheService and is read from its beginning
// at the next start.
func TestAnInputThatWasCreatedAgainStopsTheService(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.send(goods("orders.in", 0, 60)...)
	m := b.start()
	b.caughtUp("orders.in")
	if err := b.kafka.DeleteTopic("orders.in"); err != nil {
		t.Fatal(err)
	}
	b.create("orders.in", nil)
	if err := m.end(); err == nil || !strings.Contains(err.Error(), "orders.in was deleted and created again") {
		t.Errorf("ended with %v", err)
	}
	b.client.PurgeTopicsFromClient("orders.in")
	b.send(goods("orders.in", 60, 90)...)
	m = b.start()
	b.caughtUp("orders.in")
	m.stop()
	b.inOrder("orders", 0, 90)
}

// TestABatchThatIsTooLargeHoldsItsPartition and nothing else.
func TestABatchThatIsTooLargeHoldsItsPartition(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	packer, err := kgo.NewClient(kgo.SeedBrokers(b.kafka.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(kgo.ZstdCompression()), kgo.ProducerBatchMaxBytes(4<<20), kgo.MaxBufferedBytes(0))
	if err != nil {
		t.Fatal(err)
	}
	defer packer.Close()
	bomb := &kgo.Record{Topic: "orders.in", Partition: 1, Value: fmt.Appendf(nil, `{"id":1,"text":"%s"}`, bytes.Repeat([]byte("x"), 500_000))}
	if err := packer.ProduceSync(t.Context(), bomb).FirstErr(); err != nil {
		t.Fatal(err)
	}
	m := b.start(func(c *config.Config) { c.Limits.FetchBatchBytes = 100_000 })
	b.send(goods("orders.in", 0, 30)...)
	b.eventually("the other partitions flow", func() bool { return b.count("orders") == 20 })
	b.eventually("the partition is named", func() bool {
		c := m.check("inputs")
		return !c.OK && strings.Contains(c.Detail, "orders.in partition 1: the batch at offset 0")
	})
	m.stop()
	if at := b.committed("orders.in"); at[1] > 0 {
		t.Errorf("committed are %v: the batch would be skipped", at)
	}
}

// TestARefusedInputIsPolledAtLeisure: a broker refuses a fetch at once, and the
// loop must not ask again as fast as it can. The other inputs flow meanwhile.
func TestARefusedInputIsPolledAtLeisure(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.send(goods("orders.in", 0, 30)...)
	refused := b.kafka.Fault(kfake.Fault{
		Keys: []kmsg.Key{kmsg.Fetch}, Topic: "orders.in", Err: kerr.TopicAuthorizationFailed, Count: -1,
	})
	m := b.start()
	const trouble = "poll met trouble, trying again"
	b.eventually("the input is refused", func() bool { return m.logs.FilterMessage(trouble).Len() > 0 })
	first := m.logs.FilterMessage(trouble).All()[0].Time
	// Each partition has an error in each poll.
	const polls = 5
	b.eventually("it is refused again", func() bool { return m.logs.FilterMessage(trouble).Len() > polls*partitions })
	last := m.logs.FilterMessage(trouble).All()[polls*partitions].Time
	if took := last.Sub(first); took < (polls-1)*troublePause {
		t.Errorf("%d polls took %v", polls, took)
	}
	b.send(goods("refunds.in", 0, 30)...)
	b.caughtUp("refunds.in")
	if n := b.count("orders"); n != 0 {
		t.Errorf("%d records of the refused input came through", n)
	}
	refused.Remove()
	b.caughtUp("orders.in")
	m.stop()
	b.inOrder("orders", 0, 30)
}

// TestALostPartitionIsLetGo takes the member's place in the group away: what it
// had in flight is not committed by it any more.
func TestALostPartitionIsLetGo(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.send(goods("orders.in", 0, 300)...)
	m := b.start()
	b.caughtUp("orders.in")
	b.kafka.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Heartbeat}, Err: kerr.UnknownMemberID, TopLevel: true})
	b.eventually("partitions are lost and come back", func() bool {
		return m.logs.FilterMessage("partitions lost").Len() > 0 && len(m.Status().Partitions) == 3*partitions
	})
	b.send(goods("orders.in", 300, 600)...)
	b.caughtUp("orders.in")
	m.stop()
	b.inOrder("orders", 0, 600)
}
