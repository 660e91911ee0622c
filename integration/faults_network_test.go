package integration

import (
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/integration/internal/proxy"
)

// networkFaults stand between the service and its brokers.
var networkFaults = []fault{
	{name: "latency of 500 ms", run: late},
	{name: "silence past the session timeout", run: silent},
	{name: "connections reset", gate: true, run: reset},
	{name: "answers cut in the middle", gate: true, run: cut},
	{name: "10 kB/s", run: narrow},
}

// add spoils the network.
func (t *trial) add(toxic proxy.Toxic) {
	t.Helper()
	if err := t.way.Add(toxic); err != nil {
		t.Fatal(err)
	}
	t.injected()
}

func late(t *trial) {
	t.sales()
	t.through()
	p := t.load(500)
	const latency = 500 * time.Millisecond
	t.add(proxy.Latency(latency))
	// As a client of our own meets it.
	client := t.connect(kgo.SeedBrokers(t.brokers...))
	started := time.Now()
	if err := client.Ping(t.ctx()); err != nil {
		t.Fatal(err)
	}
	took := time.Since(started)
	if took < latency {
		t.Errorf("a request took %s", took)
	}
	found, _ := t.books.Outcomes()
	t.hold(10 * time.Second)
	now, _ := t.books.Outcomes()
	if now == found {
		t.Error("nothing flows")
	}
	t.proof("a request took %s; %d records came out meanwhile", took.Round(time.Millisecond), now-found)
	t.way.Heal()
	t.recovers(p)
	t.close(p)
}

func silent(t *trial) {
	t.sales()
	t.slowly()
	p := t.load(1000)
	// Later the service finds out that its partitions are lost, and lets go.
	flown := t.busy(p)
	t.add(proxy.Silence())
	t.hold(time.Second) // what was on its way
	found, _ := t.books.Outcomes()
	t.hold(2 * t.kafka.SessionTimeout)
	now, _ := t.books.Outcomes()
	t.proof("%d records in flight, %d came out in %s", flown, now-found, 2*t.kafka.SessionTimeout)
	t.way.Heal()
	t.recovers(p)
	t.close(p)
}

func reset(t *trial) { breaks(t, func(int) proxy.Toxic { return proxy.Reset() }) }

func cut(t *trial) { breaks(t, func(i int) proxy.Toxic { return proxy.Cut(int64(100 + 37*i)) }) }

// breaks breaks connections with a toxic, again and again, until they are made
// anew.
func breaks(t *trial, toxic func(i int) proxy.Toxic) {
	t.sales()
	t.through()
	p := t.load(500)
	first := t.way.Connections()
	for i := range times(5, 20) {
		before := t.way.Connections()
		t.add(toxic(i))
		t.await("connections to be made again", func() (bool, string) {
			t.alive(p)
			return t.way.Connections() > before+1, "none"
		})
		t.way.Heal()
		over := time.Now()
		t.grow(50, p)
		t.took(time.Since(over))
	}
	t.proof("%d connections were made again", t.way.Connections()-first)
	t.recovers(p)
	t.close(p)
}

func narrow(t *trial) {
	t.sales()
	t.through()
	t.config.Set("compression", "none", "kafka")
	p := t.load(500)
	t.add(proxy.Bandwidth(10))
	found, _ := t.books.Outcomes()
	const lasts = 20 * time.Second
	t.hold(lasts)
	now, all := t.books.Outcomes()
	// Records have half a kilobyte at least.
	if now-found > 2*20*int(lasts/time.Second) || now == all {
		t.Errorf("%d records came out, %d of %d in all", now-found, now, all)
	}
	t.proof("%d records came out in %s, %d waited", now-found, lasts, all-now)
	t.way.Heal()
	t.recovers(p)
	t.close(p)
}
