// Package baseline compares the contracts of a configuration with those of an
// earlier one, from a folder or a git revision: what changed, whom each change
// breaks, and whether a new major version announces it.
package baseline

import (
	"context"
	"fmt"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/schemas"
)

// Options are what contracts are compared with, and which compatibility that
// demands.
type Options struct {
	// Base is a folder with the earlier configuration at the same path or under
	// the same name, or a git revision; empty compares nothing.
	Base string
	// Compatibility demanded without a new major version: backward, forward or
	// full.
	Compatibility string
}

// Compare returns how the contracts differ from those of the baseline, and as
// problems the differences that it does not allow. Another error says why they
// cannot be compared.
func Compare(ctx context.Context, cfg *config.Config, o Options) ([]Change, config.Problems, error) {
	if o.Base == "" {
		return nil, nil, nil
	}
	switch o.Compatibility {
	case "backward", "forward", "full":
	default:
		return nil, nil, fmt.Errorf("--compatibility %q: there is no such: use backward, forward or full", o.Compatibility)
	}
	earlier, err := loadBase(ctx, o.Base, cfg.File)
	if err != nil {
		return nil, nil, err
	}
	sources, err := schemas.Sources(cfg)
	if err != nil {
		return nil, nil, err
	}
	var changes []Change
	var problems config.Problems
	followed := map[string]bool{} // earlier products
	for i := range cfg.Products {
		p := &cfg.Products[i]
		old := earlier.product(p)
		if old < 0 {
			continue
		}
		was := &earlier.cfg.Products[old]
		followed[was.Name] = true
		list, err := contract(cfg, i, was, &sources[i], &earlier.sources[old])
		if err != nil {
			return nil, nil, err
		}
		for k := range list {
			if o.allows(&list[k]) {
				continue
			}
			problem := list[k].Problem()
			problem.Mend = mend(sources[i].Version, p.Output)
			problems = append(problems, problem)
		}
		changes = append(changes, list...)
	}
	for i := range earlier.cfg.Products {
		was := &earlier.cfg.Products[i]
		if followed[was.Name] || succeeded(cfg, was.Output) {
			continue
		}
		c := removed(cfg.File, was.Name)
		problem := c.Problem()
		problem.Mend = "keep it, or add its successor with a new output topic such as " + nextTopic(was.Output) + " first"
		changes, problems = append(changes, c), append(problems, problem)
	}
	return changes, problems, nil
}
