package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sluicedata/sluice/cmd/sluice/internal/progress"
	"github.com/sluicedata/sluice/consumer/replay"
)

// replayOptions are the flags of replay as they are typed.
type replayOptions struct {
	config, to, patch            string
	product, reason, fingerprint string
	since, until                 string
	topics                       []string
	park                         string
	limit                        int64
	maxAttempts, rate            int
	apply, json                  bool
}

func newReplayCommand() *cobra.Command {
	var o replayOptions
	cmd := &cobra.Command{
		Use:   "replay",
		Short: "Send dead letters again that pass today's contract",
		Long: `replay reads the dead-letter topics, judges every selected dead letter again by
the contract as it is now, and says what would become of it. With --apply it does
it:

  recovered   passes: goes to the product's topic with its own key, value,
              headers and timestamp, or with --to input to where it came from
  still bad   fails: becomes a new dead letter with the new reasons and one
              attempt more
  parked      has failed more often than --max-attempts, or cannot be mended by
              a replay (cut to size, no dead letter of sluice, dropped by
              policy): goes to the parking topic
  skipped     not selected, or --patch is not for it: stays

Nothing is ever dropped. --patch is a JSON Patch (RFC 6902) that mends values
before they are judged: what it does not touch keeps its bytes, white space
around what it rewrites is lost.

What is done stands in the offsets of the group <kafka.group>-replay: a replay
that was interrupted goes on when it is run again, one with another selection
finds all that is left, and the group's lag is 0 when the topic is drained.
Delivery is that of the service: after a crash at_least_once may repeat the last
records, exactly_once repeats none.

Recovered records land behind newer ones of their keys.

It exits 0 if all selected dead letters are recovered, or could be, 1 if some are
still bad or parked, 2 if it could not run or was interrupted.`,
		Example: `  sluice replay
  sluice replay --product orders --fingerprint 05406057 --apply
  sluice replay --reason schema_violation --since 24h --patch mend.json --apply
  sluice replay --to input --rate 500 --apply
  sluice replay --dlq sales.orders.v1.dlq.parked --json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	configFlag(cmd, &o.config, "sluice.yaml")
	f.BoolVar(&o.apply, "apply", false, "send; without it nothing changes")
	f.StringVar(&o.to, "to", "product", "product or input: where recovered records go")
	f.StringVarP(&o.product, "product", "p", "", "only dead letters of this `product`, or of _unmatched")
	f.StringVar(&o.reason, "reason", "", "only this `reason`")
	f.StringVar(&o.fingerprint, "fingerprint", "", "only this `fingerprint`, or what begins with it")
	f.StringVar(&o.since, "since", "", "only what failed since a `time`, in RFC 3339 or as a duration before now")
	f.StringVar(&o.until, "until", "", "only what failed before a `time`, in the same forms")
	f.Int64Var(&o.limit, "limit", 0, "end after so many selected dead letters; 0 is no limit")
	f.StringVar(&o.patch, "patch", "", "JSON Patch `file` to apply to values before they are judged")
	f.IntVar(&o.maxAttempts, "max-attempts", 5, "park what has failed more often; 0 is no limit")
	f.StringVar(&o.park, "park", "", "parking `topic`, by default the dead-letter topic's name and .parked")
	f.StringArrayVar(&o.topics, "dlq", nil, "dead-letter `topic` to read instead of the configuration's; may be repeated")
	f.IntVar(&o.rate, "rate", 0, "send at most so many records a second; 0 is no bound")
	f.BoolVar(&o.json, "json", false, "print the result as JSON")
	completeWith(cmd, "to", "product", "input")
	completeWith(cmd, "reason", reasonNames()...)
	completeProducts(cmd, "product")
	return cmd
}

// run replays as the flags say, and prints the result.
func (o *replayOptions) run(ctx context.Context, stdout, stderr io.Writer) error {
	run, err := o.options()
	if err != nil {
		return err
	}
	bar := progress.New(stderr)
	run.Progress = func(read, all int64) {
		bar.Update(func() progress.State {
			return progress.State{Done: read, Total: all, Unit: func(n float64) string { return fmt.Sprintf("%.0f records", n) }}
		})
	}
	result, err := replay.Run(ctx, *run)
	bar.Clear()
	if result == nil {
		return err
	}
	if o.json {
		err = errors.Join(err, printJSON(stdout, result))
	} else {
		var text strings.Builder
		printReplay(&text, result)
		_, werr := io.WriteString(stdout, text.String())
		err = errors.Join(err, werr)
	}
	if result.MayRepeat {
		fmt.Fprintf(stderr, "warning: group %s has no offsets, and some dead letters are older than brokers keep those (offsets.retention.minutes): if they were replayed before, --since leaves them out\n", result.Group)
	}
	if result.Recovered > 0 {
		fmt.Fprintf(stderr, "warning: recovered records land behind newer ones of their keys; the oldest is of %s\n", moment(result.Oldest))
	}
	if err == nil && result.StillBad+result.Parked > 0 {
		return &failure{code: exitFound}
	}
	return err
}
