package reload

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/schemas"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a service whose contracts are reloaded.
type bench struct {
	*Reloader
	t        *testing.T
	dir      string
	registry *prometheus.Registry
	logs     *observer.ObservedLogs
	refuse   error // of Swap

	mu      sync.Mutex
	swapped []*router.Table
}

func newBench(t *testing.T, change ...func(*config.Config)) *bench {
	t.Helper()
	b := &bench{t: t, dir: t.TempDir(), registry: prometheus.NewPedanticRegistry()}
	b.write("sluice.yaml", `
domain: shop
kafka: { brokers: ["localhost:9092"] }
products:
  - { name: orders, input: in, match: { header: t, equals: o }, schema: order.json, output: orders }
  - { name: refunds, input: in, schema: refund.json, output: refunds }
`)
	b.write("order.json", schema("1"))
	b.write("refund.json", schema("1"))
	cfg, err := config.Load(filepath.Join(b.dir, "sluice.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range change {
		f(cfg)
	}
	loader := schemas.NewLoader(cfg)
	set, err := loader.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	core, logs := observer.New(zapcore.InfoLevel)
	b.logs = logs
	b.Reloader = New(Options{
		Config: cfg, Loader: loader, Set: set, Logger: zap.New(core), Registerer: b.registry,
		Swap: func(table *router.Table) error {
			if b.refuse != nil {
				return b.refuse
			}
			b.mu.Lock()
			defer b.mu.Unlock()
			b.swapped = append(b.swapped, table)
			return nil
		},
	})
	return b
}

func schema(version string) string { return fmt.Sprintf(`{"version": %q, "type": "object"}`, version) }

func (b *bench) write(name, text string) {
	b.t.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// swaps is how many tables were put into use.
func (b *bench) swaps() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.swapped)
}

// versions of the table in use, or nothing before the first swap.
func (b *bench) versions() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.swapped) == 0 {
		return ""
	}
	var list []string
	for _, r := range b.swapped[len(b.swapped)-1].Routes() {
		list = append(list, r.Schema)
	}
	return strings.Join(list, " ")
}

// counted checks the metrics.
func (b *bench) counted(successes, failures, successful int) {
	b.t.Helper()
	want := fmt.Sprintf(`# HELP sluice_schema_last_reload_successful Whether the last reload of the contracts went well; 1 before the first.
# TYPE sluice_schema_last_reload_successful gauge
sluice_schema_last_reload_successful %d
# HELP sluice_schema_reloads_total Reloads of the contracts, by result.
# TYPE sluice_schema_reloads_total counter
sluice_schema_reloads_total{result="failure"} %d
sluice_schema_reloads_total{result="success"} %d
`, successful, failures, successes)
	if err := testutil.GatherAndCompare(b.registry, strings.NewReader(want),
		"sluice_schema_last_reload_successful", "sluice_schema_reloads_total"); err != nil {
		b.t.Error(err)
	}
	if got, want := b.metrics.timestamp, float64(b.State().LoadedAt.Unix()); testutil.ToFloat64(got) < want || testutil.ToFloat64(got) > want+1.1 {
		b.t.Errorf("loaded at %f, want about %f", testutil.ToFloat64(got), want)
	}
}

func TestReload(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.counted(0, 0, 1)
	if s := b.State(); !s.Successful || s.Last != nil || s.RestartNeeded {
		t.Errorf("state at the start is %+v", s)
	}
	b.write("order.json", schema("2"))
	r := b.Reload(t.Context(), BySignal)
	if r.Err != nil || len(r.Changed) != 1 || r.Changed[0].Product != "orders" || r.Changed[0].From.Version != "1" || r.Changed[0].To.Version != "2" {
		t.Fatalf("result is %+v", r)
	}
	if got := b.versions(); got != "orders@2 refunds@1" {
		t.Errorf("in use are %s", got)
	}
	if s := b.State(); !s.Successful || s.Last == nil || s.Last.Trigger != BySignal || s.LoadedAt.Before(s.Last.Time) {
		t.Errorf("state is %+v", s)
	}
	b.counted(1, 0, 1)
	if line := b.logs.FilterMessage("contract changed").All(); len(line) != 1 || line[0].ContextMap()["to"] != "2" {
		t.Errorf("logged %v", b.logs.All())
	}

	// Nothing has changed: a reload all the same, that changes nothing.
	if r := b.Reload(t.Context(), ByRequest); r.Err != nil || len(r.Changed) != 0 {
		t.Errorf("result is %+v", r)
	}
	b.counted(2, 0, 1)
}

