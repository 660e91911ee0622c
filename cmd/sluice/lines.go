package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/sluicedata/sluice/cmd/sluice/internal/pipe"
	"github.com/sluicedata/sluice/cmd/sluice/internal/progress"
	"github.com/sluicedata/sluice/validate"
)

// judgeLines opens what the flags of pipe name and pipes it through.
func judgeLines(ctx context.Context, o pipeOptions, files []string, stdin io.Reader, stdout, stderr io.Writer) (err error) {
	run := pipe.Options{Product: o.lines.Product}
	if err := o.judge(&run); err != nil {
		return err
	}
	if err := distinct(files, o.good, o.bad); err != nil {
		return err
	}
	if run.Sources, err = openSources(files, stdin); err != nil {
		return err
	}
	defer func() {
		for _, s := range run.Sources {
			_ = s.Close()
		}
	}()
	switch {
	case o.stats:
		run.Profile = new(pipe.Profile)
	case o.report:
		run.Report = stdout
	default:
		run.Good = stdout
	}
	for _, out := range []struct {
		name string
		w    *io.Writer
	}{{o.good, &run.Good}, {o.bad, &run.Bad}} {
		if out.name == "" {
			continue
		}
		file, cerr := pipe.Create(out.name)
		if cerr != nil {
			return cerr
		}
		defer func() {
			if cerr := file.Close(); cerr != nil && err == nil {
				err = cerr
			}
		}()
		*out.w = file
	}
	sum, err := runLines(ctx, run, stdout, stderr)
	if err != nil {
		return err
	}
	if err := printProfile(run.Profile, o.json, stdout); err != nil {
		return err
	}
	fmt.Fprintln(stderr, tally(sum))
	if sum.Bad > 0 {
		return &failure{code: exitFound}
	}
	return nil
}

// runLines runs pipe and draws its progress.
func runLines(ctx context.Context, run pipe.Options, stdout, stderr io.Writer) (pipe.Summary, error) {
	var bar *progress.Bar
	if !isTerminal(stdout) { // or the records are progress enough
		bar = progress.New(stderr)
	}
	defer bar.Clear()
	run.Progress = func(s pipe.Summary) { bar.Update(func() progress.State { return state(run.Sources, s) }) }
	return pipe.Run(ctx, run)
}

// judge chooses what judges the lines.
func (o *pipeOptions) judge(run *pipe.Options) error {
	if o.schema.File != "" {
		schema, err := pipe.Compile(o.schema)
		if err != nil {
			return err
		}
		run.RecordBytes = validate.DefaultLimits().DocumentBytes
		run.Judge = pipe.BySchema(schema, run.RecordBytes)
		return nil
	}
	g, err := load(o.config)
	if err != nil {
		return err
	}
	run.Named, run.RecordBytes = true, int(g.cfg.Limits.RecordBytes)
	run.Judge, err = pipe.ByProduct(g.cfg, g.table, o.lines)
	return err
}

func openSources(files []string, stdin io.Reader) ([]*pipe.Source, error) {
	if len(files) == 0 {
		s, err := pipe.NewSource("", stdin)
		return []*pipe.Source{s}, err
	}
	var sources []*pipe.Source
	for _, name := range files {
		var s *pipe.Source
		var err error
		if name == "-" {
			s, err = pipe.NewSource("", stdin)
		} else {
			s, err = pipe.Open(name)
		}
		if err != nil {
			for _, opened := range sources {
				_ = opened.Close()
			}
			return nil, err
		}
		sources = append(sources, s)
	}
	return sources, nil
}

// state is how far pipe is: in bytes of the files as they lie there.
func state(sources []*pipe.Source, s pipe.Summary) progress.State {
	p := progress.State{Unit: progress.Bytes, Note: fmt.Sprintf("%d records, %d bad", s.Records(), s.Bad)}
	known := true
	for _, source := range sources {
		p.Done += source.Position()
		p.Total += source.Size
		known = known && source.Size > 0
	}
	if !known {
		p.Total = 0
	}
	return p
}

// tally is the last line on stderr.
func tally(s pipe.Summary) string {
	text := fmt.Sprintf("%s, %d good, %d bad", count(int(s.Records()), "record"), s.Good, s.Bad)
	if s.Dropped > 0 {
		text += fmt.Sprintf(", %d dropped", s.Dropped)
	}
	if s.Other > 0 {
		text += fmt.Sprintf(", %d of other products", s.Other)
	}
	return text
}

func printProfile(p *pipe.Profile, asJSON bool, stdout io.Writer) error {
	switch {
	case p == nil:
		return nil
	case asJSON:
		return printJSON(stdout, p)
	default:
		return p.Print(stdout)
	}
}

// distinct refuses files that would overwrite each other.
func distinct(read []string, good, bad string) error {
	for _, out := range []string{good, bad} {
		if slices.ContainsFunc(read, func(in string) bool { return sameFile(in, out) }) {
			return fmt.Errorf("%s is read and would be overwritten: write to another file", out)
		}
	}
	if good != "" && good != os.DevNull && (filepath.Clean(good) == filepath.Clean(bad) || sameFile(good, bad)) {
		return fmt.Errorf("--good and --bad both write to %s: name two files", good)
	}
	return nil
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}
