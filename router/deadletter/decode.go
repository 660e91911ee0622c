package deadletter

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/validate"
)

// ErrNone is the error of Decode for a record that is no dead letter of
// sluice's.
var ErrNone = errors.New("not a dead letter of sluice")

// ErrCut is the error of Restore and Replay if a part of the record was cut to
// make the dead letter fit its topic.
var ErrCut = errors.New("a part of the record was cut")

// Envelope is a dead letter that was read.
type Envelope struct {
	// Origin is where the record came from first, before all replays.
	Origin Source
	// Attempt counts the failures of the record, from 1.
	Attempt int
	// FailedIn is where the record was read when it failed this time, without a
	// timestamp. It is zero if neither convention was written.
	FailedIn Source

	Domain  string
	Group   string // only of the kafka convention
	Version string // of the service

	Product      string
	Reason       router.Reason
	Stage        router.Stage
	Message      string
	Schema       string
	SchemaSHA256 string
	// Violations that found room, of ViolationsTotal.
	Violations      []validate.Violation
	ViolationsTotal int
	Fingerprint     string
	FailedAt        time.Time

	// Cut parts are not in the dead letter; nil is not cut.
	CutValue, CutHeaders, CutKey *Cut

	key, value []byte
	headers    []kgo.RecordHeader // the source's
	origin     block
}

// Cut is what remains of a part that was cut.
type Cut struct {
	// Size in bytes.
	Size int64
	// SHA256 is the digest in hex: of headers that of their name, a zero byte,
	// value and a zero byte, one header after the other.
	SHA256 string
}

// Decode reads a dead letter. It shares the record's bytes. The error wraps
// ErrNone if the record carries no envelope, or says which header is broken.
func Decode(r *kgo.Record) (Envelope, error) {
	before, own, after := split(r.Headers)
	if own == nil {
		return Envelope{}, fmt.Errorf("%w: it has no %s with an origin behind it", ErrNone, nameSourceHeaders)
	}
	d := decoder{block: own}
	e := Envelope{
		Attempt:      int(d.number(nameAttempt)),
		Domain:       own.text(nameDomain),
		Group:        own.text(nameKafkaGroup),
		Version:      own.text(nameVersion),
		Product:      own.text(nameProduct),
		Schema:       own.text(nameSchema),
		SchemaSHA256: own.text(nameSchemaSHA256),
		Fingerprint:  own.text(nameFingerprint),
		FailedAt:     d.time(nameFailedAt),
		CutValue:     d.cut(nameValueSize, nameValueSHA256),
		CutHeaders:   d.cut(nameHeadersSize, nameHeadersSHA256),
		CutKey:       d.cut(nameKeySize, nameKeySHA256),
		key:          r.Key,
		value:        r.Value,
		headers:      slices.Concat(before, after),
	}
	e.Origin, _ = own.origin()
	e.FailedIn, e.Message = d.failedIn()
	var known bool
	if e.Reason, known = router.ParseReason(own.text(nameReason)); !known {
		d.fail(nameReason)
	}
	if e.Stage, known = router.ParseStage(own.text(nameStage)); !known {
		d.fail(nameStage)
	}
	if list, ok := own.get(nameViolations); ok {
		if json.Unmarshal([]byte(list), &e.Violations) != nil {
			d.fail(nameViolations)
		}
		for i := range e.Violations {
			if v := &e.Violations[i]; v.Rule == nil {
				v.Rule = new(validate.Rule) // nothing is said of it
			}
		}
		e.ViolationsTotal = int(d.number(nameViolationsTotal))
	}
	e.origin = own.originHeaders()
	return e, d.err
}

// decoder reads headers of a block and keeps the first error.
type decoder struct {
	block block
	err   error
}

func (d *decoder) fail(name string) {
	if d.err == nil {
		d.err = fmt.Errorf("dead letter: header %s is missing or broken", name)
	}
}

func (d *decoder) number(name string) int64 {
	n, ok := d.block.number(name)
	if !ok {
		d.fail(name)
	}
	return n
}

func (d *decoder) time(name string) time.Time {
	t, err := parseStamp(d.block.text(name))
	if err != nil {
		d.fail(name)
	}
	return t
}

func (d *decoder) cut(size, digest string) *Cut {
	if _, ok := d.block.get(size); !ok {
		return nil
	}
	return &Cut{Size: d.number(size), SHA256: d.block.text(digest)}
}

// failedIn reads what both conventions tell, from the one that is there.
func (d *decoder) failedIn() (src Source, message string) {
	conventions := [...]struct{ topic, partition, offset, message string }{
		{nameKafkaTopic, nameKafkaPartition, nameKafkaOffset, nameKafkaMessage},
		{nameConnectTopic, nameConnectPartition, nameConnectOffset, nameConnectMessage},
	}
	for _, n := range conventions {
		if topic, ok := d.block.get(n.topic); ok {
			partition := d.number(n.partition)
			return Source{Topic: topic, Partition: int32(partition), Offset: d.number(n.offset)}, d.block.text(n.message)
		}
	}
	return Source{}, ""
}

// Restore returns the record as it was where it came from first: topic,
// partition, offset, timestamp, key, value and headers. If a part was cut the
// error wraps ErrCut.
func (e *Envelope) Restore() (*kgo.Record, error) {
	for _, part := range []struct {
		name string
		cut  *Cut
	}{{"value", e.CutValue}, {"headers", e.CutHeaders}, {"key", e.CutKey}} {
		if part.cut != nil {
			return nil, fmt.Errorf("%s: %w: its %s had %d bytes; read it again at its source", e.Origin.appendID(nil), ErrCut, part.name, part.cut.Size)
		}
	}
	return &kgo.Record{
		Topic: e.Origin.Topic, Partition: e.Origin.Partition, Offset: e.Origin.Offset, Timestamp: e.Origin.Timestamp,
		Key: e.key, Value: e.value, Headers: slices.Clip(e.headers),
	}, nil
}

// Replay returns the record to send to a topic once more: key, value, headers
// and timestamp of the source, and behind its headers the origin, so that a
// new failure is known as the same record's. If a part was cut the error wraps
// ErrCut.
func (e *Envelope) Replay(topic string) (*kgo.Record, error) {
	r, err := e.Restore()
	if err != nil {
		return nil, err
	}
	r.Topic, r.Partition, r.Offset = topic, 0, 0
	headers := make([]kgo.RecordHeader, 0, len(r.Headers)+1+len(e.origin))
	headers = append(headers, r.Headers...)
	headers = append(headers, kgo.RecordHeader{Key: nameSourceHeaders, Value: strconv.AppendInt(nil, int64(len(r.Headers)), 10)})
	r.Headers = append(headers, e.origin...)
	return r, nil
}
