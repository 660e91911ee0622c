package pipe

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/router/deadletter"
	"github.com/sluicedata/sluice/validate"
)

// Verdict is one line of a report, and one of bad records. Its JSON is a
// promise to scripts.
type Verdict struct {
	// File is the source's name, if it has one.
	File string `json:"file,omitempty"`
	// Line in the source, from 1.
	Line int64 `json:"line"`
	// Product that the record belongs to or router.Unmatched, and Outcome:
	// where products judge, not where a schema does.
	Product string `json:"product,omitempty"`
	Outcome string `json:"outcome,omitempty"`
	// Valid stands in reports only: bad records are bad.
	Valid *bool `json:"valid,omitempty"`
	// Reason that a record is bad, as dead letters name it.
	Reason string `json:"reason,omitempty"`
	// Fingerprint of the failure, as in the dead letter; where products judge.
	Fingerprint string `json:"fingerprint,omitempty"`
	// Message explains what is no schema_violation.
	Message string `json:"message,omitempty"`
	// Offset is the byte of the line where malformed_json or limit_exceeded
	// was seen.
	Offset *int `json:"offset,omitempty"`
	// Violations that were kept, of Total.
	Violations []validate.Violation `json:"violations,omitempty"`
	Total      int                  `json:"total,omitempty"`

	// Record as it came, in a list of bad records; where it is not JSON it is
	// Text, and where it is not text either it is Base64. Of a record over the
	// size limit there are only the Bytes.
	Record json.RawMessage `json:"record,omitempty"`
	Text   *string         `json:"text,omitempty"`
	Base64 []byte          `json:"base64,omitempty"`
	Bytes  int64           `json:"bytes,omitempty"`
}

// failureOf is the decision as a dead letter would have it.
func failureOf(d *router.Decision) deadletter.Failure {
	return deadletter.Failure{
		Product: d.Route.Product, Schema: d.Route.Schema, SchemaSHA256: d.Route.SchemaSHA256,
		Reason: d.Reason, Stage: d.Stage, Verdict: d.Verdict,
	}
}

// verdict words a decision on a record that is not accepted.
func verdict(d *router.Decision, named bool) Verdict {
	v := Verdict{Reason: d.Reason.String()}
	if named {
		f := failureOf(d)
		v.Product, v.Outcome, v.Fingerprint = d.Route.Product, d.Outcome.String(), f.Fingerprint()
		if d.Verdict == nil {
			v.Message = f.Sentence()
		}
	}
	if d.Verdict != nil {
		v.Message, v.Violations, v.Total = d.Verdict.Message, d.Verdict.Violations, d.Verdict.Total
		if c := d.Verdict.Class; c == validate.Malformed || c == validate.LimitExceeded {
			v.Offset = &d.Verdict.Offset
		}
	}
	return v
}

// carry puts the record itself into its verdict. A line over the limit is nil.
func (v *Verdict) carry(line []byte, size int64) {
	switch {
	case line == nil:
		v.Bytes = size
	case v.Reason != router.MalformedJSON.String() && json.Valid(line):
		v.Record = line
	case utf8.Valid(line):
		text := string(line)
		v.Text = &text
	default:
		v.Base64 = line
	}
}
