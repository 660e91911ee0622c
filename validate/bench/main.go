// Command bench times the compiled engine and others on the same records.
//
// It is a module of its own, so that rivals which are no oracles never enter
// the go.sum of sluice. From this folder:
//
//	go run . -table                       the table, about five minutes
//	go run . -table -only orders,formats  of some corpora
//	go run . -write DIR                   the corpora as folders, for other languages:
//	                                      schema.json, instances.jsonl (all good), bad.jsonl
//	go test -bench . -benchmem            Go benchmarks
//
// One thread from raw bytes; before anything is timed, all contenders must
// have judged all records alike and sonic must be on its fast path. Times are
// medians of processor time over interleaved rounds.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
}

func run() error {
	table := flag.Bool("table", false, "measure and print the table")
	write := flag.String("write", "", "write the corpora into this `folder`")
	only := flag.String("only", "", "corpora, separated by commas; octokit stands for all of its events")
	shared := flag.String("shared", "../../../shared", "`folder` of the shared material; its corpora are left out where it is not")
	rust := flag.String("rust", "", "`file` with the output of the Rust benchmark, for a column")
	rounds := flag.Int("rounds", 9, "rounds")
	round := flag.Duration("round", 20*time.Millisecond, "time of one round of one contender")
	flag.Parse()
	if !*table && *write == "" {
		flag.Usage()
		return fmt.Errorf("say -table or -write")
	}
	runtime.GOMAXPROCS(1)
	others, err := readRust(*rust)
	if err != nil {
		return err
	}
	all, err := corpora(*shared, selector(*only))
	if err != nil {
		return err
	}
	var results []result
	for _, c := range all {
		if *write != "" {
			if err := c.write(filepath.Join(*write, c.name)); err != nil {
				return err
			}
		}
		if !*table {
			continue
		}
		f, err := enter(c)
		if err != nil {
			return err
		}
		results = append(results, f.measure(*rounds, *round))
		fmt.Fprintf(os.Stderr, "\r\x1b[K%d of %d: %s", len(results), len(all), c.name)
	}
	if !*table {
		return nil
	}
	fmt.Fprintln(os.Stderr, "\r\x1b[K")
	return print(os.Stdout, results, others)
}

// selector matches the names of -only.
func selector(only string) func(string) bool {
	if only == "" {
		return func(string) bool { return true }
	}
	names := strings.Split(only, ",")
	return func(name string) bool {
		event, _, _ := strings.Cut(name, "_")
		return slices.Contains(names, name) || event == "octokit" && slices.Contains(names, event)
	}
}

// write writes a corpus for benchmarks in other languages.
func (c *corpus) write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, text := range map[string][]byte{
		"schema.json":     c.schema,
		"instances.jsonl": append(bytes.Join(c.good, []byte("\n")), '\n'),
		"bad.jsonl":       append(bytes.Join(c.bad, []byte("\n")), '\n'),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
