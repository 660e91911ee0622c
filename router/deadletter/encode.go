package deadletter

import (
	"math"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/validate"
)

// Encoder writes dead letters. It is immutable and safe to share.
type Encoder struct {
	o              Options
	kafka, connect bool
}

// NewEncoder makes an Encoder.
func NewEncoder(o Options) *Encoder {
	return &Encoder{
		o:       o,
		kafka:   slices.Contains(o.Conventions, config.ConventionKafka),
		connect: slices.Contains(o.Conventions, config.ConventionConnect),
	}
}

// Encode returns the dead letter of a record for a topic. It shares key, value
// and header bytes with the record and leaves the record as it is. Its
// timestamp is now: a broker may refuse the source's for ever, and a topic's
// retention would take an old one at once.
func (e *Encoder) Encode(r *kgo.Record, src Source, f Failure, topic string, now time.Time) *kgo.Record {
	before, old, after := split(r.Headers)
	w := newWriter(before, after, &f)
	w.origin(old, src, len(before)+len(after))
	violations, at := e.describe(w, src, &f, now)
	used := size(w.own())
	if !e.hasRoom(used) {
		e.cutMessage(w.own(), used-e.o.HeaderBytes)
		used = size(w.own())
	}
	if violations != nil {
		from := len(w.text)
		w.text = e.appendList(w.text, violations, used)
		w.own()[at].Value = w.since(from)
	}
	return &kgo.Record{Topic: topic, Key: r.Key, Value: r.Value, Headers: w.headers, Timestamp: now}
}

// origin adds where the record came from: what the old block says if there is
// one.
func (w *writer) origin(old block, src Source, sourceHeaders int) {
	w.number(nameSourceHeaders, int64(sourceHeaders))
	if old == nil {
		from := len(w.text)
		w.text = src.appendID(w.text)
		w.header(nameID, from)
		w.time(nameSourceTimestamp, src.Timestamp)
		w.add(nameAttempt, "1")
		return
	}
	attempt, _ := old.number(nameAttempt)
	attempt = min(attempt, math.MaxInt32-1) + 1
	for _, header := range old.originHeaders() {
		if header.Key == nameAttempt {
			continue // a new one follows
		}
		w.headers = append(w.headers, header)
	}
	w.number(nameAttempt, attempt)
}

// describe adds the failure and returns the violations to list, nil if the
// failure is of another kind, and which of the headers lists them: it is empty
// yet.
func (e *Encoder) describe(w *writer, src Source, f *Failure, now time.Time) (violations []validate.Violation, at int) {
	topic, partition, offset := w.put(src.Topic), w.putNumber(int64(src.Partition)), w.putNumber(src.Offset)
	message := w.put(f.Sentence())
	if e.kafka {
		w.share(nameKafkaTopic, topic)
		w.share(nameKafkaPartition, partition)
		w.share(nameKafkaOffset, offset)
		w.add(nameKafkaGroup, e.o.Group)
		w.share(nameKafkaMessage, message)
	}
	if e.connect {
		w.share(nameConnectTopic, topic)
		w.share(nameConnectPartition, partition)
		w.share(nameConnectOffset, offset)
		w.add(nameConnectStage, connectStage(f.Stage))
		w.add(nameConnectClass, "sluice."+f.Reason.String())
		w.share(nameConnectMessage, message)
	}
	w.add(nameDomain, e.o.Domain)
	w.add(nameProduct, f.Product)
	w.add(nameReason, f.Reason.String())
	w.add(nameStage, f.Stage.String())
	if f.Schema != "" {
		w.add(nameSchema, f.Schema)
		w.add(nameSchemaSHA256, f.SchemaSHA256)
	}
	if violations = f.violations(); violations != nil {
		at = len(w.own())
		w.add(nameViolations, noViolations)
		w.number(nameViolationsTotal, int64(max(f.Verdict.Total, len(violations))))
	}
	w.add(nameFingerprint, f.Fingerprint())
	w.time(nameFailedAt, now)
	w.add(nameVersion, e.o.Version)
	return violations, at
}

func (e *Encoder) hasRoom(used int) bool { return e.o.HeaderBytes <= 0 || used <= e.o.HeaderBytes }

// appendList appends the violations that fit, from the first on. An empty list
// is already counted in used.
func (e *Encoder) appendList(dst []byte, violations []validate.Violation, used int) []byte {
	start := len(dst)
	dst = append(dst, '[')
	for i := range violations {
		before := len(dst)
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendViolation(dst, &violations[i])
		if !e.hasRoom(used + len(dst) - start - 1) {
			dst = dst[:before]
			break
		}
	}
	return append(dst, ']')
}

// cutMessage shortens the messages by at least excess bytes in all, as far as
// they go.
func (*Encoder) cutMessage(b block, excess int) {
	for i := range b {
		if b[i].Key != nameKafkaMessage && b[i].Key != nameConnectMessage {
			continue
		}
		keep := clip(string(b[i].Value), max(len(b[i].Value)-excess, 0))
		excess -= len(b[i].Value) - len(keep)
		b[i].Value = []byte(keep)
		if excess <= 0 {
			return
		}
	}
}

// connectStage is the stage in the words of Kafka Connect.
func connectStage(s router.Stage) string {
	switch s {
	case router.StageDecode:
		return "VALUE_CONVERTER"
	case router.StageProduce:
		return "KAFKA_PRODUCE"
	case router.StageRoute, router.StageValidate:
		return "TRANSFORMATION"
	default:
		return "TRANSFORMATION"
	}
}
