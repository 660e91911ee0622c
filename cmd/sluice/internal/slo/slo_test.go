package slo

import (
	"strings"
	"testing"
	"time"

	"github.com/sluicedata/sluice/config"
)

func TestBoundsMatchBothTextFormats(t *testing.T) {
	t.Parallel()
	f := func(seconds float64, want string) {
		t.Helper()
		if got := bound(seconds); got != want {
			t.Errorf("%g is %s, want %s", seconds, got, want)
		}
	}
	f(.05, `0\\.05`)
	f(.001, `0\\.001`)
	f(2.5, `2\\.5`)
	f(1, `1(\\.0)?`)
	f(3600, `3600(\\.0)?`)
}

func TestProductsWithoutPromisesHaveNoRules(t *testing.T) {
	t.Parallel()
	got := Rules(&config.Config{Domain: "sales", Products: []config.Product{{Name: "orders"}}})
	if strings.Contains(got, "orders") || strings.Count(got, "- alert:") != 1 {
		t.Errorf("rules are\n%s", got)
	}
}

// TestAlertsThatCannotFireAreLeftOut has promises so weak that bad records
// cannot be fast enough.
func TestAlertsThatCannotFireAreLeftOut(t *testing.T) {
	t.Parallel()
	f := func(share float64, want int) {
		t.Helper()
		p := config.Product{Name: "orders", SLO: config.SLO{GoodRatio: share}}
		got := Rules(&config.Config{Domain: "sales", Products: []config.Product{p}})
		if n := strings.Count(got, "- alert: SluiceGoodRatioBurn"); n != want {
			t.Errorf("%g has %d alerts, want %d", share, n, want)
		}
	}
	f(.999, 4)
	f(.9, 3)
	f(.8, 2)
	f(.6, 1)
}

// TestOwnersAreNoTemplates has an owner that Prometheus would expand.
func TestOwnersAreNoTemplates(t *testing.T) {
	t.Parallel()
	p := config.Product{Name: "orders", SLO: config.SLO{LatencyP99: time.Second}}
	got := Rules(&config.Config{Domain: "sales", Owner: `{{ "us" }}`, Products: []config.Product{p}})
	if !strings.Contains(got, `owner: "{{\"{{\"}} \"us\" }}"`) {
		t.Errorf("rules are\n%s", got)
	}
}
