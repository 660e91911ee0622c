package ops

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/consumer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const password = "correct horse battery staple"

// options of a service that is ready.
func options() Options {
	reg, _ := NewRegistry("sales", Build{Version: "v1.2.3", Revision: "abc", GoVersion: "go1.26"})
	return Options{
		Config: &config.Config{
			Domain: "sales", Owner: "sales-data@example.com", Delivery: config.AtLeastOnce, File: "sluice.yaml",
			Kafka:    config.Kafka{Group: "sluice-sales", SASL: config.SASL{Password: password}},
			HTTP:     config.HTTP{Listen: "127.0.0.1:0"},
			Limits:   config.Limits{AdminRequestBytes: 128},
			Products: []config.Product{{Name: "orders", Description: "Accepted orders.", Input: config.Topics{"shop.orders"}, SLO: config.SLO{GoodRatio: 0.999, LatencyP99: 50 * time.Millisecond}}},
		},
		Status: func() consumer.Status {
			return consumer.Status{
				Live: true, LiveDetail: "the loop turns", Ready: true,
				Checks: []consumer.Check{{Name: "broker", OK: true, Detail: "answers"}},
			}
		},
		Reloader: new(reloader),
		Registry: reg,
		Level:    zap.NewAtomicLevelAt(zapcore.InfoLevel),
		Logger:   zap.NewNop(),
		Build:    Build{Version: "v1.2.3", Revision: "abc", GoVersion: "go1.26", Platform: "linux/amd64"},
	}
}

// ask sends a request from a client on the same host.
func ask(h http.Handler, method, target, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.RemoteAddr, r.Host = "127.0.0.1:50000", "127.0.0.1:9464"
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestUnknownPathsAndMethods(t *testing.T) {
	t.Parallel()
	h := newHandler(options())
	f := func(method, path string, code int, allow string) {
		t.Helper()
		w := ask(h, method, path, "")
		if w.Code != code || w.Header().Get("Allow") != allow {
			t.Errorf("%s %s: %d, Allow %q; want %d, %q", method, path, w.Code, w.Header().Get("Allow"), code, allow)
		}
		if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s %s: headers %v", method, path, w.Header())
		}
	}
	f("GET", "/", 200, "")
	f("HEAD", "/metrics", 200, "")
	for _, path := range []string{"/", "/metrics", "/healthz", "/readyz", "/status"} {
		f("POST", path, 405, "GET, HEAD")
		f("DELETE", path, 405, "GET, HEAD")
	}
	f("POST", "/loglevel", 405, "GET, HEAD, PUT")
	f("GET", "/nowhere", 404, "")
	f("GET", "/status/", 404, "")
	f("GET", "/-/reload", 405, "POST")
	f("GET", "/debug/pprof/", 404, "")
	f("GET", "/debug/vars", 404, "")
}

