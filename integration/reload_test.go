package integration

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sluicedata/sluice/integration/internal/report"
)

// TestReloadStorm changes the contracts each 100 ms under load, every third
// time for the worse. Nothing is lost or misrouted, and every record is judged
// by one whole version. SLUICE_STORM=2m makes it long.
func TestReloadStorm(t *testing.T) {
	var notes []string
	var note string
	t.Parallel()
	register(t, &note, "")
	t.Run("storms", func(t *testing.T) {
		for _, delivery := range deliveries {
			t.Run(delivery, func(t *testing.T) {
				told := weather(t, delivery)
				scenarios.Lock()
				defer scenarios.Unlock()
				notes = append(notes, told)
			})
		}
	})
	note = strings.Join(notes, "; ")
}

// weather runs one storm and says how it was.
func weather(t *testing.T, delivery string) string {
	t.Helper()
	t.Parallel()
	s := beginStorm(t, binary, delivery)
	calm, rough, rate := 4*time.Second, 10*time.Second, 4000
	if long, err := time.ParseDuration(os.Getenv("SLUICE_STORM")); err == nil {
		calm, rough, rate = min(long/4, 30*time.Second), long, 8000
	}
	wrong, versions := s.run(calm, rough, rate)
	shown, broken := s.contracts.Published()
	well, badly := s.reloads("success"), s.reloads("failure")
	s.row(report.Fault{
		Name: "contracts swapped, broken and half-written", Delivery: delivery, Injected: shown, In: len(s.found), Other: len(wrong),
		Recovery: s.recovery, Proof: fmt.Sprintf("%d reloads, %d refused", well, badly),
	})
	if len(wrong) > 0 {
		t.Fatalf("%d findings, of them\n%s", len(wrong), strings.Join(wrong[:min(len(wrong), 10)], "\n"))
	}
	if versions < int(rough.Seconds()) || well < versions-1 || badly < broken/4 {
		t.Errorf("%d versions have judged, after %d reloads that went well and %d that did not; %d were shown, %d of them broken: the storm did not bite",
			versions, well, badly, shown, broken)
	}
	// The swap is all that records wait for: what else a reload does runs beside
	// them, and how long that takes depends on who else is on the machine.
	if within, all := s.pauses("0.05"); within < all || all < well {
		t.Errorf("%d of %d swaps kept records waiting for 50 ms at most", within, all)
	}
	s.stop(s.process)
	told := fmt.Sprintf("%s: %d records, %d versions shown, %d broken at first or for good, %d have judged; %d reloads went well, %d did not; calm: %s; storm: %s",
		delivery, len(s.found), shown, broken, versions, well, badly, &s.calm, &s.rough)
	t.Log(told)
	return told
}

// row enters the storm into the table of faults.
func (s *stormy) row(f report.Fault) {
	scenarios.Lock()
	defer scenarios.Unlock()
	scenarios.faults = append(scenarios.faults, f)
}

// TestReloadStormFindsHalfASet: the judge of the storm notices a service of
// which a swap reaches half of the products only.
func TestReloadStormFindsHalfASet(t *testing.T) {
	t.Parallel()
	s := beginStorm(t, breakable, atLeastOnce, "SLUICE_DEFECT=halves")
	wrong, _ := s.run(time.Second, 4*time.Second, 2000)
	if !slices.ContainsFunc(wrong, func(line string) bool { return strings.Contains(line, "behind a record that was judged by version") }) {
		t.Fatalf("half a set went unnoticed; findings are %q", wrong[:min(len(wrong), 10)])
	}
	s.scenario.note = fmt.Sprintf("%d findings, such as: %s", len(wrong), wrong[0])
}
