// Package lint looks for what is no mistake in contracts and yet worth a
// warning: what no record can reach, what does nothing, and what makes judging
// slow.
package lint

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/schemas"
	"github.com/sluicedata/sluice/validate"
	"github.com/sluicedata/sluice/validate/program"
	"github.com/sluicedata/sluice/validate/program/schema"
)

// Contracts looks at the contracts of a configuration, which schemas.Load has
// taken. Warnings come sorted by file and place; each is told once, however
// many products share what it is about.
func Contracts(cfg *config.Config, set *schemas.Set) (config.Problems, error) {
	sources, err := schemas.Sources(cfg)
	if err != nil {
		return nil, err
	}
	l := &linter{seen: map[config.Problem]bool{}}
	var sets []*schema.Set
	files := map[string]string{} // paths by URI
	for i := range sources {
		s := &sources[i]
		o := s.Options
		loaded, problems := schema.Load(s.Document, schema.Options{
			Location: o.Location, Pointer: o.Pointer, DefaultDialect: string(o.DefaultDialect), AssertFormats: !o.AnnotateFormats,
			MaxBytes: o.Limits.SchemaBytes, MaxPattern: o.Limits.PatternBytes, Fetch: o.Load, Judge: program.Judge,
		})
		if len(problems) > 0 {
			return nil, fmt.Errorf("look at the contract of %s: %w", s.Product, &problems[0])
		}
		sets = append(sets, loaded)
		for uri := range loaded.Documents {
			files[uri] = s.File(uri)
		}
		l.file = s.File
		l.idle(loaded)
		if o.Engine == validate.Compiled {
			l.slow(loaded)
		}
	}
	l.file = func(uri string) string { return files[uri] }
	l.unused(sets)
	l.files(cfg, set)
	slices.SortFunc(l.warnings, func(a, b config.Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.What, b.What))
	})
	return l.warnings, nil
}

// linter collects warnings.
type linter struct {
	warnings config.Problems
	seen     map[config.Problem]bool
	file     func(uri string) string
}

// warn adds a warning about what stands at a site.
func (l *linter) warn(at schema.Site, what, mend string) {
	l.add(config.Problem{File: l.file(at.URI), Line: at.Line, Column: at.Column, Path: "#" + at.Pointer, What: what, Mend: mend})
}

func (l *linter) add(p config.Problem) {
	if !l.seen[p] {
		l.seen[p] = true
		l.warnings = append(l.warnings, p)
	}
}
