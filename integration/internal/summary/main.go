// Command summary reads the output of "go test -json ./..." and says in a few
// lines what ran: which scenarios on which Kafka, what was left out, and how
// many tests passed. It exits 1 if a test failed, if the report of the
// scenarios is missing, or if a real Kafka was required and anything ran on
// kfake or was left out.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/sluicedata/sluice/integration/internal/report"
)

func main() {
	s, err := read(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, "summary:", err)
		os.Exit(2)
	}
	if !s.print(os.Stdout) {
		os.Exit(1)
	}
}

// event is one of go test's, see "go doc test2json".
type event struct {
	Action      string
	Package     string
	Test        string
	Output      string
	ImportPath  string
	FailedBuild string
}

// summary is what the events told.
type summary struct {
	passed, failed int
	skipped        []string
	// failures has the output of what failed, by package and test.
	failures []failure
	report   *report.Report
	output   map[string]*strings.Builder
	begun    map[string]string // lines whose end has not come yet
}

type failure struct{ name, output string }

func read(r io.Reader) (*summary, error) {
	s := &summary{output: make(map[string]*strings.Builder), begun: make(map[string]string)}
	lines := bufio.NewReader(r)
	events := 0
	for {
		line, err := lines.ReadString('\n')
		if strings.HasPrefix(line, "{") {
			var e event
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				return nil, fmt.Errorf("not the output of go test -json: %w", err)
			}
			s.add(&e)
			events++
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	if events == 0 {
		return nil, errors.New("no events: it reads the output of go test -json")
	}
	return s, nil
}

func (s *summary) add(e *event) {
	name := strings.TrimSuffix(e.Package+e.ImportPath+"."+e.Test, ".")
	switch e.Action {
	case "output", "build-output":
		// A long line comes in several events.
		line := s.begun[name] + e.Output
		if !strings.HasSuffix(line, "\n") {
			s.begun[name] = line
			return
		}
		delete(s.begun, name)
		if r, ok := report.Parse(line); ok {
			s.report = r
			return
		}
		b := s.output[name]
		if b == nil {
			b = new(strings.Builder)
			s.output[name] = b
		}
		b.WriteString(line)
	case "pass":
		if e.Test != "" {
			s.passed++
		}
		delete(s.output, name)
	case "skip":
		if e.Test != "" {
			s.skipped = append(s.skipped, name)
		}
		delete(s.output, name)
	case "fail", "build-fail":
		// A package fails with its tests; alone it fails for another reason,
		// such as a panic, or a build that failed in an event before.
		if e.Action == "fail" && (e.Test != "" || !s.failedIn(e.Package)) {
			s.failed++
		}
		text := ""
		if b := s.output[name]; b != nil {
			text = b.String()
		}
		s.failures = append(s.failures, failure{name, text})
		delete(s.output, name)
	}
}

func (s *summary) failedIn(pkg string) bool {
	for _, f := range s.failures {
		if strings.HasPrefix(f.name, pkg+".") {
			return true
		}
	}
	return false
}

// print prints the summary, the most important lines last. It reports whether
// all is well.
func (s *summary) print(w io.Writer) bool {
	ok := s.failed == 0
	for _, f := range s.failures {
		fmt.Fprintf(w, "--- failed: %s\n%s\n", f.name, f.output)
	}
	if s.report == nil {
		fmt.Fprintln(w, "integration: no report: the scenarios did not run to their end")
		ok = false
	} else {
		printScenarios(w, s.report)
		if s.report.Required {
			ok = strict(w, s.report) && ok
		}
	}
	if len(s.skipped) > 0 {
		fmt.Fprintf(w, "skipped: %s\n", strings.Join(s.skipped, ", "))
	}
	fmt.Fprintf(w, "%d passed, %d failed", s.passed, s.failed)
	if len(s.skipped) > 0 {
		fmt.Fprintf(w, ", %d skipped", len(s.skipped))
	}
	fmt.Fprintln(w)
	return ok
}

func printScenarios(w io.Writer, r *report.Report) {
	for _, sc := range r.Scenarios {
		fmt.Fprintf(w, "  %-9s %-34s %6.1f s  %s\n", sc.Result, sc.Name, sc.Seconds, sc.Note)
	}
	others := make(map[string]int)
	var order []string
	own := 0
	for _, sc := range r.Scenarios {
		switch {
		case sc.Result == report.LeftOut:
		case sc.On == "":
			own++
		default:
			if others[sc.On]++; others[sc.On] == 1 {
				order = append(order, sc.On)
			}
		}
	}
	fmt.Fprintf(w, "integration: %d scenarios on %s, cluster id %s, version %s", own, r.Cluster, r.ClusterID, r.Version)
	for _, on := range order {
		fmt.Fprintf(w, "; %d on %s", others[on], on)
	}
	fmt.Fprintf(w, "; %d passed, %d failed, %d left out, %.0f s\n",
		r.Count(report.Passed), r.Count(report.Failed), r.Count(report.LeftOut), r.Seconds)
}

// strict says what a required run may not be.
func strict(w io.Writer, r *report.Report) bool {
	ok := true
	refuse := func(format string, args ...any) {
		ok = false
		fmt.Fprintf(w, "integration: required, but "+format+"\n", args...)
	}
	if !r.Real {
		refuse("the scenarios ran on %s", r.Cluster)
	}
	if len(r.Scenarios) == 0 {
		refuse("no scenario ran")
	}
	for _, sc := range r.Scenarios {
		if sc.Result != report.Passed {
			refuse("%s: %s: %s", sc.Name, sc.Result, sc.Note)
		}
	}
	if r.ClusterID == "" || r.Version == "" {
		refuse("the brokers did not say who they are")
	}
	return ok
}
