// Package proxy stands between a Kafka client and its brokers and makes the
// way to them as bad as a test wants it.
//
//	client ── toxiproxy ── proxy ── broker
//
// Toxiproxy knows bytes: it delays, swallows, cuts and resets connections, and
// a client meets that as it would in a network. See Add.
//
// The proxy behind it reads the frames of the protocol. It rewrites the
// addresses in the answers to Metadata, FindCoordinator and DescribeCluster
// requests, so that a client that was given the proxy's address speaks to every
// broker through it, whichever brokers they are. Only plain connections can be
// read.
//
// A frame that waits for its turn (SetRate) when its client goes away is
// dropped: to the brokers a killed client has never sent it.
package proxy

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/Shopify/toxiproxy/v2"
)

// Proxy is a running proxy.
type Proxy struct {
	rate     atomic.Int64 // bytes a second of each connection to a broker; 0 is no bound
	sent     atomic.Int64 // frames that were passed on to a broker
	accepted atomic.Int64 // connections

	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu     sync.Mutex
	locals map[string]string           // broker address → address that stands for it
	fronts map[string]*toxiproxy.Proxy // by broker
	toxics []placed
	seeds  []string
}

// Start makes a proxy in front of the brokers. Close it.
func Start(brokers ...string) (*Proxy, error) {
	p := &Proxy{locals: make(map[string]string), fronts: make(map[string]*toxiproxy.Proxy)}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	for _, broker := range brokers {
		local, err := p.local(broker)
		if err != nil {
			p.Close()
			return nil, err
		}
		p.seeds = append(p.seeds, local)
	}
	return p, nil
}

// Seeds are the addresses that stand for the brokers.
func (p *Proxy) Seeds() []string { return p.seeds }

// SetRate bounds what each connection sends to its broker, in bytes a second;
// 0 does not bound it. It holds from the next frame on.
func (p *Proxy) SetRate(bytes int64) { p.rate.Store(bytes) }

// Connections is how many connections clients have made so far.
func (p *Proxy) Connections() int64 { return p.accepted.Load() }

// Close cuts all connections.
func (p *Proxy) Close() {
	p.cancel()
	p.mu.Lock()
	fronts := p.fronts
	p.fronts = nil
	p.mu.Unlock()
	for _, front := range fronts {
		front.Stop()
	}
	p.work.Wait()
}

// local returns the address that stands for a broker, made on first sight.
func (p *Proxy) local(broker string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if local, ok := p.locals[broker]; ok {
		return local, nil
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(p.ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("proxy of %s: %w", broker, err)
	}
	context.AfterFunc(p.ctx, func() { _ = listener.Close() })
	p.work.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return // Close
			}
			p.accepted.Add(1)
			p.work.Go(func() { p.serve(client, broker) })
		}
	})
	front, err := p.front(broker, listener.Addr().String())
	if err != nil {
		return "", err
	}
	p.locals[broker] = front
	return front, nil
}

// serve carries the frames of one connection until one of its ends is gone.
func (p *Proxy) serve(client net.Conn, broker string) {
	defer client.Close()
	ctx, cancel := context.WithCancel(p.ctx)
	defer cancel()
	var dialer net.Dialer
	server, err := dialer.DialContext(ctx, "tcp", broker)
	if err != nil {
		return // the client sees a broker that is away
	}
	defer server.Close()
	context.AfterFunc(ctx, func() { _, _ = client.Close(), server.Close() })
	c := &connection{proxy: p, asked: make(map[int32]asked)}
	up, down := make(chan []byte, 64), make(chan []byte, 64)
	var work sync.WaitGroup
	// Each direction is read ahead of what is passed on, so that the end of a
	// client is seen while its frames still wait.
	for _, step := range []func() error{
		func() error { return read(ctx, client, up) },
		func() error { return read(ctx, server, down) },
		func() error { return c.requests(ctx, up, server) },
		func() error { return c.responses(ctx, down, client) },
	} {
		work.Go(func() {
			_ = step() // the end of a connection, for whatever reason
			cancel()
		})
	}
	work.Wait()
}

// read cuts a stream into frames: four bytes of length, and as many bytes.
func read(ctx context.Context, from io.Reader, to chan<- []byte) error {
	for {
		frame := make([]byte, 4)
		if _, err := io.ReadFull(from, frame); err != nil {
			return err
		}
		n := binary.BigEndian.Uint32(frame)
		if n > 256<<20 {
			return errors.New("proxy: not a frame of Kafka's protocol")
		}
		frame = append(frame, make([]byte, n)...)
		if _, err := io.ReadFull(from, frame[4:]); err != nil {
			return err
		}
		select {
		case to <- frame:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (c *connection) requests(ctx context.Context, frames <-chan []byte, server io.Writer) error {
	for {
		frame, err := next(ctx, frames)
		if err != nil {
			return err
		}
		if rate := c.proxy.rate.Load(); rate > 0 {
			if err := pause(ctx, time.Duration(len(frame))*time.Second/time.Duration(rate)); err != nil {
				return err
			}
		}
		c.note(frame)
		if _, err := server.Write(frame); err != nil {
			return err
		}
		c.proxy.sent.Add(1)
	}
}

func (c *connection) responses(ctx context.Context, frames <-chan []byte, client io.Writer) error {
	for {
		frame, err := next(ctx, frames)
		if err != nil {
			return err
		}
		if frame, err = c.rewrite(frame); err != nil {
			return err
		}
		if _, err := client.Write(frame); err != nil {
			return err
		}
	}
}

func next(ctx context.Context, frames <-chan []byte) ([]byte, error) {
	select {
	case frame := <-frames:
		return frame, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// pause waits, unless the connection ends before.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