func TestPprofIsServedOnlyWhenAskedFor(t *testing.T) {
	t.Parallel()
	o := options()
	o.Config.HTTP.Pprof = true
	h := newHandler(o)
	for _, path := range []string{"/debug/pprof/", "/debug/pprof/goroutine?debug=1", "/debug/pprof/cmdline", "/debug/pprof/symbol"} {
		if w := ask(h, "GET", path, ""); w.Code != 200 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestIndexNamesWhatIsServed(t *testing.T) {
	t.Parallel()
	for _, pprof := range []bool{false, true} {
		o := options()
		o.Config.HTTP.Pprof = pprof
		h := newHandler(o)
		paths := 0
		for line := range strings.Lines(ask(h, "GET", "/", "").Body.String()) {
			path, _, ok := strings.Cut(line, " ")
			if !ok || !strings.HasPrefix(path, "/") {
				continue
			}
			paths++
			if w := ask(h, "GET", path, ""); w.Code != 200 {
				t.Errorf("the index names %s, which answers %d", path, w.Code)
			}
		}
		want := 5
		if pprof {
			want = 6
		}
		if paths != want {
			t.Errorf("pprof %t: the index names %d paths, want %d", pprof, paths, want)
		}
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	h := newHandler(options())
	w := ask(h, "GET", "/metrics", "")
	if got := w.Header().Get("Content-Type"); !strings.HasPrefix(got, "text/plain") {
		t.Errorf("content type %q", got)
	}
	for _, want := range []string{
		"\nsluice_build_info{domain=\"sales\",goversion=\"go1.26\",revision=\"abc\",version=\"v1.2.3\"} 1\n",
		"\ngo_goroutines ", "\nprocess_start_time_seconds ",
	} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("/metrics lacks %q", want)
		}
	}
	w = ask(h, "GET", "/metrics", "", func(r *http.Request) { r.Header.Set("Accept", "application/openmetrics-text; version=1.0.0") })
	if got := w.Header().Get("Content-Type"); !strings.HasPrefix(got, "application/openmetrics-text") || !strings.HasSuffix(w.Body.String(), "# EOF\n") {
		t.Errorf("OpenMetrics asked for, content type %q", got)
	}
	if problems, err := testutil.GatherAndLint(options().Registry, "sluice_build_info"); err != nil || len(problems) > 0 {
		t.Errorf("lint: %v %v", problems, err)
	}
}

func TestABrokenCollectorLeavesTheOtherMetrics(t *testing.T) {
	t.Parallel()
	o := options()
	core, logs := observer.New(zapcore.DebugLevel)
	o.Logger = zap.New(core)
	o.Registry.MustRegister(broken{})
	w := ask(newHandler(o), "GET", "/metrics", "")
	if w.Code != 200 || !strings.Contains(w.Body.String(), "sluice_build_info") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if logs.FilterMessage("http trouble").Len() == 0 {
		t.Error("nothing is logged")
	}
}

type broken struct{}

func (broken) Describe(chan<- *prometheus.Desc) {}

func (broken) Collect(ch chan<- prometheus.Metric) {
	ch <- prometheus.NewInvalidMetric(prometheus.NewDesc("broken", "", nil, nil), io.ErrUnexpectedEOF)
}

func TestListenServesUntilShutdown(t *testing.T) {
	t.Parallel()
	o := options()
	core, logs := observer.New(zapcore.InfoLevel)
	o.Logger = zap.New(core)
	s, err := Listen(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if _, port, _ := net.SplitHostPort(s.Address()); port == "0" || port == "" {
		t.Errorf("address %q", s.Address())
	}
	lines := logs.FilterMessage("http listening").All()
	if len(lines) != 1 || lines[0].ContextMap()["address"] != s.Address() {
		t.Errorf("logged %v", logs.All())
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	get := func(path string) (int, string, error) {
		r, err := client.Get("http://" + s.Address() + path)
		if err != nil {
			return 0, "", err
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		return r.StatusCode, string(body), err
	}
	for _, path := range []string{"/", "/metrics", "/healthz", "/readyz", "/readyz?verbose", "/status", "/status?format=html", "/loglevel"} {
		code, body, err := get(path)
		if code != 200 || err != nil {
			t.Errorf("%s: %d %v", path, code, err)
		}
		if strings.Contains(body, password) {
			t.Errorf("%s shows a secret", path)
		}
	}
	o.Config.HTTP.Listen = s.Address()
	if _, err := Listen(t.Context(), o); err == nil || !strings.Contains(err.Error(), "http.listen") || !strings.Contains(err.Error(), "sluice.yaml") {
		t.Errorf("a second listener on %s: %v", s.Address(), err)
	}
	s.Shutdown(t.Context())
	if _, _, err := get("/healthz"); err == nil {
		t.Error("answers after Shutdown")
	}
	if n := logs.FilterLevelExact(zapcore.ErrorLevel).Len(); n > 0 {
		t.Errorf("%d errors logged: %v", n, logs.All())
	}
}

func TestShutdownCutsSlowClientsOff(t *testing.T) {
	t.Parallel()
	o := options()
	asked, release := make(chan struct{}), make(chan struct{})
	o.Status = func() consumer.Status {
		close(asked)
		<-release
		return consumer.Status{}
	}
	s, err := Listen(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	cut := make(chan error, 1)
	go func() {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		r, err := client.Get("http://" + s.Address() + "/status")
		if err == nil {
			r.Body.Close()
		}
		cut <- err
	}()
	<-asked
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	s.Shutdown(ctx)
	if err := <-cut; err == nil {
		t.Error("a request outlived Shutdown")
	}
	close(release)
}

func TestLocalURL(t *testing.T) {
	t.Parallel()
	f := func(listen, want string) {
		t.Helper()
		got, err := LocalURL(listen)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%q: %q, %v; want %q", listen, got, err, want)
		}
	}
	f("127.0.0.1:9464", "http://127.0.0.1:9464")
	f(":9464", "http://127.0.0.1:9464")
	f("0.0.0.0:80", "http://127.0.0.1:80")
	f("[::]:9464", "http://[::1]:9464")
	f("[fe80::1]:9464", "http://[fe80::1]:9464")
	f("ops.internal:9464", "http://ops.internal:9464")
	f("127.0.0.1:0", "")
	f("9464", "")
}

func decode(t *testing.T, w *httptest.ResponseRecorder, v any) {
	t.Helper()
	if got := w.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("content type %q", got)
	}
	if err := json.Unmarshal(w.Body.Bytes(), v); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
}
