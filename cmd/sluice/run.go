package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/sluicedata/sluice/config"
)

// logLevels that --log-level takes.
var logLevels = []string{string(config.LogDebug), string(config.LogInfo), string(config.LogWarn), string(config.LogError)}

// runOptions are the flags of run; they override the configuration.
type runOptions struct {
	config   string
	logLevel string
	pprof    bool
}

func newRunCommand() *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run the service of a domain",
		Long: `run is the service: it consumes the domain's raw topics, judges every record by
its contract, and produces it to the product's topic or to its dead-letter
topic. It refuses to start where check finds a problem. To scale out, start it
more than once: the members share the topics' partitions.

While it runs it takes over changed contracts, at once and as a whole: when files
of theirs change (reload.watch), on SIGHUP, and on POST /-/reload. It goes on
with those it has where the new ones are broken; the log, /status and metrics say
why. A changed sluice.yaml needs a restart.

On SIGTERM or SIGINT it says that it is not ready, finishes what is in flight,
commits, leaves the group and exits 0, within shutdown_timeout. A second signal
stops it at once: nothing is lost, but what was in flight comes again. Exit code
2 means that it could not start or could not go on; the last lines say why. Its
log goes to stderr.`,
		Example: `  sluice run
  sluice run --config /etc/sluice/sluice.yaml --log-level debug`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return serve(cmd.Context(), o, cmd.ErrOrStderr())
		},
	}
	configFlag(cmd, &o.config, "sluice.yaml")
	cmd.Flags().StringVar(&o.logLevel, "log-level", "", "debug, info, warn or error, instead of log.level")
	cmd.Flags().BoolVar(&o.pprof, "pprof", false, "serve profiles under /debug/pprof/, as http.pprof does")
	err := cmd.RegisterFlagCompletionFunc("log-level", cobra.FixedCompletions(logLevels, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic(err) // the flag has just been made
	}
	return cmd
}

// serve runs the service until ctx ends.
func serve(ctx context.Context, o runOptions, stderr io.Writer) error {
	if o.logLevel != "" && !slices.Contains(logLevels, o.logLevel) {
		return fmt.Errorf("--log-level %q: choose debug, info, warn or error", o.logLevel)
	}
	// From here on: until the service can reload, the signal is kept.
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	g, err := load(o.config)
	if err != nil {
		return err
	}
	if o.logLevel != "" {
		g.cfg.Log.Level = config.LogLevel(o.logLevel)
	}
	g.cfg.HTTP.Pprof = g.cfg.HTTP.Pprof || o.pprof
	s, err := start(ctx, g, stderr)
	if err != nil {
		if ctx.Err() != nil {
			return nil // stopped before it had started, as was asked for
		}
		return err
	}
	limitMemory(s.log, memlimit.FromCgroup)
	go s.reloadOn(ctx, hangups)
	if err := s.Wait(); err != nil {
		// Whoever collects the log reads it there.
		s.log.Error("service failed", zap.Error(err))
		return &failure{code: exitCannotRun}
	}
	return nil
}
