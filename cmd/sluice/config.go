package main

import (
	"github.com/spf13/cobra"

	"github.com/sluicedata/sluice/config"
)

func newConfigCommand() *cobra.Command {
	cmd := group(&cobra.Command{
		Use:     "config",
		Short:   "About the configuration file",
		Long:    "config holds what concerns sluice.yaml itself.",
		Example: "  sluice config schema > sluice.schema.json",
	})
	cmd.AddCommand(newConfigSchemaCommand())
	return cmd
}

func newConfigSchemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of sluice.yaml",
		Long: `schema prints the JSON Schema (draft-07) of sluice.yaml. Editors complete and
check the file by it; with the YAML language server, write into the first line
of sluice.yaml:

  # yaml-language-server: $schema=sluice.schema.json`,
		Example: "  sluice config schema > sluice.schema.json",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			schema, err := config.Schema()
			if err != nil {
				return err
			}
			if n := len(schema); n == 0 || schema[n-1] != '\n' {
				schema = append(schema, '\n')
			}
			_, err = cmd.OutOrStdout().Write(schema)
			return err
		},
	}
}
