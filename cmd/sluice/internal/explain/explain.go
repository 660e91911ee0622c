// Package explain tells why one record is judged as it is: which product takes
// it, what each match saw, and for each violation the place in the record and
// the line of the schema. It shows the record's values: its output is for the
// person who asked, never for logs.
package explain

import (
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/consumer/replay"
	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/router/deadletter"
	"github.com/sluicedata/sluice/schemas"
	"github.com/sluicedata/sluice/validate"
)

// Options say what to explain. All but Product and Letter are required.
type Options struct {
	Table   *router.Table
	Sources []schemas.Source
	// Record as it came from its input; Topic is that input.
	Record *kgo.Record
	// Product to judge for, whatever the matches say; empty is the product that
	// takes the record.
	Product string
	// Letter is the dead letter that the record was restored from.
	Letter *deadletter.Envelope
	// Confluent tells of a product whether its values have the registry's
	// prefix.
	Confluent func(product string) bool
}

// Explanation is all that there is to say of a record.
type Explanation struct {
	Topic string `json:"topic"`
	Bytes int    `json:"bytes"`
	Key   string `json:"key,omitempty"`
	// Letter is there for a dead letter.
	Letter *Letter `json:"dead_letter,omitempty"`
	// Asked are the products that were asked for the record; empty if one was
	// named.
	Asked   []Trial `json:"asked,omitempty"`
	Product string  `json:"product"`
	Schema  string  `json:"schema,omitempty"`
	Outcome string  `json:"outcome"`
	Reason  string  `json:"reason,omitempty"`
	// To is the topic that takes the record.
	To string `json:"to,omitempty"`
	// Message and Offset say what a record suffers from that is no valid JSON
	// or over a limit.
	Message string `json:"message,omitempty"`
	Offset  int    `json:"offset,omitempty"`
	// Total counts the violations, of which Violations are listed.
	Total      int         `json:"violations_total,omitempty"`
	Violations []Violation `json:"violations,omitempty"`

	doc     []byte   // the JSON of the value
	before  int      // bytes of the value before doc
	lines   []string // doc as it is printed, if it is JSON
	isNull  bool
	matched bool
}

// Letter is what a dead letter says of itself.
type Letter struct {
	Product  string    `json:"product"`
	Reason   string    `json:"reason"`
	Schema   string    `json:"schema,omitempty"`
	Message  string    `json:"message"`
	Attempt  int       `json:"attempt"`
	FailedAt time.Time `json:"failed_at"`
	Origin   string    `json:"origin"`
	// Stamp is the record's timestamp at its origin.
	Stamp time.Time `json:"origin_timestamp"`
}

// Trial is a product that was asked.
type Trial struct {
	Product string `json:"product"`
	Takes   bool   `json:"takes"`
	Why     string `json:"why"`
}

// Violation is one rule that the record breaks.
type Violation struct {
	validate.Violation
	// Line and Column of the value in the record as it is printed; 0 where it
	// cannot be found.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
	// Spot is the line of the schema; nil where it cannot be told.
	Spot *Spot `json:"schema_line,omitempty"`

	width int
}

// Spot is a place in a schema.
type Spot struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Text   string `json:"text"`
}

// Accepted reports whether the record goes to its product.
func (e *Explanation) Accepted() bool { return e.Outcome == router.Accepted.String() }

// Explain judges the record and says why.
func Explain(o Options) (*Explanation, error) {
	r := replay.Record{Kafka: o.Record}
	e := &Explanation{Topic: o.Record.Topic, Bytes: r.Size(), Key: string(o.Record.Key)}
	if o.Letter != nil {
		e.Letter = letter(o.Letter)
	}
	var d router.Decision
	if o.Product != "" {
		var ok bool
		if d, ok = o.Table.DecideFor(o.Product, r); !ok {
			return nil, fmt.Errorf("there is no product %q", o.Product)
		}
		e.matched = true
	} else {
		trials, ok := o.Table.Trace(o.Record.Topic, r)
		if !ok {
			return nil, fmt.Errorf("topic %s is no input of the configuration: say with --topic or --product as what the record is to be judged", o.Record.Topic)
		}
		for _, t := range trials {
			e.Asked = append(e.Asked, Trial{Product: t.Product, Takes: t.Takes, Why: why(t, o.Record.Topic)})
			e.matched = e.matched || t.Takes
		}
		d = o.Table.Decide(o.Record.Topic, r)
	}
	e.Product, e.Schema, e.Outcome, e.To = d.Route.Product, d.Route.Schema, d.Outcome.String(), d.Topic
	if d.Reason != 0 {
		e.Reason = d.Reason.String()
	}
	e.isNull = o.Record.Value == nil
	e.doc = o.Record.Value
	if o.Confluent(e.Product) && len(e.doc) >= prefixBytes && e.doc[0] == 0 {
		e.doc, e.before = e.doc[prefixBytes:], prefixBytes
	}
	if d.Verdict != nil {
		e.Message, e.Offset, e.Total = d.Verdict.Message, d.Verdict.Offset, d.Verdict.Total
		if err := e.locate(d.Verdict.Violations, o.Sources); err != nil {
			return nil, err
		}
		e.place()
	}
	return e, nil
}

// place finds the violations in the record as it is printed.
func (e *Explanation) place() {
	pointers := make(map[string]bool)
	for i := range e.Violations {
		pointers[e.Violations[i].InstanceLocation] = true
	}
	l := lay(e.doc, pointers)
	if l == nil {
		return
	}
	e.lines = l.lines
	for i := range e.Violations {
		v := &e.Violations[i]
		m := l.marks[v.InstanceLocation]
		v.Line, v.Column, v.width = m.line, m.column, m.width
	}
}

// prefixBytes is the registry's prefix: a zero byte and a schema id.
const prefixBytes = 5

// locate finds the violations' lines in the contract.
func (e *Explanation) locate(list []validate.Violation, sources []schemas.Source) error {
	var locator *schemas.Locator
	for i := range sources {
		if sources[i].Product == e.Product {
			var err error
			if locator, err = sources[i].Locator(); err != nil {
				return fmt.Errorf("read the contract of %s once more: %w", e.Product, err)
			}
		}
	}
	for _, v := range list {
		one := Violation{Violation: v}
		if locator != nil {
			if at, ok := locator.Locate(v); ok {
				one.Spot = &Spot{File: at.File, Line: at.Line, Column: at.Column, Text: at.Text}
			}
		}
		e.Violations = append(e.Violations, one)
	}
	return nil
}

// why words the answer of one product.
func why(t router.Trial, topic string) string {
	if t.Looks == "" {
		return "takes everything of " + topic
	}
	asks := t.Looks + " " + t.Wants + ": "
	switch {
	case t.Takes:
		return asks + fmt.Sprintf("yes, it is %q", clip(string(t.Text)))
	case t.Why != "":
		return asks + "no, " + t.Why
	default:
		return asks + fmt.Sprintf("no, it is %q", clip(string(t.Text)))
	}
}

// letter shows what the headers say, which whoever can write to the topic may
// have written.
func letter(e *deadletter.Envelope) *Letter {
	return &Letter{
		Product: Printable([]byte(e.Product)), Reason: e.Reason.String(), Schema: e.Schema, Message: Printable([]byte(e.Message)),
		Attempt: e.Attempt, FailedAt: e.FailedAt.UTC(),
		Origin: fmt.Sprintf("%s/%d/%d", Printable([]byte(e.Origin.Topic)), e.Origin.Partition, e.Origin.Offset), Stamp: e.Origin.Timestamp.UTC(),
	}
}
