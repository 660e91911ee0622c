package router

import (
	"bytes"
	"fmt"
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

// step is a condition with its product or, if exact is not nil, a run of
// neighbouring products that look at the same subject with equals or in.
type step struct {
	condition
	exact   map[string]*product
	product *product
}

// add appends a product to the steps. An exact text that an earlier product of
// the same run has stays with that one.
func (in *input) add(c condition, p *product) {
	in.fields = in.fields || c.of == field
	if c.exact == nil {
		in.steps = append(in.steps, step{condition: c, product: p})
		return
	}
	n := len(in.steps)
	if n == 0 || in.steps[n-1].exact == nil || in.steps[n-1].subject != c.subject {
		in.steps = append(in.steps, step{condition: c, exact: make(map[string]*product)})
		n++
	}
	run := in.steps[n-1].exact
	for _, text := range c.exact {
		if _, taken := run[text]; !taken {
			run[text] = p
		}
	}
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

// match is one record on its way through the steps of its input.
type match struct {
	table  *Table
	record Record
	fields *fields // nil where no step looks into the value
	over   bool    // the record is over the size limit: its value is not read
	// reason and verdict say why a text could not be had or used.
	reason  Reason
	verdict *validate.Verdict
}

// choose returns the product of the record, nil if it belongs to none.
func (m *match) choose(in *input) *product {
	for i := range in.steps {
		s := &in.steps[i]
		text, ok := m.text(&s.condition)
		if !ok {
			continue
		}
		switch {
		case s.exact != nil:
			if p := s.exact[string(text)]; p != nil {
				return p
			}
		case s.regex != nil:
			if limit := m.table.patternBytes; limit > 0 && len(text) > limit {
				m.unusable(LimitExceeded, &validate.Verdict{Class: validate.LimitExceeded, Message: msgRegex})
			} else if s.regex.Match(text) {
				return s.product
			}
		default:
			if bytes.HasPrefix(text, s.prefix) {
				return s.product
			}
		}
	}
	return in.rest
}

// text returns what a condition looks at, and false if the record has none.
func (m *match) text(c *condition) ([]byte, bool) {
	switch c.of {
	case header:
		return m.record.Header(c.name)
	case key:
		k := m.record.Key()
		return k, k != nil
	default:
		return m.field(c)
	}
}

func (m *match) field(c *condition) ([]byte, bool) {
	value := m.record.Value()
	switch {
	case m.over:
		m.unusable(LimitExceeded, tooLarge())
		return nil, false
	case value == nil:
		m.unusable(NullValue, nil)
		return nil, false
	}
	tape, verdict := m.fields.read(value, c.reading)
	if verdict != nil {
		m.unusable(reasonOf(verdict.Class), verdict)
		return nil, false
	}
	return m.fields.text(tape, c.pointer)
}

// unusable notes why a text could not be had or used; the first reason stays.
func (m *match) unusable(reason Reason, verdict *validate.Verdict) {
	if m.reason == 0 {
		m.reason, m.verdict = reason, verdict
	}
}
