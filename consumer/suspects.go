package consumer

import (
	"cmp"
	"slices"

	"github.com/sluicedata/sluice/router"
)

// splitInto is how many groups the records of a refused flight make. Each round
// costs a transaction; a flight of thousands takes three or four.
const splitInto = 16

// suspects is what is kept of refused records over an aborted transaction.
//
// A broker refuses a batch and does not tell which record it dislikes. So the
// records of the flight are divided into groups, which fly on their own in the
// next transaction: those that brokers take are no suspects any more once it is
// committed, the group that is refused is divided again, and what is refused
// alone is the culprit. It becomes a dead letter as soon as it is polled again.
type suspects struct {
	groups   map[origin]uint32
	last     uint32 // group
	refusals map[origin]refusal
}

// origin is where a record comes from.
type origin struct {
	topic     string
	partition int32
	offset    int64
}

func (e *entry) origin() origin {
	return origin{e.batch.source.topic, e.batch.source.partition, e.offset}
}

// refusal is what is known of a refused record.
type refusal struct {
	err   error // of the output's broker, nil if only the dead letter was refused
	limit int   // bytes that its dead letter may take, 0 if it was not refused
}

// suspect learns from a refused flight. It returns false for a dead letter that
// cannot be made smaller.
func (t *exactlyOnce) suspect(l *lane, flown []entry, err error) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(flown) > 1 {
		t.split(flown)
		return true
	}
	e := &flown[0]
	known := t.refusals[e.origin()]
	if e.outcome == router.DeadLettered {
		smaller, ok := t.shrink(l, e, err)
		if !ok {
			return false
		}
		known.limit = int(wireSize(smaller))
	} else {
		known.err = err
	}
	if t.refusals == nil {
		t.refusals = make(map[origin]refusal)
	}
	t.refusals[e.origin()] = known
	return true
}

// split divides suspects into groups.
func (s *suspects) split(flown []entry) {
	if s.groups == nil {
		s.groups = make(map[origin]uint32)
	}
	for group := range slices.Chunk(flown, cmp.Or(len(flown)/splitInto, 1)) {
		s.last++
		for i := range group {
			s.groups[group[i].origin()] = s.last
		}
	}
}

// apply makes what is known of refused records true for those that were polled.
func (t *exactlyOnce) apply(p *polled) {
	if len(t.groups) == 0 && len(t.refusals) == 0 {
		return
	}
	for i := range p.entries {
		e := &p.entries[i]
		e.batch = p.batch
		e.suspect = t.groups[e.origin()]
		known, ok := t.refusals[e.origin()]
		if !ok || e.outcome == router.Dropped {
			continue
		}
		if known.err != nil && e.outcome == router.Accepted {
			t.refuse(e, known.err)
		}
		if known.limit > 0 && e.outcome == router.DeadLettered {
			if smaller, ok := t.encoder.Shrink(e.record, known.limit); ok {
				e.record, e.size = smaller, int32(wireSize(smaller))
			}
		}
	}
}

// forget drops what is known of records whose outcome is final.
func (s *suspects) forget(final []entry) {
	if len(s.groups) == 0 && len(s.refusals) == 0 {
		return
	}
	for i := range final {
		delete(s.groups, final[i].origin())
		delete(s.refusals, final[i].origin())
	}
}
