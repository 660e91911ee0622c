package difftest

import (
	"regexp"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/validate/difftest/gen"
	"github.com/sluicedata/sluice/validate/program/pattern"
)

// TestPatterns holds patterns against package regexp, for expressions that
// mean the same to both, and look-ahead against the conjunction that it is.
func TestPatterns(t *testing.T) {
	t.Parallel()
	g := gen.New(7)
	for range 6000 {
		a, b := g.Expression(2), g.Expression(1)
		switch g.IntN(4) {
		case 0:
			a = "^" + a
		case 1:
			a += "$"
		case 2:
			a = "^(?:" + a + ")$"
		}
		comparePattern(t, g, a, a, func(s string) bool { return regexp.MustCompile(a).MatchString(s) })
		behind := regexp.MustCompile("^(?:" + b + ")")
		plain := regexp.MustCompile("^(?:" + a + ")")
		comparePattern(t, g, "^(?!"+b+")(?:"+a+")", a, func(s string) bool { return !behind.MatchString(s) && plain.MatchString(s) })
		comparePattern(t, g, "^(?="+b+")(?:"+a+")", b, func(s string) bool { return behind.MatchString(s) && plain.MatchString(s) })
	}
}

func comparePattern(t *testing.T, g *gen.Gen, expr, like string, want func(string) bool) {
	t.Helper()
	p, err := pattern.Compile(expr, pattern.Options{})
	if err != nil {
		if !strings.Contains(err.Error(), "instructions") && !strings.Contains(err.Error(), "look") {
			t.Errorf("%s: %v", expr, err)
		}
		return
	}
	for range 6 {
		text := g.Matching(like)
		if g.IntN(2) == 0 {
			text += g.Word()
		}
		if g.IntN(3) == 0 {
			text = g.Word() + text
		}
		if strings.ContainsAny(text, "\r\u2028\u2029") {
			continue
		}
		// A string of a record is followed by more of it.
		s := []byte(text + `","b":17}`)[:len(text)]
		if got := p.Match(s); got != want(text) {
			t.Errorf("%s on %q: %t", expr, text, got)
		}
	}
}

func FuzzPattern(f *testing.F) {
	g := gen.New(11)
	for range 50 {
		e := g.Expression(2)
		f.Add(e, g.Matching(e))
	}
	f.Add(`^(?!\p{L})[\u{1F600}-\u{1F64F}]*$`, "😀")
	f.Fuzz(func(_ *testing.T, expr, text string) {
		// It must neither panic nor hang, whatever the expression.
		if p, err := pattern.Compile(expr, pattern.Options{}); err == nil {
			p.Match([]byte(text))
		}
	})
}
