package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/sluicedata/sluice/cmd/sluice/internal/demo"
	"github.com/sluicedata/sluice/cmd/sluice/internal/ops"
	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/schemas/examples"
)

// demoPort is where the listener of the first domain is; the others follow.
const demoPort = 9464

func newDemoCommand() *cobra.Command {
	var o demo.Options
	var listen []string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "See the gate at work, with a Kafka and traffic of its own",
		Long: `demo runs the example domains on an embedded Kafka: traffic of which a known
share is broken, the service of each domain, a live view, metrics and status on
localhost. It needs nothing else.

It ends after --for, or on Ctrl-C, with books that are checked: another client
reads all topics back. Every record that was sent must have come out once,
accepted or as a dead letter, as it was planted when the record was made, and
the service must have counted the same. It exits 0 if so and 1 if not.

With --brokers it uses a real cluster, on which it makes the topics of the
examples if they do not exist yet, to keep records for ten minutes; with
--traffic-only it only sends, for a service that runs elsewhere.`,
		Example: `  sluice demo --for 10s
  sluice demo --domain sales --rate 5000 --bad 0.1 --seed 7
  sluice demo --brokers localhost:9092 --domain sales --traffic-only`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Out, o.Terminal = cmd.OutOrStdout(), isTerminal(cmd.OutOrStdout())
			if err := checkDemo(&o, listen); err != nil {
				return err
			}
			return runDemo(cmd.Context(), o, listen, cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.DurationVar(&o.For, "for", 0, "end after this `time`; 0 goes on until Ctrl-C")
	f.IntVar(&o.Rate, "rate", 500, "`records` a second for each domain")
	f.Float64Var(&o.Bad, "bad", 0.02, "`share` of broken records, from 0 to 1")
	f.Uint64Var(&o.Seed, "seed", 1, "the same `seed` makes the same records")
	f.StringSliceVar(&o.Domains, "domain", []string{"sales", "code-hosting"}, "example `domain`, repeatable")
	f.StringSliceVar(&o.Brokers, "brokers", nil, "brokers of a real cluster without TLS or passwords, `host:port`, instead of the embedded Kafka")
	f.BoolVar(&o.TrafficOnly, "traffic-only", false, "only send; needs --brokers")
	f.StringArrayVar(&listen, "listen", nil, "`host:port` of the HTTP listener, repeatable, one for each domain\n(default 127.0.0.1:9464, the next ports, or free ones)")
	err := cmd.RegisterFlagCompletionFunc("domain", cobra.FixedCompletions(examples.Domains(), cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic(err) // the flag has just been made
	}
	return cmd
}

// checkDemo refuses flags that make no sense, alone or together.
func checkDemo(o *demo.Options, listen []string) error {
	for i, d := range o.Domains {
		if !slices.Contains(examples.Domains(), d) {
			return fmt.Errorf("--domain %q: there is no such example domain: choose %s", d, strings.Join(examples.Domains(), " or "))
		}
		if slices.Contains(o.Domains[:i], d) {
			return fmt.Errorf("--domain %q is given twice: leave one out", d)
		}
	}
	switch {
	case o.For < 0:
		return fmt.Errorf("--for %s: choose a time above 0, or 0 to go on until Ctrl-C", o.For)
	case o.Rate < 1:
		return fmt.Errorf("--rate %d: choose at least 1 record a second", o.Rate)
	case !(o.Bad >= 0 && o.Bad <= 1):
		return fmt.Errorf("--bad %v: choose a share from 0 to 1", o.Bad)
	case o.TrafficOnly && len(o.Brokers) == 0:
		return errors.New("--traffic-only sends to a service that runs elsewhere: name the brokers with --brokers")
	case len(listen) > len(o.Domains):
		return fmt.Errorf("--listen is given %d times for %s: give it once for each domain at most", len(listen), count(len(o.Domains), "domain"))
	}
	return nil
}

// runDemo runs the demo with the service of this binary, whose warnings go to
// stderr.
func runDemo(ctx context.Context, o demo.Options, listen []string, stderr io.Writer) error {
	o.Start = func(ctx context.Context, i int, cfg *config.Config) (demo.Service, error) {
		cfg.Log.Level = config.LogWarn
		if i < len(listen) {
			cfg.HTTP.Listen = listen[i]
			s, err := startDomain(ctx, cfg, stderr)
			var taken *ops.ListenError
			if errors.As(err, &taken) {
				err = fmt.Errorf("--listen %s: %w: choose a free address", listen[i], taken.Err)
			}
			return s, err
		}
		cfg.HTTP.Listen = fmt.Sprintf("127.0.0.1:%d", demoPort+i)
		s, err := startDomain(ctx, cfg, stderr)
		if errors.Is(err, syscall.EADDRINUSE) {
			fmt.Fprintf(o.Out, "%s is taken: %s listens on a free port\n", cfg.HTTP.Listen, cfg.Domain)
			cfg.HTTP.Listen = "127.0.0.1:0"
			s, err = startDomain(ctx, cfg, stderr)
		}
		return s, err
	}
	err := demo.Run(ctx, o)
	if errors.Is(err, demo.ErrBooks) {
		return &failure{exitFound, err}
	}
	return err
}

// startDomain starts the service of one domain. It is a demo.Service only if
// it has started: a nil *service in an interface would not be nil.
func startDomain(ctx context.Context, cfg *config.Config, stderr io.Writer) (demo.Service, error) {
	g, err := compile(cfg)
	if err != nil {
		return nil, err
	}
	s, err := start(ctx, g, stderr)
	if err != nil {
		return nil, err
	}
	return s, nil
}
