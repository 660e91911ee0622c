package proxy

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
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

// TestRate checks the very thing that the kill scenario rests on: a produce
// request that waits for its turn never arrives if its client goes away, while
// another connection of the same client gets through at once.
func TestRate(t *testing.T) {
	t.Parallel()
	fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "in"))
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Close()
	var produced atomic.Int64
	fake.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		fake.KeepControl()
		produced.Add(1)
		return nil, nil, false
	})
	p, err := Start(fake.ListenAddrs()...)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	client, err := kgo.NewClient(kgo.SeedBrokers(p.Seeds()...), kgo.DefaultProduceTopic("in"),
		kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.DisableIdempotentWrite())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := client.ProduceSync(ctx, kgo.StringRecord("first")).FirstErr(); err != nil {
		t.Fatal(err)
	}
	p.SetRate(10_000)
	client.Produce(ctx, &kgo.Record{Value: make([]byte, 900_000)}, nil) // 90 s at this rate
	started := time.Now()
	if err := client.Ping(ctx); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(started); took > 10*time.Second {
		t.Errorf("a small request took %s beside a large one", took)
	}
	if n := produced.Load(); n != 1 {
		t.Fatalf("%d produce requests arrived, want only the one before the rate was set", n)
	}
	// What is left of the client is cut off, as a kill does it.
	p.Close()
	client.Close()
	if n := produced.Load(); n != 1 {
		t.Errorf("%d produce requests arrived after their client was gone, want 1", n)
	}
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
