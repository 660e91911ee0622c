package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sluicedata/sluice/cmd/sluice/internal/explain"
)

// explainOptions are the flags of explain as they are typed.
type explainOptions struct {
	config, from   string
	topic, product string
	key            *string
	headers        []string
	line           int
	json           bool
}

func newExplainCommand() *cobra.Command {
	var o explainOptions
	var key string
	cmd := &cobra.Command{
		Use:   "explain [file]",
		Short: "Say why one record is judged as it is",
		Long: `explain judges one record as the service would and says why: which products were
asked for it and what each match saw, which product has it, and for each
violation the place in the record and the line of the schema that says so.

The record comes from a file or stdin, or with --from out of Kafka. A value from
a file is judged as a record of --topic, with --key and --header; --topic can be
left out where the configuration has one input. --line takes one line of a file
of many. Files that end in .gz or .zst are read compressed. A dead letter out of Kafka is judged as the record that it was, by the
contract as it is now; what it says of its failure is shown beside that.

--product judges for one product, whatever its match says.

The record's values are shown. Nothing is sent or committed.

It exits 0 if the record would be accepted, 1 if not, 2 if it could not run.`,
		Example: `  sluice explain order.json
  sluice explain --from sales.orders.v1.dlq:0:17
  sluice explain --topic github.webhooks --header X-GitHub-Event=push payload.json
  sluice explain --product orders --line 17 --json orders.ndjson
  kcat -b localhost:9092 -t shop.orders -o -1 -c 1 | sluice explain --topic shop.orders`,
		Args: oneFile,
		RunE: func(cmd *cobra.Command, files []string) error {
			if cmd.Flags().Changed("line") && o.line < 1 {
				return fmt.Errorf("--line %d: lines count from 1", o.line)
			}
			if cmd.Flags().Changed("key") {
				o.key = &key
			}
			return o.run(cmd.Context(), files, cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	configFlag(cmd, &o.config, "sluice.yaml")
	f.StringVar(&o.from, "from", "", "read `TOPIC:PARTITION:OFFSET` from Kafka")
	f.StringVar(&o.topic, "topic", "", "input `topic` that the record comes from")
	f.StringVarP(&o.product, "product", "p", "", "`product` to judge for, whatever its match says")
	f.StringVar(&key, "key", "", "`key` of the record")
	f.StringArrayVar(&o.headers, "header", nil, "`NAME=VALUE` of a header of the record; may be repeated")
	f.IntVar(&o.line, "line", 0, "take this line of the file, from 1")
	f.BoolVar(&o.json, "json", false, "print the answer as JSON")
	completeProducts(cmd, "product")
	completeInputs(cmd, "topic")
	return cmd
}

// run explains what the flags name.
func (o *explainOptions) run(ctx context.Context, files []string, stdin io.Reader, stdout io.Writer) error {
	g, err := load(o.config)
	if err != nil {
		return err
	}
	e, err := o.explain(ctx, g, files, stdin)
	if err != nil {
		return err
	}
	if o.json {
		err = printJSON(stdout, e)
	} else {
		var b strings.Builder
		text := explain.Text{W: &b, Color: isTerminal(stdout) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
		text.Print(e)
		_, err = io.WriteString(stdout, b.String())
	}
	if err == nil && !e.Accepted() {
		return &failure{code: exitFound}
	}
	return err
}
