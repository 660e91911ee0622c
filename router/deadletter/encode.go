package deadletter

import (
	"math"
	"slices"
	"strconv"
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
	own := begin(old, src, len(before)+len(after))
	violations := e.describe(&own, src, &f, now)
	if violations != nil {
		used := size(own)
		if !e.hasRoom(used) {
			e.cutMessage(own, used-e.o.HeaderBytes)
			used = size(own)
		}
		own.set(nameViolations, e.list(violations, used))
	} else if used := size(own); !e.hasRoom(used) {
		e.cutMessage(own, used-e.o.HeaderBytes)
	}
	headers := make([]kgo.RecordHeader, 0, len(before)+len(after)+len(own))
	headers = append(append(append(headers, before...), after...), own...)
	return &kgo.Record{Topic: topic, Key: r.Key, Value: r.Value, Headers: headers, Timestamp: now}
}

// begin makes a block with the origin: that of the old block if there is one.
func begin(old block, src Source, sourceHeaders int) block {
	own := make(block, 0, 32)
	own.add(nameSourceHeaders, strconv.Itoa(sourceHeaders))
	if old == nil {
		own.add(nameID, src.id())
		own.add(nameSourceTimestamp, stamp(src.Timestamp))
		own.add(nameAttempt, "1")
		return own
	}
	own = append(own, old.originHeaders()...)
	attempt, _ := old.number(nameAttempt)
	own.set(nameAttempt, strconv.FormatInt(min(attempt, math.MaxInt32-1)+1, 10))
	return own
}

// describe adds the failure to a block and returns the violations to list, nil
// if the failure is of another kind. The block then has an empty list.
func (e *Encoder) describe(b *block, src Source, f *Failure, now time.Time) []validate.Violation {
	message := f.Sentence()
	partition, offset := strconv.FormatInt(int64(src.Partition), 10), strconv.FormatInt(src.Offset, 10)
	if e.kafka {
		b.add(nameKafkaTopic, src.Topic)
		b.add(nameKafkaPartition, partition)
		b.add(nameKafkaOffset, offset)
		b.add(nameKafkaGroup, e.o.Group)
		b.add(nameKafkaMessage, message)
	}
	if e.connect {
		b.add(nameConnectTopic, src.Topic)
		b.add(nameConnectPartition, partition)
		b.add(nameConnectOffset, offset)
		b.add(nameConnectStage, connectStage(f.Stage))
		b.add(nameConnectClass, "sluice."+f.Reason.String())
		b.add(nameConnectMessage, message)
	}
	b.add(nameDomain, e.o.Domain)
	b.add(nameProduct, f.Product)
	b.add(nameReason, f.Reason.String())
	b.add(nameStage, f.Stage.String())
	if f.Schema != "" {
		b.add(nameSchema, f.Schema)
		b.add(nameSchemaSHA256, f.SchemaSHA256)
	}
	violations := f.violations()
	if violations != nil {
		b.add(nameViolations, noViolations)
		b.add(nameViolationsTotal, strconv.Itoa(max(f.Verdict.Total, len(violations))))
	}
	b.add(nameFingerprint, f.Fingerprint())
	b.add(nameFailedAt, stamp(now))
	b.add(nameVersion, e.o.Version)
	return violations
}

func (e *Encoder) hasRoom(used int) bool { return e.o.HeaderBytes <= 0 || used <= e.o.HeaderBytes }

// list writes the violations that fit, from the first on. An empty list is
// already counted in used.
func (e *Encoder) list(violations []validate.Violation, used int) string {
	out := []byte{'['}
	for i := range violations {
		item := appendJSON(nil, &violations[i])
		if !e.hasRoom(used + len(out) - 1 + len(item) + 1) {
			break
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, item...)
	}
	return string(append(out, ']'))
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
