package format

import (
	"testing"

	"github.com/sluicedata/sluice/validate/difftest/gen"
)

// TestUsual: the short ways for what is usual accept nothing that the long ways
// refuse, and are taken for what they are meant for.
func TestUsual(t *testing.T) {
	t.Parallel()
	g := gen.New(1)
	times := []string{
		"2026-11-11T13:25:33.378Z", "2026-11-11T13:25:33Z", "2000-02-28t23:59:59.1z", "2026-12-31T23:59:60Z", "2026-02-29T00:00:00Z",
		"2026-11-11T13:25:33.Z", "2026-1\x17-11T13:25:33Z", "2026-11-\x171T13:25:33Z", "2026-11-11T\x179:25:33Z", "2026-11-11T13:25:33.378+01:00",
	}
	for i, s := range times {
		if got, want := usualDateTime([]byte(s)), i < 3; got != want {
			t.Errorf("%q is usual: %v", s, got)
		}
		for range 20_000 {
			text := g.MutateBytes([]byte(s))
			if usualDateTime(text) && !(date(text[:10]) && timeOfDay(text[11:])) {
				t.Fatalf("%q is no date-time", text)
			}
		}
	}
	f := func(s string, want bool) {
		t.Helper()
		if got := dotsApart([]byte(s)); got != want {
			t.Errorf("%q: the dots are apart: %v", s, got)
		}
	}
	f("a", true)
	f("a.b", true)
	f("a.b.c", true)
	f("", false)
	f(".", false)
	f("a.", false)
	f(".a", false)
	f("a..b", false)
	f("a.b.", false)
}
