package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newVersionCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Say which sluice this is",
		Long:  "version prints the version, the revision it was built from, the Go version and the platform.",
		Example: `  sluice version
  sluice version --json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asJSON {
				return printJSON(cmd.OutOrStdout(), currentBuild())
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "sluice version %s\n", describe(currentBuild()))
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
