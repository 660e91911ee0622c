package consumer

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/config"
)

// What is easily got wrong with kgo's GroupTransactSession, each with the number
// of the franz-go issue that tells of it.

// calm counts what a member has aborted: nothing.
func calm(m *member) {
	m.b.Helper()
	for _, message := range []string{
		"transaction aborted, its records are read again",
		"transaction not committed because the group rebalanced, its records are read again",
	} {
		if n := m.logs.FilterMessage(message).Len(); n > 0 {
			m.b.Errorf("%d times: %s", n, message)
		}
	}
	if n := m.product("orders").Released; n > 0 {
		m.b.Errorf("%d records were let go", n)
	}
}

// TestARebalanceBetweenTransactionsUndoesNone (franz-go #754): the session
// remembers a rebalance until its next End, also one that came when no
// transaction was open, and undoes the next for it. Ours forgets it in between.
func TestARebalanceBetweenTransactionsUndoesNone(t *testing.T) {
	t.Parallel()
	b := newExactBench(t)
	const all = 300
	first := b.start()
	b.send(goods("orders.in", 0, all/3)...)
	b.caughtUp("orders.in")
	// The first loses partitions while nothing is to be done.
	second := b.start()
	b.eventually("each partition has one owner, and both have some", func() bool {
		one, two := len(first.Status().Partitions), len(second.Status().Partitions)
		return one > 0 && two > 0 && one+two == 3*partitions
	})
	if n := first.logs.FilterMessage("partitions revoked").Len(); n == 0 {
		t.Error("nothing was revoked: the test proves nothing")
	}
	b.send(goods("orders.in", all/3, 2*all/3)...)
	b.caughtUp("orders.in")
	// And gets them back.
	second.stop()
	b.eventually("the first has all", func() bool { return len(first.Status().Partitions) == 3*partitions })
	b.send(goods("orders.in", 2*all/3, all)...)
	b.caughtUp("orders.in")
	first.stop()
	calm(first)
	calm(second)
	b.inOrder("orders", 0, all)
}

// TestAPollHoldsNoRebalanceUp (franz-go #760): a session that polls with
// BlockRebalanceOnPoll lets the group rebalance only where it says so, and
// without that its Close waits for ever. Ours says so after each turn in which no
// transaction is open, and after the end of each, also of one that is in the
// middle of something when the group calls.
func TestAPollHoldsNoRebalanceUp(t *testing.T) {
	t.Parallel()
	f := func(name string, before func(b *bench)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newExactBench(t)
			longRebalance := func(c *config.Config) { c.Kafka.RebalanceTimeout = 5 * time.Minute }
			first := b.start(longRebalance)
			b.eventually("the first has all", func() bool { return len(first.Status().Partitions) == 3*partitions })
			before(b)
			second := b.start(longRebalance)
			b.eventually("both have some", func() bool {
				return len(first.Status().Partitions) > 0 && len(second.Status().Partitions) > 0
			})
			first.stop()
			b.caughtUp("orders.in")
			second.stop()
		})
	}
	f("idle", func(*bench) {})
	f("after records", func(b *bench) {
		b.send(goods("orders.in", 0, 90)...)
		b.caughtUp("orders.in")
	})
	f("in a transaction", func(b *bench) {
		silent := b.refuse("orders", kerr.NotEnoughReplicas, -1)
		b.send(goods("orders.in", 0, 90)...)
		b.eventually("a record waits", func() bool { return silent.Hits() > 0 })
		time.AfterFunc(time.Second, silent.Remove)
	})
}

// takes polls one record of orders.in.
func (t *exactlyOnce) takes(test *testing.T, partition int32, offset int64) bool {
	test.Helper()
	src := t.sources.own("orders.in", partition)
	fetches := kgo.Fetches{{Topics: []kgo.FetchTopic{{Topic: "orders.in", Partitions: []kgo.FetchPartition{{
		Partition: partition, HighWatermark: 100, Records: []*kgo.Record{{Topic: "orders.in", Partition: partition, Offset: offset}},
	}}}}}}
	batches, _ := t.sort(fetches, nil, nil, 1)
	if batches[0].batch.source != src {
		test.Fatal("the poll went to another source")
	}
	t.open = true
	return t.accept(batches, 1)
}

// TestWhatIsBufferedIsNotTakenForWhatWasUndone (franz-go #1222): after an undone
// transaction or a rebalance the session goes back to the committed offsets; had
// the client still records buffered that it fetched before, a poll would bring
// those, and the next commit would pass over what was undone. Ours knows the
// first record that must come again, and takes a new client if it does not.
func TestWhatIsBufferedIsNotTakenForWhatWasUndone(t *testing.T) {
	t.Parallel()
	f := func(name string, undone, comes int64, want bool) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newExactBench(t).prepare()
			m.holds.pause, m.holds.resume = func(...string) {}, func(...string) {}
			open := m.delivery.(*exactlyOnce)
			poll := func(offset int64) bool { return open.takes(t, 0, offset) }
			m.sources.own("orders.in", 0).start(0)
			if !poll(undone) {
				t.Fatal("the first poll is not taken")
			}
			open.abandon(errNoAnswer)
			// The client goes on until the transaction has ended.
			if poll(comes + 50) {
				t.Error("what was polled after the failure is taken")
			}
			open.release()
			open.close(false)
			if taken := poll(comes); taken != want {
				t.Errorf("it begins again at %d, after %d was undone: taken %v", comes, undone, taken)
			}
			if (open.broken == nil) != want {
				t.Errorf("the client is to be replaced because of %v", open.broken)
			}
		})
	}
	f("the same", 3, 3, true)
	f("an earlier one", 3, 2, true)
	f("one that was buffered", 3, 4, false)
}

// TestACommitWithoutAPartitionForgetsNothingOfIt: what was undone of it must still
// come first.
func TestACommitWithoutAPartitionForgetsNothingOfIt(t *testing.T) {
	t.Parallel()
	m := newExactBench(t).prepare()
	open := m.delivery.(*exactlyOnce)
	for p := range int32(2) {
		m.sources.own("orders.in", p).start(0)
	}
	if !open.takes(t, 0, 3) {
		t.Fatal("the first poll is not taken")
	}
	open.abandon(errNoAnswer)
	open.release()
	open.close(false)
	if !open.takes(t, 1, 0) {
		t.Fatal("a poll of the other partition is not taken")
	}
	open.advance()
	open.close(true)
	if open.takes(t, 0, 4) {
		t.Error("the record that was undone is passed over")
	}
}
