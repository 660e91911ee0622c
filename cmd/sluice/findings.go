package main

import (
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/sluicedata/sluice/cmd/sluice/internal/baseline"
	"github.com/sluicedata/sluice/config"
)

// findings is what check found, as --json prints it.
type findings struct {
	OK        bool       `json:"ok"`
	Problems  []problem  `json:"problems"`
	Warnings  []problem  `json:"warnings"`
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

func problemsOf(list config.Problems) []problem {
	ps := make([]problem, len(list))
	for i, p := range list {
		ps[i] = problem(p)
	}
	return ps
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

// print is for people: a line for each problem and each warning, and if there
// is no problem one for each product.
func (f *findings) print(stdout io.Writer, file string) error {
	var b strings.Builder
	colors := colorsOf(stdout)
	for _, p := range f.Problems {
		b.WriteString(colors.red(config.Problem(p).String()) + "\n")
	}
	f.printChanges(&b)
	for _, w := range f.Warnings {
		w.What = "warning: " + w.What
		b.WriteString(colors.yellow(config.Problem(w).String()) + "\n")
	}
	if len(f.Problems) == 0 {
		fixtures := 0
		columns := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		for _, c := range f.Contracts {
			fixtures += c.Fixtures
			proof := count(c.Fixtures, "fixture")
			if c.Fixtures == 0 {
				file, _, _ := strings.Cut(c.Schema, "#")
				proof += ": records under " + path.Dir(file) + "/examples/valid and invalid would prove it"
			}
			fmt.Fprintf(columns, "%s\t%s\tversion %s\t%s\n", c.Product, c.Schema, c.Version, proof)
		}
		_ = columns.Flush() // a strings.Builder takes it all
		verdict := fmt.Sprintf("%s: %s in %s and %s", file, f.tally(), count(len(f.Contracts), "product"), count(fixtures, "fixture"))
		if f.OK {
			verdict = colors.green(verdict)
		}
		b.WriteString(verdict + "\n")
	}
	_, err := io.WriteString(stdout, b.String())
	return err
}

// tally counts problems, and warnings if there are any.
func (f *findings) tally() string {
	text := count(len(f.Problems), "problem")
	if len(f.Warnings) > 0 {
		text += " and " + count(len(f.Warnings), "warning")
	}
	return text
}

// printChanges writes a line for each change that is no problem.
func (f *findings) printChanges(b *strings.Builder) {
	for i := range f.Changes {
		if p := f.Changes[i].Problem(); !f.told(new(problem(p))) {
			b.WriteString(p.String() + "\n")
		}
	}
}

// told reports whether a change is among the problems.
func (f *findings) told(change *problem) bool {
	return slices.ContainsFunc(f.Problems, func(p problem) bool {
		return p.File == change.File && p.Path == change.Path && p.What == change.What
	})
}
