package pattern

import (
	"math/rand/v2"
	"regexp"
	"testing"
)

// TestSteps compares walking with the matcher that stands behind it.
func TestSteps(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	letters := []rune("ab1-é_Z\n😀")
	walked := 0
	for _, expr := range []string{
		`^ab-[0-9]{1,3}$`, `^[a-z]{2,4}-[0-9]+$`, `^[^-]+-b?$`, `^a*[0-9]`, `^[A-Z]{1,2}[a-z]{2}$`, `^[^a]{2,}a$`,
		`^\S+-[ab]{0,2}1*$`, `^-?[0-9]+$`, `^a{2}b{0,2}$`, `^[ab][ab1_-]{0,5}$`, `^.-.$`, `^ab`, `^[a-b]{2}-`, `^[a-z]{8}[a-z]?1`, `^[a-b1]{1,9}-`, `^1ab-[a-b]+Z`,
		// More ranges than are looked at by words.
		`^[1Zacegik_]+-b`, `^[\n1Zacegik]{2}b?$`, `^a[^1Zacegik_]*Z`,
	} {
		tree, err := parse(expr)
		if err != nil {
			t.Fatal(err)
		}
		m, _, refusal := build(tree, Options{}.withDefaults())
		if refusal != nil {
			t.Fatal(refusal)
		}
		if m.kind != sequence {
			continue
		}
		walked++
		for range 20_000 {
			text := make([]rune, r.IntN(12))
			for i := range text {
				text[i] = letters[r.IntN(len(letters))]
			}
			// A string of a record is followed by more of it.
			s := []byte(string(text) + "ab-12Z\"9")
			s = s[: len(string(text)) : len(string(text))+r.IntN(9)]
			if got, want := m.match(s), m.steps.slow.match(s); got != want {
				t.Fatalf("%s: %q: %v, want %v", expr, s, got, want)
			}
		}
	}
	if walked < 8 {
		t.Errorf("only %d expressions are walked", walked)
	}
}

// TestFixed compares looking at words with package regexp.
func TestFixed(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	const letters = "ABab019-_zZ@[`{/:~\x00\x7fé"
	for _, expr := range []string{
		`^[A-Z]{3}$`, `^[A-Z0-9]{2}-[0-9]{5}$`, `^ab[0-9]{6}$`, `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`,
		`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`, `^[@-Z_-z]{9}$`,
	} {
		p, err := Compile(expr, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if p.main.kind != constant {
			t.Errorf("%s is matched otherwise", expr)
			continue
		}
		re := regexp.MustCompile(expr)
		valid := 0
		for range 20_000 {
			s := make([]byte, p.main.fixed.size, p.main.fixed.size+r.IntN(12))
			for i := range s {
				// Mostly what fits, for all to fit now and then.
				for range 60 {
					if s[i] = letters[r.IntN(len(letters))]; r.IntN(100) == 0 || fits(p, s, i) {
						break
					}
				}
			}
			if r.IntN(50) == 0 {
				s = s[1:]
			}
			got, want := p.Match(s), re.Match(s)
			if got != want {
				t.Fatalf("%s: %q: %v, want %v", expr, s, got, want)
			}
			if got {
				valid++
			}
		}
		if valid == 0 {
			t.Errorf("%s: nothing matched", expr)
		}
	}
}

// fits reports whether the byte at i is one that the expression allows there.
func fits(p *Pattern, s []byte, i int) bool {
	for k := range p.main.fixed.words {
		w := &p.main.fixed.words[k]
		if i < w.at || i >= w.at+8 {
			continue
		}
		x := uint64(s[i])
		shift := 8 * (i - w.at)
		for r := range 2 {
			low, over := w.low[r]>>shift&0xFF, w.over[r]>>shift&0xFF
			if x < 0x80 && x+low >= 0x80 && x+over < 0x80 {
				return true
			}
		}
		return false
	}
	return false
}
