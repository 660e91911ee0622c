package replay

import (
	"math"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/router/deadletter"
)

// Fate is what becomes of a dead letter. The zero Fate is "not judged".
type Fate uint8

// The fates.
const (
	// Recovered records pass and go to their product or input.
	Recovered Fate = iota + 1
	// StillBad records fail again: they are dead letters anew.
	StillBad
	// Parked records go to the parking topic.
	Parked
	// Skipped dead letters stay.
	Skipped
)

// String returns the fate in lower case.
func (f Fate) String() string {
	switch f {
	case Recovered:
		return "recovered"
	case StillBad:
		return "still bad"
	case Parked:
		return "parked"
	case Skipped:
		return "skipped"
	default:
		return "none"
	}
}

// item is a dead letter that has been judged.
type item struct {
	record   *kgo.Record
	envelope deadletter.Envelope
	known    bool // the envelope could be read
	selected bool
	fate     Fate
	// now is what today's contract says: "accepted", a reason, or why it was
	// not asked.
	now string
	// send is what leaves; nil for a skipped dead letter that stays. Its
	// partition is the one that it came from: if pinned it goes there again.
	send   *kgo.Record
	pinned bool
	// route is the product's, of a recovered record.
	route *router.Route
}

// judge gives dead letters their fates. It sends nothing.
type judge struct {
	table       *router.Table
	inputs      map[string]bool
	encoder     *deadletter.Encoder
	selection   Selection
	to          Destination
	patcher     *patcher // nil if there is no patch
	maxAttempts int
	park        string
	now         func() time.Time
}

// judge gives a dead letter its fate.
func (j *judge) judge(r *kgo.Record) *item {
	it := &item{record: r}
	var err error
	if it.envelope, err = deadletter.Decode(r); err != nil {
		if it.selected = j.selection.all(); !it.selected {
			return it.skip("not selected")
		}
		return j.parkAsIs(it, "no dead letter of sluice")
	}
	it.known = true
	if it.selected = j.selection.matches(&it.envelope); !it.selected {
		return it.skip("not selected")
	}
	source, err := it.envelope.Restore()
	if err != nil {
		return j.parkAsIs(it, "cut: read it again at its source")
	}
	if j.to == ToInput && j.maxAttempts > 0 && it.envelope.Attempt >= j.maxAttempts {
		// What the input's service finds is not seen here: only the count ends
		// the circle.
		return j.parkAsIs(it, "failed too often")
	}
	if !j.inputs[source.Topic] {
		return j.fail(it, deadletter.Failure{
			Product: router.Unmatched, Reason: router.Unroutable, Stage: router.StageRoute,
			Message: "no input of the domain: " + source.Topic,
		}, r.Topic)
	}
	return j.decide(it, source)
}

// decide asks today's contract.
func (j *judge) decide(it *item, source *kgo.Record) *item {
	original := source.Value
	if j.patcher != nil {
		patched, err := j.patcher.apply(it.envelope.Product, original)
		if err != nil {
			return it.skip("the patch does not apply")
		}
		source.Value = patched
	}
	d := j.table.Decide(source.Topic, Record{source})
	if d.Outcome == router.Accepted {
		return j.recover(it, source, d)
	}
	if j.patcher != nil {
		// The new dead letter holds the original: its reasons must be its own.
		source.Value = original
		if d = j.table.Decide(source.Topic, Record{source}); d.Outcome == router.Accepted {
			return it.skip("only the patch breaks it")
		}
	}
	if d.Outcome == router.Dropped {
		return j.parkAsIs(it, "dropped by policy")
	}
	return j.fail(it, deadletter.Failure{
		Product: d.Route.Product, Schema: d.Route.Schema, SchemaSHA256: d.Route.SchemaSHA256,
		Reason: d.Reason, Stage: d.Stage, Verdict: d.Verdict,
	}, d.Topic)
}

// recover makes the record that leaves.
func (j *judge) recover(it *item, source *kgo.Record, d router.Decision) *item {
	it.fate, it.now, it.route = Recovered, "accepted", d.Route
	send := source
	if j.to == ToInput {
		send, _ = it.envelope.Replay(source.Topic) // nothing is cut: it was restored
		send.Value = source.Value
	}
	send.Topic, send.Partition, send.Offset = d.Topic, it.envelope.Origin.Partition, 0
	if j.to == ToInput {
		send.Topic, it.pinned = it.envelope.Origin.Topic, true
	}
	it.send = send
	if ms := it.envelope.Origin.Timestamp.UnixMilli(); ms > farthest || ms < -farthest {
		j.refuse(it, kerr.InvalidTimestamp.Message)
	}
	return it
}

// farthest is the last time, in milliseconds since 1970, that the client can
// send: it keeps nanoseconds in 64 bits, and would send another one.
const farthest = math.MaxInt64 / int64(time.Millisecond)

// fail makes the record a dead letter anew, or parks it if it has failed too
// often.
func (j *judge) fail(it *item, f deadletter.Failure, topic string) *item {
	it.fate, it.now, it.pinned = StillBad, f.Reason.String(), false
	if topic == "" {
		topic = it.record.Topic
	}
	if j.maxAttempts > 0 && it.envelope.Attempt+1 > j.maxAttempts {
		it.fate, topic = Parked, j.parking(it.record.Topic)
	}
	again, _ := it.envelope.Replay("") // nothing is cut: it was restored
	it.send = j.encoder.Encode(again, deadletter.Source{
		Topic: it.record.Topic, Partition: it.record.Partition, Offset: it.record.Offset, Timestamp: it.record.Timestamp,
	}, f, topic, j.now())
	it.send.Partition = it.envelope.Origin.Partition
	return it
}

// refuse makes a record that cannot be produced a dead letter.
func (j *judge) refuse(it *item, name string) {
	to := it.send.Topic
	j.fail(it, deadletter.Failure{
		Product: it.route.Product, Schema: it.route.Schema, SchemaSHA256: it.route.SchemaSHA256,
		Reason: router.ProduceRejected, Stage: router.StageProduce,
		Message: "the record cannot be produced to " + to + ": " + name,
	}, it.route.DLQ)
}

// parkAsIs parks a dead letter of which nothing new is known.
func (j *judge) parkAsIs(it *item, why string) *item {
	it.fate, it.now = Parked, why
	it.send = j.copy(it.record, j.parking(it.record.Topic))
	return it
}

// copy is the same dead letter for a topic, with the time of now: brokers may
// refuse its own, and the topic's retention would take an old one at once.
func (j *judge) copy(r *kgo.Record, topic string) *kgo.Record {
	return &kgo.Record{Topic: topic, Partition: r.Partition, Key: r.Key, Value: r.Value, Headers: r.Headers, Timestamp: j.now()}
}

// parking is the parking topic of a dead-letter topic; what is parked already
// stays in its topic.
func (j *judge) parking(topic string) string {
	switch {
	case j.park != "":
		return j.park
	case strings.HasSuffix(topic, ParkedSuffix):
		return topic
	default:
		return topic + ParkedSuffix
	}
}

func (it *item) skip(why string) *item {
	it.fate, it.now = Skipped, why
	return it
}
