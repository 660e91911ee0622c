package integration

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/sluicedata/sluice/integration/internal/service"
)

// TestTwoMembers lets a second member join under load, and the first leave:
// partitions move twice while records flow, and none is lost or comes out twice.
func TestTwoMembers(t *testing.T) { inBoth(t, testTwoMembers) }

func testTwoMembers(t *testing.T) {
	s := begin(t, "sales")
	s.config.Set("commit_interval", "100ms")
	s.config.Set("in_flight_records", 2000, "limits")
	s.createAll()
	s.follow()
	load := s.load()
	first := s.start()
	s.grow(1000, first)
	second := s.startWith(binary, kafka.Seeds, "MEMBER=second")
	s.await("the second member to have partitions", func() (bool, string) {
		a, b := s.status(first), s.status(second)
		return len(a.Partitions) > 0 && len(b.Partitions) > 0 && len(a.Partitions)+len(b.Partitions) == 2*partitions,
			fmt.Sprintf("they have %d and %d", len(a.Partitions), len(b.Partitions))
	})
	s.await("the second member to do its part", func() (bool, string) {
		s.alive(first)
		status := s.status(second)
		return status.Processed() >= 1000, fmt.Sprintf("it has processed %d records", status.Processed())
	})
	s.stop(first)
	s.await("the second member to have all partitions", func() (bool, string) {
		n := len(s.status(second).Partitions)
		return n == 2*partitions, fmt.Sprintf("it has %d", n)
	})
	s.grow(2000, second)
	load.end()
	s.settle(second)
	s.stop(second)
	s.caughtUp()
	r := s.balance()
	if r.Duplicates != 0 {
		t.Errorf("%d records came out twice", r.Duplicates)
	}
}

// load sends records until it is ended.
type load struct {
	once       sync.Once
	stop, done chan struct{}
}

func (l *load) end() {
	l.once.Do(func() { close(l.stop) })
	<-l.done
}

// load starts a load that keeps ahead of the service but not far: it has at
// most a few thousand records without an outcome.
func (s *scenario) load() *load {
	s.Helper()
	l := &load{stop: make(chan struct{}), done: make(chan struct{})}
	records := sales(s.T, 100_000)
	tick := time.NewTicker(5 * time.Millisecond)
	go func() {
		defer close(l.done)
		defer tick.Stop()
		const burst = 100
		for len(records) >= burst {
			select {
			case <-l.stop:
				if err := s.client.Flush(s.ctx()); err != nil {
					s.Errorf("send records: %v", err)
				}
				return
			case <-tick.C:
			}
			if s.books.Missing() > 3000 {
				continue
			}
			for i := range records[:burst] {
				s.produce(&records[i])
			}
			records = records[burst:]
		}
		s.Error("the load has run out of records")
	}()
	s.Cleanup(l.end)
	return l
}

// grow waits until n more records have an outcome.
func (s *scenario) grow(n int, processes ...*service.Process) {
	s.Helper()
	before, _ := s.books.Outcomes()
	s.await("the stream to flow", func() (bool, string) {
		for _, p := range processes {
			s.alive(p)
		}
		found, _ := s.books.Outcomes()
		return found >= before+n, fmt.Sprintf("%d records have an outcome, waiting for %d", found, before+n)
	})
}
