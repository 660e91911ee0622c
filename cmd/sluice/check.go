package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/sluicedata/sluice/cmd/sluice/internal/baseline"
	"github.com/sluicedata/sluice/config"
)

func newCheckCommand() *cobra.Command {
	var file string
	var asJSON bool
	var against baseline.Options
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
	cmd.Flags().StringVar(&against.Base, "base", "",
		"compare the contracts with earlier ones: a git `revision`, or a folder with the earlier configuration at the same path")
	cmd.Flags().StringVar(&against.Compatibility, "compatibility", "backward",
		"what --base demands without a new major version: `backward`, forward or full")
	return cmd
}

// check prints what it finds. Its error says that there are problems, or why
// it could not look for them.
func check(ctx context.Context, stdout io.Writer, file string, asJSON bool, against baseline.Options) error {
	g, err := load(file)
	if err == nil {
		if err = g.prove(); err != nil {
			err = config.Problems{{File: file, Path: "kafka", What: err.Error(), Mend: "change the setting that it names"}}
		}
	}
	f := findings{Problems: []problem{}, Contracts: []contract{}}
	var problems config.Problems
	if err == nil {
		if f.Changes, problems, err = baseline.Compare(ctx, g.cfg, against); err == nil && len(problems) > 0 {
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
