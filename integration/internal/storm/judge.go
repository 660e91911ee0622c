package storm

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Input is a record that was sent.
type Input struct {
	Product string
	X, Y    int
}

// Outcome is what was found of a record.
type Outcome struct {
	// Product whose output or dead-letter topic holds it.
	Product string
	Dead    bool
	// Of a dead letter: what it names as the contract, and when it failed.
	Version, Digest string
	Failed          time.Time
}

// Place is one record of one input partition.
type Place struct {
	Partition int32
	Offset    int64
}

// Books are what was sent and what came of it.
type Books struct {
	Sent  map[Place]Input
	Found map[Place][]Outcome
}

// Judge returns what is wrong, a line each, and how many versions have judged.
//
//   - Every record has one outcome, in a topic of its product.
//   - A dead letter names a version of its product's contract that was there
//     when it failed, and that version refuses the record.
//   - Along the offsets of a partition versions never go back, over all
//     products: a set is taken over as a whole.
//   - An accepted record is accepted by a version between those that the dead
//     letters before and behind it name.
func (c *Contracts) Judge(b Books) (wrong []string, versions int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	j := &judge{Contracts: c, Books: b, seen: make(map[int]bool), valid: make(map[int]bool)}
	for _, v := range c.versions {
		j.valid[v.number] = true
	}
	partitions := make(map[int32][]Place)
	for p := range b.Sent {
		partitions[p.Partition] = append(partitions[p.Partition], p)
	}
	for _, partition := range slices.Sorted(maps.Keys(partitions)) {
		places := partitions[partition]
		slices.SortFunc(places, func(a, b Place) int { return int(a.Offset - b.Offset) })
		j.partition(places)
	}
	return j.wrong, len(j.seen)
}

type judge struct {
	*Contracts
	Books
	wrong []string
	seen  map[int]bool
	valid map[int]bool // versions that were not broken for good
	// since is the version of the last dead letter of the partition, and open
	// are the accepted records since then.
	since int
	open  []Place
}

func (j *judge) say(p Place, format string, args ...any) {
	j.wrong = append(j.wrong, fmt.Sprintf("partition %d offset %d: ", p.Partition, p.Offset)+fmt.Sprintf(format, args...))
}

func (j *judge) partition(places []Place) {
	j.since, j.open = 0, nil
	for _, p := range places {
		in, outcomes := j.Sent[p], j.Found[p]
		if len(outcomes) != 1 {
			j.say(p, "%d outcomes", len(outcomes))
			continue
		}
		o := outcomes[0]
		switch {
		case o.Product != in.Product:
			j.say(p, "belongs to %s and went to %s", in.Product, o.Product)
		case o.Dead:
			j.dead(p, in, &o)
		default:
			j.open = append(j.open, p)
		}
	}
	j.accepted(j.last)
}

func (j *judge) dead(p Place, in Input, o *Outcome) {
	v, ok := j.versions[in.Product+" "+o.Digest]
	switch {
	case !ok:
		j.say(p, "judged by %s %s, which no version has", o.Version, o.Digest)
		return
	case o.Version != fmt.Sprintf("%s@%d", in.Product, v.number):
		j.say(p, "names %s with the digest of version %d", o.Version, v.number)
	case o.Failed.Before(v.since.Add(-time.Millisecond)):
		j.say(p, "judged at %s by version %d, which came at %s", o.Failed, v.number, v.since)
	case !refuses(v.number, in.X, in.Y):
		j.say(p, "refused by version %d, which accepts x %d and y %d", v.number, in.X, in.Y)
	case v.number < j.since:
		j.say(p, "judged by version %d behind a record that was judged by version %d", v.number, j.since)
		return
	}
	j.seen[v.number] = true
	j.accepted(v.number)
	j.since = v.number
}

// accepted judges the accepted records since the last dead letter, of which
// the next one names this version.
func (j *judge) accepted(until int) {
	for _, p := range j.open {
		in, ok := j.Sent[p], false
		for v := j.since; v <= until && !ok; v++ {
			ok = j.valid[v] && !refuses(v, in.X, in.Y)
		}
		if !ok {
			j.say(p, "accepted, and versions %d to %d all refuse x %d and y %d", j.since, until, in.X, in.Y)
		}
	}
	j.open = j.open[:0]
}
