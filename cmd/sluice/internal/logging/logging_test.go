package logging_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/sluicedata/sluice/cmd/sluice/internal/logging"
	"github.com/sluicedata/sluice/config"
)

func TestJSONLine(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log, _ := logging.New(logging.Options{
		Log: config.Log{Level: config.LogInfo, Format: config.LogJSON}, Out: &out, Terminal: true, Registerer: prometheus.NewRegistry(),
	})
	log.Named("consumer").Info("partition held", zap.String("topic", "shop.orders"), zap.Duration("after", 1500*time.Millisecond))
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("%v in %q", err, out.String())
	}
	when, err := time.Parse(time.RFC3339, line["time"].(string))
	if err != nil || when.Location() != time.UTC {
		t.Errorf("time %v: %v, want RFC 3339 in UTC", line["time"], err)
	}
	delete(line, "time")
	want := map[string]any{
		"level": "info", "logger": "consumer", "message": "partition held", "topic": "shop.orders", "after": "1.5s",
	}
	if got, _ := json.Marshal(line); string(got) != string(must(json.Marshal(want))) {
		t.Errorf("line %s, want %v", got, want)
	}
}

func TestFormatFollowsTheTerminal(t *testing.T) {
	t.Parallel()
	f := func(format config.LogFormat, terminal, color bool, want string) {
		t.Helper()
		var out bytes.Buffer
		log, _ := logging.New(logging.Options{
			Log: config.Log{Level: config.LogInfo, Format: format}, Out: &out,
			Terminal: terminal, Color: color, Registerer: prometheus.NewRegistry(),
		})
		log.Warn("a message", zap.Int("n", 1))
		got := "console"
		switch {
		case json.Valid(out.Bytes()):
			got = "json"
		case strings.Contains(out.String(), "\x1b["):
			got = "color"
		}
		if got != want || !strings.Contains(out.String(), "a message") {
			t.Errorf("format %q, terminal %t, color %t: %s %q, want %s", format, terminal, color, got, out.String(), want)
		}
	}
	f(config.LogAuto, false, false, "json")
	f(config.LogAuto, true, false, "console")
	f(config.LogAuto, true, true, "color")
	f(config.LogJSON, true, true, "json")
	f(config.LogConsole, false, false, "console")
}

func TestLevelChangesWhileRunning(t *testing.T) {
	t.Parallel()
	f := func(start config.LogLevel, want zapcore.Level) {
		t.Helper()
		var out bytes.Buffer
		log, level := logging.New(logging.Options{Log: config.Log{Level: start}, Out: &out, Registerer: prometheus.NewRegistry()})
		if level.Level() != want {
			t.Errorf("level %q begins at %s, want %s", start, level.Level(), want)
		}
		child := log.Named("child").With(zap.String("field", "x"))
		level.SetLevel(zapcore.ErrorLevel)
		child.Warn("hidden")
		level.SetLevel(zapcore.DebugLevel)
		child.Debug("shown")
		if got := out.String(); strings.Contains(got, "hidden") || !strings.Contains(got, "shown") {
			t.Errorf("from %s: logged %q", start, got)
		}
	}
	f(config.LogDebug, zapcore.DebugLevel)
	f(config.LogInfo, zapcore.InfoLevel)
	f(config.LogWarn, zapcore.WarnLevel)
	f(config.LogError, zapcore.ErrorLevel)
	f("", zapcore.InfoLevel)
}

func TestMessagesAreCountedFromZero(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	log, _ := logging.New(logging.Options{Log: config.Log{Level: config.LogInfo}, Out: &bytes.Buffer{}, Registerer: reg})
	compare := func(debug, info, warn, err string) {
		t.Helper()
		want := `
# HELP sluice_log_messages_total Log messages at or above the log level, by level, with those that sampling did not write.
# TYPE sluice_log_messages_total counter
sluice_log_messages_total{level="debug"} ` + debug + `
sluice_log_messages_total{level="error"} ` + err + `
sluice_log_messages_total{level="info"} ` + info + `
sluice_log_messages_total{level="warn"} ` + warn + "\n"
		if err := testutil.GatherAndCompare(reg, strings.NewReader(want)); err != nil {
			t.Error(err)
		}
	}
	compare("0", "0", "0", "0")
	log.Debug("below the level")
	log.Info("one")
	log.Warn("two")
	log.Warn("three")
	log.Error("four")
	log.DPanic("five")
	compare("0", "1", "2", "2")
	if problems, err := testutil.GatherAndLint(reg); err != nil || len(problems) > 0 {
		t.Errorf("lint: %v %v", problems, err)
	}
}

func TestStormIsSampledAndCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		reg := prometheus.NewRegistry()
		log, _ := logging.New(logging.Options{Log: config.Log{Level: config.LogInfo}, Out: &out, Registerer: reg})
		for range 5000 {
			log.Warn("storm")
		}
		log.Warn("another message")
		lines := strings.Count(out.String(), "\n")
		if want := 20 + 4 + 1; lines != want {
			t.Errorf("5001 messages are %d lines, want %d", lines, want)
		}
		if !strings.Contains(out.String(), "another message") {
			t.Error("a storm hides another message")
		}
		if n := testutil.ToFloat64(warnings{reg}); n != 5001 {
			t.Errorf("%v messages counted, want 5001", n)
		}
		time.Sleep(2 * time.Second) // of the test's own clock
		out.Reset()
		log.Warn("storm")
		if !strings.Contains(out.String(), "storm") {
			t.Error("the message stays hidden after the storm")
		}
	})
}

// warnings collects the one counter of level warn.
type warnings struct{ reg *prometheus.Registry }

func (w warnings) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(w, ch) }

func (w warnings) Collect(ch chan<- prometheus.Metric) {
	families, _ := w.reg.Gather()
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if m.GetLabel()[0].GetValue() == "warn" {
				ch <- prometheus.MustNewConstMetric(prometheus.NewDesc("warnings", "", nil, nil), prometheus.CounterValue, m.GetCounter().GetValue())
			}
		}
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}
