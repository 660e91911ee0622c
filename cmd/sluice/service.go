package main

import (
	"context"
	"io"
	"os"
	"sync"
	"time"

	"go.uber.org/zap"
	"golang.org/x/term"

	"github.com/sluicedata/sluice/cmd/sluice/internal/logging"
	"github.com/sluicedata/sluice/cmd/sluice/internal/ops"
	"github.com/sluicedata/sluice/cmd/sluice/internal/reload"
	"github.com/sluicedata/sluice/consumer"
)

// Requests that are being answered when the consumer has stopped have this
// long to end. It comes on top of shutdown_timeout.
const opsGrace = 2 * time.Second

// service is a running gate: the consumer and its operations listener.
type service struct {
	consumer *consumer.Consumer
	reloader *reload.Reloader
	ops      *ops.Server
	log      *zap.Logger
	done     chan struct{}
	err      error // of the consumer, once done is closed
}

// start starts a gate, whose log goes to out. It ends when ctx does, or when
// the consumer gives up; Wait tells. The listener answers from before the
// consumer joins its group until after it has left.
func start(ctx context.Context, g *gate, out io.Writer) (*service, error) {
	build := currentBuild()
	registry, own := ops.NewRegistry(g.cfg.Domain, build)
	terminal := isTerminal(out)
	log, level := logging.New(logging.Options{
		Log: g.cfg.Log, Out: out, Registerer: own,
		Terminal: terminal,
		Color:    bool(colorsOf(out)),
	})
	c, err := consumer.New(consumer.Options{
		Config: g.cfg, Table: g.table, Logger: log, Registerer: own, Version: build.Version,
	})
	if err != nil {
		return nil, err
	}
	reloader := reload.New(reload.Options{
		Config: g.cfg, Loader: g.loader, Set: g.set, Swap: c.Swap, Logger: log, Registerer: own,
	})
	server, err := ops.Listen(ctx, ops.Options{
		Config: g.cfg, Status: c.Status, Reloader: reloader, Registry: registry, Level: level, Logger: log, Build: build,
	})
	if err != nil {
		return nil, err
	}
	names := make([]string, len(g.cfg.Products))
	for i := range g.cfg.Products {
		names[i] = g.cfg.Products[i].Name
	}
	log.Info("started", zap.String("domain", g.cfg.Domain), zap.String("group", g.cfg.Kafka.Group),
		zap.Strings("products", names), zap.String("version", build.Version))
	s := &service{consumer: c, reloader: reloader, ops: server, log: log, done: make(chan struct{})}
	go s.run(ctx)
	return s, nil
}

func (s *service) run(ctx context.Context) {
	defer close(s.done)
	told := context.AfterFunc(ctx, func() {
		s.log.Info("stopping", zap.NamedError("cause", context.Cause(ctx)))
	})
	defer told()
	watching, stop := context.WithCancel(ctx)
	var watch sync.WaitGroup
	watch.Go(func() { s.reloader.Watch(watching) })
	defer watch.Wait()
	defer stop()
	// The consumer is not ready from the moment that ctx ends: load balancers
	// and rollouts see that while it finishes its work.
	s.err = s.consumer.Run(ctx)
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), opsGrace)
	defer cancel()
	s.ops.Shutdown(ending)
}

// reloadOn takes over changed contracts at each signal, until ctx ends.
func (s *service) reloadOn(ctx context.Context, signals <-chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-signals:
			s.reloader.Reload(ctx, reload.BySignal)
		}
	}
}

// Status is the consumer's.
func (s *service) Status() consumer.Status { return s.consumer.Status() }

// Address is where the operations listener is bound.
func (s *service) Address() string { return s.ops.Address() }

// Wait returns when the service has stopped: nil, or why it gave up.
func (s *service) Wait() error {
	<-s.done
	return s.err
}

// isTerminal reports whether people read what is written to w.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
