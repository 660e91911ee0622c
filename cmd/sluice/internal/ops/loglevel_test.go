package ops

import (
	"net/http"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

func TestLogLevelIsShownAndChanged(t *testing.T) {
	t.Parallel()
	o := options()
	core, logs := observer.New(o.Level)
	o.Logger = zap.New(core)
	h := newHandler(o)
	for _, want := range []string{"info", "debug", "warn", "error", "info"} {
		if w := ask(h, "PUT", "/loglevel", `{"level":"`+want+`"}`); w.Code != 200 {
			t.Fatalf("PUT %s: %d %s", want, w.Code, w.Body)
		}
		var got logLevel
		decode(t, ask(h, "GET", "/loglevel", ""), &got)
		if string(got.Level) != want || o.Level.Level().String() != want {
			t.Errorf("GET after %s: %s, the logger has %s", want, got.Level, o.Level.Level())
		}
	}
	var changes []string
	for _, l := range logs.FilterMessage("log level changed").All() {
		changes = append(changes, l.ContextMap()["from"].(string)+">"+l.ContextMap()["to"].(string))
	}
	// From warn to error no line of level info is shown, as either level demands.
	if got := strings.Join(changes, " "); got != "info>info info>debug debug>warn error>info" {
		t.Errorf("logged %q", got)
	}
}

func TestLogLevelRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	f := func(body string, code int, says string) {
		t.Helper()
		o := options()
		w := ask(newHandler(o), "PUT", "/loglevel", body)
		if w.Code != code || !strings.Contains(w.Body.String(), says) || !strings.Contains(w.Body.String(), `{"level":"debug"}`) {
			t.Errorf("%.40q: %d %q, want %d and %q", body, w.Code, w.Body, code, says)
		}
		if o.Level.Level() != zapcore.InfoLevel {
			t.Errorf("%.40q: the level is %s now", body, o.Level.Level())
		}
	}
	f(`{"level":"trace"}`, 400, `"trace"`)
	f(`{"level":"fatal"}`, 400, `"fatal"`)
	f(`{"level":"DEBUG"}`, 400, `"DEBUG"`)
	f(`{}`, 400, `""`)
	f(`{"level":"debug","for":"1h"}`, 400, `unknown field`)
	f(`{"level":"debug"}{"level":"info"}`, 400, "more than one")
	f(`{"level":"debug"} x`, 400, "more than one")
	f(`{"level":5}`, 400, "cannot unmarshal")
	f("debug", 400, "invalid character")
	f("", 400, "EOF")
	f(`{"level":"`+strings.Repeat("x", 200)+`"}`, 413, "128 bytes")
	f(`{"level":"debug"}`+strings.Repeat(" ", 200), 413, "128 bytes")
}

// TestWhoMayChangeTheLevel sends a right request from many places.
func TestWhoMayChangeTheLevel(t *testing.T) {
	t.Parallel()
	f := func(name string, admin bool, code int, says string, change func(*http.Request)) {
		t.Helper()
		o := options()
		o.Config.HTTP.Admin = admin
		w := ask(newHandler(o), "PUT", "/loglevel", `{"level":"debug"}`, change)
		if w.Code != code || !strings.Contains(w.Body.String(), says) {
			t.Errorf("%s: %d %q, want %d and %q", name, w.Code, w.Body, code, says)
		}
		want := zapcore.InfoLevel
		if code == http.StatusOK {
			want = zapcore.DebugLevel
		}
		if o.Level.Level() != want {
			t.Errorf("%s: level %s, want %s", name, o.Level.Level(), want)
		}
	}
	from := func(addr string, headers ...string) func(*http.Request) {
		return func(r *http.Request) {
			r.RemoteAddr = addr
			for i := 0; i < len(headers); i += 2 {
				if headers[i] == "Host" {
					r.Host = headers[i+1]
				} else {
					r.Header.Set(headers[i], headers[i+1])
				}
			}
		}
	}
	f("loopback", false, 200, "debug", from("127.0.0.1:1"))
	f("all of 127/8", false, 200, "debug", from("127.8.9.10:1"))
	f("IPv6 loopback", false, 200, "debug", from("[::1]:1"))
	f("IPv4 in IPv6", false, 200, "debug", from("[::ffff:127.0.0.1]:1"))
	f("another host", false, 403, "http.admin", from("10.1.2.3:1"))
	f("another host, IPv6", false, 403, "http.admin", from("[2001:db8::1]:1"))
	f("no address", false, 403, "http.admin", from("@"))
	f("a name as the address", false, 403, "http.admin", from("localhost:1"))
	f("another host that says it is this one", false, 403, "http.admin",
		from("10.1.2.3:1", "X-Forwarded-For", "127.0.0.1", "X-Real-Ip", "127.0.0.1", "Forwarded", "for=127.0.0.1", "Host", "localhost:9464"))
	f("another host where admin allows it", true, 200, "debug", from("10.1.2.3:1", "Host", "sluice.sales.svc:9464"))

	f("a foreign page", false, 403, "another origin", from("127.0.0.1:1", "Origin", "https://evil.example"))
	f("a foreign page where admin allows hosts", true, 403, "another origin", from("10.1.2.3:1", "Origin", "https://evil.example"))
	f("a sandboxed page", false, 403, "another origin", from("127.0.0.1:1", "Origin", "null"))
	f("a foreign page by fetch metadata", false, 403, "another origin", from("127.0.0.1:1", "Sec-Fetch-Site", "cross-site"))
	f("another port of this host", false, 403, "another origin", from("127.0.0.1:1", "Origin", "http://127.0.0.1:3000"))
	f("a name rebound to this host", false, 403, "another origin",
		from("127.0.0.1:1", "Host", "evil.example:9464", "Origin", "http://evil.example:9464"))
	f("a rebound name where admin allows hosts", true, 403, "another origin",
		from("10.1.2.3:1", "Host", "evil.example", "Origin", "http://evil.example"))
	f("a rebound name, same origin by fetch metadata", false, 403, "another origin",
		from("127.0.0.1:1", "Host", "evil.example:9464", "Origin", "http://evil.example:9464", "Sec-Fetch-Site", "same-origin"))
	f("our own page by address", false, 200, "debug", from("127.0.0.1:1", "Origin", "http://127.0.0.1:9464"))
	f("our own page by IPv6 address", false, 200, "debug", from("[::1]:1", "Host", "[::1]:9464", "Origin", "http://[::1]:9464"))
	f("our own page by address without a port", false, 200, "debug", from("[::1]:1", "Host", "[::1]", "Origin", "http://[::1]"))
	f("our own page by localhost", false, 200, "debug", from("127.0.0.1:1", "Host", "localhost:9464", "Origin", "http://localhost:9464"))
}
