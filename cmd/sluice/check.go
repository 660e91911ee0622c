package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sluicedata/sluice/cmd/sluice/internal/baseline"
	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/schemas/lint"
)

// checkOptions are the flags of check.
type checkOptions struct {
	config, format string
	json, strict   bool
	against        baseline.Options
}

var checkFormats = []string{"text", "json", "github"}

func newCheckCommand() *cobra.Command {
	var o checkOptions
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Find what is wrong with a configuration and its contracts, offline",
		Long: `check reads the configuration, compiles every contract with what it references,
proves each on its fixtures (examples/valid and examples/invalid beside the
schema), and proves the settings of the Kafka client. It needs no broker: it is
made for the CI of the domain. Every problem is printed with file, line and
column and how to mend it. run refuses to start where check finds a problem.

What is no mistake and yet does nothing or makes judging slow is a warning: match
values that a product before has taken, definitions and schemas that no contract
refers to, keywords that are misspelt, of another draft, or ruled out by the
type, patterns that no small automaton matches, uniqueItems without maxItems,
alternatives that nothing tells apart. With --strict, warnings count as problems.

With --base it compares every contract with its earlier version and names each
change BACKWARD and FORWARD compatible, breaking or undecided, and for whom. A
change that breaks what --compatibility demands is a problem unless the schema's
version, or the output topic, is a new major one.

It exits 0 if there is no problem, 1 if there are problems, 2 if it could not
run.`,
		Example: `  sluice check
  sluice check --config domains/sales/sluice.yaml --format json
  sluice check --strict --format github
  sluice check --base origin/main`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.json && cmd.Flags().Changed("format") && o.format != "json" {
				return errors.New("--json and --format say different things: leave one out")
			}
			if o.json {
				o.format = "json"
			}
			if o.against.Base == "" && cmd.Flags().Changed("compatibility") {
				return errors.New("--compatibility says what --base demands: add --base, or leave it out")
			}
			if !slices.Contains(checkFormats, o.format) {
				return fmt.Errorf("--format %q: choose %s", o.format, strings.Join(checkFormats, ", "))
			}
			return check(cmd.Context(), cmd.OutOrStdout(), o)
		},
	}
	f := cmd.Flags()
	configFlag(cmd, &o.config, "sluice.yaml")
	f.StringVar(&o.format, "format", "text", "text, json, or github for annotations by GitHub Actions")
	f.BoolVar(&o.json, "json", false, "the same as --format json")
	f.BoolVar(&o.strict, "strict", false, "count warnings as problems")
	f.StringVar(&o.against.Base, "base", "",
		"compare the contracts with earlier ones: a git `revision`, or a folder with the earlier configuration at the same path")
	f.StringVar(&o.against.Compatibility, "compatibility", "backward",
		"what --base demands without a new major version: backward, forward or full")
	completeWith(cmd, "format", checkFormats...)
	completeWith(cmd, "compatibility", "backward", "forward", "full")
	return cmd
}

// check prints what it finds. Its error says that there are problems, or why
// it could not look for them.
func check(ctx context.Context, stdout io.Writer, o checkOptions) error {
	f, err := find(ctx, o)
	if err != nil {
		return err
	}
	switch o.format {
	case "json":
		err = printJSON(stdout, f)
	case "github":
		err = f.annotate(stdout)
	default:
		err = f.print(stdout, o.config)
	}
	if err != nil {
		return err
	}
	if !f.OK {
		return &failure{exitFound, fmt.Errorf("%s: %s", o.config, f.tally())}
	}
	return nil
}

// find looks for problems; its error says why it could not.
func find(ctx context.Context, o checkOptions) (*findings, error) {
	f := &findings{Problems: []problem{}, Warnings: []problem{}, Contracts: []contract{}}
	g, err := load(o.config)
	if err == nil {
		if err = g.prove(); err != nil {
			err = config.Problems{{File: o.config, Path: "kafka", What: err.Error(), Mend: "change the setting that it names"}}
		}
	}
	if err == nil {
		var problems config.Problems
		if f.Changes, problems, err = baseline.Compare(ctx, g.cfg, o.against); err == nil && len(problems) > 0 {
			err = problems
		}
	}
	if problems, ok := errors.AsType[config.Problems](err); ok {
		f.Problems = problemsOf(problems)
	} else if err != nil {
		return nil, err
	}
	if g == nil {
		return f, nil
	}
	warnings, err := lint.Contracts(g.cfg, g.set)
	if err != nil {
		return nil, err
	}
	f.Warnings = problemsOf(slices.Concat(g.cfg.Warnings, warnings))
	if len(f.Problems) == 0 {
		f.Contracts = g.contracts()
		f.OK = !o.strict || len(f.Warnings) == 0
	}
	return f, nil
}
