package jsonscan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/validate/jsonscan"
)

// TestLimits holds each limit at its bound and one over.
func TestLimits(t *testing.T) {
	t.Parallel()
	f := func(doc string, l jsonscan.Limits, offset int) {
		t.Helper()
		e := scanError(t, doc, l)
		switch {
		case offset < 0 && e != nil:
			t.Errorf("%.60q: %v", doc, e)
		case offset >= 0 && e == nil:
			t.Errorf("%.60q: accepted under %+v", doc, l)
		case offset >= 0 && (e.Kind != jsonscan.Limit || e.Offset != offset):
			t.Errorf("%.60q: %v %v, want a limit at %d", doc, e.Kind, e, offset)
		}
	}
	f(`[1,2]`, jsonscan.Limits{Bytes: 5}, -1)
	f(`[1,2] `, jsonscan.Limits{Bytes: 5}, 5)

	f(`1`, jsonscan.Limits{Depth: 1}, -1)
	f(`[1]`, jsonscan.Limits{Depth: 1}, -1)
	f(`[[],[[]]]`, jsonscan.Limits{Depth: 3}, -1)
	f(`[[],[[]]]`, jsonscan.Limits{Depth: 2}, 5)
	f(`{"a":{"b":[]}}`, jsonscan.Limits{Depth: 3}, -1)
	f(`{"a":{"b":[]}}`, jsonscan.Limits{Depth: 2}, 10)

	f(`{"a":1,"b":[null]}`, jsonscan.Limits{Values: 4}, -1)
	f(`{"a":1,"b":[null]}`, jsonscan.Limits{Values: 3}, 12)

	f(`-123.45e99`, jsonscan.Limits{Digits: 5}, -1)
	f(`-123.456e99`, jsonscan.Limits{Digits: 5}, 0)
	f(`[12345]`, jsonscan.Limits{Digits: 5}, -1)
	f(`[123456]`, jsonscan.Limits{Digits: 5}, 1)
	f(strings.Repeat("9", 100), jsonscan.Limits{Digits: 100}, -1)
	f(strings.Repeat("9", 101), jsonscan.Limits{Digits: 100}, 0)
	f(`0.`+strings.Repeat("0", 99), jsonscan.Limits{Digits: 100}, -1)
	f(`0.`+strings.Repeat("0", 100), jsonscan.Limits{Digits: 100}, 0)

	f(`1e400`, jsonscan.Limits{Exponent: 400}, -1)
	f(`1E+401`, jsonscan.Limits{Exponent: 400}, 0)
	f(`1e-400`, jsonscan.Limits{Exponent: 400}, -1)
	f(`1e-401`, jsonscan.Limits{Exponent: 400}, 0)
	f(`1e000000000000400`, jsonscan.Limits{Exponent: 400}, -1)
	f(`1e10000000000000000000000000000`, jsonscan.Limits{Exponent: 400}, 0)
	f(`1e10000000000000000000000000000`, jsonscan.Limits{}, 0) // no int could hold it
}

func TestDuplicateNames(t *testing.T) {
	t.Parallel()
	f := func(doc string, offset int) {
		t.Helper()
		e := scanError(t, doc, jsonscan.Limits{})
		switch {
		case offset < 0 && e != nil:
			t.Errorf("%.60q: %v", doc, e)
		case offset >= 0 && (e == nil || e.Kind != jsonscan.Duplicate || e.Offset != offset):
			t.Errorf("%.60q: %v, want a repeated name at %d", doc, e, offset)
		}
		if e := scanError(t, doc, jsonscan.Limits{AllowDuplicates: true}); e != nil {
			t.Errorf("%.60q: %v though allowed", doc, e)
		}
	}
	f(`{"a":1,"a":1}`, 7)
	f(`{"":1,"":1}`, 6)
	f(`{"a":1,"b":2,"a":3}`, 13)
	f(`{"a":1,"\u0061":1}`, 7)
	f(`{"\u0061":1,"a":1}`, 12)
	f(`{"\/":1,"/":1}`, 8)
	f(`{"\ud834\udd1e":1,"𝄞":1}`, 18)
	f(`{"é":1,"\u00E9":1}`, 8)
	f(`{"é":1,"e\u0301":1}`, -1) // another spelling is another name
	f(`{"a":{"b":1},"c":{"b":1}}`, -1)
	f(`{"a":{"b":1,"b":2},"a":1}`, 12)
	f(`{"a":[{"a":1},{"a":1,"a":1}]}`, 21)
	f(`{"a":{"x":[1,2]},"b":[{"y":1}],"a":[]}`, 31)

	// At every place of objects of every size that takes another path.
	for _, size := range []int{2, 3, 9, 47, 48, 49, 200, 5000} {
		var b strings.Builder
		for k := range size {
			fmt.Fprintf(&b, `"property_%d":%d,`, k, k)
		}
		list := b.String()
		f(`{`+strings.TrimSuffix(list, ",")+`}`, -1)
		for _, k := range []int{0, size / 2, size - 1} {
			f(fmt.Sprintf(`{%s"property_%d":0}`, list, k), 1+len(list))
			f(fmt.Sprintf(`{%s"pr\u006fperty_%d":0}`, list, k), 1+len(list))
		}
	}
}

// TestAllowDuplicates: of repeated names only the last comes onto the tape.
func TestAllowDuplicates(t *testing.T) {
	t.Parallel()
	f := func(doc, want string) {
		t.Helper()
		var got, plain jsonscan.Tape
		for range 2 {
			if err := got.Scan([]byte(doc), jsonscan.Limits{AllowDuplicates: true}); err != nil {
				t.Fatalf("%s: %v", doc, err)
			}
		}
		if err := plain.Scan([]byte(want), jsonscan.Limits{}); err != nil {
			t.Fatalf("%s: %v", want, err)
		}
		checkTape(t, &got)
		if rebuilt(&got) != rebuilt(&plain) {
			t.Errorf("%s: got %s, want that of %s", doc, rebuilt(&got), want)
		}
		for i, k := range got.Tokens() {
			if k.N != plain.Tokens()[i].N || k.Flags != plain.Tokens()[i].Flags {
				t.Errorf("%s: token %d is %+v, want %+v", doc, i, k, plain.Tokens()[i])
			}
		}
	}
	f(`{"a":1,"b":2}`, `{"a":1,"b":2}`)
	f(`{"a":1,"a":2}`, `{"a":2}`)
	f(`{"a":1,"a":2,"a":3}`, `{"a":3}`)
	f(`{"a":[1,{"x":0,"x":1}],"b":2,"\u0061":{"y":[]},"c":3}`, `{"b":2,"\u0061":{"y":[]},"c":3}`)
	f(`[{"a":[1,{"x":0,"y":2,"x":1}],"b":2},{"b":[],"b":[[]]},7]`, `[{"a":[1,{"y":2,"x":1}],"b":2},{"b":[[]]},7]`)
}
