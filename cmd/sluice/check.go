package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/sluicedata/sluice/config"
)

func newCheckCommand() *cobra.Command {
	var file string
	var asJSON bool
	var against baseline
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Find what is wrong with a configuration and its contracts, offline",
		Long: `check reads the configuration, compiles every contract with what it references,
proves each on its fixtures (examples/valid and examples/invalid beside the
schema), and proves the settings of the Kafka client. It needs no broker: it is
made for the CI of the domain. Every problem is printed with file, line and
column and how to mend it.

With --base it compares every contract with its earlier version and names each
change BACKWARD and FORWARD compatible, breaking or undecided, and for whom. A
change that breaks what --compatibility demands is a problem unless the schema's
version, or the output topic, is a new major one.

It exits 0 if there is none, 1 if there are problems, 2 if it could not run.`,
		Example: `  sluice check
  sluice check --config domains/sales/sluice.yaml --json
  sluice check --base origin/main`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return check(cmd.Context(), cmd.OutOrStdout(), file, asJSON, against)
		},
	}
	configFlag(cmd, &file, "sluice.yaml")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print problems and contracts as JSON")
	against.flags(cmd)
	return cmd
}

// findings is what check found, as --json prints it.
type findings struct {
	OK        bool       `json:"ok"`
	Problems  []problem  `json:"problems"`
	Contracts []contract `json:"contracts"`
	// Changes are there with --base only.
	Changes []change `json:"changes,omitempty"`
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

// check prints what it finds. Its error says that there are problems, or why
// it could not look for them.
func check(ctx context.Context, stdout io.Writer, file string, asJSON bool, against baseline) error {
	g, err := load(file)
	if err == nil {
		if err = g.prove(); err != nil {
			err = config.Problems{{File: file, Path: "kafka", What: err.Error(), Mend: "change the setting that it names"}}
		}
	}
	f := findings{Problems: []problem{}, Contracts: []contract{}}
	var problems config.Problems
	if err == nil {
		if f.Changes, problems, err = against.compare(ctx, g); err == nil && len(problems) > 0 {
			err = problems
		}
	}
	switch {
	case err == nil:
		f.OK, f.Contracts = true, g.contracts()
	case errors.As(err, &problems):
		for _, p := range problems {
			f.Problems = append(f.Problems, problem(p))
		}
	default:
		return err
	}
	if asJSON {
		err = printJSON(stdout, f)
	} else {
		err = f.print(stdout, file, problems)
	}
	if err != nil {
		return err
	}
	if !f.OK {
		return &failure{exitFound, fmt.Errorf("%s: %s", file, count(len(f.Problems), "problem"))}
	}
	return nil
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

// count is "no things", "1 thing" or "2 things".
func count(n int, thing string) string {
	switch n {
	case 0:
		return "no " + thing + "s"
	case 1:
		return "1 " + thing
	default:
		return fmt.Sprintf("%d %ss", n, thing)
	}
}
