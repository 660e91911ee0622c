package ops

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sluicedata/sluice/consumer"
)

func TestStatusIsJSONOrAPage(t *testing.T) {
	t.Parallel()
	h := newHandler(options())
	f := func(query, accept, want string) {
		t.Helper()
		w := ask(h, "GET", "/status"+query, "", func(r *http.Request) {
			if accept != "" {
				r.Header.Set("Accept", accept)
			}
		})
		if got := w.Header().Get("Content-Type"); got != want || w.Header().Get("Vary") != "Accept" {
			t.Errorf("%s with Accept %q is %s, varies by %q; want %s", query, accept, got, w.Header().Get("Vary"), want)
		}
	}
	const html, json, plain = "text/html; charset=utf-8", "application/json", "text/plain; charset=utf-8"
	f("", "", json)
	f("", "*/*", json)
	f("", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", html)
	f("", "application/json, text/html;q=0.9", json)
	f("", "application/json;q=0.2, text/html;q=0.3", html)
	f("", "application/json, text/html", json)
	f("", "text/html;q=0, */*", json)
	f("", "nonsense;;, text/html", html)
	f("?format=json", "text/html", json)
	f("?format=html", "application/json", html)
	f("?format=xml", "", plain)
	if w := ask(h, "GET", "/status?format=xml", ""); w.Code != 400 {
		t.Errorf("an unknown format is answered with %d", w.Code)
	}
}

// TestThePageIsWholeAndSafe looks at the page without a browser: it asks for
// nothing elsewhere, and names cannot become markup.
func TestThePageIsWholeAndSafe(t *testing.T) {
	t.Parallel()
	o := options()
	o.Config.Domain = `<script>alert(1)</script>`
	o.Status = func() consumer.Status {
		return consumer.Status{Checks: []consumer.Check{{Name: "outputs", Detail: `"><img src=x onerror=alert(1)>`}}}
	}
	w := ask(newHandler(o), "GET", "/status?format=html", "")
	body := w.Body.String()
	if strings.Contains(body, "<script>alert") || strings.Contains(body, "<img") {
		t.Error("a name became markup")
	}
	for _, address := range []string{"http://", "https://", "url(", "@import"} {
		rest := strings.ReplaceAll(body, "http://www.w3.org/2000/svg", "")
		if strings.Contains(rest, address) {
			t.Errorf("the page leads elsewhere: %s", address)
		}
	}
	policy := w.Header().Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %s", policy)
	}
	if strings.Contains(body, " style=") || strings.Contains(body, " onclick=") {
		t.Error("the policy forbids what the page has inline")
	}
}

// TestRatesAreOfTheLastMinute has a product take 100 records a second, of
// which 10 are bad, and after four minutes 40 a second and none.
func TestRatesAreOfTheLastMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := options()
		started := time.Now()
		o.Status = func() consumer.Status {
			s := int64(time.Since(started).Seconds())
			p := consumer.ProductStatus{Product: "orders", Consumed: 100 * s, Accepted: 90 * s, DeadLettered: 10 * s}
			if late := s - 240; late > 0 {
				p.Consumed, p.Accepted, p.DeadLettered = 24_000+40*late, 21_600+40*late, 2_400
			}
			return consumer.Status{Products: []consumer.ProductStatus{p}}
		}
		h := newHandler(o)
		if got := h.page().Products[0]; got.PerSecond != nil || got.GoodRatio != nil {
			t.Errorf("at the start rates are %v, the good ratio %v", got.PerSecond, got.GoodRatio)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go h.watch(ctx)
		f := func(after time.Duration, consumed, dead, recent, ratio float64, points int) {
			t.Helper()
			time.Sleep(after - time.Since(started)) // of the test's own clock
			synctest.Wait()
			got := h.page().Products[0]
			if *got.PerSecond != (perSecond{consumed, consumed - dead, dead}) || *got.RecentGoodRatio != recent || *got.GoodRatio != ratio || len(got.curve) != points {
				t.Errorf("after %s: %+v a second, %g recently, %g in all, %d points", after, *got.PerSecond, *got.RecentGoodRatio, *got.GoodRatio, len(got.curve))
			}
		}
		f(3*time.Second, 100, 10, 0.9, 0.9, 1)
		f(200*time.Second, 100, 10, 0.9, 0.9, 40)
		f(5*time.Minute, 40, 0, 24_000./26_400, 24_000./26_400, 60)
		// What is older than five minutes is forgotten.
		f(10*time.Minute, 40, 0, 1, 36_000./38_400, 60)
		if n := len(h.history.list()); n > 61 {
			t.Errorf("%d samples are kept", n)
		}
	})
}

func TestWords(t *testing.T) {
	t.Parallel()
	f := func(got, want string) {
		t.Helper()
		if got = strings.NewReplacer("\u202f", "_", "\u00a0", " ").Replace(got); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	f(count(0), "0")
	f(count(1234567), "1_234_567")
	f(count(-1234), "-1_234")
	f(count(12_345_678), "12.3 M")
	f(count(10_500_000_000), "10.5 G")
	f(decimal(0), "0")
	f(decimal(0.001), "< 0.01")
	f(decimal(0.5), "0.50")
	f(decimal(12.34), "12.3")
	f(decimal(1234.6), "1_235")
	f(percent(1), "100 %")
	f(percent(0), "0 %")
	f(percent(0.5), "50 %")
	f(percent(0.999), "99.9 %")
	f(percent(0.9995), "99.95 %")
	f(percent(0.99977), "99.977 %")
	f(percent(0.9999999999), "99.99999 %")
	f(percent(0.98765), "98.7 %")
	f(size(900), "900 B")
	f(size(53_100_000), "50.6 MiB")
	f(size(3<<30), "3.00 GiB")
	f(span(400*time.Millisecond), "< 1 s")
	f(span(75*time.Second), "1 min 15 s")
	f(span(51*time.Hour), "2 d 3 h")
	f(span(2*time.Hour), "2 h")
	f(known(-1), "–")
	f(partitions(1), "1 partition")
	f(partitions(1000), "1_000 partitions")
}
