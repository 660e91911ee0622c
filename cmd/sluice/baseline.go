package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/schemas"
	"github.com/sluicedata/sluice/schemas/compat"
)

// baseline is what check compares the contracts with, and which compatibility
// it demands. The zero baseline compares nothing.
type baseline struct {
	base          string
	compatibility string
}

func (b *baseline) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&b.base, "base", "",
		"compare the contracts with earlier ones: a git `revision`, or a folder with the earlier configuration at the same path")
	cmd.Flags().StringVar(&b.compatibility, "compatibility", "backward",
		"what --base demands without a new major version: `backward`, forward or full")
}

// compare returns how the contracts differ from those of the baseline, and as
// problems the differences that it does not allow. Another error says why they
// cannot be compared.
func (b baseline) compare(ctx context.Context, g *gate) ([]change, config.Problems, error) {
	if b.base == "" {
		return nil, nil, nil
	}
	switch b.compatibility {
	case "backward", "forward", "full":
	default:
		return nil, nil, fmt.Errorf("--compatibility %q: there is no such: use backward, forward or full", b.compatibility)
	}
	earlier, err := loadBase(ctx, b.base, g.cfg.File)
	if err != nil {
		return nil, nil, err
	}
	sources, err := schemas.Sources(g.cfg)
	if err != nil {
		return nil, nil, err
	}
	var changes []change
	var problems config.Problems
	followed := map[string]bool{} // earlier products
	for i := range g.cfg.Products {
		p := &g.cfg.Products[i]
		old := earlier.product(p)
		if old < 0 {
			continue
		}
		was := &earlier.cfg.Products[old]
		followed[was.Name] = true
		list, err := b.contract(g.cfg, i, was, &sources[i], &earlier.sources[old])
		if err != nil {
			return nil, nil, err
		}
		for k := range list {
			if !b.allows(&list[k]) {
				problems = append(problems, config.Problem{
					File: list[k].File, Line: list[k].Line, Column: list[k].Column, Path: list[k].Path,
					What: list[k].words(), Mend: mend(sources[i].Version, p.Output),
				})
			}
		}
		changes = append(changes, list...)
	}
	for i := range earlier.cfg.Products {
		was := &earlier.cfg.Products[i]
		if followed[was.Name] || succeeded(g.cfg, was.Output) {
			continue
		}
		c := change{
			Product: was.Name, File: g.cfg.File, Path: "products",
			What:     fmt.Sprintf("the product %q was removed", was.Name),
			Backward: compat.Verdict{Relation: compat.Breaking}, Forward: compat.Verdict{Relation: compat.Breaking},
			Breaks: []string{"producers", "consumers"},
		}
		changes = append(changes, c)
		problems = append(problems, config.Problem{
			File: c.File, Path: c.Path, What: c.words(),
			Mend: "keep it, or add its successor with a new output topic such as " + nextTopic(was.Output) + " first",
		})
	}
	return changes, problems, nil
}
