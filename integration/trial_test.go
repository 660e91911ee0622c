package integration

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sluicedata/sluice/integration/internal/cluster"
	"github.com/sluicedata/sluice/integration/internal/ledger"
	"github.com/sluicedata/sluice/integration/internal/proxy"
	"github.com/sluicedata/sluice/integration/internal/report"
	"github.com/sluicedata/sluice/integration/internal/service"
)

// trial is one run of a fault with one delivery.
type trial struct {
	*scenario
	T       *testing.T
	begin   func(on *cluster.Cluster)
	row     report.Fault
	brokers []string
	way     *proxy.Proxy // to the brokers, after slowly or through
	traffic *traffic
	single  *service.Process // the one process that has run all the time
	slow    bool
	closed  bool
}

// catchUp is how long the service may take to have no lag when a fault is over.
const catchUp = 30 * time.Second

// times is how often a fault comes: in every go test, and with -chaos.
func times(gate, all int) int {
	if *chaos {
		return all
	}
	return gate
}

// sales begins the trial on the shared cluster, with the topics of the sales
// example but those without.
func (t *trial) sales(without ...string) {
	t.T.Helper()
	t.begin(kafka)
	t.prepare(without...)
}

func (t *trial) prepare(without ...string) {
	t.Helper()
	for _, topic := range []string{
		"shop.orders", "shop.refunds", "sales.orders.v1", "sales.orders.v1.dlq", "sales.refunds.v1", "sales.refunds.v1.dlq",
	} {
		if !strings.Contains(" "+strings.Join(without, " ")+" ", " "+topic+" ") {
			t.create(nil, topic)
		}
	}
	t.follow()
}

// through leads the service's way to the brokers through a proxy.
func (t *trial) through() {
	t.Helper()
	var err error
	if t.way, err = proxy.Start(t.kafka.Seeds...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(t.way.Close)
	t.brokers = t.way.Seeds()
}

// slowly does the same, and makes the way slow: at any moment records are on
// it.
func (t *trial) slowly() {
	t.Helper()
	t.through()
	t.way.SetRate(rate)
	t.config.Set("compression", "none", "kafka")
	t.config.Set("in_flight_records", slowlyMost, "limits")
	t.slow = true
}

// run starts a process of the service.
func (t *trial) run(env ...string) *service.Process {
	t.Helper()
	build := binary
	if len(env) > 0 {
		build = breakable
	}
	return t.startWith(build, t.brokers, env...)
}

// load begins the traffic, so many records a second, and a process that must
// last to the end.
func (t *trial) load(perSecond int) *service.Process {
	t.Helper()
	t.send(salesTraffic(t.T), perSecond)
	t.single = t.run()
	t.grow(200, t.single)
	return t.single
}

func (t *trial) send(next func(int) record, perSecond int) {
	t.Helper()
	t.traffic = t.scenario.traffic(next, perSecond)
}

// injected counts a fault that came.
func (t *trial) injected() { t.row.Injected++ }

// proof says how it is known that the fault bit.
func (t *trial) proof(format string, args ...any) { t.row.Proof = fmt.Sprintf(format, args...) }

// took notes a time that the service took to recover.
func (t *trial) took(d time.Duration) { t.row.Recovery = max(t.row.Recovery, d) }

// hold waits while a fault lasts, which is what makes it one.
func (t *trial) hold(d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
	if t.Failed() {
		t.FailNow()
	}
}

// slowlyMost is limits.in_flight_records of a slow trial.
const slowlyMost = 600

// inFlight asks a process how many records it has polled and not settled. They
// are bounded; what waits for an output that is held counts apart.
func (t *trial) inFlight(p *service.Process) int64 {
	t.Helper()
	status, err := p.Status(t.ctx())
	if err != nil {
		t.Fatal(err)
	}
	if n := status.InFlightRecords; t.slow && n > 2*slowlyMost {
		t.Errorf("%d records are in flight, limits.in_flight_records is %d", n, slowlyMost)
	}
	return status.InFlightRecords
}

// busy waits until records of a process are in flight, and says how many.
func (t *trial) busy(p *service.Process) (n int64) {
	t.Helper()
	t.await("records in flight", func() (bool, string) {
		t.alive(p)
		n = t.inFlight(p)
		return n > 0, "none"
	})
	return n
}

// recovers ends the traffic with the fault, and waits until the service has
// caught up: every record has its outcome, and the group's offsets are at the
// ends of the inputs.
func (t *trial) recovers(processes ...*service.Process) {
	t.Helper()
	over := time.Now()
	t.traffic.end()
	if t.way != nil {
		t.way.SetRate(0)
	}
	t.settle(processes...)
	t.await("no lag", func() (bool, string) {
		n := t.behind()
		return n == 0, fmt.Sprintf("%d records behind", n)
	})
	t.inTime(over)
}

// inTime notes that the service has recovered from what was over then, and wants
// it to be soon enough.
func (t *trial) inTime(over time.Time) {
	t.Helper()
	took := time.Since(over)
	t.took(took)
	if took > catchUp {
		t.Errorf("recovered %s after the end of the fault, want %s at most", took, catchUp)
	}
}

// close ends the trial: processes stop, and the books must balance.
func (t *trial) close(processes ...*service.Process) ledger.Report {
	t.Helper()
	for _, p := range processes {
		t.bounded(p)
		if p == t.single {
			if err := t.metricsAgree(p); err != nil {
				t.Error(err)
			}
		}
		t.stop(p)
	}
	t.caughtUp()
	t.readOn()
	r := t.books.Report()
	t.row.In, t.row.Duplicated = r.Inputs, r.Duplicates
	t.row.Lost, t.row.Misrouted, t.row.Reordered = r.Count(ledger.Lost), r.Count(ledger.Misrouted)+r.Count(ledger.TwoOutcomes), r.Count(ledger.Reordered)
	t.row.Other = len(r.Findings) - t.row.Lost - t.row.Misrouted - t.row.Reordered
	t.closed = true
	if err := r.Err(); err != nil {
		t.Error(err)
	}
	if t.delivery == exactlyOnce && r.Duplicates > 0 {
		t.Errorf("%d records came out twice", r.Duplicates)
	}
	if t.row.Injected == 0 || t.row.Proof == "" {
		t.Error("nothing proves that the fault bit")
	}
	return r
}

// once closes a trial of a fault after which not even at_least_once may repeat
// a record.
func (t *trial) once(processes ...*service.Process) {
	t.Helper()
	if r := t.close(processes...); r.Duplicates > 0 {
		t.Errorf("%d records came out twice", r.Duplicates)
	}
}

// peak is the most memory that a process may have had. The limits bound what is
// in flight to 64 MiB.
const peak = 512 << 20

// bounded checks that a process never had more in memory.
func (t *trial) bounded(p *service.Process) {
	t.Helper()
	if n, err := p.PeakMemory(); err == nil && n > peak {
		t.Errorf("the service had %d MiB in memory, want %d at most", n>>20, peak>>20)
	}
}
