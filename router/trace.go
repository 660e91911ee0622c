package router

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/sluicedata/sluice/validate"
)

// Trial is one product of an input that was asked for a record, for people who
// want to know why a record belongs where it does.
type Trial struct {
	// Product that was asked.
	Product string
	// Looks says what it looks at, such as `header "type"`; empty for a product
	// without match, which takes everything.
	Looks string
	// Wants says which text it takes, such as `equals "payment"`.
	Wants string
	// Text is what the record has there, if Found. It is the record's own: show
	// it to nobody who may not see the record.
	Text  []byte
	Found bool
	// Why says why there is no text, or why it could not be used.
	Why string
	// Takes says that the product takes the record.
	Takes bool
}

// asked is a product of an input with its match, in file order.
type asked struct {
	product   *product
	condition *condition // nil takes everything
}

// Trace asks the products of an input for a record, as Decide does, and tells
// of each that was asked; those behind the one that takes it are not. It is
// false for a topic that is no input. Trace costs far more than Decide.
func (t *Table) Trace(topic string, r Record) (trials []Trial, ok bool) {
	in := t.inputs[topic]
	if in == nil {
		return nil, false
	}
	values := newFields(t.scanLimits)
	defer values.release()
	over := t.recordBytes > 0 && r.Size() > t.recordBytes
	for _, a := range in.asked {
		m := match{table: t, record: r, over: over, fields: values}
		trial := m.try(a)
		if trials = append(trials, trial); trial.Takes {
			break
		}
	}
	return trials, true
}

// DecideFor decides on a record as if it were the product's, whatever its match
// says. It is false if there is no such product.
func (t *Table) DecideFor(product string, r Record) (d Decision, ok bool) {
	p := t.products[product]
	if p == nil {
		return Decision{}, false
	}
	defer func() {
		if recover() != nil {
			d, ok = t.bug(nil, p), true
		}
	}()
	return p.judge(r.Value(), t.recordBytes > 0 && r.Size() > t.recordBytes), true
}

// try asks one product.
func (m *match) try(a asked) Trial {
	trial := Trial{Product: a.product.route.Product, Takes: a.condition == nil}
	if a.condition == nil {
		return trial
	}
	c := a.condition
	trial.Looks, trial.Wants = c.subject.String(), c.wants()
	text, ok := m.text(c, 0)
	if !ok {
		trial.Why = m.absent(c)
		return trial
	}
	trial.Text, trial.Found = bytes.Clone(text), true
	switch {
	case c.regex != nil:
		if limit := m.table.patternBytes; limit > 0 && len(text) > limit {
			trial.Why = msgRegex
			return trial
		}
		trial.Takes = c.regex.Match(text)
	case c.exact != nil:
		for _, e := range c.exact {
			trial.Takes = trial.Takes || e == string(text)
		}
	default:
		trial.Takes = bytes.HasPrefix(text, c.prefix)
	}
	return trial
}

// absent says why there is no text.
func (m *match) absent(c *condition) string {
	switch {
	case c.of == header:
		return "the record has no such header"
	case c.of == key:
		return "the record has no key"
	case m.verdict != nil && m.verdict.Class == validate.Malformed:
		return fmt.Sprintf("%s at byte %d", m.verdict.Message, m.verdict.Offset)
	case m.verdict != nil:
		return m.verdict.Message
	case m.reason == NullValue:
		return "the value is null"
	default:
		return "no string, number or boolean is there"
	}
}

// String names the subject.
func (s subject) String() string {
	switch s.of {
	case header:
		return fmt.Sprintf("header %q", s.name)
	case key:
		return "key"
	default:
		return "field " + s.name
	}
}

// shownTexts is how many texts of an operator are told.
const shownTexts = 5

// wants words what the condition takes.
func (c *condition) wants() string {
	switch {
	case c.regex != nil:
		return fmt.Sprintf("matches %q", c.regex)
	case c.exact == nil:
		return fmt.Sprintf("begins with %q", c.prefix)
	case len(c.exact) == 1:
		return fmt.Sprintf("equals %q", c.exact[0])
	}
	var texts []string
	for i, e := range c.exact {
		if i == shownTexts {
			texts = append(texts, fmt.Sprintf("and %d more", len(c.exact)-i))
			break
		}
		texts = append(texts, fmt.Sprintf("%q", e))
	}
	return "is one of " + strings.Join(texts, ", ")
}
