package compat

import (
	"cmp"
	"slices"

	"github.com/sluicedata/sluice/validate"
	"github.com/sluicedata/sluice/validate/program"
	"github.com/sluicedata/sluice/validate/program/schema"
)

// Side is one of the two schemas of a comparison.
type Side struct {
	set   *schema.Set
	judge *validate.Schema
}

// Load reads a schema and what it refers to, as validate.Compile does. Its
// error is validate.Problems. The engine is always the compiled one: the
// relations are those of the specification.
func Load(doc []byte, o validate.Options) (*Side, error) {
	o.Engine = validate.Compiled
	judge, err := validate.Compile(doc, o)
	if err != nil {
		return nil, err
	}
	most := func(n, standard int) int {
		if n <= 0 {
			return standard
		}
		return n
	}
	limits := validate.DefaultLimits()
	set, problems := schema.Load(doc, schema.Options{
		Location:       o.Location,
		Pointer:        o.Pointer,
		DefaultDialect: string(o.DefaultDialect),
		AssertFormats:  !o.AnnotateFormats,
		MaxBytes:       most(o.Limits.SchemaBytes, limits.SchemaBytes),
		MaxPattern:     most(o.Limits.PatternBytes, limits.PatternBytes),
		Fetch:          o.Load,
		Judge:          program.Judge,
	})
	if len(problems) > 0 {
		p := problems[0]
		return nil, validate.Problems{{Location: p.URI, Pointer: p.Pointer, Line: p.Line, Column: p.Column, What: p.What, Mend: p.Mend}}
	}
	return &Side{set: set, judge: judge}, nil
}

// Verdict is one direction of a comparison.
type Verdict struct {
	Relation Relation `json:"relation"`
	// Example is a document that shows a Breaking relation. It is made up.
	Example string `json:"example,omitempty"`
	// Why says what stands in the way of an Undecided relation.
	Why string `json:"why,omitempty"`
}

// Report is what Compare finds.
type Report struct {
	// Backward is whether the new schema accepts all that the old one does;
	// if not, producers break.
	Backward Verdict `json:"backward"`
	// Forward is whether the old schema accepts all that the new one does;
	// if not, consumers break.
	Forward Verdict `json:"forward"`
	// Changes are what the verdicts come from, in the order of the new schema.
	// There are none where both are Compatible.
	Changes []Change `json:"changes"`
}

// Site is where something stands in a schema document.
type Site = schema.Site

// Change is one difference in what the schemas accept.
type Change struct {
	// Path is the part of documents that it is about, $ for all of them.
	Path string `json:"path"`
	// Keyword that changed.
	Keyword string `json:"keyword"`
	// What changed, in words.
	What string `json:"what"`
	// Backward and Forward are this change's own.
	Backward Verdict `json:"backward"`
	Forward  Verdict `json:"forward"`
	// New is where the change stands in the new schema: at the keyword, or
	// where the keyword is missing. Old is the same in the old one.
	New Site `json:"new"`
	Old Site `json:"old"`
}

// Compare says how an old schema and a new one relate.
//
// Compatible is proven and Breaking is shown by an example that the engine has
// judged by both schemas; all else is Undecided.
func Compare(older, newer *Side) Report {
	p := newProver()
	r := Report{Changes: []Change{}}
	merged := map[string]*Change{}
	var order []string
	r.Backward = p.compare(older, newer, false, merged, &order)
	r.Forward = p.compare(newer, older, true, merged, &order)
	for _, key := range order {
		r.Changes = append(r.Changes, *merged[key])
	}
	slices.SortStableFunc(r.Changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.New.URI, b.New.URI), cmp.Compare(a.New.Line, b.New.Line), cmp.Compare(a.New.Column, b.New.Column),
			cmp.Compare(a.Path, b.Path))
	})
	return r
}

// compare shows that to accepts what from does, or finds the changes because
// of which it may not.
func (p *prover) compare(from, to *Side, forward bool, merged map[string]*Change, order *[]string) Verdict {
	c := only(from.set.Root)
	p.goals = 0
	if p.includes(c, to.set.Root) {
		return Verdict{Relation: Compatible}
	}
	w := &walker{prover: p, seen: map[string]bool{}}
	w.walk(c, to.set.Root, &frame{item: -1, path: "$"})
	total := Verdict{Relation: Undecided}
	for _, g := range w.gaps {
		v := Verdict{Relation: Undecided, Why: w.why(g)}
		if doc := w.witness(g, from, to); doc != nil {
			v = Verdict{Relation: Breaking, Example: string(doc)}
			if total.Relation != Breaking {
				total = v
			}
		}
		if total.Why == "" && v.Why != "" {
			total.Why = v.Why
		}
		key := g.key()
		change := merged[key]
		if change == nil {
			change = &Change{
				Path: g.at.path, Keyword: keyword(g.want.rule),
				Backward: Verdict{Relation: Compatible}, Forward: Verdict{Relation: Compatible},
			}
			merged[key] = change
			*order = append(*order, key)
			w.describe(change, g, forward)
		}
		mine := &change.Backward
		if forward {
			mine = &change.Forward
		}
		if mine.Relation != Breaking {
			*mine = v
		}
	}
	if total.Relation == Breaking {
		total.Why = ""
	}
	return total
}
