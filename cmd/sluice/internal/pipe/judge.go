package pipe

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/validate"
)

// Verdict is one line of a report, and one of bad records. Its JSON is a
// promise to scripts.
type Verdict struct {
	// File is the source's name, if it has one.
	File string `json:"file,omitempty"`
	// Line in the source, from 1.
	Line int64 `json:"line"`
	// Valid stands in reports only: bad records are bad.
	Valid *bool `json:"valid,omitempty"`
	// Reason that a record is bad, as dead letters name it.
	Reason string `json:"reason,omitempty"`
	// Message explains malformed_json, limit_exceeded and internal.
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

// judge is one worker's.
type judge struct {
	o       *Options
	buf     bytes.Buffer
	encoder *json.Encoder
}

func (j *judge) judge(c *chunk) {
	for _, l := range c.lines {
		record := c.text[l.start:l.end]
		if l.size == 0 && j.o.Schema.Valid(record) {
			c.good++
			if j.o.Good != nil {
				c.goodOut = append(append(c.goodOut, record...), '\n')
			}
			if j.o.Report != nil {
				yes := true
				c.reportOut = j.append(c.reportOut, Verdict{File: c.source.Name, Line: l.number, Valid: &yes})
			}
			continue
		}
		c.bad++
		if j.o.Report == nil && j.o.Bad == nil {
			continue
		}
		v := j.explain(record, l)
		v.File = c.source.Name
		if j.o.Report != nil {
			no := false
			v.Valid = &no
			c.reportOut = j.append(c.reportOut, v)
			v.Valid = nil
		}
		if j.o.Bad != nil {
			v.carry(record, l)
			c.badOut = j.append(c.badOut, v)
		}
	}
}

// explain says why a record is bad.
func (j *judge) explain(record []byte, l line) Verdict {
	v := Verdict{Line: l.number}
	if l.size > 0 {
		v.Reason, v.Message = router.LimitExceeded.String(), "the record is over the size limit"
		v.Offset = &j.o.RecordBytes
		return v
	}
	verdict := j.o.Schema.Check(record)
	v.Message, v.Violations, v.Total = verdict.Message, verdict.Violations, verdict.Total
	switch verdict.Class {
	case validate.Malformed:
		v.Reason, v.Offset = router.MalformedJSON.String(), &verdict.Offset
	case validate.LimitExceeded:
		v.Reason, v.Offset = router.LimitExceeded.String(), &verdict.Offset
	case validate.Violates:
		v.Reason = router.SchemaViolation.String()
	case validate.Internal, validate.Valid:
		// Valid said no and Check says yes: that is a bug too.
		v.Reason = router.Internal.String()
	}
	return v
}

// carry puts the record itself into its verdict.
func (v *Verdict) carry(record []byte, l line) {
	switch {
	case l.size > 0:
		v.Bytes = l.size
	case v.Reason != router.MalformedJSON.String() && json.Valid(record):
		v.Record = record
	case utf8.Valid(record):
		text := string(record)
		v.Text = &text
	default:
		v.Base64 = record
	}
}

// append adds v as a line of JSON.
func (j *judge) append(out []byte, v Verdict) []byte {
	if j.encoder == nil {
		j.encoder = json.NewEncoder(&j.buf)
		j.encoder.SetEscapeHTML(false)
	}
	j.buf.Reset()
	if err := j.encoder.Encode(v); err != nil {
		// Only a RawMessage can fail, and this one has been looked at.
		panic(err)
	}
	return append(out, j.buf.Bytes()...)
}
