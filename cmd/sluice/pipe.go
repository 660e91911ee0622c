package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sluicedata/sluice/cmd/sluice/internal/pipe"
)

// pipeOptions are the flags of pipe.
type pipeOptions struct {
	schema    pipe.SchemaOptions
	config    string
	lines     pipe.Lines
	good, bad string
	report    bool
	stats     bool
	json      bool
}

func newPipeCommand() *cobra.Command {
	var o pipeOptions
	var key string
	cmd := &cobra.Command{
		Use:   "pipe [file ...]",
		Short: "Judge lines of JSON, by a schema or as the service would",
		Long: `pipe reads newline-delimited JSON, one record a line, from files or stdin (-)
and judges each record. Good records go to stdout or --good, bad ones with their
violations as JSON lines to --bad. With --report, stdout has one verdict a line
instead: {"line":1,"valid":false,"reason":"schema_violation","violations":[...],"total":1};
with --stats, a profile of the input: verdicts, reasons, keywords, and the most
frequent failures.

With --schema a JSON Schema judges. It may reference documents in its own folder
by relative references, and others below prefixes that --ref maps to folders;
nothing is fetched. With --product, each record gets the decision that the
service of the configuration would take: match, limits, contract, unmatched
records. Good is what would go to the product's topic, bad what would become a
dead letter; records of other products are counted and left out. --topic says
which input the records come from, --key and --header what they have besides
their value. --topic alone judges for all products of the topic.

Files that end in .gz or .zst are read and written compressed, and stdin may be.
Order is kept, all cores are used, memory is constant. Blank lines are passed
over; a line over the limit, 1 MiB unless the configuration says otherwise, is
limit_exceeded.

It exits 0 if no record is bad, 1 if any is, 2 if it could not run. A count is
the last line on stderr, which shows progress meanwhile where it is a terminal.`,
		Example: `  sluice pipe --schema order.json orders.ndjson --bad bad.ndjson > good.ndjson
  sluice pipe --product orders day-1.ndjson.gz day-2.ndjson.zst --good good.ndjson.zst
  sluice pipe --product check_run --header X-GitHub-Event=check_run --report events.ndjson
  sluice pipe --schema order.json --stats --json orders.ndjson
  sluice pipe --schema order.json#/definitions/line --ref https://schemas.example.com/=./shared lines.ndjson`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, files []string) error {
			if cmd.Flags().Changed("key") {
				o.lines.Key = &key
			}
			if err := o.check(cmd.Flags().Changed); err != nil {
				return err
			}
			return judgeLines(cmd.Context(), o, files, cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.schema.File, "schema", "s", "", "JSON Schema `file`, or file#/pointer to a schema in it")
	f.StringVar(&o.schema.Draft, "draft", "2020-12", "dialect where $schema is absent: 4, 6, 7, 2019-09 or 2020-12")
	f.StringArrayVar(&o.schema.Refs, "ref", nil, "`PREFIX=DIR`: references to URIs below PREFIX are files in DIR; may be repeated")
	f.StringVar(&o.schema.Formats, "formats", "assert", "assert or annotate: whether format can fail")
	f.StringVar(&o.schema.Engine, "engine", "compiled", "compiled or reference (gojsonschema, drafts 4, 6 and 7)")
	configFlag(cmd, &o.config, "sluice.yaml")
	f.StringVarP(&o.lines.Product, "product", "p", "", "data `product` of the configuration to judge for")
	f.StringVar(&o.lines.Topic, "topic", "", "input `topic` that the records come from")
	f.StringVar(&key, "key", "", "`key` of the records")
	f.StringArrayVar(&o.lines.Headers, "header", nil, "`NAME=VALUE` of a header of the records; may be repeated")
	f.StringVar(&o.good, "good", "", "`file` for good records instead of stdout")
	f.StringVar(&o.bad, "bad", "", "`file` for bad records with their violations")
	f.BoolVar(&o.report, "report", false, "write one verdict a line to stdout")
	f.BoolVar(&o.stats, "stats", false, "write a profile of the input to stdout")
	f.BoolVar(&o.json, "json", false, "with --stats: print it as JSON")
	completeWith(cmd, "draft", pipe.Drafts()...)
	completeWith(cmd, "formats", "assert", "annotate")
	completeWith(cmd, "engine", "compiled", "reference")
	completeProducts(cmd, "product")
	completeInputs(cmd, "topic")
	return cmd
}

// check refuses flags that contradict each other; given tells which there are.
func (o *pipeOptions) check(given func(string) bool) error {
	byProduct := o.lines.Product != "" || o.lines.Topic != ""
	switch {
	case o.schema.File == "" && !byProduct:
		return errors.New("--schema is missing: name the JSON Schema to judge by, or a --product of the configuration")
	case o.schema.File != "" && byProduct:
		return errors.New("--schema and --product both say what judges: leave one out")
	case o.report && o.stats:
		return errors.New("--report and --stats both write to stdout: leave one out")
	case o.json && !o.stats:
		return errors.New("--json says how --stats prints: add --stats, or leave it out")
	}
	only, flags := "--schema", []string{"draft", "ref", "formats", "engine"}
	if !byProduct {
		only, flags = "--product", []string{"config", "key", "header"}
	}
	for _, name := range flags {
		if given(name) {
			return fmt.Errorf("--%s goes with %s only: leave it out", name, only)
		}
	}
	return nil
}
