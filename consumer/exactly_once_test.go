package consumer

import (
	"context"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/sluicedata/sluice/config"
)

// newExactBench is a bench whose members deliver exactly once.
func newExactBench(t testing.TB, opts ...kfake.Opt) *bench {
	t.Helper()
	b := newBenchOn(t, opts)
	b.delivery = config.ExactlyOnce
	return b
}

// balanced checks the books of members that have ended.
func (b *bench) balanced(product string, all int64, members ...*member) {
	b.Helper()
	var accepted, consumed, released int64
	for _, m := range members {
		p := m.product(product)
		accepted, consumed, released = accepted+p.Accepted, consumed+p.Consumed, released+p.Released
		if p.InFlight != 0 {
			b.Errorf("a member ended with books %+v", p)
		}
	}
	if accepted != all || consumed != all+released {
		b.Errorf("accepted %d and consumed %d, %d of them released, want %d", accepted, consumed, released, all)
	}
}

// TestATransactionIsAllOrNothing meets every error at every request of a
// transaction, each for a while under load. Readers of committed records see
// each record once all the same.
func TestATransactionIsAllOrNothing(t *testing.T) {
	t.Parallel()
	f := func(key kmsg.Key, err *kerr.Error, old bool) {
		name := kmsg.NameForKey(int16(key)) + "/" + err.Message
		var opts []kfake.Opt
		if old {
			name += "/before_kip_890"
			opts = append(opts, kfake.MaxVersions(kversion.V3_7_0()))
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newExactBench(t, opts...)
			const all = 3000
			requests := 0
			fault := kfake.Fault{Keys: []kmsg.Key{key}, Err: err, Count: 3}
			switch key {
			case kmsg.InitProducerID: // comes once
			case kmsg.Produce:
				fault.Topic = "orders"
				fallthrough
			default:
				fault.When = func(kmsg.Request) bool { requests++; return requests%7 == 3 }
			}
			refused := b.kafka.Fault(fault)
			m := b.start(inFlight(200))
			for id := 0; id < all; id += 100 {
				b.send(goods("orders.in", id, id+100)...)
			}
			b.caughtUp("orders.in")
			m.stop()
			if refused.Hits() == 0 {
				t.Error("no request was refused: the test proves nothing")
			}
			b.inOrder("orders", 0, all)
			if n := b.count("orders.dlq"); n != 0 {
				t.Errorf("trouble with brokers made %d dead letters", n)
			}
			b.balanced("orders", all, m)
		})
	}
	moving := []*kerr.Error{kerr.NotCoordinator, kerr.CoordinatorLoadInProgress, kerr.CoordinatorNotAvailable}
	for _, err := range append(moving, kerr.ConcurrentTransactions) {
		f(kmsg.EndTxn, err, false)
		f(kmsg.TxnOffsetCommit, err, false)
		f(kmsg.InitProducerID, err, false)
		f(kmsg.AddPartitionsToTxn, err, true)
		f(kmsg.AddOffsetsToTxn, err, true)
		f(kmsg.EndTxn, err, true)
	}
	for _, err := range []*kerr.Error{kerr.IllegalGeneration, kerr.UnknownMemberID, kerr.RebalanceInProgress, kerr.UnknownServerError, kerr.TransactionAbortable} {
		f(kmsg.TxnOffsetCommit, err, false)
	}
	f(kmsg.EndTxn, kerr.UnknownServerError, false)
	f(kmsg.EndTxn, kerr.TransactionAbortable, false)
	for _, err := range []*kerr.Error{kerr.NotLeaderForPartition, kerr.NotEnoughReplicas, kerr.UnknownTopicOrPartition, kerr.TransactionAbortable, kerr.TopicAuthorizationFailed} {
		f(kmsg.Produce, err, false)
		f(kmsg.Produce, err, true)
	}
}

// TestTheAnswerToACommitIsLost cuts the connection when the brokers answer the
// end of a transaction: what is committed may not come again.
func TestTheAnswerToACommitIsLost(t *testing.T) {
	t.Parallel()
	f := func(name string, lost int64, opts ...kgo.Opt) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newExactBench(t)
			const all = 2000
			var w wire
			b.clientOpts = append(opts, kgo.Dialer(w.dial))
			m := b.start(inFlight(200))
			w.lose.Store(lost)
			for id := 0; id < all; id += 100 {
				b.send(goods("orders.in", id, id+100)...)
			}
			b.caughtUp("orders.in")
			m.stop()
			if left := w.lose.Load(); left > 0 {
				t.Errorf("%d answers are still to be lost", left)
			}
			b.inOrder("orders", 0, all)
		})
	}
	f("asked again", 5)
	f("not asked again", 5, kgo.RequestRetries(0))
}

// wire dials connections that break when the answer to an EndTxn comes, and
// that may be made to wait before an offset commit of a transaction.
type wire struct {
	lose atomic.Int64 // so many answers
	wait atomic.Pointer[chan struct{}]
}

func (w *wire) dial(ctx context.Context, network, host string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, host)
	return &wireConn{Conn: c, wire: w}, err
}

