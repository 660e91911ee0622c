package difftest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/sluicedata/sluice/validate/difftest/gen"
	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program"
	"github.com/sluicedata/sluice/validate/program/schema"
)

// TestNotes: what a run notes for the explanation saves time and changes
// nothing. Without notes the explanation looks for itself.
func TestNotes(t *testing.T) {
	t.Parallel()
	const schemas, records = 500, 60
	given := append(slices.Clone(examples()), suite()...)
	explained := 0
	for seed := range uint64(schemas) {
		g := gen.New(1<<40 + seed)
		s, base := newSchema(g, given)
		p := compileProgram(s.schema, s.draft)
		if p == nil {
			continue
		}
		m, v := program.NewMachine(), gen.Collect(s.schema)
		for range 3 {
			base = append(base, g.Instance(s.schema, v))
		}
		for i := range records {
			record := base[i%len(base)]
			if i >= len(base) {
				record = g.Mutate(record, v)
			}
			text := g.Vary(record)
			if m.Tape.Scan(text, jsonscan.Limits{}) != nil || p.Check(m) {
				continue
			}
			explained++
			noted := report(p.Explain(m, 20, 2<<10))
			if p.Valid(m) {
				t.Errorf("%s: %s is valid, and is not for Check", gen.Write(s.schema), text)
			}
			if without := report(p.Explain(m, 20, 2<<10)); noted != without {
				t.Errorf("%s: %s\nwith notes %s\nwithout    %s", gen.Write(s.schema), text, noted, without)
			}
		}
		if t.Failed() {
			return
		}
	}
	if explained < schemas*records/10 {
		t.Errorf("only %d records were explained", explained)
	}
}

// compileProgram compiles a schema without the limits and the caution of package
// validate; nil is none.
func compileProgram(s any, d gen.Draft) *program.Prog {
	o := schema.Options{Location: location, DefaultDialect: d.URI(), AssertFormats: true, MaxBytes: 1 << 20, MaxPattern: 1 << 10, Judge: program.Judge}
	set, problems := schema.Load(gen.Write(s), o)
	if len(problems) > 0 {
		return nil
	}
	set.Forget()
	return program.Compile(set, program.Options{})
}

func report(r *program.Report) string {
	text := fmt.Sprint(r.Total)
	for i := range r.Kept() {
		v := r.Violation(i)
		text += fmt.Sprintf("\n\t%d: %q %+v", r.Token(i), v.InstanceLocation, *v.Rule)
	}
	return text
}
