package integration

import (
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/sluicedata/sluice/integration/internal/ledger"
	"github.com/sluicedata/sluice/integration/internal/proxy"
	"github.com/sluicedata/sluice/integration/internal/service"
)

// stream is a scenario whose service sends through a slow proxy, so that at any
// moment records of it are on their way: a kill finds them there.
type stream struct {
	*scenario
	proxy *proxy.Proxy
}

// rate of the proxy in bytes a second: a batch of 64 KiB takes a sixth of a second,
// and what may be in flight about one.
const rate = 384 << 10

// beginStream sends n orders and refunds to the inputs.
func beginStream(t *testing.T, n int) *stream {
	t.Helper()
	s := &stream{scenario: begin(t, "sales")}
	// Small batches and few records in flight, so that progress is in steps
	// much smaller than the stream.
	s.config.Set("compression", "none", "kafka")
	s.config.Set("in_flight_records", 600, "limits")
	s.config.Set("commit_interval", "100ms")
	s.create(settings{"max.message.bytes": "65536"}, "sales.orders.v1", "sales.orders.v1.dlq", "sales.refunds.v1", "sales.refunds.v1.dlq")
	s.createAll()
	s.follow()
	s.send(sales(t, n)...)
	var err error
	if s.proxy, err = proxy.Start(kafka.Seeds...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.proxy.Close)
	s.proxy.SetRate(rate)
	return s
}

// midstream starts a build of the service behind the proxy and waits until
// records have come out of it and others are in flight.
func (s *stream) midstream(build string, env ...string) *service.Process {
	s.Helper()
	p := s.startWith(build, s.proxy.Seeds(), env...)
	before, all := s.books.Outcomes()
	s.await("the service to be in mid-stream", func() (bool, string) {
		s.alive(p)
		found, _ := s.books.Outcomes()
		if found == all {
			s.Fatalf("all %d records have an outcome: the stream is too short", all)
		}
		if found < before+step {
			return false, fmt.Sprintf("%d of %d records have an outcome, %d when it started", found, all, before)
		}
		status, err := p.Status(s.ctx())
		return err == nil && status.InFlightRecords > 0, fmt.Sprintf("%d in flight, %v", status.InFlightRecords, err)
	})
	return p
}

// step is how many new outcomes a life of the service must have.
const step = 50

// TestKill kills the service 20 times in mid-stream and lets it finish: nothing
// may be lost. After each kill the group's offsets may promise no record that
// the outputs do not have. The kills are spread over two services with streams
// of their own: most of the time the group waits for the killed member.
func TestKill(t *testing.T) { inBoth(t, testKill) }

func testKill(t *testing.T) {
	const kills, services = 20, 2
	var note string
	t.Parallel()
	register(t, &note, "")
	var mu sync.Mutex
	var total ledger.Report
	t.Run("services", func(t *testing.T) {
		for i := range services {
			t.Run(strconv.Itoa(i+1), func(t *testing.T) {
				r := killed(t, kills/services)
				mu.Lock()
				defer mu.Unlock()
				total.Inputs += r.Inputs
				total.Accepted += r.Accepted
				total.DeadLettered += r.DeadLettered
				total.Duplicates += r.Duplicates
				total.Aborted += r.Aborted
			})
		}
	})
	note = fmt.Sprintf("%d kills in mid-stream: %s", kills, total)
}

// killed kills a service in mid-stream so often, lets it finish, and closes the
// books.
func killed(t *testing.T, kills int) ledger.Report {
	t.Helper()
	s := beginStream(t, 8000)
	for i := range kills {
		p := s.midstream(binary)
		p.Kill()
		if err := s.honest(); err != nil {
			t.Fatalf("kill %d: %v", i+1, err)
		}
		if found, all := s.books.Outcomes(); found == 0 || found == all {
			t.Fatalf("kill %d was not in mid-stream: %d of %d records have an outcome", i+1, found, all)
		}
	}
	s.proxy.SetRate(0)
	p := s.startWith(binary, s.proxy.Seeds())
	s.settle(p)
	s.stop(p)
	s.caughtUp()
	r := s.balance()
	if r.Duplicates == 0 && s.delivery == atLeastOnce {
		t.Error("no duplicates: the kills found nothing in flight")
	}
	return r
}