type wireConn struct {
	net.Conn
	*wire
	ending atomic.Bool
}

func (c *wireConn) Write(p []byte) (int, error) {
	if len(p) > 6 {
		switch kmsg.Key(int16(p[4])<<8 | int16(p[5])) {
		case kmsg.EndTxn:
			c.ending.Store(c.lose.Load() > 0)
		case kmsg.TxnOffsetCommit:
			if wait := c.wait.Swap(nil); wait != nil {
				<-*wait
			}
		default:
		}
	}
	return c.Conn.Write(p)
}

func (c *wireConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 && c.ending.Swap(false) {
		c.lose.Add(-1)
		_ = c.Close()
		return 0, io.EOF
	}
	return n, err
}

// TestARestartEndsWhatWasLeftOpen kills a member in the middle of a transaction
// and starts another with the same id: neither records nor offsets of the dead
// one's transaction are seen, and nobody waits for it to time out.
func TestARestartEndsWhatWasLeftOpen(t *testing.T) {
	t.Parallel()
	b := newExactBench(t)
	same := func(c *config.Config) { c.Kafka.InstanceID = "same"; c.Kafka.SessionTimeout = 30 * time.Second }
	// A transaction that stays open, and of which something is out.
	first := b.start(same, func(c *config.Config) { c.CommitInterval = time.Minute })
	b.send(goods("orders.in", 0, 300)...)
	b.eventually("records are out, and not committed", func() bool {
		open := first.delivery.(*exactlyOnce)
		open.mu.Lock()
		defer open.mu.Unlock()
		return len(open.counted) == 300
	})
	if n := b.count("orders"); n != 0 {
		t.Fatalf("%d records are committed", n)
	}
	started := time.Now()
	second := b.start(same)
	b.caughtUp("orders.in")
	if took := time.Since(started); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
	b.inOrder("orders", 0, 300)
	if err := first.end(); err == nil || !strings.Contains(err.Error(), "FENCED") {
		t.Errorf("the first ended with %v", err)
	}
	second.stop()
}

// TestTwoMembersWithOneID cannot be: one of them stops and says why, the other
// goes on.
func TestTwoMembersWithOneID(t *testing.T) {
	t.Parallel()
	b := newExactBench(t)
	// The id of transactions alone is the same: no static membership.
	host := func(c *config.Config) { c.Kafka.InstanceID = "" }
	first := b.start(host)
	b.send(goods("orders.in", 0, 300)...)
	b.caughtUp("orders.in")
	second := b.start(host)
	sent := 300
	b.eventually("one stops", func() bool {
		b.send(goods("orders.in", sent, sent+30)...)
		sent += 30
		return first.hasFailed() || second.hasFailed()
	})
	stopped, on := first, second
	if second.hasFailed() {
		stopped, on = second, first
	}
	if err := stopped.end(); err == nil || !strings.Contains(err.Error(), "kafka.instance_id") {
		t.Errorf("it ended with %v", err)
	}
	b.caughtUp("orders.in")
	on.stop()
	b.inOrder("orders", 0, sent)
}

// TestATransactionThatTimedOutIsDoneAgain lets a member sleep in a transaction
// until the brokers have undone it: it goes on, with a new client.
func TestATransactionThatTimedOutIsDoneAgain(t *testing.T) {
	t.Parallel()
	b := newExactBench(t)
	const all = 300
	var w wire
	b.clientOpts = []kgo.Opt{kgo.Dialer(w.dial)}
	asleep := make(chan struct{})
	w.wait.Store(&asleep)
	m := b.prepare()
	m.delivery.(*exactlyOnce).timeout = time.Second
	b.run(m)
	b.send(goods("orders.in", 0, all)...)
	b.eventually("the member sleeps", func() bool { return w.wait.Load() == nil })
	b.eventually("the transaction is undone", func() bool {
		end := b.kafka.PartitionInfo("orders", 0)
		return end.LastStableOffset == end.HighWatermark
	})
	close(asleep)
	b.caughtUp("orders.in")
	m.stop()
	if m.logs.FilterMessage("transactions go on with a new client").Len() == 0 {
		t.Error("the client was not replaced: the test proves nothing")
	}
	b.inOrder("orders", 0, all)
	b.balanced("orders", all, m)
}

// TestAnIdleServiceHasNoTransactions: brokers keep state for each.
func TestAnIdleServiceHasNoTransactions(t *testing.T) {
	t.Parallel()
	b := newExactBench(t)
	m := b.start()
	b.send(goods("orders.in", 0, 30)...)
	b.caughtUp("orders.in")
	seen := b.kafka.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.EndTxn, kmsg.TxnOffsetCommit, kmsg.AddOffsetsToTxn}, Observe: true, Count: -1})
	polls := m.Status().LastPoll.Add(2 * pollWait)
	b.eventually("the loop has turned for a while", func() bool { return m.Status().LastPoll.After(polls) })
	if n := seen.Hits(); n != 0 {
		t.Errorf("an idle service sent %d requests of transactions", n)
	}
	m.stop()
}
