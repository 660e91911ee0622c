package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/schemas"
	"github.com/sluicedata/sluice/schemas/compat"
)

// baseline is what check compares the contracts with, and which compatibility
// it demands. The zero baseline compares nothing.
type baseline struct {
	base          string
	compatibility string
}

func (b *baseline) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&b.base, "base", "",
		"compare the contracts with earlier ones: a git `revision`, or a folder with the earlier configuration at the same path")
	cmd.Flags().StringVar(&b.compatibility, "compatibility", "backward",
		"what --base demands without a new major version: `backward`, forward or full")
}

// change is one difference between a contract and its earlier version.
type change struct {
	Product string `json:"product"`
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Path    string `json:"path"`
	// Pointer into the schema document, Value into the records.
	Pointer  string         `json:"pointer"`
	Value    string         `json:"value"`
	Keyword  string         `json:"keyword,omitempty"`
	What     string         `json:"what"`
	Backward compat.Verdict `json:"backward"`
	Forward  compat.Verdict `json:"forward"`
	// Breaks are the sides for which the change is not known to be compatible:
	// producers, consumers.
	Breaks []string `json:"breaks"`
	// Major says that a new major version announces the change.
	Major bool `json:"major"`
}

// String is a line for people: file:line:column: path: what: which side
// breaks: pointer.
func (c *change) String() string {
	return config.Problem{File: c.File, Line: c.Line, Column: c.Column, Path: c.Path, What: c.words()}.String()
}

func (c *change) words() string {
	what := c.What
	if c.Value != "" && c.Value != "$" {
		what = c.Value + ": " + what
	}
	what += ": " + direction("BACKWARD", c.Backward, "producers") + ", " + direction("FORWARD", c.Forward, "consumers")
	if c.Pointer != "" {
		what += " at #" + c.Pointer
	}
	return what
}

// direction says what a verdict means, and for whom.
func direction(name string, v compat.Verdict, side string) string {
	switch v.Relation {
	case compat.Compatible:
		return name + " compatible"
	case compat.Breaking:
		text := name + " breaking for " + side
		if v.Example != "" && len(v.Example) <= 200 {
			text += " (such as " + v.Example + ")"
		}
		return text
	default:
		return name + " undecided (" + v.Why + ")"
	}
}

// printChanges writes a line for each change that is no problem.
func (f *findings) printChanges(b *strings.Builder) {
	told := map[string]bool{}
	for _, p := range f.Problems {
		told[p.File+p.Path+p.What] = true
	}
	for i := range f.Changes {
		if c := &f.Changes[i]; !told[c.File+c.Path+c.words()] {
			b.WriteString(c.String() + "\n")
		}
	}
}

// compare returns how the contracts differ from those of the baseline, and as
// problems the differences that it does not allow. Another error says why they
// cannot be compared.
func (b baseline) compare(ctx context.Context, g *gate) ([]change, config.Problems, error) {
	if b.base == "" {
		return nil, nil, nil
	}
	switch b.compatibility {
	case "backward", "forward", "full":
	default:
		return nil, nil, fmt.Errorf("--compatibility %q: there is no such: use backward, forward or full", b.compatibility)
	}
	earlier, err := loadBase(ctx, b.base, g.cfg.File)
	if err != nil {
		return nil, nil, err
	}
	sources, err := schemas.Sources(g.cfg)
	if err != nil {
		return nil, nil, err
	}
	var changes []change
	var problems config.Problems
	followed := map[string]bool{} // earlier products
	for i := range g.cfg.Products {
		p := &g.cfg.Products[i]
		old := earlier.product(p)
		if old < 0 {
			continue
		}
		was := &earlier.cfg.Products[old]
		followed[was.Name] = true
		list, err := b.contract(g.cfg, i, was, &sources[i], &earlier.sources[old])
		if err != nil {
			return nil, nil, err
		}
		for k := range list {
			if !b.allows(&list[k]) {
				problems = append(problems, config.Problem{
					File: list[k].File, Line: list[k].Line, Column: list[k].Column, Path: list[k].Path,
					What: list[k].words(), Mend: mend(sources[i].Version, p.Output),
				})
			}
		}
		changes = append(changes, list...)
	}
	for i := range earlier.cfg.Products {
		was := &earlier.cfg.Products[i]
		if followed[was.Name] || succeeded(g.cfg, was.Output) {
			continue
		}
		c := change{
			Product: was.Name, File: g.cfg.File, Path: "products",
			What:     fmt.Sprintf("the product %q was removed", was.Name),
			Backward: compat.Verdict{Relation: compat.Breaking}, Forward: compat.Verdict{Relation: compat.Breaking},
			Breaks: []string{"producers", "consumers"},
		}
		changes = append(changes, c)
		problems = append(problems, config.Problem{
			File: c.File, Path: c.Path, What: c.words(),
			Mend: "keep it, or add its successor with a new output topic such as " + nextTopic(was.Output) + " first",
		})
	}
	return changes, problems, nil
}

