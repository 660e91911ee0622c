package ops

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"go.uber.org/zap"

	"github.com/sluicedata/sluice/consumer"
)

var update = flag.Bool("update", false, "write the pictures of the status page anew")

// pictures are those that the documents show.
var pictures = map[string]string{
	"well light 1440":   "status.png",
	"trouble dark 1440": "status-trouble.png",
	"well light 400":    "status-narrow.png",
}

// chromium starts a browser for the test. Where there is none the test is
// skipped, and fails if SLUICE_INTEGRATION=required.
func chromium(t *testing.T) context.Context {
	t.Helper()
	var path string
	for _, name := range []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	leaveOut := func(why string) {
		t.Helper()
		why += ": contrast, overflow and script of the status page were not tested"
		if os.Getenv("SLUICE_INTEGRATION") == "required" {
			t.Fatal(why + " (Debian has a Chromium in the package chromium-headless-shell)")
		}
		t.Skip(why)
	}
	if path == "" {
		leaveOut("no Chromium is on PATH")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	ctx, end := chromedp.NewContext(ctx, chromedp.WithAllocatorOptions(chromedp.ExecPath(path), chromedp.NoSandbox))
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx)
		end()
	})
	if err := chromedp.Do(ctx); err != nil {
		leaveOut(fmt.Sprintf("%s does not start: %v", path, err))
	}
	return ctx
}

// complaints collects what the page's console says: errors of the script, and
// what the content security policy keeps from it.
func complaints(ctx context.Context) (list func() []string) {
	messages := chromedp.Console(ctx)
	var mu sync.Mutex
	var seen []string
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			mu.Lock()
			seen = append(seen, m.Text)
			mu.Unlock()
		}
	}()
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return seen
	}
}

// run runs an action that returns a value.
func run[T any](ctx context.Context, t *testing.T, a chromedp.Action[T]) T {
	t.Helper()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func do(ctx context.Context, t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// eval runs a script in the page.
func eval[T any](ctx context.Context, t *testing.T, script string) T {
	t.Helper()
	return run(ctx, t, chromedp.Evaluate[T](script))
}

// show serves what write writes and returns where.
func show(t *testing.T, write http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(write)
	t.Cleanup(server.Close)
	return server.URL + "/status"
}

// TestThePageCanBeRead shows the page to a browser, well and in trouble, in
// both colour schemes, on a telephone and on a desk.
func TestThePageCanBeRead(t *testing.T) {
	t.Parallel()
	ctx := chromium(t)
	seen := complaints(ctx)
	var shown atomic.Pointer[page]
	at := show(t, func(w http.ResponseWriter, _ *http.Request) { writePage(w, *shown.Load(), zap.NewNop()) })
	f := func(name, scheme string, width int64, p page) {
		t.Helper()
		shown.Store(&p)
		media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
		do(ctx, t, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, media)
			return err
		}), chromedp.EmulateViewport(width, 600), chromedp.Navigate(at))
		if file, ok := pictures[fmt.Sprintf("%s %s %d", name, scheme, width)]; ok && *update {
			picture := small(t, run(ctx, t, chromedp.FullScreenshot(100)))
			if err := os.WriteFile(filepath.Join("../../../../docs", file), picture, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		eval[bool](ctx, t, `{ document.querySelectorAll("details").forEach(d => d.open = true); true }`)
		texts := eval[int](ctx, t, `document.body.innerText.length`)
		faint, over := eval[[]string](ctx, t, contrastScript), eval[[]string](ctx, t, overflowScript)
		if texts < 500 {
			t.Errorf("%s: only %d letters can be seen", name, texts)
		}
		for _, complaint := range faint {
			t.Errorf("%s, %s, %d px: contrast: %s", name, scheme, width, complaint)
		}
		for _, complaint := range over {
			t.Errorf("%s, %s, %d px: overflow: %s", name, scheme, width, complaint)
		}
	}
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{400, 1060, 1440} {
			f("well", scheme, width, wellPage())
			f("trouble", scheme, width, troubledPage())
			f("long", scheme, width, longPage())
		}
	}
	if list := seen(); len(list) > 0 {
		t.Errorf("the page complains: %q", list)
	}
}

// TestThePageRefreshesItself has the numbers change under an open page.
func TestThePageRefreshesItself(t *testing.T) {
	t.Parallel()
	ctx := chromium(t)
	seen := complaints(ctx)
	var asked atomic.Int64
	o := options()
	o.Status = func() consumer.Status {
		return consumer.Status{
			Live: true, Ready: true, InFlightRecords: 1000 + asked.Add(1),
			Partitions: []consumer.PartitionStatus{{Topic: "shop.orders", Committed: 1, HighWatermark: 2}},
		}
	}
	at := show(t, newHandler(o).ServeHTTP)
	const inFlight = `document.querySelector(".tiles > div:nth-child(5) .value").textContent`
	do(ctx, t, chromedp.Navigate(at), chromedp.Click(chromedp.CSS("summary")))
	before := eval[string](ctx, t, inFlight)
	run(ctx, t, chromedp.Poll[bool](inFlight+" !== "+strconv.Quote(before), chromedp.WithPollingTimeout(30*time.Second)))
	after := eval[string](ctx, t, inFlight)
	open := eval[bool](ctx, t, `document.querySelector("details").open`)
	focused := eval[string](ctx, t, `document.activeElement.tagName`)
	alone := eval[bool](ctx, t, `document.querySelectorAll("main").length === 1`)
	if before == after || !open || focused != "SUMMARY" || !alone {
		t.Errorf("in flight went from %s to %s, details open %t, focus on %s, one main %t", before, after, open, focused, alone)
	}
	// What does not answer says so, and the page stays.
	eval[bool](ctx, t, `{ window.fetch = () => Promise.reject(new Error("away")); true }`)
	run(ctx, t, chromedp.Poll[bool](`document.getElementById("at").textContent.startsWith("no answer, as of")`, chromedp.WithPollingTimeout(30*time.Second)))
	if list := seen(); len(list) > 0 {
		t.Errorf("the page complains: %q", list)
	}
}

// TestThePolicyHolds has a page try what the policy forbids.
func TestThePolicyHolds(t *testing.T) {
	t.Parallel()
	ctx := chromium(t)
	at := show(t, func(w http.ResponseWriter, _ *http.Request) { writePage(w, wellPage(), zap.NewNop()) })
	do(ctx, t, chromedp.Navigate(at))
	ran := eval[bool](ctx, t, `{ const s = document.createElement("script"); s.textContent = "window.foreign = true"; document.body.append(s); window.foreign === true }`)
	if ran {
		t.Error("a script that is not the page's own ran")
	}
}
