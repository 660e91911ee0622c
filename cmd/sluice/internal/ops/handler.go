package ops

import (
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/pprof"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"
)

// handler answers requests with Options.
type handler struct {
	Options
	http.Handler
	started time.Time
	history history
	foreign *http.CrossOriginProtection
}

// newHandler routes requests. The mux is our own: what registers itself with
// the default one, as pprof does, is not served by accident. Methods stand in
// the patterns, so that the mux answers 405 and Allow.
func newHandler(o Options) *handler {
	h := &handler{Options: o, started: time.Now(), foreign: http.NewCrossOriginProtection()}
	h.history.add(sample{at: h.started}) // nothing was counted before
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		text(w, http.StatusOK, index(o.Config.HTTP.Pprof))
	})
	mux.Handle("GET /metrics", bounded(promhttp.HandlerFor(o.Registry, promhttp.HandlerOpts{
		EnableOpenMetrics: true,
		// One broken collector must not take the other metrics away.
		ErrorHandling: promhttp.ContinueOnError,
		ErrorLog:      stdLog(o.Logger),
	})))
	mux.Handle("GET /healthz", bounded(http.HandlerFunc(h.healthz)))
	mux.Handle("GET /readyz", bounded(http.HandlerFunc(h.readyz)))
	mux.Handle("GET /status", bounded(http.HandlerFunc(h.status)))
	mux.Handle("GET /loglevel", bounded(http.HandlerFunc(h.level)))
	mux.Handle("PUT /loglevel", bounded(h.guarded(h.setLevel)))
	mux.Handle("POST /-/reload", bounded(h.guarded(h.reload)))
	if o.Config.HTTP.Pprof {
		// Profiles take as long as they are asked to: no write timeout.
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("POST /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	h.Handler = http.MaxBytesHandler(secure(mux), int64(o.Config.Limits.AdminRequestBytes))
	return h
}

// secure sets the headers that hold for every answer.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

// bounded cuts off a client that does not take its answer. The server has no
// timeout for that itself, because of profiles.
func bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Where there is no connection behind w, there is nothing to cut off.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTimeout))
		next.ServeHTTP(w, r)
	})
}

func text(w http.ResponseWriter, code int, body string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(code)
	_, _ = io.WriteString(w, body) // fails only if the client has gone
}

// answer writes v as JSON. v is of our own types, which always encode.
func answer(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	_ = enc.Encode(v) // fails only if the client has gone
}

// stdLog gives what net/http and promhttp log to zap. Their messages are not
// constant: they stand in a field.
func stdLog(to *zap.Logger) *log.Logger {
	return log.New(writerFunc(func(p []byte) (int, error) {
		to.Warn("http trouble", zap.String("detail", strings.TrimSpace(string(p))))
		return len(p), nil
	}), "", 0)
}

type writerFunc func([]byte) (int, error)

// Write implements io.Writer.
func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
