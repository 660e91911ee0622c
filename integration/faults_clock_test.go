package integration

import (
	"bytes"
	"context"
	"math"
	"sync"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/sluicedata/sluice/integration/internal/service"
)

// clockFaults move the clock of the service's machine.
var clockFaults = []fault{
	{name: "the service's clock jumps", run: clockJumps},
}

// movable is a build of the service whose clock can be moved. It takes a while:
// all of it is compiled anew.
var movable = sync.OnceValues(func() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	return service.BuildMovable(ctx, root, builds, "sluice-movable")
})

// clockJumps lets the clock go to and fro by an hour and by a day, which is more
// than brokers take in a timestamp. A dead letter has the time of its making.
func clockJumps(t *trial) {
	build, err := movable()
	if err != nil {
		t.T.Fatal(err)
	}
	t.sales()
	clock, err := service.NewClock(t.T.TempDir())
	if err != nil {
		t.T.Fatal(err)
	}
	t.send(salesTraffic(t.T), 500)
	p := t.startWith(build, t.brokers, clock.Env())
	t.single = p
	t.grow(200, p)
	jumps := []time.Duration{time.Hour, 0, -time.Hour, 0, time.Hour, -time.Hour, 24 * time.Hour, -24 * time.Hour, 0}
	before := t.families(p)
	for range times(1, 3) {
		for _, ahead := range jumps {
			if err := clock.Set(ahead); err != nil {
				t.Fatal(err)
			}
			t.injected()
			t.tells(p, ahead)
			t.grow(200, p)
			t.ready(true, "")
			now := t.families(p)
			sane(t.T, ahead, before, now)
			before = now
		}
	}
	t.proof("the service told the time by up to a day wrong, %d times in turn, and nothing ran backwards in its metrics", t.row.Injected)
	t.recovers(p)
	t.once(p)
}

// tells waits until the service's own time of day is that of the moved clock.
func (t *trial) tells(p *service.Process, ahead time.Duration) {
	t.Helper()
	t.await("the clock to have jumped", func() (bool, string) {
		t.alive(p)
		polled := t.families(p)["sluice_last_poll_timestamp_seconds"].GetMetric()[0].GetGauge().GetValue()
		is := time.Until(time.UnixMicro(int64(polled * 1e6)))
		return (is - ahead).Abs() < time.Minute, "it is off by " + is.String()
	})
}

// families are the metrics of a process.
func (t *trial) families(p *service.Process) map[string]*dto.MetricFamily {
	t.Helper()
	body, _, err := p.Get(t.ctx(), "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// sane checks that no number is none or below zero, and that what only grows has
// not become less.
func sane(t *testing.T, ahead time.Duration, before, now map[string]*dto.MetricFamily) {
	t.Helper()
	seen := make(map[string][]float64)
	values := func(m *dto.Metric) []float64 {
		h := m.GetHistogram()
		return []float64{m.GetCounter().GetValue(), h.GetSampleSum(), float64(h.GetSampleCount())}
	}
	for name, f := range before {
		for _, m := range f.GetMetric() {
			seen[name+labels(m)] = values(m)
		}
	}
	for name, f := range now {
		for _, m := range f.GetMetric() {
			if v := m.GetGauge().GetValue(); v < 0 || math.IsNaN(v) {
				t.Errorf("clock %s ahead: %s%s is %g", ahead, name, labels(m), v)
			}
			was, ok := seen[name+labels(m)]
			for i, v := range values(m) {
				if math.IsNaN(v) || v < 0 || ok && v < was[i] {
					t.Errorf("clock %s ahead: %s%s went from %g to %g", ahead, name, labels(m), was, v)
				}
			}
		}
	}
}

func labels(m *dto.Metric) string {
	text := ""
	for _, l := range m.GetLabel() {
		text += " " + l.GetName() + "=" + l.GetValue()
	}
	return text
}
