package schemas

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"iter"
	"path"
	"strings"

	"github.com/sluicedata/sluice/validate"
)

// maxShown bounds how many violations one problem lists.
const maxShown = 5

// prove judges the documents of a fixture file by each of its units. Units
// that did not compile are left out: theirs is the greater problem.
func (l *loader) prove(f *folder, file fixtureFile) {
	shown := l.report.shown(f.path(file.name))
	data, err := f.read(file.name, maxFixtureBytes, "split it")
	if err != nil {
		what, mend := inTwo(err)
		l.report.add(file.units[0].products[0], shown, place{1, 1}, what, mend)
		return
	}
	sum := sha256.Sum256(data)
	for _, u := range file.units {
		if u.schema == nil {
			continue
		}
		p, ok := u.proven(file, sum)
		if !ok {
			p = l.proof(u, f, file, shown, data)
			p.sum = sum
		}
		u.proofs[file.name] = p
		u.fixtures = append(u.fixtures, p.fixtures...)
	}
	if !holdsDocument(file.name, data) {
		l.report.add(file.units[0].products[0], shown, place{1, 1}, "holds no document", "add a line, or delete the file")
	}
}

// proof judges the documents of a file by one unit.
func (l *loader) proof(u *unit, f *folder, file fixtureFile, shown string, data []byte) proof {
	p := proof{valid: file.valid}
	for line, doc := range split(file.name, data) {
		p.fixtures = append(p.fixtures, Fixture{File: f.path(file.name), Line: line, Valid: file.valid})
		if at, what, mend := l.disagreement(u, doc, file.valid); what != "" {
			l.report.add(u.products[0], shown, at.below(line), what, mend)
		}
	}
	return p
}

// holdsDocument reports whether a fixture file proves anything.
func holdsDocument(name string, data []byte) bool {
	for range split(name, data) {
		return true
	}
	return false
}

// split yields the documents of a fixture file with the lines they begin at.
func split(name string, data []byte) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		if path.Ext(name) == ".json" {
			yield(1, data)
			return
		}
		n := 0
		for line := range bytes.Lines(data) {
			n++
			line = bytes.TrimRight(line, "\r\n")
			if len(bytes.TrimSpace(line)) > 0 && !yield(n, line) {
				return
			}
		}
	}
}

// disagreement judges one document; what is empty if the contract says what
// the fixture demands.
func (l *loader) disagreement(u *unit, doc []byte, valid bool) (at place, what, mend string) {
	product := l.cfg.Products[u.products[0]].Name
	if u.schema.Valid(doc) {
		if valid {
			return place{}, "", ""
		}
		return place{1, 1}, "invalid fixture is accepted by the contract of " + product,
			"make the schema refuse it, or move it to examples/valid"
	}
	verdict := u.schema.Check(doc)
	if !valid && verdict.Class != validate.Internal {
		return place{}, "", ""
	}
	at = placeOf(doc, verdict.Offset)
	if len(verdict.Violations) > 0 {
		at = placeAt(doc, verdict.Violations[0].InstanceLocation)
	}
	if verdict.Class == validate.Internal {
		return at, fmt.Sprintf("the contract of %s cannot be judged: %s", product, verdict.Message),
			"simplify the fixture, and report it as a defect of sluice"
	}
	return at, fmt.Sprintf("valid fixture is rejected by the contract of %s: %s", product, reasons(&verdict)),
		"mend the fixture or the schema, or move it to examples/invalid"
}

// reasons says why a document is not valid. A fixture is the team's own file:
// unlike a log, the message may hold names of its properties.
func reasons(v *validate.Verdict) string {
	if v.Class != validate.Violates {
		return fmt.Sprintf("%s: %s", v.Class, v.Message)
	}
	var b strings.Builder
	for i := range v.Violations[:min(len(v.Violations), maxShown)] {
		if i > 0 {
			b.WriteString(", ")
		}
		violation := &v.Violations[i]
		where := violation.InstanceLocation
		if where == "" {
			where = "the document"
		}
		fmt.Fprintf(&b, "%s: %s (%s)", where, violation.Message, violation.KeywordLocation)
	}
	if more := v.Total - min(len(v.Violations), maxShown); more > 0 {
		fmt.Fprintf(&b, " and %d more", more)
	}
	return b.String()
}

// below moves a place inside a document to where it is in the file, for a
// document that begins at this line.
func (p place) below(line int) place { return place{p.line + line - 1, p.column} }
