package consumer

import "time"

const (
	// A transaction that was given up because nothing at all was acknowledged in
	// it was far too large for the way to the brokers: the next takes so many
	// times fewer records.
	shrinkBy = 16
	// It grows again by as much at most from one transaction to the next.
	growBy = 16
)

// pace bounds the records that a transaction takes, where the way to the brokers
// is slow: one that is given up is sent in vain, and the same again would be
// too. There is no bound before a transaction was given up for slowness. Then
// each commit tells how large the next may be so that its acknowledgements come
// in a quarter of the time that they may take; the bound falls away when it is
// no bound any more. Where fewer records take as long as many, the time is not
// theirs (a broker may take seconds for each answer), and the bound is raised.
type pace struct {
	most    int           // records of a transaction, 0 if there is no bound
	taken   int           // of the open one so far
	slowest time.Duration // from a poll to its acknowledgement, in the open one
	last    struct {      // that was full and committed, zero if there is none
		taken   int
		slowest time.Duration
	}
}

// room returns how many of so many records the open transaction may still take.
// None is left for zero.
func (p *pace) room(records int) int {
	if p.most == 0 {
		return records
	}
	return min(records, p.most-p.taken)
}

// tooSlow notes that the open transaction is given up for slowness when so many
// of its records were acknowledged.
func (p *pace) tooSlow(acked int) {
	fits := p.taken / shrinkBy
	if acked > 0 {
		fits = min(acked, p.taken) / 2
	}
	p.most, p.last.taken = max(1, fits), 0
}

// committed learns from a transaction that was committed, whose acknowledgements
// might have taken so long. Most is how many records a transaction takes at all.
func (p *pace) committed(patience time.Duration, most int) {
	if p.most == 0 || p.taken <= p.most/2 {
		return // it tells nothing of one that is full
	}
	by := float64(patience) / 4 / float64(max(p.slowest, time.Millisecond))
	switch {
	case by >= 1:
		by = min(by, growBy)
	case p.steady(), p.most == 1 && p.slowest < patience/2: // one tells nothing
		by = 2
	default: // by enough to see what it changes
		by = min(max(by, 0.5), 0.75)
	}
	p.last.taken, p.last.slowest = p.taken, p.slowest
	p.most = max(1, int(float64(p.most)*by))
	if p.most >= most {
		p.most = 0
	}
}

// steady reports whether the time of the open transaction differs from that of
// the last by less than half of what the records differ by.
func (p *pace) steady() bool {
	more, fewer := p.taken, p.last.taken
	slow, fast := p.slowest, p.last.slowest
	if more < fewer {
		more, fewer, slow, fast = fewer, more, fast, slow
	}
	return fewer > 0 && fewer <= more*5/6 && 2*float64(slow-fast)/float64(slow) < float64(more-fewer)/float64(more)
}

// begin forgets the last transaction.
func (p *pace) begin() { p.taken, p.slowest = 0, 0 }
