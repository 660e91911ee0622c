package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// run is the whole program: it runs the command that args name and returns the
// exit code. It ends early when ctx does, as the command understands it.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	//nolint:contextcheck // commands have ctx from ExecuteContext
	root := newRoot()
	root.SetArgs(append([]string{}, args...)) // nil would be the test binary's own
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	addCompletion(root) // cobra's writes where the root does at this moment
	return exitCode(stderr, root.ExecuteContext(ctx))
}

func newRoot() *cobra.Command {
	root := group(&cobra.Command{
		Use:   "sluice",
		Short: "The quality gate of a data mesh",
		Long: `sluice is the quality gate of a data mesh: it judges the records of a domain's
raw Kafka topics by the contracts of its data products, writes good records to
the product's topic and bad ones, untouched and with the reasons, to its
dead-letter topic.

Commands exit 0 when all is well, 1 when they found problems, 2 when they could
not run.`,
		Example: `  sluice demo --for 10s
  sluice check --config sluice.yaml
  sluice run --config sluice.yaml`,
		Version:       describe(currentBuild()),
		SilenceUsage:  true,
		SilenceErrors: true,
	})
	root.SetFlagErrorFunc(unknownFlag)
	root.SetHelpCommand(newHelpCommand())
	root.AddCommand(
		newApplyCommand(),
		newCheckCommand(),
		newConfigCommand(),
		newDemoCommand(),
		newExplainCommand(),
		newHealthCommand(),
		newInferCommand(),
		newInitCommand(),
		newPipeCommand(),
		newPlanCommand(),
		newReplayCommand(),
		newRulesCommand(),
		newRunCommand(),
		newVersionCommand(),
	)
	return root
}

// group makes a command that has only subcommands: alone it shows its help,
// and anything else after it is a mistake.
func group(cmd *cobra.Command) *cobra.Command {
	cmd.DisableFlagsInUseLine = true
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return fmt.Errorf("unknown command %q%s: %s --help shows the commands",
			args[0], didYouMean("", cmd, args[0]), cmd.CommandPath())
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	return cmd
}

// noArguments refuses arguments that are no flags.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("%s takes flags only, not %q: %s --help shows them", cmd.CommandPath(), args[0], cmd.CommandPath())
}

// oneFile takes one argument at most, a file.
func oneFile(cmd *cobra.Command, args []string) error {
	if len(args) <= 1 {
		return nil
	}
	return fmt.Errorf("%s takes one file, not %d: leave %q out", cmd.CommandPath(), len(args), args[1])
}

// positive refuses a time in which nothing can happen.
func positive(flag string, d time.Duration) error {
	if d > 0 {
		return nil
	}
	return fmt.Errorf("--%s %s: choose a time above 0", flag, d)
}

// unknownFlag adds to an error of flags what may have been meant.
func unknownFlag(cmd *cobra.Command, err error) error {
	hint := ""
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		// Cobra knows how to find near names, of commands only.
		flags := &cobra.Command{}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				flags.AddCommand(&cobra.Command{Use: f.Name, Run: func(*cobra.Command, []string) {}})
			}
		})
		hint = didYouMean("--", flags, unknown.GetSpecifiedName())
	}
	var invalid *pflag.InvalidValueError
	var number *strconv.NumError
	if errors.As(err, &invalid) && errors.As(err, &number) {
		err = fmt.Errorf("invalid argument %q for \"--%s\" flag: is not a number in its range", invalid.GetValue(), invalid.GetFlag().Name)
	}
	return fmt.Errorf("%w%s: %s --help shows the flags", err, hint, cmd.CommandPath())
}

func didYouMean(prefix string, among *cobra.Command, typed string) string {
	among.SuggestionsMinimumDistance = 2
	near := among.SuggestionsFor(typed)
	if len(typed) < 5 {
		// Two letters are half of the word, unless they changed places.
		among.SuggestionsMinimumDistance = 1
		closer := among.SuggestionsFor(typed)
		near = slices.DeleteFunc(near, func(name string) bool {
			return !slices.Contains(closer, name) && letters(name) != letters(typed)
		})
	}
	if len(near) == 0 {
		return ""
	}
	return ", did you mean " + prefix + strings.Join(near, " or "+prefix) + "?"
}

// letters are those of a word, in order.
func letters(word string) string {
	list := strings.Split(word, "")
	slices.Sort(list)
	return strings.Join(list, "")
}

// configFlag adds --config to a command.
func configFlag(cmd *cobra.Command, path *string, standard string) {
	cmd.Flags().StringVarP(path, "config", "c", standard, "the domain's configuration `file`")
	if err := cmd.MarkFlagFilename("config", "yaml", "yml"); err != nil {
		panic(err) // the flag has just been made
	}
}
