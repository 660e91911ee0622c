package main

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sluicedata/sluice/schemas/examples"
	"github.com/sluicedata/sluice/validate/difftest/gen"
	"github.com/sluicedata/sluice/validate/jsonscan"
)

// corpus is a schema with records that meet it and as many that do not, all
// distinct.
type corpus struct {
	name   string
	draft  gen.Draft
	schema []byte
	good   [][]byte
	bad    [][]byte
	// event is set for plain event schemas, which have a bound of their own.
	event bool
}

// perCorpus is how many good and how many bad records a corpus has.
const perCorpus = 1000

//go:embed schemas/*.json
var builtin embed.FS

// events are the corpora whose schemas are those of plain events.
var events = []string{"orders", "sales_order", "cloud_event", "log_line_draft4", "array_of_objects"}

// corpora makes all corpora. shared is the folder of the project's shared
// material; what lies only there is left out where it is not.
func corpora(shared string, match func(name string) bool) ([]*corpus, error) {
	var all []*corpus
	add := func(name string, schema []byte, seeds []any) error {
		if !match(name) {
			return nil
		}
		c, err := build(name, schema, seeds)
		if err == nil {
			all = append(all, c)
		}
		return err
	}
	files, err := fs.Glob(builtin, "schemas/*.json")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		schema, err := builtin.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if err := add(strings.TrimSuffix(filepath.Base(file), ".json"), schema, nil); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{"order", "refund"} {
		schema, err := examples.FS.ReadFile("sales/schemas/" + name + ".json")
		if err != nil {
			return nil, err
		}
		if err := add("sales_"+name, schema, nil); err != nil {
			return nil, err
		}
	}
	schema, err := os.ReadFile(filepath.Join(shared, "data/orders/schema.json"))
	if err == nil {
		seeds, err := lines(filepath.Join(shared, "data/orders/instances.jsonl"))
		if err != nil {
			return nil, err
		}
		if err := add("orders", schema, seeds); err != nil {
			return nil, err
		}
	}
	webhooks, err := octokit(shared)
	if err != nil {
		return nil, err
	}
	for _, w := range webhooks {
		if err := add("octokit_"+w.event, w.schema, w.examples); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(all, func(a, b *corpus) int { return strings.Compare(a.name, b.name) })
	return all, nil
}

// lines reads a file of JSON lines.
func lines(file string) (list []any, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	for line := range bytes.Lines(text) {
		v, err := gen.Parse(line)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		list = append(list, v)
	}
	return list, nil
}

// build fills a corpus: from seeds, which are varied where they are fewer than
// it needs, or with records made from the schema. What is good and bad is said
// by the others, never by ours; what they do not agree on is left out.
func build(name string, text []byte, seeds []any) (*corpus, error) {
	parsed, err := gen.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	root, ok := parsed.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s: the schema is no object", name)
	}
	c := &corpus{name: name, schema: text, event: slices.Contains(events, name)}
	uri, _ := root["$schema"].(string)
	for _, d := range gen.Drafts {
		if d.URI() == uri {
			c.draft = d
		}
	}
	others, err := newOthers(c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	f := &faker{Gen: gen.New(uint64(len(text))), root: parsed}
	v := gen.Collect(parsed)
	seen := make(map[string]bool)
	var tape jsonscan.Tape
	keep := func(record any, valid bool) {
		text := compact(record)
		key := string(text)
		if seen[key] || tape.Scan(text, scanLimits()) != nil || !others.agree(text, valid) {
			return
		}
		seen[key] = true
		if valid {
			c.good = append(c.good, text)
		} else {
			c.bad = append(c.bad, text)
		}
	}
	for tries := 0; len(c.good) < perCorpus; tries++ {
		if tries > 100*perCorpus {
			return nil, fmt.Errorf("%s: only %d records are good", name, len(c.good))
		}
		switch {
		case tries < len(seeds):
			keep(seeds[tries], true)
		case len(seeds) > 0:
			keep(f.vary(seeds[tries%len(seeds)]), true)
		default:
			keep(f.make(parsed, 0), true)
		}
	}
	for tries := 0; len(c.bad) < perCorpus; tries++ {
		if tries > 200*perCorpus {
			return nil, fmt.Errorf("%s: only %d records are bad", name, len(c.bad))
		}
		record, err := gen.Parse(c.good[tries%len(c.good)])
		if err != nil {
			return nil, err
		}
		record = f.Mutate(record, v)
		// A record of another kind is told in no time; that would flatter.
		if m, ok := record.(map[string]any); ok && len(m) > 0 && len(compact(record)) > len(c.good[tries%len(c.good)])/2 {
			keep(record, false)
		}
	}
	return c, nil
}

// size is the mean size of a good record.
func (c *corpus) size() int {
	n := 0
	for _, r := range c.good {
		n += len(r)
	}
	return n / len(c.good)
}