// contract compares a product's contract with its earlier version.
func (b baseline) contract(cfg *config.Config, i int, was *config.Product, now, old *schemas.Source) ([]change, error) {
	p := &cfg.Products[i]
	isMajor := major(now.Version) > major(old.Version) && major(old.Version) >= 0 || isNewMajor(was.Output, p.Output)
	path := fmt.Sprintf("products[%d]", i)
	var list []change
	if p.Output != was.Output && !isNewMajor(was.Output, p.Output) {
		list = append(list, change{
			Product: p.Name, File: cfg.File, Path: path + ".output",
			What:     fmt.Sprintf("the output topic %s became %s", was.Output, p.Output),
			Backward: compat.Verdict{Relation: compat.Compatible}, Forward: compat.Verdict{Relation: compat.Breaking},
			Breaks: []string{"consumers"},
		})
	}
	older, err := compat.Load(old.Document, old.Options)
	if err != nil {
		return nil, fmt.Errorf("load the earlier contract of %s: %w", p.Name, err)
	}
	newer, err := compat.Load(now.Document, now.Options)
	if err != nil {
		return nil, fmt.Errorf("load the contract of %s: %w", p.Name, err)
	}
	for _, c := range compat.Compare(older, newer).Changes {
		d := change{
			Product: p.Name, File: now.File(c.New.URI), Line: c.New.Line, Column: c.New.Column, Path: path + ".schema",
			Pointer: c.New.Pointer, Value: c.Path, Keyword: c.Keyword, What: c.What,
			Backward: c.Backward, Forward: c.Forward, Breaks: []string{}, Major: isMajor,
		}
		if d.Backward.Relation != compat.Compatible {
			d.Breaks = append(d.Breaks, "producers")
		}
		if d.Forward.Relation != compat.Compatible {
			d.Breaks = append(d.Breaks, "consumers")
		}
		list = append(list, d)
	}
	return list, nil
}

// allows reports whether a change needs no new major version, or has one.
func (b baseline) allows(c *change) bool {
	if c.Major {
		return true
	}
	if strings.HasSuffix(c.Path, ".output") {
		return false // whoever reads the topic, reads nothing more
	}
	return (b.compatibility == "forward" || c.Backward.Relation == compat.Compatible) &&
		(b.compatibility == "backward" || c.Forward.Relation == compat.Compatible)
}

func mend(version, output string) string {
	next := "2.0.0"
	if n := major(version); n >= 0 {
		next = strconv.Itoa(n+1) + ".0.0"
	}
	return fmt.Sprintf("take it back, or give the schema the version %q, or the product a new output topic such as %s", next, nextTopic(output))
}

var (
	semver = regexp.MustCompile(`^v?(0|[1-9][0-9]{0,8})(\.[0-9]+)?(\.[0-9]+)?([-+].*)?$`)
	topicV = regexp.MustCompile(`^(.*[._-]v)([0-9]{1,9})$`)
)

// major is the major version of a semantic version, -1 of any other text.
func major(version string) int {
	m := semver.FindStringSubmatch(version)
	if m == nil {
		return -1
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return -1
	}
	return n
}

// topicMajor splits a topic such as sales.orders.v1.
func topicMajor(topic string) (stem string, n int) {
	m := topicV.FindStringSubmatch(topic)
	if m == nil {
		return topic, 0
	}
	n, err := strconv.Atoi(m[2])
	if err != nil {
		return topic, 0
	}
	return m[1], n
}

// isNewMajor reports whether a topic is a later version of another.
func isNewMajor(was, is string) bool {
	stem, n := topicMajor(was)
	next, m := topicMajor(is)
	return m > n && (next == stem || n == 0 && strings.TrimRight(next, "._-v") == was)
}

func nextTopic(topic string) string {
	stem, n := topicMajor(topic)
	if stem == topic {
		return topic + ".v2"
	}
	return stem + strconv.Itoa(n+1)
}

// succeeded reports whether some product writes a later version of a topic.
func succeeded(cfg *config.Config, output string) bool {
	for i := range cfg.Products {
		if isNewMajor(output, cfg.Products[i].Output) {
			return true
		}
	}
	return false
}

// earlier is the configuration of a baseline with its contracts.
type earlier struct {
	cfg     *config.Config
	sources []schemas.Source
}

// product returns the index of a product in the earlier configuration: by its
// name, else by its output; -1 if it is new.
func (e *earlier) product(p *config.Product) int {
	for i := range e.cfg.Products {
		if e.cfg.Products[i].Name == p.Name {
			return i
		}
	}
	for i := range e.cfg.Products {
		if e.cfg.Products[i].Output == p.Output {
			return i
		}
	}
	return -1
}

// notComparable words what is wrong with a baseline, which is nobody's problem
// in the present configuration.
func notComparable(base string, err error) error {
	const mend = "name a revision or a folder whose configuration has no problems"
	if problems, ok := errors.AsType[config.Problems](err); ok {
		return fmt.Errorf("--base %s: the earlier configuration cannot be used: %w: %s", base, &problemList{problems}, mend)
	}
	return fmt.Errorf("--base %s: %w", base, err)
}

// problemList hides Problems from errors.As: they are not those of the
// configuration that is checked.
type problemList struct{ list config.Problems }

// Error implements error.
func (p *problemList) Error() string { return strings.ReplaceAll(p.list.Error(), "\n", "; ") }
