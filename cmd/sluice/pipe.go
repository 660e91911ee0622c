package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/sluicedata/sluice/cmd/sluice/internal/pipe"
)

// pipeOptions are the flags of pipe.
type pipeOptions struct {
	schema    pipe.SchemaOptions
	good, bad string
	report    bool
}

func newPipeCommand() *cobra.Command {
	var o pipeOptions
	cmd := &cobra.Command{
		Use:   "pipe [file ...]",
		Short: "Judge lines of JSON by a schema",
		Long: `pipe reads newline-delimited JSON, one record a line, from files or stdin and
judges each record by a JSON Schema. Good records go to stdout or --good, bad
ones with their violations as JSON lines to --bad. With --report, stdout has one
verdict a line instead: {"line":1,"valid":false,"reason":"schema_violation","violations":[...],"total":1}.

Order is kept, all cores are used, memory is constant. Blank lines are passed
over; a line over 1 MiB is limit_exceeded. The schema may reference documents in
its own folder by relative references, and others below prefixes that --ref maps
to folders; nothing is fetched.

It exits 0 if all records are good, 1 if any is bad, 2 if it could not run. A
count of both is the last line on stderr.`,
		Example: `  sluice pipe --schema order.json orders.ndjson --bad bad.ndjson > good.ndjson
  zcat events.gz | sluice pipe --schema event.json --draft 7 --report
  sluice pipe --schema order.json#/definitions/line --ref https://schemas.example.com/=./shared lines.ndjson`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, files []string) error {
			return judgeLines(cmd.Context(), o, files, cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.schema.File, "schema", "s", "", "JSON Schema `file`, or file#/pointer to a schema in it")
	f.StringVar(&o.schema.Draft, "draft", "2020-12", "dialect where $schema is absent: 4, 6, 7, 2019-09 or 2020-12")
	f.StringArrayVar(&o.schema.Refs, "ref", nil, "`PREFIX=DIR`: references to URIs below PREFIX are files in DIR; may be repeated")
	f.StringVar(&o.schema.Formats, "formats", "assert", "assert or annotate: whether format can fail")
	f.StringVar(&o.schema.Engine, "engine", "compiled", "compiled or reference (gojsonschema, drafts 4, 6 and 7)")
	f.StringVar(&o.good, "good", "", "`file` for good records instead of stdout")
	f.StringVar(&o.bad, "bad", "", "`file` for bad records with their violations")
	f.BoolVar(&o.report, "report", false, "write one verdict a line to stdout")
	completions := map[string][]string{"draft": pipe.Drafts(), "formats": {"assert", "annotate"}, "engine": {"compiled", "reference"}}
	for name, values := range completions {
		if err := cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
			panic(err) // the flag has just been made
		}
	}
	return cmd
}

// judgeLines opens what the flags name and pipes it through.
func judgeLines(ctx context.Context, o pipeOptions, files []string, stdin io.Reader, stdout, stderr io.Writer) (err error) {
	if o.schema.File == "" {
		return errors.New("--schema is missing: name the JSON Schema to judge by")
	}
	schema, err := pipe.Compile(o.schema)
	if err != nil {
		return err
	}
	run := pipe.Options{Schema: schema, Progress: progress(stderr, stdout)}
	if len(files) == 0 {
		run.Sources = []pipe.Source{{Reader: stdin}}
	}
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		run.Sources = append(run.Sources, pipe.Source{Name: name, Reader: file})
	}
	if o.report {
		run.Report = stdout
	} else {
		run.Good = stdout
	}
	for _, out := range []struct {
		name string
		w    *io.Writer
	}{{o.good, &run.Good}, {o.bad, &run.Bad}} {
		if out.name == "" {
			continue
		}
		if slices.ContainsFunc(files, func(in string) bool { return sameFile(in, out.name) }) {
			return fmt.Errorf("%s is read and would be overwritten: write to another file", out.name)
		}
		file, cerr := os.Create(out.name)
		if cerr != nil {
			return cerr
		}
		defer func() {
			if cerr := file.Close(); cerr != nil {
				err = cerr
			}
		}()
		*out.w = file
	}
	sum, err := pipe.Run(ctx, run)
	if err != nil {
		return err
	}
	fmt.Fprintf(stderr, "%s, %d good, %d bad\n", count(int(sum.Good+sum.Bad), "record"), sum.Good, sum.Bad)
	if sum.Bad > 0 {
		return &failure{code: exitFound}
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