// TestKillFindsAnEarlyCommit runs the same on a build that commits offsets
// before the outputs are acknowledged. The books must show what it loses, and
// the group's offsets that it lies.
func TestKillFindsAnEarlyCommit(t *testing.T) {
	const kills, earlyCommit = 2, "SLUICE_DEFECT=commits_polled"
	s := beginStream(t, 6000)
	lies := 0
	for range kills {
		p := s.midstream(breakable, earlyCommit)
		s.awaitCommits()
		p.Kill()
		if err := s.honest(); err != nil {
			lies++
		}
	}
	s.proxy.SetRate(0)
	p := s.startWith(breakable, s.proxy.Seeds(), earlyCommit)
	// What was lost never comes, so the end is the end of the inputs.
	s.await("the inputs to be consumed", func() (bool, string) {
		behind := s.behind()
		status, err := p.Status(s.ctx())
		return behind == 0 && err == nil && status.InFlightRecords == 0, fmt.Sprintf("%d records behind", behind)
	})
	s.stop(p)
	s.readOn()
	r := s.books.Report()
	lost := r.Count("lost")
	if lost == 0 || r.Err() == nil {
		t.Errorf("a build that commits before the acknowledgement lost nothing that the books noticed: %s", r)
	}
	if lies != kills {
		t.Errorf("the group's offsets were found ahead of the outputs after %d of %d kills", lies, kills)
	}
	s.note = fmt.Sprintf("%d kills: %s", kills, r)
}

// awaitCommits waits until the group has offsets that a moment ago it had not:
// a commit interval has gone by since the service was in mid-stream.
func (s *stream) awaitCommits() {
	s.Helper()
	before := s.behind()
	s.await("a commit", func() (bool, string) {
		now := s.behind()
		return now < before || now == 0, fmt.Sprintf("%d records behind", now)
	})
}

// behind is how many input records are above the group's offsets.
func (s *scenario) behind() int64 {
	s.Helper()
	inputs, _ := s.config.Topics()
	ends, err := s.admin.ListEndOffsets(s.ctx(), inputs...)
	if err != nil {
		s.Fatal(err)
	}
	committed := s.committed()
	var n int64
	for _, partitions := range ends {
		for _, end := range partitions {
			n += end.Offset
			if at, ok := committed.Lookup(end.Topic, end.Partition); ok {
				n -= max(at.At, 0)
			}
		}
	}
	return n
}

// TestTerminate stops the service by SIGTERM in mid-stream, again and again:
// each time it finishes what is in flight, commits and exits with code 0, so
// that nothing comes out twice.
func TestTerminate(t *testing.T) { inBoth(t, testTerminate) }

func testTerminate(t *testing.T) {
	const stops = 5
	s := beginStream(t, 8000)
	for i := range stops {
		p := s.midstream(binary)
		s.stop(p)
		s.readOn()
		if found, all := s.books.Outcomes(); found == 0 || found == all {
			t.Fatalf("stop %d was not in mid-stream: %d of %d records have an outcome", i+1, found, all)
		}
		// All that has come out is committed, and nothing else.
		if behind, missing := s.behind(), s.books.Missing(); behind != int64(missing) {
			t.Errorf("stop %d: %d records are not committed, %d have no outcome", i+1, behind, missing)
		}
	}
	s.proxy.SetRate(0)
	p := s.startWith(binary, s.proxy.Seeds())
	s.settle(p)
	s.stop(p)
	s.caughtUp()
	r := s.balance()
	if r.Duplicates != 0 {
		t.Errorf("%d records came out twice", r.Duplicates)
	}
	s.note = fmt.Sprintf("%d stops in mid-stream: %s", stops, r)
}
