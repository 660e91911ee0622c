package validate

import (
	"slices"
	"sync"

	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program"
	"github.com/sluicedata/sluice/validate/program/schema"
	"github.com/sluicedata/sluice/validate/reference"
)

// Schema is a compiled schema. It is immutable and safe to share.
type Schema struct {
	prog      *program.Prog
	reference *reference.Schema // judges instead of prog, where it is not nil
	limits    Limits
	scan      jsonscan.Limits
	pool      sync.Pool // of *scratch
	keywords  []string
}

// Compile compiles a schema document and all that it refers to. Its error is
// Problems: everything that is wrong, not only the first.
//
// Every schema is judged by its own meta-schema, and only what the chosen
// schema reaches is compiled.
func Compile(doc []byte, o Options) (*Schema, error) {
	o.Limits.fill()
	if o.Engine != Compiled && o.Engine != Reference {
		return nil, Problems{{Location: o.Location, Line: 1, Column: 1, What: "no such engine", Mend: "use Compiled or Reference"}}
	}
	set, problems := schema.Load(doc, schema.Options{
		Location:       o.Location,
		Pointer:        o.Pointer,
		DefaultDialect: string(o.DefaultDialect),
		AssertFormats:  !o.AnnotateFormats,
		MaxBytes:       o.Limits.SchemaBytes,
		MaxPattern:     o.Limits.PatternBytes,
		Fetch:          o.Load,
		Judge:          program.Judge,
		Ended:          o.Ended,
	})
	if len(problems) > 0 {
		return nil, problemsOf(problems)
	}
	s := &Schema{
		limits: o.Limits,
		scan: jsonscan.Limits{
			Bytes:           o.Limits.DocumentBytes,
			Depth:           o.Limits.Depth,
			Values:          o.Limits.Values,
			Digits:          o.Limits.NumberDigits,
			Exponent:        o.Limits.NumberExponent,
			AllowDuplicates: o.AllowDuplicateNames,
		},
		keywords: keywordsOf(set),
	}
	s.pool.New = func() any { return &scratch{Machine: program.NewMachine()} }
	if o.Engine == Reference {
		r, err := referenceOf(set, o)
		if err != nil {
			return nil, err
		}
		s.reference = r
		return s, nil
	}
	set.Forget()
	s.prog = program.Compile(set, program.Options{PatternInput: o.Limits.PatternInputBytes, Ended: o.Ended})
	if s.prog == nil {
		return nil, Problems{{
			Location: o.Location, Pointer: o.Pointer, Line: 1, Column: 1,
			What: "the schema was not compiled in time", Mend: "simplify it, or give it more time",
		}}
	}
	return s, nil
}

func problemsOf(list []schema.Problem) Problems {
	ps := make(Problems, len(list))
	for i, p := range list {
		ps[i] = Problem{Location: p.URI, Pointer: p.Pointer, Line: p.Line, Column: p.Column, What: p.What, Mend: p.Mend}
	}
	return ps
}

// fill gives the fields that are not set their defaults.
func (l *Limits) fill() {
	d := DefaultLimits()
	for _, f := range []struct{ have, want *int }{
		{&l.DocumentBytes, &d.DocumentBytes},
		{&l.Depth, &d.Depth},
		{&l.Values, &d.Values},
		{&l.NumberDigits, &d.NumberDigits},
		{&l.NumberExponent, &d.NumberExponent},
		{&l.PatternInputBytes, &d.PatternInputBytes},
		{&l.Violations, &d.Violations},
		{&l.ViolationsBytes, &d.ViolationsBytes},
		{&l.SchemaBytes, &d.SchemaBytes},
		{&l.PatternBytes, &d.PatternBytes},
	} {
		if *f.have <= 0 {
			*f.have = *f.want
		}
	}
}

// Keywords returns, sorted, the keywords that violations of the schema can
// name.
func (s *Schema) Keywords() []string { return slices.Clone(s.keywords) }

func keywordsOf(set *schema.Set) []string {
	seen := map[string]bool{}
	kid := func(k *schema.Kid) {
		if k != nil && k.Schema != nil && len(k.Schema.Rules) > 0 && k.Schema.Rules[0].Op == schema.False {
			seen[k.Keyword] = true
		}
	}
	for _, s := range set.Schemas {
		for i := range s.Rules {
			r := &s.Rules[i]
			switch r.Op {
			case schema.Contains:
				seen["contains"], seen["minContains"] = true, r.Count > 1 || seen["minContains"]
				seen["maxContains"] = r.Most >= 0 || seen["maxContains"]
			case schema.Ref, schema.AllOf, schema.If, schema.Items, schema.Properties, schema.PropertyNames,
				schema.DependentSchemas, schema.UnevaluatedItems, schema.UnevaluatedProperties, schema.False:
			default:
				seen[r.Keyword] = true
			}
			for k := range r.Kids {
				kid(&r.Kids[k])
			}
			for k := range r.Patterns {
				kid(&r.Patterns[k])
			}
			kid(r.Rest)
		}
	}
	if root := set.Root.Rules; len(root) > 0 && root[0].Op == schema.False {
		seen["false"] = true
	}
	var list []string
	for k, ok := range seen {
		if ok {
			list = append(list, k)
		}
	}
	slices.Sort(list)
	return list
}

// String dumps the program, for people who want to see what became of a
// schema.
func (s *Schema) String() string {
	if s.reference != nil {
		return "judged by the reference engine"
	}
	return s.prog.String()
}
