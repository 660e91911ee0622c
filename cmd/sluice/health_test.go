package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// stub answers as a service's listener may.
func stub(t *testing.T, healthz, readyz int) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(healthz)
		_, _ = w.Write([]byte("live or not\n"))
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(readyz)
		_, _ = w.Write([]byte("ready or not\n"))
	})
	mux.HandleFunc("GET /elsewhere/healthz", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/healthz", http.StatusFound)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

func TestHealth(t *testing.T) {
	t.Parallel()
	f := func(code int, out, says string, args ...string) {
		t.Helper()
		got, stdout, stderr := sluice(t, append([]string{"health"}, args...)...)
		if got != code || stdout != out || !strings.Contains(stderr, says) || (says == "") != (stderr == "") {
			t.Errorf("health %v: %d %q %q, want %d %q %q", args, got, stdout, stderr, code, out, says)
		}
	}
	well := stub(t, 200, 200)
	f(0, "live or not\n", "", "--url", well)
	f(0, "ready or not\n", "", "--url", well+"/", "--ready")
	f(1, "", "302 Found", "--url", well+"/elsewhere")
	f(1, "", "404 Not Found", "--url", well+"/nowhere")
	starting := stub(t, 200, 503)
	f(0, "live or not\n", "", "--url", starting)
	f(1, "", "503 Service Unavailable: ready or not", "--url", starting, "--ready")
	f(1, "", "503 Service Unavailable: live or not", "--url", stub(t, 503, 503))
	f(1, "", "no answer", "--url", "http://127.0.0.1:1")
	f(2, "", "write it like http://", "--url", "nonsense")

	files := serviceFiles("localhost:9092")
	files["sluice.yaml"] = strings.Replace(files["sluice.yaml"], "127.0.0.1:0", strings.TrimPrefix(well, "http://"), 1)
	f(0, "live or not\n", "", "--config", write(t, files)+"/sluice.yaml")
	f(2, "", "port 0", "--config", write(t, serviceFiles("localhost:9092"))+"/sluice.yaml")
	f(2, "", "no-such.yaml", "--config", "no-such.yaml")
}

func TestHealthDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	t.Cleanup(s.Close)
	t.Cleanup(func() { close(hang) })
	started := time.Now()
	code, _, stderr := sluice(t, "health", "--url", s.URL, "--timeout", "50ms")
	if code != exitFound || !strings.Contains(stderr, "no answer") {
		t.Errorf("%d %q", code, stderr)
	}
	if took := time.Since(started); took > 10*time.Second {
		t.Errorf("took %s", took)
	}
}
