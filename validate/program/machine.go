package program

import (
	"math/rand/v2"

	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/value"
)

// Halt says why a run gave up on a document.
type Halt uint8

// The reasons. The zero Halt is none.
const (
	// PatternInput: a string that is too long met a pattern.
	PatternInput Halt = iota + 1
	// Steps: judging takes too many steps.
	Steps
)

// String says what the document suffers from.
func (h Halt) String() string {
	switch h {
	case PatternInput:
		return "a string that meets a pattern is longer than the limit"
	case Steps:
		return "judging the document takes too many steps"
	default:
		return "none"
	}
}

// Machine is what a run needs and reuses: the tape, which the caller scans the
// document onto, and scratch. It is used by one goroutine at a time.
type Machine struct {
	Tape jsonscan.Tape

	view         value.View
	patternInput int
	text         []byte
	names        []byte
	num          []byte
	words        []uint64 // stack of bit sets
	compare      value.Scratch
	chose        chose
	halt         Halt
	haltAt       int
	// steps left until results are remembered.
	steps     int
	memory    []uint64
	remembers bool // memory is of this run
	// adopted: the view is not the tape's.
	adopted bool

	notes
	explanation
}

// NewMachine returns a Machine.
func NewMachine() *Machine {
	return &Machine{compare: value.Scratch{Seed: rand.Uint64()}}
}

// Bytes returns how much memory the machine holds on to.
func (m *Machine) Bytes() int {
	return m.Tape.Bytes() + cap(m.text) + cap(m.names) + cap(m.num) + 8*cap(m.words) + m.compare.Bytes() + 8*cap(m.memory) +
		cap(m.buf) + placeSize*m.placed
}

// Halted returns why the last run gave up, and the offset in the document; its
// result means nothing then.
func (m *Machine) Halted() (Halt, int) { return m.halt, m.haltAt }

// Adopt makes the machine run over a document that was scanned elsewhere.
func (m *Machine) Adopt(v value.View) { m.view, m.adopted = v, true }

// load makes the machine ready to run over its tape.
func (m *Machine) load(p *Prog) {
	if !m.adopted {
		// What lies behind the document is none of our business: see value.Ends.
		doc := m.Tape.Doc()
		m.view = value.View{Doc: doc[:len(doc):len(doc)], Tokens: m.Tape.Tokens()}
	}
	m.chose.by = nil
	m.start(p)
}

func (m *Machine) start(p *Prog) {
	m.patternInput = p.patternInput
	m.halt = 0
	m.steps = stepsAnyway + stepsPerToken*len(m.view.Tokens)
	m.remembers = false
	m.words, m.names = m.words[:0], m.names[:0]
}

func (m *Machine) stop(why Halt, at int) bool {
	if m.halt == 0 {
		m.halt, m.haltAt = why, int(m.view.Tokens[at].Start)
	}
	return false
}
