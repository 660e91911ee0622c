package program

import (
	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/value"
)

// str judges a string.
//
// NOTE: most strings are plain ASCII, whose bytes are its code points, and are
// asked one thing beside their length, by one call.
func (m *Machine) str(c *stringCheck, t *jsonscan.Token, i int) bool {
	if n := int(t.N); t.Flags == 0 {
		if n < c.min || n > c.max {
			return false
		}
		switch {
		case c.only == onlyLength:
			return true
		case c.only == onlyFormat:
			return c.format(m.view.Doc[t.Start : t.Start+t.N])
		case c.only == onlyMatch && n <= c.limit:
			return c.match.Match(m.view.Doc[t.Start : t.Start+t.N])
		}
	} else if c.only == onlyLength && c.min <= 1 && n >= c.min && n <= c.max {
		return true // no code point is written with less than a byte
	}
	return m.anyString(c, t, i)
}

// anyString is str for what is less usual.
func (m *Machine) anyString(c *stringCheck, t *jsonscan.Token, i int) bool {
	text := m.string(i)
	if !c.length(text, t.Flags) {
		return false
	}
	for _, s := range c.sets {
		if !s.has(text) {
			return false
		}
	}
	for _, p := range c.patterns {
		if len(text) > m.patternInput {
			return m.stop(PatternInput, i)
		}
		if !p.Match(text) {
			return false
		}
	}
	for _, f := range c.formats {
		if !f(text) {
			return false
		}
	}
	return true
}

// string returns the content of a string, valid until the next call.
func (m *Machine) string(i int) []byte {
	t := &m.view.Tokens[i]
	text := m.view.Doc[t.Start : t.Start+t.N]
	if t.Flags&jsonscan.Escaped != 0 {
		m.text = jsonscan.Unescape(m.text[:0], text)
		text = m.text
	}
	return text
}

// length checks the length in code points. Only texts that hold more than
// ASCII must be counted.
func (c *stringCheck) length(text []byte, flags jsonscan.Flags) bool {
	n := len(text)
	if flags != 0 && (n > c.max || c.min > 1) {
		n = value.Length(text)
	}
	return n >= c.min && n <= c.max
}
