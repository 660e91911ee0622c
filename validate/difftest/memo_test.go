package difftest

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/validate/difftest/gen"
	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program"
)

// TestAlike: documents that fail alike are told the same, but for names that
// the schema lacks, and that changes nothing.
func TestAlike(t *testing.T) {
	t.Parallel()
	const schemas, records = 300, 120
	given := append(slices.Clone(examples()), suite()...)
	explained := 0
	for seed := range uint64(schemas) {
		g := gen.New(1<<41 + seed)
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
			alike(t, p, m, string(gen.Write(s.schema)), text)
		}
		if t.Failed() {
			return
		}
	}
	if explained < schemas*records/10 {
		t.Errorf("only %d records were explained", explained)
	}
}

// TestAlikeNotes: so is what needs more notes than a machine takes.
func TestAlikeNotes(t *testing.T) {
	t.Parallel()
	member := func(kind string) string {
		return `{"required": ["kind", "a"], "properties": {"kind": {"const": "` + kind + `"}, "a": {"type": "null"}, "b": {"type": "null"}, "c": {"type": "null"}}}`
	}
	text := `{"properties": {"list": {"items": {"type": "integer"}}}, "anyOf": [` + member("x") + `,` + member("y") + `]}`
	var s any
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	p, m := compileProgram(s, 2020), program.NewMachine()
	for items := range 80 {
		for _, rest := range []string{`"kind": "x"`, `"kind": "z"`, `"kind": 1`, `"b": 1, "c": "cc"`, `"a": 1, "b": 1, "c": "cc"`} {
			doc := []byte(`{"list": [` + strings.Repeat(`"", `, items) + `0], ` + rest + `}`)
			if m.Tape.Scan(doc, jsonscan.Limits{}) != nil || p.Check(m) {
				t.Fatalf("%s is valid", doc)
			}
			alike(t, p, m, text, doc)
		}
	}
}

// alike asks for the violations of the document on the machine's tape twice,
// and for those without memory and notes.
func alike(t *testing.T, p *program.Prog, m *program.Machine, text string, doc []byte) {
	t.Helper()
	list, total := p.Violations(m, 20, 2<<10)
	p.Check(m)
	again, _ := p.Violations(m, 20, 2<<10)
	p.Valid(m)
	r := p.Explain(m, 20, 2<<10)
	want := make([]program.Violation, r.Kept())
	for k := range want {
		want[k] = r.Violation(k)
	}
	if !slices.Equal(list, want) || !slices.Equal(again, want) || total != r.Total {
		t.Errorf("%s: %s\nat first %v\nagain    %v\nwithout  %v", text, doc, list, again, want)
	}
}
