package jsonscan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/validate/jsonscan"
)

// dump writes a tape, one token a line.
func dump(t *jsonscan.Tape) string {
	var b strings.Builder
	for i, k := range t.Tokens() {
		fmt.Fprintf(&b, "%d %v @%d n=%d", i, k.Kind, k.Start, k.N)
		switch k.Kind {
		case jsonscan.Array, jsonscan.Object:
			fmt.Fprintf(&b, " next=%d", t.Next(i))
		case jsonscan.String, jsonscan.Name:
			fmt.Fprintf(&b, " %s", t.Text(i, nil))
		case jsonscan.Number:
			fmt.Fprintf(&b, " %s", t.Raw(i))
		}
		for f, name := range map[jsonscan.Flags]string{
			jsonscan.Escaped: "escaped", jsonscan.NonASCII: "non-ascii", jsonscan.SmallInt: "int",
			jsonscan.Fraction: "fraction", jsonscan.Exponent: "exponent",
		} {
			if k.Flags == f {
				fmt.Fprintf(&b, " %s", name)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestTape(t *testing.T) {
	t.Parallel()
	const doc = ` {"a" : [1, -2.5, 3e2, {}, []], "\u0062":{"é":null,"c":[true,false]},"d":"x\ny"} `
	const want = `0 object @1 n=3 next=18
1 name @3 n=1 a
2 array @8 n=5 next=8
3 number @9 n=1 1 int
4 number @12 n=4 -2.5 fraction
5 number @18 n=3 3e2 exponent
6 object @23 n=0 next=7
7 array @27 n=0 next=8
8 name @33 n=6 b escaped
9 object @41 n=2 next=16
10 name @43 n=2 é non-ascii
11 null @47 n=4
12 name @53 n=1 c
13 array @56 n=2 next=16
14 true @57 n=4
15 false @62 n=5
16 name @71 n=1 d
17 string @75 n=4 x
y escaped
`
	var tape jsonscan.Tape
	for range 2 { // the second scan runs over the first one's leftovers
		if err := tape.Scan([]byte(doc), jsonscan.Limits{}); err != nil {
			t.Fatal(err)
		}
		if got := dump(&tape); got != want {
			t.Fatalf("got\n%swant\n%s", got, want)
		}
	}
	for i, k := range tape.Tokens() {
		if k.Kind == jsonscan.Name && k.Link != jsonscan.Hash(tape.Text(i, nil)) {
			t.Errorf("token %d: the hash is not that of %s", i, tape.Text(i, nil))
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	f := func(doc, want string) {
		t.Helper()
		var tape jsonscan.Tape
		if err := tape.Scan([]byte(doc), jsonscan.Limits{}); err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
		if got := tape.Text(0, make([]byte, 3)); string(got) != want {
			t.Errorf("%s: got %q, want %q", doc, got, want)
		}
	}
	f(`""`, "")
	f(`"plain"`, "plain")
	f(`"\"\\\/\b\f\n\r\t"`, "\"\\/\b\f\n\r\t")
	f(`"a\u0041\u00e9\u20AC\uD834\uDD1Ez"`, "aAé€𝄞z")
	f(`"é\u0000"`, "é\x00")
}

func TestInt(t *testing.T) {
	t.Parallel()
	f := func(doc string, want int64, small bool) {
		t.Helper()
		var tape jsonscan.Tape
		if err := tape.Scan([]byte(doc), jsonscan.Limits{}); err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
		if got := tape.Tokens()[0].Flags&jsonscan.SmallInt != 0; got != small {
			t.Errorf("%s: small integer %v, want %v", doc, got, small)
		}
		if small && tape.Int(0) != want {
			t.Errorf("%s: got %d", doc, tape.Int(0))
		}
	}
	f("0", 0, true)
	f("-0", 0, true)
	f("-7", -7, true)
	f("9007199254740993", 9007199254740993, true)
	f("999999999999999999", 999999999999999999, true)
	f("-999999999999999999", -999999999999999999, true)
	f("1000000000000000000", 0, false)
	f("1.0", 0, false)
	f("1e0", 0, false)
}

// TestAllocations: a warm tape scans without allocating, escapes in names and
// objects of every size included.
func TestAllocations(t *testing.T) {
	var b strings.Builder
	for k := range 300 {
		fmt.Fprintf(&b, `"prop\u0065rty_%d":[%d,"a\n",1.5,{"x":1,"x\u0079":2}],`, k, k)
	}
	docs := [][]byte{[]byte(order), []byte(`{` + strings.TrimSuffix(b.String(), ",") + `}`)}
	var tape jsonscan.Tape
	scan := func() {
		for _, doc := range docs {
			if err := tape.Scan(doc, jsonscan.Limits{Depth: 64, Values: 100_000}); err != nil {
				t.Fatal(err)
			}
		}
	}
	scan()
	if got := testing.AllocsPerRun(100, scan); got != 0 {
		t.Errorf("%v allocations a scan", got)
	}
	if tape.Bytes() < 16*len(tape.Tokens()) {
		t.Errorf("Bytes says %d for %d tokens", tape.Bytes(), len(tape.Tokens()))
	}
}

func TestKindNames(t *testing.T) {
	t.Parallel()
	var got []string
	for k := jsonscan.Kind(0); k <= jsonscan.Name; k++ {
		got = append(got, k.String())
	}
	for k := jsonscan.ErrorKind(0); k <= jsonscan.Limit; k++ {
		got = append(got, k.String())
	}
	const want = "none null false true number string array object name none syntax utf-8 duplicate name limit"
	if strings.Join(got, " ") != want {
		t.Errorf("got %s", strings.Join(got, " "))
	}
}
