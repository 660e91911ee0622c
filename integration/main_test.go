package integration

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/sluicedata/sluice/integration/internal/cluster"
	"github.com/sluicedata/sluice/integration/internal/report"
	"github.com/sluicedata/sluice/integration/internal/service"
)

// What all scenarios share.
var (
	kafka *cluster.Cluster
	// binary is the service; breakable is a build of it that dies and breaks
	// promises where its environment says so.
	binary, breakable string
	root              string
	builds            string // the folder that they are in
	runID             = fmt.Sprintf("it-%x-", time.Now().UnixNano()&0xffffffff)

	scenarios struct {
		sync.Mutex
		list   []report.Scenario
		notes  map[string][]string // of the parts of scenarios
		faults []report.Fault
	}

	// The whole fault programme is "make chaos"; every go test runs a part.
	chaos = flag.Bool("chaos", false, "run the whole fault programme")
	table = flag.String("faults.table", "", "write the table of the faults into this document, between its marks")
)

// beside is how many scenarios run beside each other. They wait for session
// timeouts and slow connections more than they compute, so it is more than the
// number of processors, which is go test's default.
const beside = 8

func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		if err := flag.Set("test.parallel", strconv.Itoa(beside)); err != nil {
			panic(err) // every test binary has this flag
		}
	}
	if *chaos {
		patience *= 3 // for machines that are busy with all of it
	}
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "integration:", err)
		code = 1
	}
	os.Exit(code)
}

// run prepares what the scenarios share, runs them, and says what they ran on.
func run(m *testing.M) (code int, err error) {
	started := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	folder, err := os.MkdirTemp("", "sluice-integration-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(folder)
	builds = folder
	if root, err = filepath.Abs(".."); err != nil {
		return 1, err
	}
	if binary, err = service.Build(ctx, root, folder, "sluice"); err != nil {
		return 1, err
	}
	if breakable, err = service.Build(ctx, root, folder, "sluice-breakable", "sluice_failpoints"); err != nil {
		return 1, err
	}
	if kafka, err = cluster.Start(ctx); err != nil {
		return 1, err
	}
	defer kafka.Close()
	scenarios.notes = make(map[string][]string)
	code = m.Run()
	removeImage()
	scenarios.Lock()
	defer scenarios.Unlock()
	r := report.Report{
		Cluster: kafka.Name(), Kind: string(kafka.Kind), ClusterID: kafka.ID, Version: kafka.Version,
		Real: kafka.Real(), Required: cluster.Required(), Scenarios: scenarios.list, Faults: scenarios.faults,
		Seconds: time.Since(started).Round(100 * time.Millisecond).Seconds(),
	}
	fmt.Println(r.Line())
	tell(&r)
	if *table != "" {
		return code, writeTable(*table, r.Faults)
	}
	return code, nil
}

// writeTable puts the table of the faults into a document.
func writeTable(file string, rows []report.Fault) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	document, err := report.Insert(string(text), rows)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return os.WriteFile(file, []byte(document), 0o644) //nolint:gosec // a document that everybody may read
}

// tell says for people what ran and what was left out. The go command hides
// what a passing package prints, and this must be seen.
func tell(r *report.Report) {
	lines := fmt.Sprintf("integration: %d scenarios passed, %d failed on %s, cluster id %s, version %s\n",
		r.Count(report.Passed), r.Count(report.Failed), r.Cluster, r.ClusterID, r.Version)
	for _, s := range r.Scenarios {
		if s.Result == report.LeftOut {
			lines += fmt.Sprintf("integration: left out %s: %s\n", s.Name, s.Note)
		}
	}
	if *chaos {
		lines += "\n" + report.Table(r.Faults)
	}
	fmt.Print(lines)
	if !testing.Verbose() {
		tellTheGoCommand(lines)
	}
}
