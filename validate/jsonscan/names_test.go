package jsonscan

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// TestHashFlood gives every name of a large object the same hash, which a
// stranger can reach by choosing names: the check must not compare each with
// each.
func TestHashFlood(t *testing.T) {
	t.Parallel()
	const count = 100_000
	var b strings.Builder
	b.WriteByte('{')
	for k := range count {
		fmt.Fprintf(&b, `"n\u0061me%d":0,`, k)
	}
	distinct := strings.TrimSuffix(b.String(), ",") + "}"
	other := b.String() + `"name$":0}`

	f := func(text string, wantFound bool) {
		t.Helper()
		var tape Tape
		doc := []byte(text)
		if err := tape.Scan(doc, Limits{}); err != nil {
			t.Fatal(err)
		}
		if wantFound { // no scan would have let it pass
			doc[bytes.IndexByte(doc, '$')] = '7'
		}
		for i := range tape.tokens {
			if tape.tokens[i].Kind == Name {
				tape.tokens[i].Link = 42
			}
		}
		_, found := tape.names.lookUp(tape.doc, tape.Tokens(), 0)
		if found != wantFound {
			t.Errorf("found %v, want %v", found, wantFound)
		}
		if len(tape.names.order) == 0 {
			t.Error("the names were never sorted")
		}
	}
	f(distinct, false)
	f(other, true)
}

// TestHashWhileScanning holds the hash that the scan computes from whole words
// to Hash, for names of every length, at the end of the document and far from
// it, with and without white space.
func TestHashWhileScanning(t *testing.T) {
	t.Parallel()
	var tape Tape
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for n := range len(letters) + 1 {
		for _, format := range []string{`{"%s":1}`, `{"%s" : [1,2,3,4,5,6,7,8,9,10] }`, `{"%sé":[1,2,3,4,5,6,7,8,9,10]}`, `{"%s\n":[1,2,3,4,5,6,7,8,9,10]}`} {
			if err := tape.Scan(fmt.Appendf(nil, format, letters[:n]), Limits{}); err != nil {
				t.Fatal(err)
			}
			if name := tape.Text(1, nil); tape.tokens[1].Link != Hash(name) {
				t.Errorf("%q: %08x on the tape, Hash returns %08x", name, tape.tokens[1].Link, Hash(name))
			}
		}
	}
}

// TestHashSpreads holds the hash to what the filter and the tables expect of
// names that occur in practice: 1,000 similar names collide in the upper bits
// about as often as chance has it.
func TestHashSpreads(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"%d", "p%03d", "prop_%d", "property_%04d", "a_rather_long_property_%d_name", "%c", "k%x"} {
		full, upper, lower := map[uint32]bool{}, map[uint32]int{}, map[uint32]int{}
		for k := range 1000 {
			h := Hash(fmt.Appendf(nil, format, 48+k))
			full[h] = true
			upper[h>>23]++
			lower[h&511]++
		}
		if len(full) < 999 {
			t.Errorf("%s: %d hashes of 1,000 names", format, len(full))
		}
		if len(upper) < 380 || len(lower) < 380 { // chance: 512(1-e^(-1000/512)) = 439
			t.Errorf("%s: %d and %d of 512 buckets used", format, len(upper), len(lower))
		}
	}
}
