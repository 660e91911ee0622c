package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/sluicedata/sluice/cmd/sluice/internal/slo"
	"github.com/sluicedata/sluice/config"
)

func newRulesCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "Print Prometheus rules for what the products promise",
		Long: `rules prints recording and alert rules for Prometheus, made from the slo of each
product: how fast the error budget of 30 days is used up, over several windows
at once. A budget that would be gone in two days or in five pages someone; one
that would be gone in ten days, or that will be used up, is a ticket.

The rules about the service itself, which need no configuration, are
deploy/prometheus/rules/sluice.yml in the sources. The same configuration
always gives the same rules.`,
		Example: `  sluice rules --config sluice.yaml > slo-sales.yml
  promtool check rules slo-sales.yml`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := readable(file); err != nil {
				return err
			}
			cfg, err := config.Load(file)
			if err != nil {
				return err
			}
			_, err = io.WriteString(cmd.OutOrStdout(), slo.Rules(cfg))
			return err
		},
	}
	configFlag(cmd, &file, "sluice.yaml")
	return cmd
}
