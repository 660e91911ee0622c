package difftest

import (
	"testing"

	"github.com/sluicedata/sluice/validate"
	"github.com/sluicedata/sluice/validate/difftest/gen"
)

// FuzzJudge compiles any text as a schema and judges any text by it, and by
// the others.
func FuzzJudge(f *testing.F) {
	g := gen.New(3)
	for i := range 40 {
		s := gen.Schemas{Gen: g, Draft: gen.Drafts[i%len(gen.Drafts)], Formats: true, Patterns: gen.DefaultPatterns}
		schema := s.Schema()
		f.Add(uint8(i), gen.Write(schema), gen.Write(g.Instance(schema, gen.Collect(schema))))
	}
	f.Fuzz(func(t *testing.T, draft uint8, text, record []byte) {
		d := gen.Drafts[int(draft)%len(gen.Drafts)]
		schema, err := validate.Compile(text, options(d, false))
		if err != nil {
			return
		}
		if schema.Valid(record) != (schema.Check(record).Class == validate.Valid) {
			t.Errorf("Valid and Check disagree: %q on %q", text, record)
		}
		parsed, err := gen.Parse(text)
		if err != nil {
			t.Fatalf("the schema compiles and is no JSON: %q", text)
		}
		s, err := newSubject(parsed, d)
		if s == nil || err != nil {
			return // the others may not know what ours knows
		}
		if d := s.judgeBytes(record); d != nil && !permits(d.kind, d.with) {
			t.Errorf("%s, %s: %s\n%q on %q", d.with, d.kind, d.text, text, record)
		}
	})
}
