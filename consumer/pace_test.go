package consumer

import (
	"testing"
	"time"
)

// TestPace sends ever so many records over ways of all speeds, and wants the
// transactions that are given up to have been a small part of what was sent.
func TestPace(t *testing.T) {
	t.Parallel()
	const patience, most = 10 * time.Second, 100_000
	f := func(name string, perSecond float64, latency time.Duration, all, backlog int, wantRepeated float64) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var p pace
			committed, repeated, transactions := 0, 0, 0
			for committed < all {
				transactions++
				p.begin()
				p.taken = p.room(min(backlog, all-committed))
				p.slowest = latency + time.Duration(float64(p.taken)/perSecond*float64(time.Second))
				if p.slowest > patience {
					repeated += p.taken
					p.tooSlow(0)
					continue
				}
				committed += p.taken
				p.committed(patience, most)
			}
			if part := float64(repeated) / float64(committed); part > wantRepeated {
				t.Errorf("%d records were sent in vain for %d, in %d transactions", repeated, committed, transactions)
			}
			// In the end each transaction takes a quarter of the time or more,
			// or there is no bound.
			if p.most > 0 && p.slowest < patience/8 && p.taken > p.most/2 {
				t.Errorf("transactions of %d records take %s and stay so small", p.most, p.slowest)
			}
		})
	}
	f("fast", 1e6, time.Millisecond, 1_000_000, 3000, 0)
	f("latency alone", 1e6, 2*time.Second, 1_000_000, 3000, 0)
	f("ten records a second", 10, 100*time.Millisecond, 20_000, 3000, 0.2)
	f("one record a second", 1, 100*time.Millisecond, 20_000, 3000, 0.2)
	f("a hundred records a second", 100, 100*time.Millisecond, 20_000, 3000, 0.2)
	f("all of it in flight", 100, 100*time.Millisecond, 200_000, most, 0.6)
}

// TestPaceDoesNotShrinkForWhatIsNotOfItsSize: where each acknowledgement takes
// seconds, of few records as of many, a bound from an outage comes off.
func TestPaceDoesNotShrinkForWhatIsNotOfItsSize(t *testing.T) {
	t.Parallel()
	const most = 100_000
	f := func(taken int, latency time.Duration) {
		t.Helper()
		p := pace{taken: taken}
		p.tooSlow(0)
		n := 0
		for ; p.most > 0 && n < 30; n++ {
			p.begin()
			p.taken = p.room(most)
			p.slowest = latency + time.Duration(n%3)*latency/50 + time.Duration(p.taken)*10*time.Microsecond
			p.committed(10*time.Second, most)
		}
		if p.most > 0 {
			t.Errorf("%d records and %s: after %d transactions one takes %d", taken, latency, n, p.most)
		}
	}
	f(1000, 3*time.Second)
	f(3, 3*time.Second)
	f(1000, 6*time.Second)
}

// TestPaceIsNoBoundWhenTheWayIsFreeAgain: a handful of transactions, not a
// second for each doubling.
func TestPaceIsNoBoundWhenTheWayIsFreeAgain(t *testing.T) {
	t.Parallel()
	p := pace{taken: 100}
	p.tooSlow(0)
	if p.most != 6 {
		t.Fatalf("after 100 records that were sent in vain a transaction takes %d", p.most)
	}
	n := 0
	for ; p.most > 0; n++ {
		p.begin()
		p.taken, p.slowest = p.room(3000), 20*time.Millisecond
		p.committed(10*time.Second, 3000)
	}
	if n > 4 {
		t.Errorf("it took %d transactions", n)
	}
	// What little traffic takes tells nothing of what much would.
	p.most, p.taken, p.slowest = 100, 3, time.Millisecond
	if p.committed(10*time.Second, 3000); p.most != 100 {
		t.Errorf("3 records made it %d", p.most)
	}
	// Half of what was acknowledged in time fits for sure.
	p.taken = 100
	if p.tooSlow(40); p.most != 20 {
		t.Errorf("40 of 100 acknowledged made it %d", p.most)
	}
}
