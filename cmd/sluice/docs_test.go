package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.uber.org/zap"

	"github.com/sluicedata/sluice/cmd/sluice/internal/logging"
	"github.com/sluicedata/sluice/cmd/sluice/internal/ops"
	"github.com/sluicedata/sluice/cmd/sluice/internal/reload"
	"github.com/sluicedata/sluice/consumer"
)

const readmeFile = "../../README.md"

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(readmeFile)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// commands returns the commands that do something, in the order of --help.
func commands(parent *cobra.Command) []*cobra.Command {
	var list []*cobra.Command
	for _, c := range parent.Commands() {
		switch {
		case c.Hidden || c.Name() == "help" || c.Name() == "completion":
		case c.HasSubCommands():
			list = append(list, commands(c)...)
		default:
			list = append(list, c)
		}
	}
	return list
}

// TestCommandsAreDocumented holds docs/commands.md equal to the help of the
// commands, and the README's table to the commands that exist.
func TestCommandsAreDocumented(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("# Commands\n\nWritten from the help texts by `go test ./cmd/sluice -run Documented -update`.\n" +
		"Every command exits 0 when all is well, 1 when it found what it looks for, 2 when it could not run.\n" +
		"Answers go to stdout, errors and logs to stderr.\n")
	for _, c := range commands(newRoot()) {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n```sh\n%s\n```\n", c.CommandPath(), paragraphs(c.Long), unindent(c.Example))
		rows := ""
		c.Flags().VisitAll(func(f *pflag.Flag) { rows += flagRow(f) })
		if rows != "" {
			b.WriteString("\n| flag | default | meaning |\n| --- | --- | --- |\n" + rows)
		}
	}
	file := "../../docs/commands.md"
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != b.String() {
		t.Errorf("docs/commands.md is not what the commands say (%v): write it anew with -update", err)
	}
	var exist, listed []string
	for _, c := range commands(newRoot()) {
		exist = append(exist, c.CommandPath())
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `(sluice [a-z ]+)` \\|").FindAllStringSubmatch(readme(t), -1) {
		listed = append(listed, m[1])
	}
	slices.Sort(listed)
	slices.Sort(exist)
	if !slices.Equal(listed, exist) {
		t.Errorf("the README lists %q, there are %q", listed, exist)
	}
}

func flagRow(f *pflag.Flag) string {
	value, usage := pflag.UnquoteUsage(f)
	name := "`--" + f.Name
	if value != "" {
		name += " " + value
	}
	name += "`"
	if f.Shorthand != "" {
		name = "`-" + f.Shorthand + "`, " + name
	}
	standard := ""
	switch f.DefValue {
	case "", "[]", "false":
	default:
		standard = "`" + strings.Trim(f.DefValue, "[]") + "`"
	}
	return fmt.Sprintf("| %s | %s | %s |\n", name, standard, strings.Join(strings.Fields(usage), " "))
}

// paragraphs is a help text as Markdown: what is indented there is code.
func paragraphs(help string) string {
	var b strings.Builder
	for line := range strings.Lines(help) {
		if strings.HasPrefix(line, "  ") {
			line = "  " + line
		}
		b.WriteString(line)
	}
	return b.String()
}

func unindent(example string) string {
	lines := strings.Split(example, "\n")
	for i := range lines {
		lines[i] = strings.TrimPrefix(lines[i], "  ")
	}
	return strings.Join(lines, "\n")
}

// TestMetricsAreDocumented holds the README's table equal to the metrics that a
// service registers.
func TestMetricsAreDocumented(t *testing.T) {
	t.Parallel()
	g, err := load("../../schemas/examples/sales/sluice.yaml")
	if err != nil {
		t.Fatal(err)
	}
	reg, own := ops.NewRegistry(g.cfg.Domain, currentBuild())
	logging.New(logging.Options{Out: new(output), Registerer: own})
	_, err = consumer.New(consumer.Options{Config: g.cfg, Table: g.table, Logger: zap.NewNop(), Registerer: own})
	if err != nil {
		t.Fatal(err)
	}
	reload.New(reload.Options{Config: g.cfg, Set: g.set, Logger: zap.NewNop(), Registerer: own})
	descs := make(chan *prometheus.Desc)
	go func() { defer close(descs); reg.Describe(descs) }()
	about := regexp.MustCompile(`fqName: "(sluice_[^"]*)", help: "([^"]*)", unit: "[^"]*", constLabels: \{([^}]*)\}, variableLabels: \{([^}]*)\}`)
	var rows []string
	for d := range descs {
		m := about.FindStringSubmatch(d.String())
		if m == nil || strings.HasPrefix(m[1], "sluice_kafka_") {
			continue
		}
		if !strings.Contains(m[3], `domain="sales"`) {
			t.Errorf("%s has no label domain", m[1])
		}
		labels := m[4]
		if m[1] == "sluice_build_info" {
			labels = "version,revision,goversion"
		}
		if labels = strings.ReplaceAll(labels, ",", "`, `"); labels != "" {
			labels = "`" + labels + "`"
		}
		rows = append(rows, fmt.Sprintf("| `%s` | %s | %s |\n", m[1], labels, m[2]))
	}
	slices.Sort(rows)
	rows = slices.Compact(rows)
	want := "| metric | labels | what |\n| --- | --- | --- |\n" + strings.Join(rows, "")

	text := readme(t)
	before, rest, ok := strings.Cut(text, "<!-- metrics")
	comment, rest, ok2 := strings.Cut(rest, "-->\n")
	table, after, ok3 := strings.Cut(rest, "<!-- end -->")
	if !ok || !ok2 || !ok3 {
		t.Fatal("the README has no place for metrics")
	}
	if *update {
		text = before + "<!-- metrics" + comment + "-->\n" + want + "<!-- end -->" + after
		if err := os.WriteFile(readmeFile, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		table = want
	}
	if len(rows) < 20 || table != want {
		t.Errorf("the README's table of metrics is not what a service registers: write it anew with -update; it is\n%s", want)
	}
}

// TestTheReadmesServiceWorks checks the README's configuration as it stands,
// with a contract and fixtures where it says that they are.
func TestTheReadmesServiceWorks(t *testing.T) {
	t.Parallel()
	_, rest, ok := strings.Cut(readme(t), "```yaml\n")
	config, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatal("the README has no configuration")
	}
	files := serviceFiles("")
	files["sluice.yaml"] = config
	file := filepath.Join(write(t, files), "sluice.yaml")
	if code, stdout, stderr := sluice(t, "check", "--config", file); code != 0 || !strings.Contains(stdout, "2 fixtures") {
		t.Errorf("%d %s%s", code, stdout, stderr)
	}
	if n := strings.Count(config, "\n"); n != 10 {
		t.Errorf("the configuration has %d lines, and the README calls it short", n)
	}
}

// TestTheReadmesLinksLeadSomewhere looks for the files that documents name.
func TestTheReadmesLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)#:]+)\)`)
	for _, doc := range []string{readmeFile, "../../ARCHITECTURE.md"} {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join("../..", m[1])); err != nil {
				t.Errorf("%s: %v", doc, err)
			}
		}
	}
}
