package ops

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sluicedata/sluice/cmd/sluice/internal/reload"
	"github.com/sluicedata/sluice/config"
)

// reloader is what a test says it is.
type reloader struct {
	state  reload.State
	result reload.Result
	asked  []reload.Trigger
	ctx    context.Context //nolint:containedctx // to look at afterwards
}

func (r *reloader) State() reload.State { return r.state }

func (r *reloader) Reload(ctx context.Context, by reload.Trigger) reload.Result {
	r.asked, r.ctx = append(r.asked, by), ctx
	return r.result
}

func TestReloadAnswersWithTheResult(t *testing.T) {
	t.Parallel()
	f := func(result reload.Result, code int, body string) {
		t.Helper()
		result.Time, result.Trigger, result.Took = time.Unix(0, 0), reload.ByRequest, time.Second/2
		o, fake := options(), &reloader{result: result}
		o.Reloader = fake
		ctx, gone := context.WithCancel(t.Context())
		w := ask(newHandler(o), "POST", "/-/reload", "", func(r *http.Request) { *r = *r.WithContext(ctx) })
		got := strings.Join(strings.Fields(w.Body.String()), " ")
		want := `{ "result": "` + result.Outcome() + `", "time": "1970-01-01T00:00:00Z", "trigger": "request", "took_seconds": 0.5, ` + body + ` }`
		if w.Code != code || got != want {
			t.Errorf("%d %s, want %d %s", w.Code, got, code, want)
		}
		if gone(); len(fake.asked) != 1 || fake.asked[0] != reload.ByRequest || fake.ctx.Err() != nil {
			t.Errorf("asked %v; a reload ends with its client: %v", fake.asked, fake.ctx.Err())
		}
	}
	f(reload.Result{}, 200, `"changed": [], "problems": []`)
	f(reload.Result{Changed: []reload.Change{{
		Product: "orders", From: reload.Version{Version: "1", SHA256: "aa", Fixtures: 2}, To: reload.Version{Version: "2", SHA256: "bb"},
	}}}, 200, `"changed": [ { "product": "orders", "from": { "version": "1", "sha256": "aa", "fixtures": 2 }, `+
		`"to": { "version": "2", "sha256": "bb", "fixtures": 0 } } ], "problems": []`)
	f(reload.Result{Err: config.Problems{{File: "a.json", Line: 1, Column: 2, What: "w", Mend: "m"}}}, 422,
		`"changed": [], "problems": [ { "file": "a.json", "line": 1, "column": 2, "what": "w", "mend": "m" } ]`)
	f(reload.Result{Err: errors.New("no way")}, 422, `"changed": [], "problems": [ { "file": "", "what": "no way", "mend": "mend it and reload again" } ]`)
	f(reload.Result{Err: reload.ErrMoving}, 409, `"changed": [], "problems": [ { "file": "", `+
		`"what": "the contracts' files kept changing while they were read", "mend": "try again when they are written" } ]`)
}

func TestReloadIsForThisHost(t *testing.T) {
	t.Parallel()
	remote := func(r *http.Request) { r.RemoteAddr = "10.0.0.7:4000" }
	page := func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }
	f := func(admin bool, change func(*http.Request), code int) {
		t.Helper()
		o, fake := options(), new(reloader)
		o.Reloader, o.Config.HTTP.Admin = fake, admin
		if w := ask(newHandler(o), "POST", "/-/reload", "", change); w.Code != code || len(fake.asked) > 0 != (code == 200) {
			t.Errorf("admin %t: %d with %d reloads, want %d", admin, w.Code, len(fake.asked), code)
		}
	}
	f(false, remote, 403)
	f(true, remote, 200)
	f(false, page, 403)
	f(true, page, 403)
}
