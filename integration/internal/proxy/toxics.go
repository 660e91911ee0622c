package proxy

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// Toxic is one thing that is wrong with the network, in toxiproxy's words.
type Toxic struct {
	Type       string           `json:"type"`
	Stream     string           `json:"stream"` // upstream is towards the brokers
	Attributes map[string]int64 `json:"attributes"`
}

// Latency holds back what brokers answer.
func Latency(d time.Duration) Toxic {
	return Toxic{"latency", "downstream", map[string]int64{"latency": d.Milliseconds()}}
}

// Silence swallows what brokers answer; connections stay open.
func Silence() Toxic { return Toxic{"timeout", "downstream", map[string]int64{"timeout": 0}} }

// Reset resets a connection at the next answer.
func Reset() Toxic { return Toxic{"reset_peer", "downstream", map[string]int64{"timeout": 0}} }

// Cut ends a connection when brokers have answered so many bytes on it.
func Cut(after int64) Toxic {
	return Toxic{"limit_data", "downstream", map[string]int64{"bytes": after}}
}

// Bandwidth lets so many kB a second of each connection through to the brokers.
func Bandwidth(kB int64) Toxic {
	return Toxic{"bandwidth", "upstream", map[string]int64{"rate": kB}}
}

// placed is a toxic on the way to one broker, or to all of them.
type placed struct {
	broker string
	toxic  Toxic
}

func (t placed) stands(broker string) bool { return t.broker == "" || t.broker == broker }

// Add adds a toxic to every connection, those that are open and those to come.
func (p *Proxy) Add(toxic Toxic) error { return p.AddTo("", toxic) }

// AddTo adds a toxic to the connections to one broker.
func (p *Proxy) AddTo(broker string, toxic Toxic) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := placed{broker, toxic}
	p.toxics = append(p.toxics, t)
	for broker, front := range p.fronts {
		if t.stands(broker) {
			if err := add(front, toxic); err != nil {
				return err
			}
		}
	}
	return nil
}

// Heal takes all toxics away. Connections that they have spoilt are closed.
func (p *Proxy) Heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.toxics = nil
	for _, front := range p.fronts {
		front.Toxics.ResetToxics(context.Background())
	}
}

func add(front *toxiproxy.Proxy, toxic Toxic) error {
	text, err := json.Marshal(toxic)
	if err != nil {
		return err
	}
	if _, err := front.Toxics.AddToxicJson(bytes.NewReader(text)); err != nil {
		return fmt.Errorf("toxic %s: %w", toxic.Type, err)
	}
	return nil
}

// front starts a toxiproxy in front of a listener of ours. Called with mu held.
func (p *Proxy) front(broker, listener string) (address string, err error) {
	front := toxiproxy.NewProxy(quiet, broker, "127.0.0.1:0", listener)
	if err := front.Start(); err != nil {
		return "", fmt.Errorf("toxiproxy of %s: %w", broker, err)
	}
	p.fronts[broker] = front
	for _, t := range p.toxics {
		if t.stands(broker) {
			if err := add(front, t.toxic); err != nil {
				return "", err
			}
		}
	}
	return front.Listen, nil
}

// quiet is what toxiproxy's proxies want to belong to; it serves nothing and
// logs nothing.
var quiet = func() *toxiproxy.ApiServer {
	zerolog.SetGlobalLevel(zerolog.Disabled) // one toxic has a logger of its own
	return toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
}()
