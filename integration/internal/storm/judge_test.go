package storm

import (
	"strings"
	"testing"
	"time"
)

// TestJudgeFindsEveryFault: books without a fault are clean, and each kind of
// fault is named.
func TestJudgeFindsEveryFault(t *testing.T) {
	t.Parallel()
	c, err := NewContracts(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	early := time.Now().Add(-time.Minute)
	if err := c.Publish(); err != nil {
		t.Fatal(err)
	}
	if err := c.Break(); err != nil {
		t.Fatal(err)
	}
	dead := func(product string, version int) Outcome {
		return Outcome{
			Product: product, Dead: true, Version: product + "@" + string(rune('0'+version)),
			Digest: digest(files(version), product), Failed: time.Now().Add(time.Second),
		}
	}
	good := func(product string) Outcome { return Outcome{Product: product} }
	f := func(want string, change func(b Books)) {
		t.Helper()
		b := Books{
			Sent: map[Place]Input{
				{0, 0}: {"orders", 0, 5}, {0, 1}: {"refunds", 5, 0}, {0, 3}: {"orders", 0, 0}, // refused by 0 alone
				{0, 4}: {"orders", 1, 5}, {0, 5}: {"refunds", 5, 1}, {0, 6}: {"refunds", 0, 0},
				{1, 0}: {"orders", 0, 1}, // refused by 0 and by 1
			},
			Found: map[Place][]Outcome{
				{0, 0}: {dead("orders", 0)}, {0, 1}: {dead("refunds", 0)}, {0, 3}: {good("orders")},
				{0, 4}: {dead("orders", 1)}, {0, 5}: {dead("refunds", 1)}, {0, 6}: {good("refunds")},
				{1, 0}: {dead("orders", 1)},
			},
		}
		change(b)
		wrong, versions := c.Judge(b)
		if want == "" {
			if len(wrong) > 0 || versions != 2 {
				t.Errorf("%d versions, and of books without a fault: %q", versions, wrong)
			}
			return
		}
		if len(wrong) == 0 || !strings.Contains(wrong[0], want) {
			t.Errorf("found %q, want %q", wrong, want)
		}
	}
	f("", func(Books) {})
	f("0 outcomes", func(b Books) { delete(b.Found, Place{0, 3}) })
	f("2 outcomes", func(b Books) { b.Found[Place{0, 0}] = append(b.Found[Place{0, 0}], good("orders")) })
	f("belongs to orders and went to refunds", func(b Books) { b.Found[Place{0, 3}] = []Outcome{good("refunds")} })
	f("which no version has", func(b Books) {
		torn := files(1)
		torn["shared.json"] = files(0)["shared.json"]
		o := dead("orders", 1)
		o.Digest = digest(torn, "orders")
		b.Found[Place{0, 4}] = []Outcome{o}
	})
	f("which no version has", func(b Books) { b.Found[Place{0, 4}] = []Outcome{dead("orders", 2)} }) // broken
	f("with the digest of version 1", func(b Books) { b.Found[Place{0, 4}][0].Version = "orders@0" })
	f("which came at", func(b Books) { b.Found[Place{0, 4}][0].Failed = early })
	f("which accepts", func(b Books) { b.Found[Place{0, 6}] = []Outcome{dead("refunds", 1)} })
	f("behind a record that was judged by version 1", func(b Books) {
		b.Sent[Place{0, 5}], b.Found[Place{0, 5}] = Input{"refunds", 0, 5}, []Outcome{dead("refunds", 0)}
	})
	f("versions 0 to 1 all refuse", func(b Books) { b.Sent[Place{0, 3}] = Input{"orders", 0, 1} })
	f("versions 1 to 2 all refuse", func(b Books) { b.Sent[Place{0, 6}] = Input{"refunds", 1, 2} })
}
