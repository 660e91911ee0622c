package difftest

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sluicedata/sluice/validate/difftest/gen"
)

var (
	schemas = flag.Int("difftest.schemas", 0, "schemas of the long run; 0 leaves it out")
	records = flag.Int("difftest.records", 500, "records for each schema")
	seed    = flag.Uint64("difftest.seed", 1, "seed of the first schema")
	failing = flag.Int("difftest.failures", 20, "disagreements after which a run ends")
)

// TestDifferential is the part that always runs, and always the same.
func TestDifferential(t *testing.T) {
	t.Parallel()
	differential(t, 1, 600, 60)
}

// TestLong is as long as the flags say.
func TestLong(t *testing.T) {
	if *schemas == 0 {
		t.Skip("no -difftest.schemas")
	}
	differential(t, *seed, *schemas, *records)
}

// tally is what a run saw. It is shared by the workers.
type tally struct {
	schemas, records, bytes, valid atomic.Int64

	mu       sync.Mutex
	kinds    map[string]int // disagreements by kind and other
	failures map[string]string
}

func differential(t *testing.T, seed uint64, schemas, records int) {
	total := &tally{kinds: make(map[string]int), failures: make(map[string]string)}
	given := append(slices.Clone(examples()), suite()...)
	var next atomic.Int64
	var wg sync.WaitGroup
	started := time.Now()
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for {
				i := next.Add(1) - 1
				if i >= int64(schemas) || total.failed() >= *failing {
					return
				}
				total.run(seed+uint64(i), given, records)
				if n := total.schemas.Load(); schemas > 2000 && n%1000 == 0 {
					fmt.Fprintf(os.Stderr, "%v: %d schemas, %d records\n", time.Since(started).Round(time.Second), n, total.records.Load())
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d schemas, %d records (%.0f%% valid), %d texts of mutated bytes in %v", total.schemas.Load(), total.records.Load(),
		100*float64(total.valid.Load())/float64(max(1, total.records.Load())), total.bytes.Load(), time.Since(started).Round(time.Second))
	for _, kind := range slices.Sorted(maps.Keys(total.kinds)) {
		t.Logf("permitted: %s: %d", kind, total.kinds[kind])
	}
	for _, what := range slices.Sorted(maps.Keys(total.failures)) {
		t.Error(total.failures[what])
	}
	if total.schemas.Load() < int64(schemas)/2 && len(total.failures) == 0 {
		t.Errorf("only %d of %d schemas were compiled by all: the generator is off", total.schemas.Load(), schemas)
	}
}

// run makes one schema and its records.
func (total *tally) run(seed uint64, given []source, records int) {
	g := gen.New(seed)
	s, base := newSchema(g, given)
	subject, err := newSubject(s.schema, s.draft)
	if subject == nil {
		total.refuse(err, s)
		return
	}
	total.schemas.Add(1)
	v := gen.Collect(s.schema)
	for range max(3, records/25) {
		base = append(base, g.Instance(s.schema, v))
	}
	for i := range records {
		record := base[i%len(base)]
		if i >= len(base) {
			record = g.Mutate(record, v)
		}
		text := g.Vary(record)
		if g.IntN(20) == 0 {
			text = g.MutateBytes(text)
			total.bytes.Add(1)
			total.see(subject, nil, text, subject.judgeBytes(text))
			continue
		}
		total.records.Add(1)
		d := subject.judge(record, text)
		total.see(subject, record, text, d)
		if d == nil && subject.ours.Valid(text) {
			total.valid.Add(1)
			if g.IntN(8) == 0 {
				base = append(base, record)
			}
		}
	}
}

// newSchema makes a schema, from nothing or from a given one.
func newSchema(g *gen.Gen, given []source) (source, []any) {
	draft := gen.Drafts[g.IntN(len(gen.Drafts))]
	s := gen.Schemas{Gen: g, Draft: draft, Patterns: gen.DefaultPatterns, Formats: g.IntN(4) == 0}
	if len(given) == 0 || g.IntN(2) == 0 {
		return source{draft: draft, schema: s.Schema()}, nil
	}
	from := given[g.IntN(len(given))]
	s.Draft = from.draft
	schema := from.schema
	if g.IntN(5) > 0 {
		schema = s.MutateSchema(schema, gen.Collect(schema))
	}
	return source{draft: from.draft, schema: schema}, slices.Clone(from.records)
}

func (total *tally) failed() int {
	total.mu.Lock()
	defer total.mu.Unlock()
	return len(total.failures)
}

// see notes a disagreement, the first of each shape minimised.
func (total *tally) see(s *subject, record any, text []byte, d *disagreement) {
	if d == nil {
		return
	}
	if permits(d.kind, d.with) {
		total.mu.Lock()
		total.kinds[d.kind+", "+d.with]++
		total.mu.Unlock()
		return
	}
	if total.failed() >= *failing {
		return
	}
	schema := s.schema
	if record != nil {
		schema, record = minimise(schema, record, func(schema, record any) bool {
			smaller, err := newSubject(schema, s.draft)
			if err != nil || smaller == nil {
				return false
			}
			again := smaller.judge(record, gen.Write(record))
			return again != nil && again.kind == d.kind && again.with == d.with
		})
		if smaller, err := newSubject(schema, s.draft); err == nil && smaller != nil {
			if again := smaller.judge(record, gen.Write(record)); again != nil {
				text, d = gen.Write(record), again
			}
		}
	}
	total.mu.Lock()
	defer total.mu.Unlock()
	total.failures[fmt.Sprintf("%s %s", d.with, gen.Write(schema))] = fmt.Sprintf("draft %d, %s, %s: %s\n  schema %s\n  record %q",
		s.draft, d.with, d.kind, d.text, gen.Write(schema), text)
}

// refuse notes a schema that is not compiled by all.
func (total *tally) refuse(err error, s source) {
	if err == nil {
		return
	}
	kind := "not refused"
	switch text := err.Error(); {
	case errors.Is(err, errOurs) && strings.Contains(text, "without going on to a part of the document"):
		kind = "loop"
	case strings.Contains(text, "regex") || strings.Contains(text, "expression"):
		kind = "expression"
	}
	total.mu.Lock()
	defer total.mu.Unlock()
	if permits(kind, Santhosh) {
		total.kinds[kind+", "+Santhosh]++
		return
	}
	what := fmt.Sprintf("draft %d: %v\n  schema %s", s.draft, err, gen.Write(s.schema))
	total.failures[what] = what
}
