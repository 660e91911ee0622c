package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestCompletion: the shells get scripts, commands and their flags; products
// and topics come from the configuration.
func TestCompletion(t *testing.T) {
	t.Parallel()
	for shell, has := range map[string]string{"bash": "__start_sluice", "zsh": "#compdef sluice", "fish": "complete -c sluice", "powershell": "Register-ArgumentCompleter"} {
		if code, stdout, stderr := sluice(t, "completion", shell); code != 0 || stderr != "" || !strings.Contains(stdout, has) {
			t.Errorf("%s: %d %s", shell, code, stderr)
		}
	}
	config := "../../schemas/examples/sales/sluice.yaml"
	f := func(want string, args ...string) {
		t.Helper()
		code, stdout, _ := sluice(t, append([]string{"__complete"}, args...)...)
		words, _, _ := strings.Cut("\n"+stdout, "\n:")
		words = strings.TrimPrefix(words, "\n")
		if code != 0 || words != want {
			t.Errorf("%v: %d %q, want %q", args, code, words, want)
		}
	}
	f("infer\tDraft a JSON Schema from sample records\ninit\tBegin a domain: a configuration, a contract and fixtures", "in")
	products := "orders\tAccepted orders, one record per order.\nrefunds\tRefunds from request to payout, one record per step."
	for _, command := range []string{"pipe", "replay", "explain"} {
		f(products, command, "--config", config, "--product", "")
	}
	f("orders\tAccepted orders, one record per order.", "pipe", "-c", config, "-p", "o")
	f("shop.orders\nshop.refunds", "pipe", "-c", config, "--topic", "")
	f("text\njson\ngithub", "check", "--format", "")
	f("", "pipe", "-c", filepath.Join(t.TempDir(), "none.yaml"), "-p", "")
}

// TestChoicesAreCompleted: a flag whose help lists what it takes offers that.
func TestChoicesAreCompleted(t *testing.T) {
	t.Parallel()
	for _, cmd := range commands(newRoot()) {
		cmd.Flags().VisitAll(func(flag *pflag.Flag) {
			if flag.Value.Type() != "string" || !strings.Contains(flag.Usage, " or ") || flag.Annotations[cobra.BashCompFilenameExt] != nil {
				return
			}
			if _, ok := cmd.GetFlagCompletionFunc(flag.Name); !ok && !strings.Contains(flag.Usage, "`") {
				t.Errorf("%s --%s: %q, and no completion", cmd.CommandPath(), flag.Name, flag.Usage)
			}
		})
	}
}
