package baseline

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/schemas"
	"github.com/sluicedata/sluice/schemas/compat"
)

// contract compares a product's contract with its earlier version.
func contract(cfg *config.Config, i int, was *config.Product, now, old *schemas.Source) ([]Change, error) {
	p := &cfg.Products[i]
	isMajor := major(now.Version) > major(old.Version) && major(old.Version) >= 0 || isNewMajor(was.Output, p.Output)
	path := fmt.Sprintf("products[%d]", i)
	var list []Change
	if p.Output != was.Output && !isNewMajor(was.Output, p.Output) {
		list = append(list, Change{
			Product: p.Name, File: cfg.File, Path: path + ".output",
			What:     fmt.Sprintf("the output topic %s became %s", was.Output, p.Output),
			Backward: compat.Verdict{Relation: compat.Compatible}, Forward: compat.Verdict{Relation: compat.Breaking},
			Breaks: []string{"consumers"},
		})
	}
	older, err := compat.Load(old.Document, old.Options)
	if err != nil {
		return nil, fmt.Errorf("load the earlier contract of %s: %w", p.Name, err)
	}
	newer, err := compat.Load(now.Document, now.Options)
	if err != nil {
		return nil, fmt.Errorf("load the contract of %s: %w", p.Name, err)
	}
	for _, c := range compat.Compare(older, newer).Changes {
		d := Change{
			Product: p.Name, File: now.File(c.New.URI), Line: c.New.Line, Column: c.New.Column, Path: path + ".schema",
			Pointer: c.New.Pointer, Value: c.Path, Keyword: c.Keyword, What: c.What,
			Backward: c.Backward, Forward: c.Forward, Breaks: []string{}, Major: isMajor,
		}
		if d.Backward.Relation != compat.Compatible {
			d.Breaks = append(d.Breaks, "producers")
		}
		if d.Forward.Relation != compat.Compatible {
			d.Breaks = append(d.Breaks, "consumers")
		}
		list = append(list, d)
	}
	return list, nil
}

// removed is the change that a product is there no more.
func removed(file, product string) Change {
	return Change{
		Product: product, File: file, Path: "products",
		What:     fmt.Sprintf("the product %q was removed", product),
		Backward: compat.Verdict{Relation: compat.Breaking}, Forward: compat.Verdict{Relation: compat.Breaking},
		Breaks: []string{"producers", "consumers"},
	}
}

// allows reports whether a change needs no new major version, or has one.
func (o Options) allows(c *Change) bool {
	if c.Major {
		return true
	}
	if strings.HasSuffix(c.Path, ".output") {
		return false // whoever reads the topic, reads nothing more
	}
	return (o.Compatibility == "forward" || c.Backward.Relation == compat.Compatible) &&
		(o.Compatibility == "backward" || c.Forward.Relation == compat.Compatible)
}

func mend(version, output string) string {
	next := "2.0.0"
	if n := major(version); n >= 0 {
		next = strconv.Itoa(n+1) + ".0.0"
	}
	return fmt.Sprintf("take it back, or give the schema the version %q, or the product a new output topic such as %s", next, nextTopic(output))
}
