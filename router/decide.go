package router

import (
	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/validate"
)

// What verdicts of this package say. None holds anything of a record.
const (
	msgSize   = "the record's key, value and headers are over the size limit"
	msgRegex  = "the text to match is over the limit for regular expressions"
	msgPrefix = "not in the registry's wire format: a value begins with the byte 0 and a schema id of four bytes"
	msgPanic  = "judging the record met a bug in sluice"
)

// prefixBytes is the registry's prefix: a zero byte and a schema id.
const prefixBytes = 5

// Decide says what becomes of a record that was read from one of Inputs. A
// record that is accepted costs no allocation. Whatever a record holds, Decide
// returns: a panic on the way is contained and makes a dead letter with reason
// Internal.
func (t *Table) Decide(topic string, r Record) (d Decision) {
	in := t.inputs[topic]
	var p *product
	defer func() {
		if recover() != nil {
			d = t.bug(in, p)
		}
	}()
	over := t.recordBytes > 0 && r.Size() > t.recordBytes
	m := match{table: t, record: r, over: over}
	if in.fields {
		m.fields = newFields(t.scanLimits)
	}
	p = m.choose(in)
	if m.fields != nil {
		m.fields.release()
	}
	if p == nil {
		return m.nobody(in.unmatched)
	}
	return p.judge(r.Value(), over)
}

// bug is the decision on a record that met a panic. Nothing of the panic is
// told: its text may hold the record's values.
func (t *Table) bug(in *input, p *product) Decision {
	var route *Route
	switch {
	case p != nil:
		route = p.route
	case in != nil:
		route = in.rescue
	default:
		route = t.routes[0] // a topic that is no input; nothing is lost even so
	}
	return route.refuse(Internal, StageValidate, &validate.Verdict{Class: validate.Internal, Message: msgPanic})
}

// nobody is the decision on a record that no product takes.
func (m *match) nobody(route *Route) Decision {
	reason := m.reason
	if reason == 0 {
		reason = Unroutable
	}
	d := route.refuse(reason, StageRoute, m.verdict)
	if route.DLQ == "" {
		d.Outcome = Dropped
	}
	return d
}

// judge decides on a record of the product.
func (p *product) judge(value []byte, over bool) Decision {
	switch {
	case over:
		return p.route.refuse(LimitExceeded, StageDecode, tooLarge())
	case value == nil:
		return p.tombstone()
	}
	doc, verdict := payload(value, p.confluent)
	if verdict != nil {
		return p.route.refuse(MalformedJSON, StageDecode, verdict)
	}
	v := p.schema.Check(doc)
	if v.Class == validate.Valid {
		return p.route.accept()
	}
	return p.reject(v, len(value)-len(doc))
}

// reject is the decision on a record that the contract does not accept; its
// JSON begins at a byte offset of the value.
func (p *product) reject(v validate.Verdict, offset int) Decision {
	reason, stage := reasonOf(v.Class), StageValidate
	if v.Class == validate.Malformed || v.Class == validate.LimitExceeded {
		stage = StageDecode
		v.Offset += offset
	}
	return p.route.refuse(reason, stage, &v)
}

func (p *product) tombstone() Decision {
	switch p.tombstones {
	case config.TombstonesDeadLetter:
		return p.route.refuse(NullValue, StageValidate, nil)
	case config.TombstonesDrop:
		return Decision{Route: p.route, Outcome: Dropped, Reason: NullValue, Stage: StageValidate}
	default:
		return p.route.accept()
	}
}

func (r *Route) accept() Decision {
	return Decision{Route: r, Outcome: Accepted, Topic: r.Output}
}

func (r *Route) refuse(reason Reason, stage Stage, v *validate.Verdict) Decision {
	return Decision{Route: r, Outcome: DeadLettered, Reason: reason, Stage: stage, Topic: r.DLQ, Verdict: v}
}

// payload returns the JSON of a value, or the verdict on one that is not in
// the registry's wire format.
func payload(value []byte, confluent bool) ([]byte, *validate.Verdict) {
	if !confluent {
		return value, nil
	}
	if len(value) < prefixBytes || value[0] != 0 {
		return nil, &validate.Verdict{Class: validate.Malformed, Message: msgPrefix}
	}
	return value[prefixBytes:], nil
}

func tooLarge() *validate.Verdict {
	return &validate.Verdict{Class: validate.LimitExceeded, Message: msgSize}
}

// reasonOf is why a record of a class is not accepted.
func reasonOf(c validate.Class) Reason {
	switch c {
	case validate.Malformed:
		return MalformedJSON
	case validate.LimitExceeded:
		return LimitExceeded
	case validate.Violates:
		return SchemaViolation
	default:
		return Internal
	}
}
