package difftest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/sluicedata/sluice/validate/difftest/gen"
	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program"
)

// TestAlike: documents that fail alike are told the same, but for names that
// the schema lacks, and that changes nothing. A new machine remembers nothing.
func TestAlike(t *testing.T) {
	t.Parallel()
	testAlike(t, 1<<41, 300, 120)
}

func testAlike(t *testing.T, from uint64, schemas, records int) {
	t.Helper()
	given := append(slices.Clone(examples()), suite()...)
	explained := 0
	for seed := range uint64(schemas) {
		g := gen.New(from + seed)
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
			list, total := p.Violations(m, 20, 2<<10)
			again, _ := p.Violations(m, 20, 2<<10)
			p.Valid(m)
			r := p.Explain(m, 20, 2<<10)
			want := make([]program.Violation, r.Kept())
			for k := range want {
				want[k] = r.Violation(k)
			}
			if !slices.Equal(list, want) || !slices.Equal(again, want) || total != r.Total {
				t.Errorf("%s: %s\nwith memory %s\nagain %s\nwithout     %s", gen.Write(s.schema), text, fmt.Sprint(list), fmt.Sprint(again), fmt.Sprint(want))
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
