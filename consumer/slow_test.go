package consumer

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// TestASlowWayIsNotSentTheSameAgainAndAgain: where the way to the brokers is so
// slow that a transaction is given up, the next ones are small enough to be
// committed. Few bytes are sent in vain.
func TestASlowWayIsNotSentTheSameAgainAndAgain(t *testing.T) {
	t.Parallel()
	b := newExactBench(t)
	const first, all, inTransaction = 300, 2300, 600
	var slow narrow
	b.clientOpts = []kgo.Opt{kgo.Dialer(slow.dial), kgo.ProducerBatchCompression(kgo.NoCompression())}
	records := goods("orders.in", first, all)
	delivered := 0
	for i, r := range records {
		r.Value = fmt.Appendf(nil, `{"id":%d,"filler":%q}`, first+i, strings.Repeat("x", 400))
		delivered += len(r.Key) + len(r.Value)
	}
	m := b.prepare(inFlight(inTransaction))
	open := m.delivery.(*exactlyOnce)
	open.patience, open.patienceMin = time.Second, time.Second
	m.emitter.overdueAfter = time.Second / 2
	b.run(m)
	// Flights have their full size after a few.
	for id := 0; id < first; id += 30 {
		b.send(goods("orders.in", id, id+30)...)
		b.caughtUp("orders.in")
	}
	// A transaction that is full takes two seconds and a half.
	slow.sent.Store(0)
	slow.perSecond.Store(100 << 10)
	b.send(records...)
	b.caughtUp("orders.in")
	m.stop()
	b.inOrder("orders", 0, all)
	b.balanced("orders", all, m)
	if m.product("orders").Released == 0 {
		t.Error("no transaction was given up: the test proves nothing")
	}
	// Once what fills a transaction, and what is around the records.
	sent := slow.sent.Load()
	t.Logf("%d bytes were sent for %d that came out, %d records let go", sent, delivered, m.product("orders").Released)
	if sent > int64(delivered)*3/2 {
		t.Errorf("%d bytes were sent for %d that came out", sent, delivered)
	}
}

// narrow dials connections that let so many bytes of produce requests through,
// and counts them.
type narrow struct {
	perSecond atomic.Int64 // 0 is any number
	pause     atomic.Int64 // nanoseconds before each
	sent      atomic.Int64
}

func (n *narrow) dial(ctx context.Context, network, host string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, host)
	return &narrowConn{c, n}, err
}

type narrowConn struct {
	net.Conn
	*narrow
}

func (c *narrowConn) Write(p []byte) (int, error) {
	if len(p) > 6 && kmsg.Key(int16(p[4])<<8|int16(p[5])) == kmsg.Produce {
		c.sent.Add(int64(len(p)))
		if pause := c.pause.Load(); pause > 0 {
			<-time.After(time.Duration(pause))
		}
		if rate := c.perSecond.Load(); rate > 0 {
			<-time.After(time.Duration(int64(len(p)) * int64(time.Second) / rate))
		}
	}
	return c.Conn.Write(p)
}
