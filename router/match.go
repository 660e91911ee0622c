package router

import (
	"fmt"
	"math"
	"regexp"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/validate"
)

// subject is the text that a condition looks at. Subjects are comparable:
// equal ones have the same text in every record.
type subject struct {
	of   kind
	name string // of the header, or the field's JSON pointer
	// reading is how a value is read to find the field.
	reading reading
}

type kind uint8

const (
	header kind = iota + 1
	key
	field
)

// condition is one product's match.
type condition struct {
	subject
	pointer pointer // of a field
	// exact texts, of equals and in; nil for the other operators.
	exact  []string
	prefix []byte
	regex  *regexp.Regexp
}

// condition compiles the match of product i.
func (c *compiler) condition(i int, p *product) condition {
	m := c.cfg.Products[i].Match
	var cond condition
	switch {
	case m.Key:
		cond.of = key
	case m.Field != "":
		cond.of, cond.name = field, m.Field
		cond.reading = newReading(p.confluent, c.cfg.Products[i].DuplicateNames == config.DuplicateLast)
		if m.Field[0] != '/' {
			c.problem(fmt.Sprintf("products[%d].match.field", i), "is no JSON pointer", "begin it with a slash: /"+m.Field)
		}
		cond.pointer = newPointer(m.Field)
	default:
		cond.of, cond.name = header, m.Header
	}
	switch {
	case m.Equals != nil:
		cond.exact = []string{*m.Equals}
	case m.Prefix != nil:
		cond.prefix = []byte(*m.Prefix)
	case m.Regex != nil:
		cond.regex = c.regex(i, *m.Regex)
	default:
		cond.exact = append([]string{}, m.In...)
	}
	return cond
}

func (c *compiler) regex(i int, pattern string) *regexp.Regexp {
	path := fmt.Sprintf("products[%d].match.regex", i)
	if limit := int(c.cfg.Limits.PatternBytes); limit > 0 && len(pattern) > limit {
		c.problem(path, fmt.Sprintf("is longer than limits.pattern_bytes, %d", limit), "shorten it, or match with in or prefix")
		return nil
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		c.problem(path, err.Error(), "write it in RE2 syntax, without look-around and back-references")
		return nil
	}
	return re
}

// match is one record on its way through the conditions of its input.
type match struct {
	table  *Table
	record Record
	fields *fields // nil where no condition looks into the value
	over   bool    // the record is over the size limit: its value is not read
	// reason and verdict say why a text could not be had or used, by the first
	// of the products, in file order, that wanted it: the one at this position.
	reason  Reason
	verdict *validate.Verdict
	at      int
}

// choose returns the product of the record, nil if it belongs to none: of all
// that would take it the first in file order.
func (m *match) choose(in *input) *product {
	best := taker{at: math.MaxInt}
	for i := range in.lookups {
		l := &in.lookups[i]
		if l.first > best.at {
			continue // whatever it finds comes behind
		}
		if text, ok := m.text(&l.condition, l.first); ok {
			l.find(text, &best)
		}
	}
	for i := range in.regexes {
		r := &in.regexes[i]
		if r.at > best.at {
			break
		}
		if m.matches(r) {
			return r.product
		}
	}
	if best.product != nil {
		return best.product
	}
	return in.rest
}

// matches reports whether a regular expression takes the record.
func (m *match) matches(r *search) bool {
	text, ok := m.text(&r.condition, r.at)
	if !ok {
		return false
	}
	if limit := m.table.patternBytes; limit > 0 && len(text) > limit {
		m.unusable(r.at, LimitExceeded, &validate.Verdict{Class: validate.LimitExceeded, Message: msgRegex})
		return false
	}
	return r.regex.Match(text)
}

// text returns what a condition of the product at a position looks at, and
// false if the record has none.
func (m *match) text(c *condition, at int) ([]byte, bool) {
	switch c.of {
	case header:
		return m.record.Header(c.name)
	case key:
		k := m.record.Key()
		return k, k != nil
	default:
		return m.field(c, at)
	}
}

func (m *match) field(c *condition, at int) ([]byte, bool) {
	value := m.record.Value()
	switch {
	case m.over:
		m.unusable(at, LimitExceeded, tooLarge())
		return nil, false
	case value == nil:
		m.unusable(at, NullValue, nil)
		return nil, false
	}
	tape, verdict := m.fields.read(value, c.reading)
	if verdict != nil {
		m.unusable(at, reasonOf(verdict.Class), verdict)
		return nil, false
	}
	return m.fields.text(tape, c.pointer)
}

// unusable notes why a text could not be had or used; of several reasons that
// of the first product in file order stays.
func (m *match) unusable(at int, reason Reason, verdict *validate.Verdict) {
	if m.reason == 0 || at < m.at {
		m.reason, m.verdict, m.at = reason, verdict, at
	}
}
