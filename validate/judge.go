package validate

import (
	"errors"

	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program"
)

// maxPooled is the size up to which the scratch of one document is kept for
// the next. Documents up to smallDoc need not be asked.
const (
	maxPooled = 4 << 20
	smallDoc  = 32 << 10
)

const engineFailed = "the engine failed on the document; please report it together with the schema"

// scratch is what judging one document needs and the next one reuses.
type scratch struct {
	*program.Machine
	room []Violation // for the next verdicts
}

// roomFor is for how many violations room is made at a time.
const roomFor = 32

// violations returns room for n violations, which is handed out but once.
func (m *scratch) violations(n int) []Violation {
	if n > len(m.room) {
		m.room = make([]Violation, max(n, roomFor))
	}
	list := m.room[:n:n]
	m.room = m.room[n:]
	return list
}

// Valid reports whether doc meets the schema. It stops at the first failure
// and allocates nothing; what Check would call malformed, over a limit or
// internal is not valid.
func (s *Schema) Valid(doc []byte) (ok bool) {
	m := s.pool.Get().(*scratch)
	done := false
	defer func() {
		// A machine that panicked is left to the collector: nobody knows what
		// state it is in.
		if !done && recover() != nil {
			ok = false
		}
	}()
	switch {
	case m.Tape.Scan(doc, s.scan) != nil:
	case s.reference != nil:
		ok = s.reference.Valid(doc)
	default:
		ok = s.prog.Valid(m.Machine)
	}
	done = true
	s.release(m, len(doc))
	return ok
}

// Check judges doc and explains what is wrong with it. Of what it finds it
// keeps as much as Limits say; everything is counted. A valid document costs
// what Valid costs: only one that is not is looked at again, on the same tape.
func (s *Schema) Check(doc []byte) (v Verdict) {
	m := s.pool.Get().(*scratch)
	defer func() {
		if recover() != nil {
			v = Verdict{Class: Internal, Message: engineFailed}
			return
		}
		s.release(m, len(doc))
	}()
	if err := m.Tape.Scan(doc, s.scan); err != nil {
		return refused(err)
	}
	if s.reference != nil {
		return s.checkReference(doc)
	}
	if s.prog.Check(m.Machine) {
		return Verdict{Class: Valid}
	}
	r := s.prog.Explain(m.Machine, s.limits.Violations, s.limits.ViolationsBytes)
	if halt, at := m.Halted(); halt != 0 {
		return Verdict{Class: LimitExceeded, Message: halt.String(), Offset: at}
	}
	if r.Total == 0 {
		// The two runs must never disagree; a verdict is a promise.
		return Verdict{Class: Internal, Message: engineFailed}
	}
	v = Verdict{Class: Violates, Total: r.Total, Violations: m.violations(r.Kept())}
	for i := range v.Violations {
		of := r.Violation(i)
		v.Violations[i] = Violation{of.InstanceLocation, (*Rule)(of.Rule)}
	}
	return v
}

func (s *Schema) release(m *scratch, size int) {
	if size <= smallDoc || m.Bytes() <= maxPooled {
		s.pool.Put(m)
	}
}

// refused is the verdict on what the scan refuses.
func refused(err error) Verdict {
	var e *jsonscan.Error
	if !errors.As(err, &e) {
		return Verdict{Class: Internal, Message: "the document could not be scanned"}
	}
	v := Verdict{Class: Malformed, Message: e.Message, Offset: e.Offset}
	if e.Kind == jsonscan.Limit {
		v.Class = LimitExceeded
	}
	return v
}