// TestBrokenContractsChangeNothing: with one broken, none is taken over.
func TestBrokenContractsChangeNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	loaded := b.State().LoadedAt
	b.write("order.json", schema("2"))
	b.write("refund.json", "{\n  \"type\": 5\n}")
	r := b.Reload(t.Context(), ByRequest)
	problems := r.Problems()
	if len(problems) != 1 || problems[0].Line != 2 || problems[0].Column != 11 || filepath.Base(problems[0].File) != "refund.json" {
		t.Errorf("problems are %v", problems)
	}
	if b.swaps() != 0 || r.Changed != nil {
		t.Errorf("%d tables were swapped, changed are %v", b.swaps(), r.Changed)
	}
	s := b.State()
	if s.Successful || s.Last.Err == nil || !s.LoadedAt.Equal(loaded) {
		t.Errorf("state is %+v", s)
	}
	b.counted(0, 1, 0)
	line := b.logs.FilterMessage("contracts not reloaded, those in use stay").All()
	if len(line) != 1 || !strings.Contains(fmt.Sprint(line[0].ContextMap()["problems"]), "refund.json:2:11: ") {
		t.Errorf("logged %v", b.logs.All())
	}

	b.write("refund.json", schema("2"))
	if r := b.Reload(t.Context(), ByRequest); r.Err != nil || len(r.Changed) != 2 || b.versions() != "orders@2 refunds@2" {
		t.Errorf("mended, the result is %+v with %s in use", r, b.versions())
	}
	b.counted(1, 1, 1)
}

func TestWhatElseFails(t *testing.T) {
	t.Parallel()
	f := func(what, want string, break_ func(b *bench)) {
		t.Helper()
		b := newBench(t)
		break_(b)
		b.write("order.json", schema("2"))
		r := b.Reload(t.Context(), ByRequest)
		if problems := r.Problems(); len(problems) != 1 || !strings.Contains(problems[0].String(), want) {
			t.Errorf("%s: problems are %v", what, problems)
		}
		b.counted(0, 1, 0)
	}
	f("the time is over", "reload.timeout: the contracts were not read, compiled and proven within 1ns", func(b *bench) { b.Config.Reload.Timeout = 1 })
	f("a table that is not taken", "not this one", func(b *bench) { b.refuse = errors.New("not this one") })
	f("a panic", "a defect of sluice", func(b *bench) { b.Loader = nil })
}

// TestAStopIsNoFailure: a service that ends while it reloads tells nobody.
func TestAStopIsNoFailure(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if r := b.Reload(ctx, ByFile); r.Err == nil || b.State().Last != nil || b.logs.Len() != 0 {
		t.Errorf("result %+v, state %+v, log %v", r, b.State(), b.logs.All())
	}
	b.counted(0, 0, 1)
}

func TestTheConfigurationNeedsARestart(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	text, err := os.ReadFile(filepath.Join(b.dir, "sluice.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	f := func(text string, needed bool, warnings int) {
		t.Helper()
		b.write("sluice.yaml", text)
		b.Reload(t.Context(), ByRequest)
		if s := b.State(); s.RestartNeeded != needed {
			t.Errorf("restart needed is %t", s.RestartNeeded)
		}
		if n := b.logs.FilterMessage("configuration file changed, restart to use it").Len(); n != warnings {
			t.Errorf("%d warnings, want %d", n, warnings)
		}
	}
	f(string(text), false, 0)
	f(string(text)+"# more\n", true, 1)
	f(string(text)+"# yet more\n", true, 1)
	f(string(text), false, 1)
	if got := b.versions(); got != "orders@1 refunds@1" {
		t.Errorf("in use are %s", got)
	}
}

// TestWatch: a change is taken over when it has settled, and one that never
// does all the same.
func TestWatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); b.Watch(ctx) }()
		look := func() {
			time.Sleep(b.Config.Reload.Interval)
			synctest.Wait()
		}
		f := func(what string, reloads, successes int) {
			t.Helper()
			look()
			if got := testutil.ToFloat64(b.metrics.total.WithLabelValues(failure)) + float64(b.swaps()); int(got) != reloads || b.swaps() != successes {
				t.Errorf("%s: %v reloads, %d went well; want %d, %d", what, got, b.swaps(), reloads, successes)
			}
		}
		look() // off the ticks
		f("nothing has changed", 0, 0)
		b.write("order.json", schema("22"))
		f("just changed", 0, 0)
		f("settled", 1, 1)
		f("taken over", 1, 1)
		b.write("order.json", `{"version": "333",`)
		f("half-written", 1, 1)
		b.write("order.json", schema("333"))
		f("written while it was waited for", 1, 1)
		f("settled", 2, 2)
		b.write("order.json", `{"version": "4444",`)
		f("half-written", 2, 2)
		f("and staying so", 3, 2)
		f("a failure is not repeated", 3, 2)
		b.write("order.json", schema("4444"))
		f("mended", 3, 2)
		f("settled", 4, 3)
		for i := range patience {
			b.write("order.json", schema(strings.Repeat("5", 5+i)))
			f("again and again", 4, 3)
		}
		b.write("order.json", schema("final-version"))
		f("patience is over", 5, 4)
		if got := b.versions(); got != "orders@final-version refunds@1" {
			t.Errorf("in use are %s", got)
		}
		stop()
		<-done
	})
}

func TestNobodyWatchesUnlessWanted(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *config.Config) { c.Reload.Watch = false })
	b.Watch(t.Context()) // returns
}
