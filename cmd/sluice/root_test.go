package main

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestAloneItShowsItsHelp(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{}, {"--help"}, {"help"}} {
		code, stdout, stderr := sluice(t, args...)
		if code != 0 || stderr != "" || !strings.Contains(stdout, "Available Commands:") {
			t.Errorf("sluice %v: %d %q %q", args, code, stdout, stderr)
		}
	}
}

// TestEveryCommandIsDescribed holds what --help of each command promises:
// what it is for, in full, and an example that names real commands and flags.
func TestEveryCommandIsDescribed(t *testing.T) {
	t.Parallel()
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		path := strings.TrimPrefix(cmd.CommandPath(), "sluice ")
		if cmd.Short == "" || cmd.Long == "" || cmd.Example == "" || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s: short %q, long %q, example %q", path, cmd.Short, cmd.Long, cmd.Example)
		}
		for line := range strings.Lines(cmd.Example) {
			args := strings.Fields(line)
			if i := strings.Index(line, "|"); i >= 0 {
				args = strings.Fields(line[i+1:])
			}
			if len(args) == 0 || args[0] != "sluice" {
				continue
			}
			found, rest, err := newRoot().Find(args[1:])
			if err != nil {
				t.Errorf("%s: example %q: %v", path, line, err)
				continue
			}
			for _, a := range rest {
				name, _, _ := strings.Cut(strings.TrimPrefix(a, "--"), "=")
				if strings.HasPrefix(a, "--") && found.Flags().Lookup(name) == nil {
					t.Errorf("%s: example %q: no flag %s", path, line, a)
				}
			}
		}
		if code, stdout, stderr := sluice(t, append(strings.Fields(path), "--help")...); path != "sluice" && (code != 0 || stderr != "" || !strings.Contains(stdout, cmd.Long)) {
			t.Errorf("%s --help: %d %q %q", path, code, stdout, stderr)
		}
		for _, c := range cmd.Commands() {
			if c.Name() != "help" && c.Name() != "completion" {
				visit(c)
			}
		}
	}
	visit(newRoot())
}

// TestMistakesOnTheCommandLine are exit code 2, say so on stderr in one line,
// and name what may have been meant.
func TestMistakesOnTheCommandLine(t *testing.T) {
	t.Parallel()
	f := func(want string, args ...string) {
		t.Helper()
		code, stdout, stderr := sluice(t, args...)
		if code != exitCannotRun || stdout != "" || stderr != "sluice: "+want+"\n" {
			t.Errorf("sluice %s: %d, stdout %q, stderr %q, want %q", strings.Join(args, " "), code, stdout, stderr, want)
		}
	}
	f(`unknown command "chek", did you mean check?: sluice --help shows the commands`, "chek")
	f(`unknown command "nonsense": sluice --help shows the commands`, "nonsense")
	f(`unknown command "shema", did you mean schema?: sluice config --help shows the commands`, "config", "shema")
	f(`unknown flag: --confg, did you mean --config?: sluice check --help shows the flags`, "check", "--confg", "x")
	f(`unknown flag: --nonsense: sluice check --help shows the flags`, "check", "--nonsense")
	f(`unknown shorthand flag: 'x' in -x: sluice run --help shows the flags`, "run", "-x")
	f(`sluice check takes flags only, not "sluice.yaml": sluice check --help shows them`, "check", "sluice.yaml")
	f(`flag needs an argument: --config: sluice check --help shows the flags`, "check", "--config")
	f(`--log-level "loud": choose debug, info, warn or error`, "run", "--log-level", "loud")
	f(`--rate 0: choose at least 1 record a second`, "demo", "--rate", "0")
	f(`--bad 1.5: choose a share from 0 to 1`, "demo", "--bad", "1.5")
	f(`--bad NaN: choose a share from 0 to 1`, "demo", "--bad", "NaN")
	f(`--for -1s: choose a time above 0, or 0 to go on until Ctrl-C`, "demo", "--for", "-1s")
	f(`--domain "salse": there is no such example domain: choose code-hosting or sales`, "demo", "--domain", "salse")
	f(`--domain "sales" is given twice: leave one out`, "demo", "--domain", "sales", "--domain", "sales")
	f(`--traffic-only sends to a service that runs elsewhere: name the brokers with --brokers`, "demo", "--traffic-only")
	f(`--listen is given 2 times for 1 domain: give it once for each domain at most`,
		"demo", "--domain", "sales", "--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0")
	f(`--url and --config both say where to ask: leave one out`, "health", "--url", "http://127.0.0.1:1", "--config", "x")
}
