package deploy_test

import (
	"context"
	"flag"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	running = flag.String("running", "", "host:port of the Prometheus of a running compose system, for TestRunningSystem")
	plant   = flag.String("plant", "", "command that plants a bad deploy in it, and so much longer the test")
	mend    = flag.String("mend", "", "command that ends the bad deploy")
	rings   = flag.String("rings", "firing", "state that SluiceDeadLetterSpike must reach: firing, or pending for the impatient")
)

// TestRunningSystem looks at the compose system through its Prometheus: every
// target is up, every rule loaded and well, every query of the dashboards has
// data and no alert fires; then a bad deploy is planted, and
// SluiceDeadLetterSpike is the alert that fires about it, with the broken
// promise. make observe-check runs it.
func TestRunningSystem(t *testing.T) {
	if *running == "" {
		t.Skip("no running system is named with -running: its alerts and dashboards were not looked at")
	}
	p := prometheusServer{*running}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	p.targetsAreUp(ctx, t)
	// A rule has run, and rates have two scrapes to look at.
	v := values{"price": "0.10", "domain": "sales", "product": "orders", "__rate_interval": "30s", "__range": "5m"}
	var pending []query
	for _, d := range dashboards(t) {
		for _, q := range d.queries() {
			if !slices.Contains(emptyInCalm, q.where) {
				pending = append(pending, q)
			}
		}
	}
	p.haveData(ctx, t, pending, v)
	p.rulesAreWell(ctx, t)
	const firing = `ALERTS{alertstate="firing"}`
	if alerts := p.alerts(ctx, t, firing); len(alerts) > 0 {
		t.Errorf("in calm these alerts fire: %q", alerts)
	}
	t.Logf("in calm none fires; these wait: %q", p.alerts(ctx, t, `ALERTS{alertstate="pending"}`))
	if *plant == "" {
		return
	}
	ctx, cancel = context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	shell(t, *plant)
	if *mend != "" {
		defer shell(t, *mend)
	}
	started := time.Now()
	spike := query{where: "the bad deploy", expr: `ALERTS{alertname="SluiceDeadLetterSpike", domain="sales", product="orders", alertstate="` + *rings + `"}`, instant: true}
	p.haveData(ctx, t, []query{spike}, v)
	t.Logf("SluiceDeadLetterSpike is %s %s after the bad deploy", *rings, time.Since(started).Round(time.Second))
	for _, alert := range p.alerts(ctx, t, firing) {
		if name, _, _ := strings.Cut(alert, " "); name != "SluiceDeadLetterSpike" && name != "SluiceGoodRatioBurn" {
			t.Errorf("%s fires, and is not about the bad deploy", alert)
		} else {
			t.Logf("%s fires", alert)
		}
	}
}

// shell runs a command in the module's root.
func shell(t *testing.T, line string) {
	t.Helper()
	if out, err := command(t, "sh", "-c", "cd .. && "+line); err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
}

// targetsAreUp waits until Prometheus has scraped all its targets.
func (p prometheusServer) targetsAreUp(ctx context.Context, t *testing.T) {
	t.Helper()
	for {
		var targets struct {
			ActiveTargets []struct{ ScrapeURL, Health, LastError string }
		}
		err := p.get(ctx, "/api/v1/targets", nil, &targets)
		down := slices.IndexFunc(targets.ActiveTargets, func(t struct{ ScrapeURL, Health, LastError string }) bool { return t.Health != "up" })
		if err == nil && len(targets.ActiveTargets) > 0 && down < 0 {
			t.Logf("%d targets are up", len(targets.ActiveTargets))
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("targets are not up: %v %v", targets, err)
		case <-time.After(time.Second): // Prometheus tells nobody of a scrape
		}
	}
}

// alerts returns which alerts a query finds, by name and product.
func (p prometheusServer) alerts(ctx context.Context, t *testing.T, expr string) (names []string) {
	t.Helper()
	var answer struct {
		Result []struct{ Metric map[string]string }
	}
	if err := p.get(ctx, "/api/v1/query", map[string][]string{"query": {expr}}, &answer); err != nil {
		t.Fatal(err)
	}
	for _, r := range answer.Result {
		names = append(names, strings.TrimSpace(r.Metric["alertname"]+" "+r.Metric["product"]))
	}
	slices.Sort(names)
	return slices.Compact(names)
}
