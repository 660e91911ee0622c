package consumer

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"pgregory.net/rapid"

	"github.com/sluicedata/sluice/router"
)

// TestTheCulpritIsFoundInFewTransactions plays the search: each round flies the
// groups of a lane in their order until one holds the culprit, which is then
// divided.
func TestTheCulpritIsFoundInFewTransactions(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5000).Draw(t, "records")
		culprit := int64(rapid.IntRange(0, n-1).Draw(t, "culprit"))
		s := &exactlyOnce{Consumer: &Consumer{}}
		b := &batch{source: newSource("in", 0)}
		l := &lane{destination: &destination{topic: "out", oneBatch: true}}
		l.destination.batchBytes.Store(1 << 20)
		for round := 1; ; round++ {
			if round > 6 {
				t.Fatalf("not found in %d transactions", round)
			}
			l.queue = nil
			for i := range n {
				e := entry{batch: b, offset: int64(i), outcome: router.Accepted, size: 1}
				e.suspect = s.groups[e.origin()]
				l.queue = append(l.queue, e)
			}
			flown := 0
			for {
				l.next()
				flown += len(l.flight)
				if l.flight[len(l.flight)-1].offset >= culprit {
					break
				}
			}
			if flown <= int(culprit) {
				t.Fatal("the culprit has not flown")
			}
			s.suspect(l, l.flight, kerr.InvalidRecord)
			if len(s.refusals) > 0 {
				break
			}
		}
		if _, ok := s.refusals[origin{"in", 0, culprit}]; !ok || len(s.refusals) != 1 {
			t.Fatalf("refused are %v, want offset %d", s.refusals, culprit)
		}
		final := make([]entry, n)
		for i := range final {
			final[i] = entry{batch: b, offset: int64(i)}
		}
		s.forget(final)
		if len(s.groups) != 0 || len(s.refusals) != 0 {
			t.Fatal("something is remembered of records whose outcome is final")
		}
	})
}

// TestAFlightIsOneBatch where the client would make larger ones than a topic
// takes.
func TestAFlightIsOneBatch(t *testing.T) {
	t.Parallel()
	l := &lane{destination: &destination{oneBatch: true}}
	l.destination.batchBytes.Store(100)
	for _, size := range []int32{60, 40, 1, 200, 99} {
		l.queue = append(l.queue, entry{record: &kgo.Record{}, size: size})
	}
	for i, want := range []struct {
		records  int
		oversize bool
	}{{2, false}, {1, false}, {1, true}, {1, false}} {
		if oversize := l.next(); len(l.flight) != want.records || oversize != want.oversize {
			t.Errorf("flight %d has %d records, oversize %v, want %v", i, len(l.flight), oversize, want)
		}
	}
}

// TestRenewedSourcesBeginAtTheCommittedOffset and nothing of the old ones counts.
func TestRenewedSourcesBeginAtTheCommittedOffset(t *testing.T) {
	t.Parallel()
	var s sources
	old := s.own("in", 3)
	old.start(7)
	old.add(&batch{source: old, next: 20})
	s.renew()
	src := s.find("in", 3)
	if src == old || !old.gone.Load() || src.gone.Load() {
		t.Fatal("the source is the same")
	}
	if offset, _, news := src.watermark(); offset != 7 || news || src.next != 7 {
		t.Errorf("it begins at %d and expects %d, want 7", offset, src.next)
	}
	s.remove([]*source{old}) // late: the partition is owned
	if s.find("in", 3) != src {
		t.Error("removing the old one has removed the new one")
	}
}
