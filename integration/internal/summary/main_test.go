package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/integration/internal/report"
)

// events is a stream of go test -json around the lines of one package.
func events(lines ...string) string { return strings.Join(lines, "\n") + "\n" }

func output(text string) string {
	return fmt.Sprintf(`{"Action":"output","Package":"m/integration","Output":%q}`, text+"\n")
}

func result(action, pkg, test string) string {
	return fmt.Sprintf(`{"Action":%q,"Package":%q,"Test":%q}`, action, pkg, test)
}

func realRun(scenarios ...report.Scenario) *report.Report {
	return &report.Report{
		Cluster: "apache/kafka:4.3.1 in Docker", Kind: "docker", ClusterID: "abc", Version: "v4.3",
		Real: true, Required: true, Scenarios: scenarios, Seconds: 12,
	}
}

func TestSummary(t *testing.T) {
	t.Parallel()
	passed := report.Scenario{Name: "TestSales", Result: report.Passed, Seconds: 1.5, Note: "10 in = 9 accepted + 1 dead-lettered"}
	f := func(name string, wantOK bool, stream, want string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := read(strings.NewReader(stream))
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			if ok := s.print(&out); ok != wantOK {
				t.Errorf("all well: %v, want %v", ok, wantOK)
			}
			if !strings.HasSuffix(out.String(), want) {
				t.Errorf("got\n%s\nwant at its end\n%s", out.String(), want)
			}
		})
	}
	f("a required run", true,
		events(result("pass", "m/config", "TestA"), result("pass", "m/config", "TestA/sub"), result("pass", "m/config", ""),
			output(realRun(passed).Line()), result("pass", "m/integration", "TestSales"), result("pass", "m/integration", "")),
		"  passed    TestSales                             1.5 s  10 in = 9 accepted + 1 dead-lettered\n"+
			"integration: 1 scenarios on apache/kafka:4.3.1 in Docker, cluster id abc, version v4.3; 1 passed, 0 failed, 0 left out, 12 s\n"+
			"3 passed, 0 failed\n")
	line := realRun(passed).Line() + "\n"
	f("a report in several events", true,
		events(fmt.Sprintf(`{"Action":"output","Package":"m/integration","Output":%q}`, line[:60]),
			fmt.Sprintf(`{"Action":"output","Package":"m/integration","Output":%q}`, line[60:])),
		"0 left out, 12 s\n0 passed, 0 failed\n")
	onCompose := passed
	onCompose.On = "the compose file's own Kafka"
	f("a scenario with a Kafka of its own", true,
		events(output(realRun(passed, onCompose).Line()), result("pass", "m/integration", "TestSales")),
		"integration: 1 scenarios on apache/kafka:4.3.1 in Docker, cluster id abc, version v4.3; 1 on the compose file's own Kafka; 2 passed, 0 failed, 0 left out, 12 s\n"+
			"1 passed, 0 failed\n")
	leftOut := report.Scenario{Name: "TestCompose", Result: report.LeftOut, Note: "no docker-compose"}
	f("a required run that left something out", false,
		events(output(realRun(passed, leftOut).Line()), result("skip", "m/integration", "TestCompose")),
		"integration: required, but TestCompose: left out: no docker-compose\n"+
			"skipped: m/integration.TestCompose\n0 passed, 0 failed, 1 skipped\n")
	fake := realRun(passed)
	fake.Real, fake.Cluster = false, "kfake in the test process"
	f("a required run on kfake", false,
		events(output(fake.Line()), result("pass", "m/integration", "TestSales")),
		"integration: required, but the scenarios ran on kfake in the test process\n1 passed, 0 failed\n")
	free := *fake
	free.Required = false
	free.Scenarios = append(free.Scenarios, leftOut)
	f("a run on kfake that may be one", true,
		events(output(free.Line()), result("pass", "m/integration", "TestSales"), result("skip", "m/integration", "TestCompose")),
		"1 passed, 0 failed, 1 skipped\n")
	f("a required run without scenarios", false, events(output(realRun().Line())),
		"integration: required, but no scenario ran\n0 passed, 0 failed\n")
	nobody := realRun(passed)
	nobody.ClusterID = ""
	f("a cluster without a name", false, events(output(nobody.Line())),
		"integration: required, but the brokers did not say who they are\n0 passed, 0 failed\n")
	f("no report", false, events(result("pass", "m/config", "TestA")),
		"integration: no report: the scenarios did not run to their end\n1 passed, 0 failed\n")
	f("a test that fails", false,
		events(`{"Action":"output","Package":"m/config","Test":"TestA","Output":"want 1\n"}`,
			result("fail", "m/config", "TestA"), result("fail", "m/config", ""), output(realRun(passed).Line())),
		"0 passed, 1 failed\n")
	f("a package that does not build", false,
		events(`{"ImportPath":"m/config","Action":"build-output","Output":"undefined: x\n"}`,
			`{"ImportPath":"m/config","Action":"build-fail"}`,
			`{"Action":"fail","Package":"m/config","FailedBuild":"m/config"}`, output(realRun(passed).Line())),
		"0 passed, 1 failed\n")
}

func TestFailuresAreShown(t *testing.T) {
	t.Parallel()
	s, err := read(strings.NewReader(events(
		`{"Action":"output","Package":"m/config","Test":"TestA","Output":"want 1\n"}`, result("fail", "m/config", "TestA"))))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	s.print(&out)
	if !strings.Contains(out.String(), "--- failed: m/config.TestA\nwant 1\n") {
		t.Errorf("got %s", out.String())
	}
}

func TestNothingToRead(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "ok  m/config 0.1s\n", "{not json\n"} {
		if _, err := read(strings.NewReader(text)); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}
