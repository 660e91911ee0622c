package integration

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/sluicedata/sluice/integration/internal/ledger"
	"github.com/sluicedata/sluice/integration/internal/service"
)

// TestDefects runs builds that break one promise each, and wants the checks of
// the fault programme to find it. A promise that is broken at a kill is
// TestKillFindsAnEarlyCommit's.
func TestDefects(t *testing.T) {
	var note string
	t.Parallel()
	register(t, &note, "")
	kind := func(kind ledger.Kind) func(*scenario, *service.Process, ledger.Report) error {
		return func(_ *scenario, _ *service.Process, r ledger.Report) error {
			if r.Count(kind) > 0 {
				return r.Err()
			}
			return nil
		}
	}
	defects := []struct {
		name  string
		check func(s *scenario, p *service.Process, r ledger.Report) error
	}{
		{"loses", kind(ledger.Lost)},
		{"misroutes", kind(ledger.Misrouted)},
		{"corrupts", kind(ledger.Changed)},
		{"splits", kind(ledger.TwoOutcomes)},
		{"reorders", kind(ledger.Reordered)},
		{"repeats", func(_ *scenario, _ *service.Process, r ledger.Report) error {
			if r.Duplicates > 0 {
				return errors.New("duplicates")
			}
			return nil
		}},
		{"miscounts", func(s *scenario, p *service.Process, _ ledger.Report) error { return s.metricsAgree(p) }},
	}
	t.Run("builds", func(t *testing.T) {
		for _, d := range defects {
			t.Run(d.name, func(t *testing.T) {
				t.Parallel()
				s := beginOn(t, kafka, "sales", atLeastOnce)
				s.createAll()
				s.follow()
				s.send(sales(t, 1000)...)
				p := s.startWith(breakable, s.kafka.Seeds, "SLUICE_DEFECT="+d.name)
				s.await("no lag", func() (bool, string) {
					s.alive(p)
					n := s.behind()
					return n == 0, fmt.Sprintf("%d records behind", n)
				})
				s.readOn()
				if d.check(s, p, s.books.Report()) == nil {
					t.Errorf("a build that %s passes", d.name)
				}
			})
		}
	})
	note = fmt.Sprintf("%d broken builds found", len(defects))
}

// TestTransactionDefects does the same for exactly_once: builds that break one
// promise of transactions each, under records that the output refuses, which undo
// transactions. The build without a defect must pass.
func TestTransactionDefects(t *testing.T) {
	var note string
	t.Parallel()
	register(t, &note, "")
	lost := func(_ *scenario, _ *service.Process, r ledger.Report) bool { return r.Count(ledger.Lost) > 0 }
	defects := []struct {
		name  string
		found func(s *scenario, p *service.Process, r ledger.Report) bool
	}{
		{"commits_failed", lost},
		{"commits_outside", lost},
		{"skips_aborted", lost},
		{"counts_aborted", func(s *scenario, p *service.Process, _ ledger.Report) bool { return s.metricsAgree(p) != nil }},
		{"dead_letters_outside", func(_ *scenario, _ *service.Process, r ledger.Report) bool { return r.Duplicates > 0 }},
		{"nothing", func(s *scenario, p *service.Process, r ledger.Report) bool {
			return r.Err() == nil && r.Duplicates == 0 && s.metricsAgree(p) == nil && r.Aborted > 0
		}},
	}
	t.Run("builds", func(t *testing.T) {
		for _, d := range defects {
			t.Run(d.name, func(t *testing.T) {
				t.Parallel()
				s := beginOn(t, kafka, "sales", exactlyOnce)
				s.config.Set("compression", "none", "kafka")
				s.create(settings{"max.message.bytes": "2500"}, "sales.orders.v1")
				s.createAll()
				s.follow()
				// What comes after the trouble is committed in any case.
				records := refusedOrders(t, 1000)
				s.send(records[:troubled]...)
				p := s.startWith(breakable, s.kafka.Seeds, "SLUICE_DEFECT="+d.name)
				s.await("an abort, or no lag", func() (bool, string) {
					s.alive(p)
					count, err := s.counters(p)
					return err == nil && count("sluice_commits_total", "result", "aborted") > 0 || s.behind() == 0, "neither"
				})
				s.send(records[troubled:]...)
				s.await("no lag", func() (bool, string) {
					s.alive(p)
					n := s.behind()
					return n == 0, fmt.Sprintf("%d records behind", n)
				})
				s.readOn()
				if !d.found(s, p, s.books.Report()) {
					t.Errorf("a build that breaks %s: not found in %s", d.name, s.books.Report())
				}
			})
		}
	})
	note = fmt.Sprintf("%d broken builds found", len(defects)-1)
}

// troubled is how many orders come before and with those that are refused.
const troubled = 100

// refusedOrders are orders, some of them bad, and two of the troubled ones too
// large for the output.
func refusedOrders(t *testing.T, n int) []record {
	t.Helper()
	records := goodOrders(t, n)
	for i := range records {
		switch {
		case i == troubled/3, i == troubled/2:
			records[i].value = largeOrder(i)
			records[i].want = ledger.Want{Topic: "sales.orders.v1.dlq", Reason: "produce_rejected", Product: "orders"}
		case i%10 == 5:
			records[i].value = []byte("{")
			records[i].want = ledger.Want{Topic: "sales.orders.v1.dlq", Reason: "malformed_json", Product: "orders"}
		}
	}
	return records
}

// TestDefectUnbounded: a build that polls without bound has more in flight than
// its limits allow.
func TestDefectUnbounded(t *testing.T) {
	s := beginStream(t, 8000)
	p := s.startWith(breakable, s.proxy.Seeds(), "SLUICE_DEFECT=unbounded")
	s.await("more in flight than the limits allow", func() (bool, string) {
		s.alive(p)
		n := s.status(p).InFlightRecords
		return n > 2*slowlyMost, fmt.Sprintf("%d", n)
	})
}

// TestDefectStalls: a build that never tries again what was held once has not
// caught up when it should.
func TestDefectStalls(t *testing.T) {
	if !*chaos {
		t.Skip("it takes half a minute: make chaos runs it")
	}
	s := begin(t, "sales")
	s.create(nil, "shop.orders", "shop.refunds", "sales.orders.v1.dlq", "sales.refunds.v1", "sales.refunds.v1.dlq")
	s.follow()
	p := s.startWith(breakable, s.kafka.Seeds, "SLUICE_DEFECT=stalls")
	s.create(nil, "sales.orders.v1")
	s.send(sales(t, 500)...)
	s.settle(p)
	if _, err := s.admin.DeleteTopics(s.ctx(), s.topic("sales.orders.v1")); err != nil {
		t.Fatal(err)
	}
	s.send(sales(t, 500)...)
	s.await("the topic to be held", func() (bool, string) {
		status := s.status(p)
		return !status.Ready, "ready"
	})
	s.create(nil, "sales.orders.v1")
	select {
	case <-time.After(catchUp):
	case <-t.Context().Done():
	}
	if s.books.Missing() == 0 {
		t.Error("a build that stalls has caught up")
	}
}

// TestNormalBuildsAreWhole looks for the failpoints in the binaries.
func TestNormalBuildsAreWhole(t *testing.T) {
	t.Parallel()
	f := func(file string, want bool) {
		t.Helper()
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"SLUICE_FAILPOINT", "SLUICE_DEFECT"} {
			if bytes.Contains(text, []byte(name)) != want {
				t.Errorf("%s is in %s: want %v", name, file, want)
			}
		}
	}
	f(binary, false)
	f(breakable, true)
}
