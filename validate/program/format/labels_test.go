package format

import (
	"math/rand/v2"
	"testing"
)

// TestLabels: what passes as usual passes the rules in full, and most of what
// passes those is usual.
func TestLabels(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 8))
	const letters = "abzAZ019...--@@_+[`{/: \x00\x7f\xc3"
	names, mailboxes, both := 0, 0, 0
	for range 300_000 {
		behind := r.IntN(10)
		s := make([]byte, r.IntN(20)+behind)
		if r.IntN(50) == 0 {
			s = make([]byte, 56+r.IntN(12)+behind)
		}
		for i := range s {
			if s[i] = letters[r.IntN(len(letters))]; r.IntN(3) > 0 {
				s[i] = letters[r.IntN(11)]
			}
		}
		if r.IntN(50) > 0 && len(s) > 20 {
			for i := range s {
				s[i] = 'a'
			}
			s[r.IntN(len(s))] = letters[r.IntN(len(letters))]
		}
		s = s[:len(s)-behind]
		usual, full := usualName(s), domainName(s, false)
		if usual && !full {
			t.Fatalf("%q is no host name", s)
		}
		if usual {
			names++
			if !internationalName(string(s)) {
				t.Fatalf("%q is no host name of draft 7", s)
			}
		}
		usual, full = usualMailbox(s), mailbox(s, false)
		if usual && (!full || !mailbox(s, true)) {
			t.Fatalf("%q is no mailbox", s)
		}
		if usual {
			mailboxes++
		}
		if full {
			both++
		}
	}
	if names < 1000 || mailboxes < 1000 || mailboxes < both/4 {
		t.Errorf("only %d names and %d of %d mailboxes are usual", names, mailboxes, both)
	}
	for _, s := range []string{"jane.doe@example.com", "x@y", "order-7@mail-2.example.org"} {
		if !usualMailbox([]byte(s + "\"       ")[:len(s)]) {
			t.Errorf("%s is unusual", s)
		}
	}
	for _, s := range []string{"example.com", "db-1.eu-west-1.example.com", "localhost"} {
		if !usualName([]byte(s + "\"       ")[:len(s)]) {
			t.Errorf("%s is unusual", s)
		}
	}
}
