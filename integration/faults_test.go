package integration

import (
	"fmt"
	"testing"

	"github.com/sluicedata/sluice/integration/internal/cluster"
	"github.com/sluicedata/sluice/integration/internal/report"
)

// deliveries under which each fault is tried.
var deliveries = []string{atLeastOnce, exactlyOnce}

// fault is a row of the fault programme. Its run injects the fault under load,
// proves that it bit, and lets the service recover.
type fault struct {
	name string
	// gate is set for what every go test runs; the rest needs -chaos.
	gate bool
	// real is set for what kfake cannot do.
	real bool
	run  func(t *trial)
}

// faults are the programme.
func faults() []fault {
	var all []fault
	for _, part := range [][]fault{processFaults, networkFaults, topicFaults, recordFaults, contractFaults, memoryFaults, brokerFaults, clockFaults} {
		all = append(all, part...)
	}
	return all
}

// TestFaults runs the fault programme: every fault, with every delivery, on
// topics of its own. With -chaos all of it, else a part.
func TestFaults(t *testing.T) {
	var note string
	t.Parallel()
	register(t, &note, "")
	t.Run("rows", func(t *testing.T) {
		for _, f := range faults() {
			if !f.gate && !*chaos || f.real && !kafka.Real() {
				continue
			}
			for _, delivery := range deliveries {
				t.Run(f.name+"/"+delivery, func(t *testing.T) {
					t.Parallel()
					f.try(t, delivery)
				})
			}
		}
	})
	scenarios.Lock()
	defer scenarios.Unlock()
	in, duplicated := 0, 0
	for _, row := range scenarios.faults {
		in, duplicated = in+row.In, duplicated+row.Duplicated
	}
	note = fmt.Sprintf("%d rows, %d records in, %d duplicated", len(scenarios.faults), in, duplicated)
}

// try runs a row and enters what came of it into the table, also if it failed.
func (f *fault) try(test *testing.T, delivery string) {
	t := &trial{row: report.Fault{Name: f.name, Delivery: delivery}}
	defer func() {
		if t.scenario == nil {
			return // it did not get so far
		}
		if *chaos { // it takes long: show what comes of it
			test.Log(report.Table([]report.Fault{t.row}))
		}
		scenarios.Lock()
		defer scenarios.Unlock()
		scenarios.faults = append(scenarios.faults, t.row)
	}()
	t.begin = func(on *cluster.Cluster) {
		t.scenario = beginOn(test, on, "sales", delivery)
		t.brokers = on.Seeds
		t.config.Set("commit_interval", "100ms")
		if delivery == exactlyOnce {
			t.config.Set("instance_id", t.prefix+"1", "kafka")
		}
	}
	t.T = test
	f.run(t)
	if t.traffic != nil && !t.closed {
		test.Error("the trial did not close its books")
	}
}
