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

const (
	readmeFile  = "../../README.md"
	metricsFile = "../../docs/observability.md"
)

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

// TestMetricsAreDocumented holds the table of metrics equal to those that a
// service registers, and those that the README shows to be among them.
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

	file, err := os.ReadFile(metricsFile)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(file), "<!-- metrics")
	comment, rest, ok2 := strings.Cut(rest, "-->\n")
	table, after, ok3 := strings.Cut(rest, "<!-- end -->")
	if !ok || !ok2 || !ok3 {
		t.Fatalf("%s has no place for metrics", metricsFile)
	}
	if *update {
		text := before + "<!-- metrics" + comment + "-->\n" + want + "<!-- end -->" + after
		if err := os.WriteFile(metricsFile, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		table = want
	}
	if len(rows) < 20 || table != want {
		t.Errorf("the table in %s is not what a service registers: write it anew with -update; it is\n%s", metricsFile, want)
	}
	shown := regexp.MustCompile("(?m)^(\\| `sluice_[a-z_]+` \\| .* \\|) ").FindAllStringSubmatch(readme(t), -1)
	if len(shown) < 6 {
		t.Errorf("the README shows %d metrics", len(shown))
	}
	for _, m := range shown {
		if !strings.Contains(want, m[1]) {
			t.Errorf("the README has %q, and no metric is like it", m[1])
		}
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

// TestLinksLeadSomewhere looks for the files and headings that documents name.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	docs, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(docs) < 10 {
		t.Fatal(docs, err)
	}
	link := regexp.MustCompile(`\]\(([^)#:]*)(#[^)]*)?\)`)
	for _, doc := range append(docs, readmeFile, "../../ARCHITECTURE.md", "../../CHANGELOG.md") {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			target := filepath.Join(filepath.Dir(doc), m[1])
			if m[1] == "" {
				target = doc
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: %v", doc, err)
			} else if m[2] != "" && !anchors(t, target)[m[2]] {
				t.Errorf("%s: %s has no heading %s", doc, target, m[2])
			}
		}
	}
}

// anchors are the headings of a document as links name them.
func anchors(t *testing.T, doc string) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(doc)
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]bool)
	for _, m := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(string(text), -1) {
		name := strings.ReplaceAll(strings.ToLower(m[1]), " ", "-")
		found["#"+regexp.MustCompile(`[^\p{L}\p{N}_-]`).ReplaceAllString(name, "")] = true
	}
	return found
}
