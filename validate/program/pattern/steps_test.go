package pattern

import (
	"math/rand/v2"
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
		`^\S+-[ab]{0,2}1*$`, `^-?[0-9]+$`, `^a{2}b{0,2}$`, `^[ab][ab1_-]{0,5}$`, `^.-.$`, `^ab`, `^[a-b]{2}-`,
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
			text := make([]rune, r.IntN(7))
			for i := range text {
				text[i] = letters[r.IntN(len(letters))]
			}
			s := []byte(string(text))
			if got, want := m.match(s), m.steps.slow.match(s); got != want {
				t.Fatalf("%s: %q: %v, want %v", expr, s, got, want)
			}
		}
	}
	if walked < 8 {
		t.Errorf("only %d expressions are walked", walked)
	}
}
