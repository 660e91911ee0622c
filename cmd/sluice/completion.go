package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sluicedata/sluice/config"
)

// completeWith completes a flag with fixed words.
func completeWith(cmd *cobra.Command, flag string, words ...string) {
	complete(cmd, flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

// completeProducts completes a flag with the names of the configuration's
// products.
func completeProducts(cmd *cobra.Command, flag string) {
	completeFrom(cmd, flag, func(p *config.Product) []string {
		return []string{cobra.CompletionWithDesc(p.Name, p.Description)}
	})
}

// completeInputs completes a flag with the topics that the configuration reads.
func completeInputs(cmd *cobra.Command, flag string) {
	completeFrom(cmd, flag, func(p *config.Product) []string { return p.Input })
}

// completeFrom completes a flag with what the products of the configuration
// have. Where the configuration has problems there is nothing to offer.
func completeFrom(cmd *cobra.Command, flag string, words func(*config.Product) []string) {
	complete(cmd, flag, func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		file, err := cmd.Flags().GetString("config")
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		cfg, err := config.Load(file)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var list []string
		for i := range cfg.Products {
			list = append(list, words(&cfg.Products[i])...)
		}
		list = slices.DeleteFunc(list, func(word string) bool { return !strings.HasPrefix(word, typed) })
		slices.Sort(list)
		return slices.Compact(list), cobra.ShellCompDirectiveNoFileComp
	})
}

func complete(cmd *cobra.Command, flag string, f cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, f); err != nil {
		panic(err) // the flag has just been made
	}
}
