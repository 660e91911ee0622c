// Package ops is the service's operations listener: metrics, probes, a status
// page and the log level over HTTP, on a listener of its own.
//
//	GET  /metrics   Prometheus text or OpenMetrics
//	GET  /healthz   200 while the service lives, else 503
//	GET  /readyz    200 while the service is ready, else 503; ?verbose for JSON
//	GET  /status    what runs, what it has done and what it waits for: a page
//	                for browsers, else JSON; ?format=json or html
//	GET  /loglevel  the log level; PUT changes it
//	POST /-/reload  takes over changed contracts
//	GET  /debug/pprof/  only where http.pprof is true
//
// Nothing here shows a key, a value or a header of a record. What changes
// state answers only clients on the same host, told by the address of the
// connection and never by a header, unless http.admin is true; a proxy on the
// same host makes all its clients local. Browsers are refused where a foreign
// page could be the one that asks.
package ops

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/consumer"
)

// A client has readTimeout to send a request, of which the headers within
// headerTimeout, and writeTimeout to take the answer.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 10 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = 2 * time.Minute
	headerBytes   = 64 << 10
)

// Options are what a Server serves. All are required.
type Options struct {
	Config *config.Config
	// Status is asked on each request, from any goroutine.
	Status func() consumer.Status
	// Reloader answers /-/reload and tells /status of reloads.
	Reloader Reloader
	// Registry answers /metrics; NewRegistry makes one.
	Registry *prometheus.Registry
	// Level is the log level that /loglevel shows and changes.
	Level  zap.AtomicLevel
	Logger *zap.Logger
	Build  Build
}

// Server is a running listener.
type Server struct {
	http    *http.Server
	address string
	served  chan struct{}
}

// ListenError says that http.listen cannot be bound.
type ListenError struct {
	Err  error
	File string // that says where to listen
}

// Error implements error.
func (e *ListenError) Error() string {
	return fmt.Sprintf("http.listen: %v: choose a free address in %s", e.Err, e.File)
}

// Unwrap gives errors.Is the cause.
func (e *ListenError) Unwrap() error { return e.Err }

// Listen binds http.listen and serves until Shutdown. When it returns, the
// listener answers; port 0 has become a free one.
func Listen(ctx context.Context, o Options) (*Server, error) {
	o.Logger = o.Logger.Named("ops")
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", o.Config.HTTP.Listen)
	if err != nil {
		return nil, &ListenError{err, o.Config.File}
	}
	h := newHandler(o)
	s := &Server{
		http: &http.Server{
			Handler:           h,
			ReadHeaderTimeout: headerTimeout,
			ReadTimeout:       readTimeout,
			IdleTimeout:       idleTimeout,
			MaxHeaderBytes:    headerBytes,
			ErrorLog:          stdLog(o.Logger),
		},
		address: listener.Addr().String(),
		served:  make(chan struct{}),
	}
	watching, stop := context.WithCancel(context.WithoutCancel(ctx))
	var watcher sync.WaitGroup
	watcher.Go(func() { h.watch(watching) })
	go func() {
		defer close(s.served)
		defer watcher.Wait()
		defer stop()
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			o.Logger.Error("http stopped answering", zap.Error(err))
		}
	}()
	o.Logger.Info("http listening", zap.String("address", s.address))
	return s, nil
}

// Address is where the listener is bound, host:port.
func (s *Server) Address() string { return s.address }

// Shutdown takes no new requests, waits for those that are being answered
// until ctx ends, and then cuts them off.
func (s *Server) Shutdown(ctx context.Context) {
	if err := s.http.Shutdown(ctx); err != nil {
		// What is left is a slow client; closing its connection is all there
		// is to do, and its error says nothing new.
		_ = s.http.Close()
	}
	<-s.served
}

// Hosts that a listener on all addresses is reached at from the same host.
var loopback = map[string]string{"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}

// LocalURL is where a client on the same host reaches a listener on the
// address listen.
func LocalURL(listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", fmt.Errorf("http.listen: %w", err)
	}
	if port == "0" {
		return "", errors.New("http.listen: port 0 is a free port that only the running service knows: name the port that its log says with --url")
	}
	if local, ok := loopback[host]; ok {
		host = local
	}
	return "http://" + net.JoinHostPort(host, port), nil
}

// index is what GET / answers.
func index(pprof bool) string {
	var b strings.Builder
	b.WriteString(`sluice

/metrics         Prometheus text or OpenMetrics
/healthz         200 while the service lives
/readyz          200 while the service is ready; /readyz?verbose says why not
/status          products, partitions, contracts and build: a page for browsers, else JSON
/loglevel        the log level; PUT {"level":"debug"} changes it
POST /-/reload   takes over changed contracts
`)
	if pprof {
		b.WriteString("/debug/pprof/    profiles\n")
	}
	return b.String()
}
