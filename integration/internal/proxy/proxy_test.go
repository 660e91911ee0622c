package proxy

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// TestEverythingGoesThrough counts the connections that reach the brokers past
// the proxy: a client that knows only the proxy makes none.
func TestEverythingGoesThrough(t *testing.T) {
	t.Parallel()
	fake, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.SeedTopics(6, "in"))
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Close()
	p, err := Start(fake.ListenAddrs()[0])
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var past atomic.Int64
	client, err := kgo.NewClient(kgo.SeedBrokers(p.Seeds()...), kgo.DefaultProduceTopic("in"),
		kgo.ConsumeTopics("in"), kgo.ConsumerGroup("g"),
		kgo.Dialer(func(ctx context.Context, network, address string) (net.Conn, error) {
			for _, broker := range fake.ListenAddrs() {
				if broker == address {
					past.Add(1)
				}
			}
			return new(net.Dialer).DialContext(ctx, network, address)
		}))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	const n = 500
	for i := range n {
		client.Produce(ctx, &kgo.Record{Key: []byte{byte(i)}, Value: []byte{byte(i)}}, nil)
	}
	if err := client.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	for got := 0; got < n; {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			t.Fatal(err)
		}
		got += fetches.NumRecords()
	}
	if past.Load() != 0 {
		t.Errorf("%d connections went past the proxy", past.Load())
	}
}

// TestRate checks the very thing that the kill scenario rests on: a request that
// waits for its turn never arrives if its client goes away, while another
// connection of the same client gets through at once.
func TestRate(t *testing.T) {
	t.Parallel()
	var lc net.ListenConfig
	broker, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	arrived := make(chan int, 10) // lengths of what each connection brought
	go func() {
		for {
			conn, err := broker.Accept()
			if err != nil {
				return
			}
			go func() {
				all, _ := io.ReadAll(conn)
				arrived <- len(all)
			}()
		}
	}()
	p, err := Start(broker.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	p.SetRate(10_000)
	send := func(n int) net.Conn {
		var dialer net.Dialer
		conn, err := dialer.DialContext(t.Context(), "tcp", p.Seeds()[0])
		if err != nil {
			t.Fatal(err)
		}
		frame := make([]byte, 4+n)
		binary.BigEndian.PutUint32(frame, uint32(n))
		if _, err := conn.Write(frame); err != nil {
			t.Fatal(err)
		}
		return conn
	}
	large := send(900_000) // a minute and a half at this rate
	small := send(100)
	// The end of a connection shows what it brought: the small frame, and then
	// nothing of the large one.
	await := func(want int) {
		t.Helper()
		select {
		case got := <-arrived:
			if got != want {
				t.Errorf("the broker got %d bytes, want %d", got, want)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("the connection to the broker stays open")
		}
	}
	deadline := time.Now().Add(20 * time.Second)
	for p.sent.Load() == 0 {
		if time.Now().After(deadline) {
			t.Fatal("a small frame waits for a large one of another connection")
		}
		runtime.Gosched()
	}
	_ = small.Close()
	await(104)
	_ = large.Close()
	await(0)
}

// TestDelay holds answers back.
func TestDelay(t *testing.T) {
	t.Parallel()
	fake, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Close()
	p, err := Start(fake.ListenAddrs()...)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	client, err := kgo.NewClient(kgo.SeedBrokers(p.Seeds()...))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := client.Ping(ctx); err != nil {
		t.Fatal(err)
	}
	p.SetDelay(150 * time.Millisecond)
	started := time.Now()
	if err := client.Ping(ctx); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(started); took < 150*time.Millisecond {
		t.Errorf("an answer came after %s, want 150 ms at least", took)
	}
}
