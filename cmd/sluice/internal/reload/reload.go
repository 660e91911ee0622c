// Package reload takes over changed contracts while the service runs.
//
// A reload reads every document and fixture that the configuration names,
// compiles what has changed, proves it, and makes a table. Only if all of that
// went well, and no file moved meanwhile, is the table handed over, in one step.
// Otherwise nothing happens to the one in use, and metrics, the log and
// State say why.
//
// Reloads are asked for by Watch, which looks at the files, and by Reload, for
// signals and requests. They run one after the other.
package reload

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/schemas"
)

// Files that move while they are read are read again so many times.
const attempts = 3

// ErrMoving says that files kept changing while they were read.
var ErrMoving = errors.New("the contracts' files kept changing while they were read: try again when they are written")

// Options are what a Reloader is made of. All are required.
type Options struct {
	Config *config.Config
	// Loader has loaded Set, which is in use.
	Loader *schemas.Loader
	Set    *schemas.Set
	// Swap puts a table into use; the Reloader calls it from one goroutine at a
	// time.
	Swap       func(*router.Table) error
	Logger     *zap.Logger
	Registerer prometheus.Registerer
}

// Reloader takes over changed contracts. Its methods may be called
// concurrently.
type Reloader struct {
	Options
	metrics *metrics

	working sync.Mutex  // held by the reload that runs, and by looks
	config  fingerprint // of the file at the start

	mu    sync.Mutex // of what follows
	set   *schemas.Set
	state State
}

// New returns a Reloader for a service that begins now.
func New(o Options) *Reloader {
	o.Logger = o.Logger.Named("reload")
	return &Reloader{
		Options: o, metrics: newMetrics(o.Registerer), config: fingerprintOf(o.Config.File), set: o.Set,
		state: State{Successful: true, LoadedAt: time.Now()},
	}
}

// State returns how things stand.
func (r *Reloader) State() State {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state
}

// Reload takes over what has changed. Trigger is who asks, for the log. The
// error of the Result is not the caller's to log.
func (r *Reloader) Reload(ctx context.Context, trigger Trigger) Result {
	r.working.Lock()
	defer r.working.Unlock()
	return r.reload(ctx, trigger)
}

// reload is called with working held.
func (r *Reloader) reload(ctx context.Context, trigger Trigger) Result {
	started := time.Now()
	r.checkConfig()
	set, table, err := r.build(ctx)
	if err == nil {
		err = r.Swap(table)
	}
	result := Result{Time: started, Trigger: trigger, Took: time.Since(started), Err: err}
	if ctx.Err() != nil {
		return result // the service stops: nobody wants to know
	}
	r.mu.Lock()
	if err == nil {
		result.Changed = changes(r.set, set)
		r.set = set
		r.state.LoadedAt = time.Now()
	}
	r.state.Successful, r.state.Last = err == nil, &result
	r.mu.Unlock()
	r.metrics.count(&result)
	r.tell(&result)
	return result
}

// build does everything that can fail, within the time that a reload has.
func (r *Reloader) build(ctx context.Context) (set *schemas.Set, table *router.Table, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("a defect of sluice, please report it: %v\n%s", p, debug.Stack())
		}
	}()
	timeout := r.Config.Reload.Timeout
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, config.Problems{{
		File: r.Config.File, Path: "reload.timeout",
		What: fmt.Sprintf("the contracts were not read, compiled and proven within %s", timeout),
		Mend: "simplify schemas, remove fixtures, or raise it",
	}})
	defer cancel()
	for range attempts {
		set, err = r.Loader.Load(ctx)
		if ctx.Err() != nil {
			return nil, nil, err
		}
		if r.Loader.Changed() {
			// What was read may be half of one version and half of another.
			err = ErrMoving
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		table, err = router.Compile(r.Config, set)
		return set, table, err
	}
	return nil, nil, err
}

// tell logs a result.
func (r *Reloader) tell(result *Result) {
	fields := []zap.Field{zap.String("trigger", string(result.Trigger)), zap.Duration("took", result.Took)}
	if result.Err != nil {
		r.Logger.Error("contracts not reloaded, those in use stay", append(fields, zap.Strings("problems", result.problems()))...)
		return
	}
	for i := range result.Changed {
		c := &result.Changed[i]
		r.Logger.Info("contract changed", zap.String("product", c.Product), zap.String("from", c.From.Version), zap.String("to", c.To.Version),
			zap.String("sha256", c.To.SHA256), zap.Int("fixtures", c.To.Fixtures))
	}
	r.Logger.Info("contracts reloaded", append(fields, zap.Int("changed", len(result.Changed)))...)
}
