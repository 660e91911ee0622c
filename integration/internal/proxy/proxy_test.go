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

// TestToxics meets each kind of bad network, and a good one after it.
func TestToxics(t *testing.T) {
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
	client, err := kgo.NewClient(kgo.SeedBrokers(p.Seeds()...), kgo.RequestRetries(0))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ping := func(within time.Duration) (time.Duration, error) {
		ctx, cancel := context.WithTimeout(t.Context(), within)
		defer cancel()
		started := time.Now()
		err := client.Ping(ctx)
		return time.Since(started), err
	}
	f := func(toxic Toxic, check func() string) {
		t.Helper()
		if _, err := ping(20 * time.Second); err != nil {
			t.Fatalf("before %s: %v", toxic.Type, err)
		}
		if err := p.Add(toxic); err != nil {
			t.Fatal(err)
		}
		if problem := check(); problem != "" {
			t.Errorf("%s: %s", toxic.Type, problem)
		}
		p.Heal()
		// Connections that the toxic has spoilt are noticed one by one.
		deadline := time.Now().Add(20 * time.Second)
		for {
			if _, err := ping(time.Second); err == nil {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("no answer after %s was taken away", toxic.Type)
			}
		}
	}
	fails := func() string {
		if _, err := ping(300 * time.Millisecond); err == nil {
			return "an answer came"
		}
		return ""
	}
	f(Latency(150*time.Millisecond), func() string {
		if took, err := ping(20 * time.Second); err != nil || took < 150*time.Millisecond {
			return took.String()
		}
		return ""
	})
	f(Silence(), fails)
	f(Reset(), fails)
	f(Cut(20), fails)
	f(Bandwidth(1), func() string { // an answer of a few hundred bytes
		if took, err := ping(20 * time.Second); err != nil || took < 20*time.Millisecond {
			return took.String()
		}
		return ""
	})
	if p.Connections() < 3 {
		t.Errorf("%d connections: those that were cut and reset were not made again", p.Connections())
	}
}
