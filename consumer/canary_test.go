package consumer

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/sluicedata/sluice/config"
)

// What must not be told: values of records, names that records chose, and a
// password.
const (
	secretValue    = "CANARY-VALUE-4711"
	secretName     = "CANARY-NAME-4711"
	secretPassword = "CANARY-PASSWORD-4711"
)

// talk is everything that a member says of itself, at the level debug.
func (m *member) talk() string {
	var b strings.Builder
	for _, line := range m.logs.All() {
		fmt.Fprintln(&b, "log:", line.LoggerName, line.Message, line.ContextMap())
	}
	w := httptest.NewRecorder()
	promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	fmt.Fprintf(&b, "metrics: %s\nstatus: %+v\n", w.Body, m.Status())
	return b.String()
}

// loud makes a member that logs everything.
func (b *bench) loud(change ...func(*config.Config)) *member {
	b.Helper()
	m := b.prepare(change...)
	core, logs := observer.New(zapcore.DebugLevel)
	m.logs, m.registry = logs, prometheus.NewRegistry()
	cfg, table := b.configure(change...)
	var err error
	if m.Consumer, err = New(Options{Config: cfg, Table: table, Logger: zap.New(core), Registerer: m.registry, Version: "v0.0.0-test"}); err != nil {
		b.Fatal(err)
	}
	return m
}

func (b *bench) silent(where, text string, secrets ...string) {
	b.Helper()
	for _, secret := range secrets {
		if at := strings.Index(text, secret); at >= 0 {
			b.Errorf("%s tells %s: …%s…", where, secret, text[max(0, at-200):min(len(text), at+60)])
		}
	}
}

// TestNothingOfARecordIsTold sends records that fail in every way there is, full
// of canaries, through a service that logs everything.
func TestNothingOfARecordIsTold(t *testing.T) {
	t.Parallel()
	b := newBench(t, "orders")
	b.create("orders", map[string]string{"max.message.bytes": "2000"})
	own := []kgo.RecordHeader{{Key: "type", Value: []byte("payment")}, {Key: secretName, Value: []byte(secretValue)}}
	values := []string{
		`{"id":"` + secretValue + `"}`,
		`{"` + secretName + `":"` + secretValue + `"}`,
		`{"id":1,"` + secretName + `":"` + secretValue + `","` + secretName + `":2}`,
		`{"id":1,"x":"` + secretValue, secretValue, `{"id":1} ` + secretValue, "{\"id\":\"" + secretValue + "\xff\"}",
		`{"id":1,"x":"` + secretValue + noise(3000) + `"}`,
		`{"id":` + strings.Repeat("9", 200) + `,"x":"` + secretValue + `"}`,
		strings.Repeat(`["`+secretValue+`",`, 100),
	}
	var sent int
	values = append(values, strings.Repeat(secretValue, 5_000))
	for _, topic := range []string{"orders.in", "payments.in", "refunds.in"} {
		for _, v := range values {
			b.send(&kgo.Record{Topic: topic, Key: []byte(secretValue), Value: []byte(v), Headers: own})
			sent++
		}
	}
	// Belongs to nobody.
	b.send(&kgo.Record{Topic: "payments.in", Key: []byte(secretValue), Value: []byte(secretValue), Headers: own[1:]})
	m := b.loud(func(cfg *config.Config) { cfg.Limits.Depth, cfg.Limits.RecordBytes = 32, 80_000 })
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	m.cancel = cancel
	go func() { m.done <- m.Run(ctx) }()
	for _, topic := range []string{"orders.in", "payments.in", "refunds.in"} {
		b.caughtUp(topic)
	}
	m.stop()
	b.silent("the service", m.talk(), secretValue, secretName)
	letters, reasons := 0, make(map[string]bool)
	for _, topic := range []string{"orders.dlq", "payments.dlq", "refunds.dlq", "unmatched"} {
		for _, r := range b.read(topic) {
			letters++
			reasons[header(r, "sluice.reason")] = true
			for _, h := range r.Headers {
				if h.Key != secretName {
					b.silent(topic+", header "+h.Key, string(h.Value), secretValue)
				}
			}
		}
	}
	// One more belongs to nobody, and two are too large for orders only.
	if letters != sent+1-2 || len(reasons) != 5 {
		t.Errorf("%d dead letters of %d records, for the reasons %v", letters, sent, reasons)
	}
}

// TestNoPasswordIsTold has a broker refuse a password: the error, which a
// person will read, and the log must not repeat it.
func TestNoPasswordIsTold(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	kafka, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.Superuser("PLAIN", "admin", "right"))
	if err != nil {
		t.Fatal(err)
	}
	defer kafka.Close()
	// The embedded broker hangs up; a real one says why.
	kafka.ControlKey(int16(kmsg.SASLAuthenticate), func(r kmsg.Request) (kmsg.Response, error, bool) {
		kafka.KeepControl()
		no := r.ResponseKind().(*kmsg.SASLAuthenticateResponse)
		no.ErrorCode, no.ErrorMessage = kerr.SaslAuthenticationFailed.Code, kmsg.StringPtr("no such user")
		return no, nil, true
	})
	m := b.loud(func(cfg *config.Config) {
		cfg.Kafka.Brokers = kafka.ListenAddrs()
		cfg.Kafka.SASL = config.SASL{Mechanism: "PLAIN", Username: "sluice", Password: secretPassword}
	})
	go func() { m.done <- m.Run(t.Context()) }()
	err = m.end()
	if err == nil || !strings.Contains(err.Error(), "SASL_AUTHENTICATION_FAILED") {
		t.Fatalf("ended with %v", err)
	}
	b.silent("the error", fmt.Sprintf("%+v %#v", err, err), secretPassword)
	b.silent("the service", m.talk(), secretPassword)
	b.silent("the configuration", fmt.Sprintf("%v %+v %#v", m.cfg, *m.cfg, *m.cfg), secretPassword)
}

// TestTraceContextPasses has accepted and dead-lettered records keep what joins
// them to their trace, byte for byte and where it stood.
func TestTraceContextPasses(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	trace := []kgo.RecordHeader{
		{Key: "traceparent", Value: []byte("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")},
		{Key: "other", Value: []byte("x")},
		{Key: "tracestate", Value: []byte("congo=t61rcWkgMzE,rojo=00f067aa0ba902b7")},
		{Key: "baggage", Value: []byte("tenant=7")},
	}
	b.send(&kgo.Record{Topic: "orders.in", Value: []byte(`{"id":1}`), Headers: trace},
		&kgo.Record{Topic: "orders.in", Value: []byte(`{"id":"x"}`), Headers: trace})
	m := b.start()
	b.caughtUp("orders.in")
	m.stop()
	for _, topic := range []string{"orders", "orders.dlq"} {
		got := b.read(topic)
		if len(got) != 1 || fmt.Sprint(got[0].Headers[:len(trace)]) != fmt.Sprint(trace) {
			t.Fatalf("%s holds %v", topic, got)
		}
		for _, h := range got[0].Headers[len(trace):] {
			if h.Key == "traceparent" || h.Key == "tracestate" || h.Key == "baggage" {
				t.Errorf("%s has a second %s", topic, h.Key)
			}
		}
	}
}
