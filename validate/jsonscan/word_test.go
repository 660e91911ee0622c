package jsonscan_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sluicedata/sluice/validate/jsonscan"
)

// padded returns a document in which so much follows the value that it is read
// by words.
func padded(value string) string { return `[` + value + `,"` + strings.Repeat("x", 64) + `"]` }

// TestNumbersByWords: a number is judged alike whether it ends the document,
// where it is read byte by byte, or not.
func TestNumbersByWords(t *testing.T) {
	t.Parallel()
	var digits []string
	for _, n := range []int{0, 1, 2, 7, 8, 9, 15, 16, 18, 19} {
		digits = append(digits, strings.Repeat("7", n), strings.Repeat("0", n))
	}
	for _, sign := range []string{"", "-", "--"} {
		for _, whole := range digits {
			for _, part := range digits {
				for _, exponent := range []string{"", "e1", "E-2", "e", "x", ":"} {
					for _, point := range []string{"", "."} {
						sameNumber(t, sign+whole+point+part+exponent, jsonscan.Limits{})
						sameNumber(t, sign+whole+point+part+exponent, jsonscan.Limits{Digits: 9})
					}
				}
			}
		}
	}
	for c := range 256 { // the bytes beside the digits, too
		sameNumber(t, "12"+string([]byte{byte(c)})+"4", jsonscan.Limits{})
		sameNumber(t, "12345678"+string([]byte{byte(c)})+"4", jsonscan.Limits{})
	}
}

func sameNumber(t *testing.T, number string, l jsonscan.Limits) {
	t.Helper()
	var last, within jsonscan.Tape
	errLast := last.Scan([]byte(`[0,`+number+`]`), l)
	errWithin := within.Scan([]byte(padded(`0,`+number)), l)
	switch {
	case errLast == nil && errWithin == nil:
		if a, b := last.Tokens()[2], within.Tokens()[2]; a != b {
			t.Errorf("%q: %+v at the end, %+v within", number, a, b)
		}
	case errLast == nil || errWithin == nil || errLast.Error() != errWithin.Error():
		t.Errorf("%q: %v at the end, %v within", number, errLast, errWithin)
	}
}

// TestUTF8ByWords holds both ways of reading strings to unicode/utf8, over all
// leading and second bytes and the bounds of the others.
func TestUTF8ByWords(t *testing.T) {
	t.Parallel()
	var tape jsonscan.Tape
	f := func(content string) {
		t.Helper()
		want := utf8.ValidString(content)
		for _, doc := range []string{`"` + content + `"`, `[1,"` + content + `"]`, padded(`"` + content + `"`), padded(`"twenty plain bytes..` + content + `"`)} {
			if err := tape.Scan([]byte(doc), jsonscan.Limits{}); (err == nil) != want {
				t.Fatalf("%q: %v, utf8.Valid says %v", doc, err, want)
			}
		}
	}
	bounds := []byte{0x30, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF}
	for lead := 0x80; lead < 0x100; lead++ {
		f(string([]byte{byte(lead)}))
		for second := 0x23; second < 0x100; second++ {
			if second == '\\' {
				continue
			}
			f(string([]byte{byte(lead), byte(second)}))
			for _, third := range bounds {
				f(string([]byte{byte(lead), byte(second), third}))
				if lead < 0xF0 {
					continue
				}
				for _, fourth := range bounds {
					f(string([]byte{byte(lead), byte(second), third, fourth}))
				}
			}
		}
	}
}

// TestEndsOfStrings puts each byte that needs a look at each place of a string
// and each string at each distance from the end of the document.
func TestEndsOfStrings(t *testing.T) {
	t.Parallel()
	var tape jsonscan.Tape
	for n := range 50 {
		for at := range n + 1 {
			for _, look := range []string{"", `\n`, `\"`, `é`, `日`, `𝄞`, "\x1f", "\x00", "\xff", "\x7f", "!", "#", "["} {
				content := strings.Repeat("a", at) + look + strings.Repeat("b", n-at)
				valid := look == "" || look >= " " && look != "\xff"
				for _, format := range []string{`"%s"`, `{"k":"%s"}`, `["%s",1,2,3,4,5]`, `{"%s":1}`, `{"%s" : "23456789012345678"}`} {
					doc := fmt.Sprintf(format, content)
					if err := tape.Scan([]byte(doc), jsonscan.Limits{}); (err == nil) != valid {
						t.Fatalf("%q: %v", doc, err)
					}
					if !valid {
						continue
					}
					i := min(1, len(tape.Tokens())-1)
					if strings.HasPrefix(format, `{"k"`) {
						i = 2
					}
					if got := string(tape.Raw(i)); got != content {
						t.Fatalf("%q: read %q", doc, got)
					}
				}
			}
		}
	}
}

// TestDeepObjects: objects deeper than there are filters are still searched for
// repeated names, and nothing of that stays on the tape.
func TestDeepObjects(t *testing.T) {
	t.Parallel()
	for depth := range 100 {
		head, tail := strings.Repeat(`{"b":1,"a":`, depth), strings.Repeat(`,"c":{}}`, depth)
		var tape jsonscan.Tape
		if err := tape.Scan([]byte(head+`{}`+tail), jsonscan.Limits{}); err != nil {
			t.Fatalf("depth %d: %v", depth, err)
		}
		for i, k := range tape.Tokens() {
			if k.Kind == jsonscan.Object && k.Flags != 0 {
				t.Fatalf("depth %d: token %d is %+v", depth, i, k)
			}
		}
		checkTape(t, &tape)
		if e := scanError(t, head+`{"x":1,"x":{}}`+tail, jsonscan.Limits{}); e == nil || e.Kind != jsonscan.Duplicate {
			t.Errorf("depth %d: %v, want a repeated name", depth, e)
		}
		if e := scanError(t, head+`{}`+strings.Repeat(`,"b":{}}`, depth), jsonscan.Limits{}); depth > 0 && (e == nil || e.Kind != jsonscan.Duplicate) {
			t.Errorf("depth %d: %v, want a repeated name outside", depth, e)
		}
	}
}
