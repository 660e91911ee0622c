package program

import (
	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/value"
)

func (m *Machine) str(c *stringCheck, t *jsonscan.Token, i int) bool {
	if c.only == onlyLength && t.Flags == 0 {
		return int(t.N) >= c.min && int(t.N) <= c.max
	}
	text := m.view.Doc[t.Start : t.Start+t.N]
	if t.Flags&jsonscan.Escaped != 0 {
		m.text = jsonscan.Unescape(m.text[:0], text)
		text = m.text
	}
	switch c.only {
	case onlySet:
		return c.set.has(text)
	case onlyPattern:
		if len(text) > m.patternInput {
			return m.stop(PatternInput, i)
		}
		return c.pattern.Match(text)
	case onlyFormat:
		return c.format(text)
	case onlyLength:
		return c.length(text, t.Flags)
	default:
	}
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

// length checks the length in code points. Only texts that hold more than
// ASCII must be counted.
func (c *stringCheck) length(text []byte, flags jsonscan.Flags) bool {
	n := len(text)
	if flags != 0 && (n > c.max || c.min > 1) {
		n = value.Length(text)
	}
	return n >= c.min && n <= c.max
}
