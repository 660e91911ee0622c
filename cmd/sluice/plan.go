package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/consumer/client"
	"github.com/sluicedata/sluice/consumer/provision"
)

// planOptions are the flags that plan and apply share.
type planOptions struct {
	provision.Options
	config, as string
	asJSON     bool
	timeout    time.Duration
}

func (o *planOptions) flags(cmd *cobra.Command) {
	configFlag(cmd, &o.config, "sluice.yaml")
	cmd.Flags().StringVar(&o.as, "as", "", "a `file` that says how to connect instead, with brokers, tls and sasl under kafka")
	cmd.Flags().BoolVar(&o.Inputs, "inputs", false, "create input topics too, where they are missing")
	cmd.Flags().BoolVar(&o.MorePartitions, "allow-more-partitions", false, "add partitions to topics that hold records: their keys move")
	cmd.Flags().BoolVar(&o.asJSON, "json", false, "print the steps as JSON")
	cmd.Flags().DurationVar(&o.timeout, "timeout", 30*time.Second, "how long the cluster may take")
}

func newPlanCommand() *cobra.Command {
	var o planOptions
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Compare topics and permissions with what the configuration needs",
		Long: `plan asks the cluster for the topics of the configuration and, where
kafka.principal or readers are set, for the permissions (ACLs) of the service
and of the products' readers. It changes nothing and prints a line for each:

  = is as it should be
  + would be created
  ~ would be changed
  ! needs a human, with the reason and the command

Looking needs Describe and DescribeConfigs on the topics, and Describe on the
cluster for permissions; the service has less. --as names a file with the
credentials of who has them.

It exits 0 if there is nothing to do, 1 if there are differences, 2 if it could
not look.`,
		Example: `  sluice plan
  sluice plan --config domains/sales/sluice.yaml --as admin.yaml
  sluice plan --json | jq '.steps[] | select(.action != "fine")'`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.look(cmd.Context(), func(_ context.Context, _ *kgo.Client, _ *config.Config, plan *provision.Plan) error {
				return printPlan(cmd.OutOrStdout(), plan, o.asJSON)
			})
		},
	}
	o.flags(cmd)
	return cmd
}

// look connects, makes the plan and hands it on.
func (o *planOptions) look(ctx context.Context, then func(context.Context, *kgo.Client, *config.Config, *provision.Plan) error) error {
	if err := positive("timeout", o.timeout); err != nil {
		return err
	}
	if err := readable(o.config); err != nil {
		return err
	}
	cfg, err := config.Load(o.config)
	if err == nil && o.as != "" {
		cfg, err = config.LoadAs(o.as, cfg)
	}
	if err != nil {
		return err
	}
	opts, err := client.Options(cfg)
	if err != nil {
		return err
	}
	kafka, err := kgo.NewClient(opts...)
	if err != nil {
		return err
	}
	defer kafka.Close()
	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	plan, err := provision.Look(ctx, kafka, cfg, o.Options)
	if err != nil {
		return err
	}
	return then(ctx, kafka, cfg, plan)
}

func printPlan(stdout io.Writer, plan *provision.Plan, asJSON bool) error {
	different := plan.Count(provision.Create, provision.Change, provision.Human)
	if asJSON {
		type answer struct {
			OK bool `json:"ok"`
			*provision.Plan
		}
		if err := printJSON(stdout, answer{different == 0, plan}); err != nil {
			return err
		}
	} else {
		var b strings.Builder
		fmt.Fprintf(&b, "cluster %s\n", plan.Cluster)
		for i := range plan.Steps {
			printStep(&b, plan, &plan.Steps[i], plan.Steps[i].Action.Sign())
		}
		for _, permission := range plan.Surplus {
			fmt.Fprintf(&b, "the service may also, and need not: %s\n", permission)
		}
		fmt.Fprintf(&b, "%d to create, %d to change, %d for a human, %d as they should be\n", plan.Count(provision.Create),
			plan.Count(provision.Change), plan.Count(provision.Human), plan.Count(provision.Fine))
		if _, err := io.WriteString(stdout, b.String()); err != nil {
			return err
		}
	}
	if different > 0 {
		return &failure{code: exitFound}
	}
	return nil
}

// printStep writes a step for people, in columns that fit the whole plan.
func printStep(b *strings.Builder, plan *provision.Plan, s *provision.Step, mark string) {
	name, what := 0, 0
	for i := range plan.Steps {
		name = max(name, len(plan.Steps[i].Name))
		if plan.Steps[i].Kind == s.Kind && plan.Steps[i].Action != provision.Human {
			what = max(what, len([]rune(plan.Steps[i].What)))
		}
	}
	fmt.Fprintf(b, "%s %-5s %-*s  %-*s  %s\n", mark, s.Kind, name, s.Name, what, s.What, s.For)
	if s.Action == provision.Human {
		fmt.Fprintf(b, "        %s\n        by hand: %s\n", s.Why, s.Manual)
	}
}
