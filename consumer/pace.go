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
// no bound any more.
type pace struct {
	most    int           // records of a transaction, 0 if there is no bound
	taken   int           // of the open one so far
	slowest time.Duration // from a poll to its acknowledgement, in the open one
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
	p.most = max(1, fits)
}

// committed learns from a transaction that was committed, whose acknowledgements
// might have taken so long. Most is how many records a transaction takes at all.
func (p *pace) committed(patience time.Duration, most int) {
	if p.most == 0 || p.taken <= p.most/2 {
		return // it tells nothing of one that is full
	}
	aim := float64(patience) / 4 / float64(max(p.slowest, time.Millisecond))
	p.most = max(1, int(float64(p.most)*min(max(aim, 0.5), growBy)))
	if p.most >= most {
		p.most = 0
	}
}

// begin forgets the last transaction.
func (p *pace) begin() { p.taken, p.slowest = 0, 0 }
