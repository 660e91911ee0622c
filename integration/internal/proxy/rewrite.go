package proxy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// connection remembers which of its requests are answered with addresses.
type connection struct {
	proxy *Proxy

	mu    sync.Mutex
	asked map[int32]asked // by correlation id
}

type asked struct{ key, version int16 }

// The lengths of what stands before a body: size, key, version and correlation
// id of a request; size and correlation id of a response.
const (
	requestHead  = 4 + 2 + 2 + 4
	responseHead = 4 + 4
)

// note remembers a request whose answer will hold addresses.
func (c *connection) note(frame []byte) {
	if len(frame) < requestHead {
		return
	}
	a := asked{int16(binary.BigEndian.Uint16(frame[4:])), int16(binary.BigEndian.Uint16(frame[6:]))}
	switch kmsg.Key(a.key) {
	case kmsg.Metadata, kmsg.FindCoordinator, kmsg.DescribeCluster:
		c.mu.Lock()
		c.asked[int32(binary.BigEndian.Uint32(frame[8:]))] = a
		c.mu.Unlock()
	default:
	}
}

// rewrite replaces the addresses in an answer by ones that lead here.
func (c *connection) rewrite(frame []byte) ([]byte, error) {
	if len(frame) < responseHead {
		return frame, nil
	}
	correlation := int32(binary.BigEndian.Uint32(frame[4:]))
	c.mu.Lock()
	a, ok := c.asked[correlation]
	delete(c.asked, correlation)
	c.mu.Unlock()
	if !ok {
		return frame, nil
	}
	response := kmsg.ResponseForKey(a.key)
	response.SetVersion(a.version)
	head := frame[:responseHead]
	body := frame[responseHead:]
	if response.IsFlexible() {
		if len(body) == 0 || body[0] != 0 {
			return nil, errors.New("proxy: an answer with tags in its header")
		}
		head, body = frame[:responseHead+1], body[1:]
	}
	if err := response.ReadFrom(body); err != nil {
		return nil, fmt.Errorf("proxy: read an answer of key %d: %w", a.key, err)
	}
	if err := c.proxy.redirect(response); err != nil {
		return nil, err
	}
	frame = response.AppendTo(append([]byte(nil), head...))
	binary.BigEndian.PutUint32(frame, uint32(len(frame)-4))
	return frame, nil
}

// redirect changes every address in a response.
func (p *Proxy) redirect(response kmsg.Response) error {
	switch r := response.(type) {
	case *kmsg.MetadataResponse:
		for i := range r.Brokers {
			if err := p.replace(&r.Brokers[i].Host, &r.Brokers[i].Port); err != nil {
				return err
			}
		}
	case *kmsg.FindCoordinatorResponse:
		if err := p.replace(&r.Host, &r.Port); err != nil {
			return err
		}
		for i := range r.Coordinators {
			if err := p.replace(&r.Coordinators[i].Host, &r.Coordinators[i].Port); err != nil {
				return err
			}
		}
	case *kmsg.DescribeClusterResponse:
		for i := range r.Brokers {
			if err := p.replace(&r.Brokers[i].Host, &r.Brokers[i].Port); err != nil {
				return err
			}
		}
	}
	return nil
}

// replace changes one address. Answers that report an error have none.
func (p *Proxy) replace(host *string, port *int32) error {
	if *host == "" || *port <= 0 {
		return nil
	}
	local, err := p.local(net.JoinHostPort(*host, strconv.Itoa(int(*port))))
	if err != nil {
		return err
	}
	h, s, err := net.SplitHostPort(local)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return err
	}
	*host, *port = h, int32(n)
	return nil
}
