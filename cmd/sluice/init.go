package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sluicedata/sluice/cmd/sluice/internal/scaffold"
	"github.com/sluicedata/sluice/config"
)

// initOptions are the flags of init.
type initOptions struct {
	scaffold.Options
	dir, from string
}

func newInitCommand() *cobra.Command {
	var o initOptions
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Begin a domain: a configuration, a contract and fixtures",
		Long: `init writes what a domain begins with: sluice.yaml with one product, its
contract as a JSON Schema, and fixtures that the contract must accept and refuse.
check and run take it as it is. With --from the contract is drafted from sample
records, as infer does, and the fixtures are made of them; without, it is an
example to write over.

Nothing is overwritten: if one of the files is there already, none is written.
It exits 0 when all is written, 2 if it could not run.`,
		Example: `  sluice init --domain sales --product orders
  sluice init --domain sales --product orders --from orders.ndjson --input shop.orders --owner sales-data@example.com
  sluice init --domain sales --product orders --dir domains/sales`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return begin(cmd.Context(), o, cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Domain, "domain", "", "`name` of the domain")
	f.StringVar(&o.Product, "product", "", "`name` of the data product")
	f.StringVar(&o.Owner, "owner", "", "`address` of whom the product's readers may write to")
	f.StringSliceVar(&o.Brokers, "brokers", []string{"localhost:9092"}, "`host:port` of the Kafka brokers")
	f.StringVar(&o.Input, "input", "", "raw `topic` of the product (default <domain>.<product>.raw)")
	f.StringVar(&o.from, "from", "", "`file` of sample records, one JSON text a line, or - for stdin")
	f.StringVar(&o.dir, "dir", ".", "`folder` to write to")
	return cmd
}

// begin writes a domain and says what to do next.
func begin(ctx context.Context, o initOptions, stdin io.Reader, stdout, stderr io.Writer) error {
	if o.Domain == "" || o.Product == "" {
		return errors.New("--domain and --product are needed: name the domain and its first data product")
	}
	if err := o.draft(ctx, stdin, stdout, stderr); err != nil {
		return err
	}
	files, err := scaffold.Files(o.Options)
	if err != nil {
		return err
	}
	if err := rehearse(files); err != nil {
		return err
	}
	if err := scaffold.Write(o.dir, files); err != nil {
		return err
	}
	for _, f := range files {
		fmt.Fprintln(stdout, "wrote "+filepath.Join(o.dir, filepath.FromSlash(f.Name)))
	}
	o.sayNext(stdout)
	return nil
}

// draft makes the contract from the samples, if there are any.
func (o *initOptions) draft(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
	if o.from == "" {
		return nil
	}
	schema, samples, err := inferSchema(ctx, o.Product, []string{o.from}, stdin, stdout, stderr)
	if err != nil && schema == nil {
		return err
	}
	if err != nil {
		// The records that are none may be what the gate is for.
		fmt.Fprintf(stderr, "sluice: %v\n", err)
	}
	o.Schema, o.Samples = schema, samples
	return nil
}

// rehearse writes the files where nobody sees them and checks them: what is
// wrong comes from a flag, and nothing is left behind.
func rehearse(files []scaffold.File) error {
	dir, err := os.MkdirTemp("", "sluice-init-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	// The configuration first: it checks the names that paths are made of.
	file := filepath.Join(dir, scaffold.ConfigFile)
	if err := scaffold.Write(dir, files[:1]); err != nil {
		return err
	}
	if _, err = config.Load(file); err == nil {
		if err := scaffold.Write(dir, files[1:]); err != nil {
			return err
		}
		_, err = load(file)
	}
	problems, ok := errors.AsType[config.Problems](err)
	if !ok {
		return err
	}
	flags := map[string]string{
		"domain": "--domain", "owner": "--owner", "products[0].name": "--product", "products[0].input": "--input",
		"products[0].output": "--domain and --product", "products[0].dlq": "--domain and --product",
	}
	for i := range problems {
		p := &problems[i]
		if strings.HasPrefix(p.Path, "kafka.brokers") {
			p.Path = "--brokers"
		} else if flag, ok := flags[p.Path]; ok {
			p.Path = flag
		}
		p.File, p.Line, p.Column = "sluice init", 0, 0
	}
	return problems
}

// sayNext tells the way from here to a running gate.
func (o *initOptions) sayNext(stdout io.Writer) {
	config := filepath.Join(o.dir, scaffold.ConfigFile)
	flag := ""
	if config != scaffold.ConfigFile {
		flag = " --config " + config
	}
	fmt.Fprintf(stdout, `
Next:
  1. Say in %s what every record has, and put records that it
     must accept and refuse into the folders examples/valid and examples/invalid.
  2. sluice check%s
  3. sluice plan%s
     says which topics are missing, and apply makes them, with --inputs the raw
     ones too.
  4. sluice run%s
`, filepath.Join(o.dir, filepath.FromSlash(o.SchemaFile())), flag, flag, flag)
}
