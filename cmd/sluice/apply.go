package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/consumer/provision"
)

func newApplyCommand() *cobra.Command {
	var o planOptions
	cmd := &cobra.Command{
		Use:   "apply",
		Short: "Create topics and permissions that the configuration needs",
		Long: `apply does what plan shows with + and ~, and says of each step whether it was
done. It never deletes anything, and leaves to a human what could lose records
or break their order: less retention, a lower limit, compaction of a topic with
records, fewer replicas, more partitions of a topic with records unless
--allow-more-partitions.

It can be run again at any time: what is as it should be is left alone, and what
an earlier run could not do is tried again.

It needs what plan needs, and Create, Alter and AlterConfigs for what it does.

It exits 0 if everything is as it should be at the end, 1 if a step failed or
needs a human, 2 if it could not look.`,
		Example: `  sluice apply
  sluice apply --config domains/sales/sluice.yaml --as admin.yaml
  sluice apply --inputs`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.look(cmd.Context(), func(ctx context.Context, kafka *kgo.Client, cfg *config.Config, plan *provision.Plan) error {
				return o.apply(ctx, cmd.OutOrStdout(), kafka, cfg, plan)
			})
		},
	}
	o.flags(cmd)
	return cmd
}

// appliedStep is a step with what became of it.
type appliedStep struct {
	provision.Step
	Done  bool   `json:"done"`
	Error string `json:"error,omitempty"`
}

// apply tells each step when it is done, so that whoever interrupts it knows.
func (o *planOptions) apply(ctx context.Context, stdout io.Writer, kafka *kgo.Client, cfg *config.Config, plan *provision.Plan) error {
	failed := 0
	steps := []appliedStep{}
	line := func(s *provision.Step, mark, trouble string) {
		if o.asJSON {
			steps = append(steps, appliedStep{*s, s.Action != provision.Human && trouble == "", trouble})
			return
		}
		var b strings.Builder
		if printStep(&b, plan, s, mark); trouble != "" {
			fmt.Fprintf(&b, "        %s\n", trouble)
		}
		_, _ = io.WriteString(stdout, b.String())
	}
	done := provision.Apply(ctx, kafka, cfg, o.Options, plan, func(s *provision.Step, err error) {
		if err != nil {
			failed++
			line(s, "✗", err.Error())
			return
		}
		line(s, s.Action.Sign(), "")
	})
	humans := plan.Count(provision.Human)
	for i := range plan.Steps {
		if plan.Steps[i].Action == provision.Human {
			line(&plan.Steps[i], provision.Human.Sign(), "")
		}
	}
	var err error
	if o.asJSON {
		err = printJSON(stdout, struct {
			OK      bool          `json:"ok"`
			Cluster string        `json:"cluster"`
			Steps   []appliedStep `json:"steps"`
		}{failed+humans == 0, plan.Cluster, steps})
	} else {
		_, err = fmt.Fprintf(stdout, "%d done, %d failed, %d for a human, %d already as they should be\n", done, failed, humans, plan.Count(provision.Fine))
	}
	if err == nil && failed+humans > 0 {
		return &failure{code: exitFound}
	}
	return err
}
