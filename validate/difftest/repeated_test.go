package difftest

import (
	"testing"

	"github.com/sluicedata/sluice/validate"
	"github.com/sluicedata/sluice/validate/difftest/gen"
)

// TestLastOfNames: where repeated names are allowed, a record is judged as if
// only the last of each were there.
func TestLastOfNames(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		g := gen.New(seed)
		s := gen.Schemas{Gen: g, Draft: gen.Drafts[seed%5], Patterns: gen.DefaultPatterns}
		schema := s.Schema()
		o := options(s.Draft, false)
		strict, err := validate.Compile(gen.Write(schema), o)
		if err != nil {
			continue
		}
		o.AllowDuplicateNames = true
		last, err := validate.Compile(gen.Write(schema), o)
		if err != nil {
			t.Fatal(err)
		}
		v := gen.Collect(schema)
		for range 30 {
			record := g.Mutate(g.Instance(schema, v), v)
			text := g.Repeat(record)
			want := strict.Check(gen.Write(record))
			got := last.Check(text)
			if got.Class != want.Class || got.Total != want.Total || last.Valid(text) != strict.Valid(gen.Write(record)) {
				t.Errorf("%s\n%s is %v (%d), without repeated names %v (%d)", gen.Write(schema), text, got.Class, got.Total, want.Class, want.Total)
			}
		}
	}
}
