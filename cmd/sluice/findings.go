package main

import (
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/sluicedata/sluice/cmd/sluice/internal/baseline"
	"github.com/sluicedata/sluice/config"
)

// findings is what check found, as --json prints it.
type findings struct {
	OK        bool       `json:"ok"`
	Problems  []problem  `json:"problems"`
	Contracts []contract `json:"contracts"`
	// Changes are there with --base only.
	Changes []baseline.Change `json:"changes,omitempty"`
}

// problem is a config.Problem. Line and column are 0 where there is none.
type problem struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Path   string `json:"path"`
	What   string `json:"what"`
	Mend   string `json:"mend"`
}

// contract is what a product is judged by. Schema is its path from the
// configuration's folder.
type contract struct {
	Product  string `json:"product"`
	Schema   string `json:"schema"`
	Version  string `json:"version"`
	SHA256   string `json:"sha256"`
	Fixtures int    `json:"fixtures"`
}

func (g *gate) contracts() []contract {
	list := make([]contract, 0, len(g.cfg.Products))
	for i := range g.cfg.Products {
		p := &g.cfg.Products[i]
		c := g.set.Contract(p.Name)
		schema := p.Schema
		if folder, err := filepath.Abs(filepath.Dir(g.cfg.File)); err == nil {
			if rel, err := filepath.Rel(folder, schema); err == nil {
				schema = filepath.ToSlash(rel)
			}
		}
		list = append(list, contract{Product: p.Name, Schema: schema, Version: c.Version, SHA256: c.SHA256, Fixtures: c.Fixtures})
	}
	return list
}

// print is for people: a line for each problem or for each product.
func (f *findings) print(stdout io.Writer, file string, problems config.Problems) error {
	var b strings.Builder
	for _, p := range problems {
		b.WriteString(p.String() + "\n")
	}
	f.printChanges(&b)
	if f.OK {
		fixtures := 0
		columns := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		for _, c := range f.Contracts {
			fixtures += c.Fixtures
			proof := count(c.Fixtures, "fixture")
			if c.Fixtures == 0 {
				proof += ": records under " + path.Dir(c.Schema) + "/examples/valid and invalid would prove it"
			}
			fmt.Fprintf(columns, "%s\t%s\tversion %s\t%s\n", c.Product, c.Schema, c.Version, proof)
		}
		_ = columns.Flush() // a strings.Builder takes it all
		fmt.Fprintf(&b, "%s: no problems in %s and %s\n", file, count(len(f.Contracts), "product"), count(fixtures, "fixture"))
	}
	_, err := io.WriteString(stdout, b.String())
	return err
}

// printChanges writes a line for each change that is no problem.
func (f *findings) printChanges(b *strings.Builder) {
	told := map[string]bool{}
	for _, p := range f.Problems {
		told[p.File+p.Path+p.What] = true
	}
	for i := range f.Changes {
		if p := f.Changes[i].Problem(); !told[p.File+p.Path+p.What] {
			b.WriteString(p.String() + "\n")
		}
	}
}
