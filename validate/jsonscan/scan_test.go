package jsonscan_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/validate/jsonscan"
)

// scanError returns the *Error of a scan, nil where the document is accepted.
func scanError(t *testing.T, doc string, l jsonscan.Limits) *jsonscan.Error {
	t.Helper()
	var tape jsonscan.Tape
	err := tape.Scan([]byte(doc), l)
	if err == nil {
		if len(tape.Tokens()) == 0 {
			t.Fatalf("%.60q: accepted without a token", doc)
		}
		return nil
	}
	if len(tape.Tokens()) != 0 {
		t.Fatalf("%.60q: refused with %d tokens left on the tape", doc, len(tape.Tokens()))
	}
	var e *jsonscan.Error
	if !errors.As(err, &e) {
		t.Fatalf("%.60q: error is a %T", doc, err)
	}
	if e.Offset < 0 || e.Offset > len(doc) {
		t.Fatalf("%.60q: offset %d lies outside", doc, e.Offset)
	}
	return e
}

func TestAccepts(t *testing.T) {
	t.Parallel()
	for _, doc := range []string{
		`null`, `true`, `false`, `0`, `-0`, `-1`, `1`, `42`, `""`, `"a"`, `[]`, `{}`,
		" \t\r\n null \n", ` [ ] `, ` { } `, "[\n]\n",
		`0.0`, `-0.0`, `0.5`, `1.25`, `10.01`, `0e1`, `0E+1`, `0e-0`, `1e00`, `1E22`, `1e-2`, `123.456e78`, `-1e-1`,
		`1e400`, `123123123123123123123123123123`, `0.4`, `1e0000000000000000001`,
		`[1]`, `[1,2]`, `[ 1 , 2 ]`, `[null,1,"1",{}]`, `[[[]]]`, `[{}]`, `[{},{}]`, `[[],[[]]]`, `["a","b"]`,
		`{"a":1}`, `{"a":{"b":{"c":[]}}}`, ` { "a" : 1 , "b" : 2 } `, `{"":0}`, `{"a":[],"b":{}}`,
		`{"a":1,"A":2}`, `[{"a":1},{"a":1}]`, `{"a":{"a":{"a":1}}}`, `{"a":1,"\u0062":2}`,
		`"\"\\\/\b\f\n\r\t"`, `"\u0000"`, `"\u00e9"`, `"\uD834\uDD1E"`, `"\uDBFF\uDFFF"`, `"\uFFFF"`, `"\uFFFE"`, `"\u2028"`, `"\\u0000"`, `"\\a"`,
		"\"\x7f\"", "\"\u0080\"", "\"\u00e9\"", "\"\u07ff\"", "\"\u0800\"", "\"\ud7ff\"", "\"\ue000\"", "\"\uffff\"", "\"\U00010000\"", "\"\U0010ffff\"", "\"\u2028\u2029\"",
		`"1234567"`, `"12345678"`, `"123456789"`, `"1234567é89012345"`, `"/*comment*/"`, `"a` + strings.Repeat("b", 100) + `"`,
	} {
		if e := scanError(t, doc, jsonscan.Limits{}); e != nil {
			t.Errorf("%.60q: %v", doc, e)
		}
	}
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	f := func(doc string, kind jsonscan.ErrorKind, offset int, message string) {
		t.Helper()
		e := scanError(t, doc, jsonscan.Limits{})
		if e == nil {
			t.Errorf("%.60q: accepted", doc)
			return
		}
		if e.Kind != kind || e.Offset != offset || !strings.Contains(e.Message, message) {
			t.Errorf("%.60q: %v %q at %d, want %v %q at %d", doc, e.Kind, e.Message, e.Offset, kind, message, offset)
		}
	}
	const syntax, utf8 = jsonscan.Syntax, jsonscan.UTF8

	// Not one value.
	f("", syntax, 0, "no JSON value")
	f(" \n\t", syntax, 3, "no JSON value")
	f("{} {}", syntax, 3, "more bytes")
	f("1 2", syntax, 2, "more bytes")
	f("null\x00", syntax, 4, "more bytes")
	f("[]]", syntax, 2, "more bytes")
	f("{}}", syntax, 2, "more bytes")
	f(`{"a":1} x`, syntax, 8, "more bytes")
	f("\"a\"\u00a0", syntax, 3, "more bytes")
	f("\xef\xbb\xbf{}", syntax, 0, "byte order mark")
	f("\xff\xfe{\x00}\x00", syntax, 0, "UTF-16")
	f("\xfe\xff\x00{\x00}", syntax, 0, "UTF-16")
	f("\xef\xbb{}", syntax, 0, "expected a JSON value")

	// Literals.
	f("nul", syntax, 3, "ends")
	f("nulL", syntax, 3, "expected a JSON value")
	f("True", syntax, 0, "expected a JSON value")
	f("truE", syntax, 3, "expected a JSON value")
	f("falsy", syntax, 4, "expected a JSON value")
	f("truee", syntax, 4, "more bytes")
	f("[nulll]", syntax, 5, "comma or a closing bracket")
	f("NaN", syntax, 0, "expected a JSON value")
	f("Infinity", syntax, 0, "expected a JSON value")
	f("undefined", syntax, 0, "expected a JSON value")
	f("'a'", syntax, 0, "expected a JSON value")
	f("\x00", syntax, 0, "expected a JSON value")
	f("\v1", syntax, 0, "expected a JSON value")
	f("\f[]", syntax, 0, "expected a JSON value")
	f("//x\n1", syntax, 0, "expected a JSON value")
	f("1/*x*/", syntax, 1, "more bytes")

	// Numbers.
	f("-", syntax, 1, "ends")
	f("+1", syntax, 0, "expected a JSON value")
	f(".5", syntax, 0, "expected a JSON value")
	f("01", syntax, 1, "superfluous zero")
	f("-01", syntax, 2, "superfluous zero")
	f("00", syntax, 1, "superfluous zero")
	f("-a", syntax, 1, "digit")
	f("-Infinity", syntax, 1, "digit")
	f("--1", syntax, 1, "digit")
	f("1.", syntax, 2, "ends")
	f("[1.]", syntax, 3, "digit")
	f("1.e1", syntax, 2, "digit")
	f("1e", syntax, 2, "ends")
	f("1e+", syntax, 3, "ends")
	f("[1e-]", syntax, 4, "digit")
	f("1eE2", syntax, 2, "digit")
	f("1.2.3", syntax, 3, "more bytes")
	f("0x1F", syntax, 1, "more bytes")
	f("1_000", syntax, 1, "more bytes")
	f("[1 000]", syntax, 3, "comma or a closing bracket")
	f("１", syntax, 0, "expected a JSON value")

	// Strings.
	f(`"`, syntax, 1, "ends")
	f(`"abc`, syntax, 4, "ends")
	f(`"abcdefghij`, syntax, 11, "ends")
	f(`"\`, syntax, 2, "ends")
	f(`"a\"`, syntax, 4, "ends")
	f("\"a\nb\"", syntax, 2, "control character")
	f("\"\x00\"", syntax, 1, "control character")
	f("\"\x1f\"", syntax, 1, "control character")
	f("\"12345678901\t\"", syntax, 12, "control character")
	f(`"\x41"`, syntax, 1, "unknown escape")
	f(`"\a"`, syntax, 1, "unknown escape")
	f(`"\U0041"`, syntax, 1, "unknown escape")
	f("\"\\\u00e9\"", syntax, 1, "unknown escape")
	f("\"\\\x00\"", syntax, 1, "unknown escape")
	f(`"\u"`, syntax, 1, "hexadecimal")
	f(`"\u12"`, syntax, 1, "hexadecimal")
	f(`"\u12G4"`, syntax, 1, "hexadecimal")
	f(`"\u123`, syntax, 1, "hexadecimal")
	f(`"\uD800"`, utf8, 1, "surrogate")
	f(`"\uDC00"`, utf8, 1, "surrogate")
	f(`"ab\uDFFFcd"`, utf8, 3, "surrogate")
	f(`"\uD800\uD800"`, utf8, 1, "surrogate")
	f(`"\uDC00\uD800"`, utf8, 1, "surrogate")
	f(`"\uD800\n"`, utf8, 1, "surrogate")
	f(`"\uD800\u0041"`, utf8, 1, "surrogate")
	f(`"\uD800\u00`, utf8, 1, "surrogate")
	f(`{"\uD800":1}`, utf8, 2, "surrogate")

	// Arrays.
	f("[", syntax, 1, "ends")
	f("[1", syntax, 2, "ends")
	f("[1,", syntax, 3, "ends")
	f("[,", syntax, 1, "expected a JSON value")
	f("[,1]", syntax, 1, "expected a JSON value")
	f("[1,]", syntax, 3, "expected a JSON value")
	f("[1,,2]", syntax, 3, "expected a JSON value")
	f("[1 2]", syntax, 3, "comma or a closing bracket")
	f("[1}", syntax, 2, "comma or a closing bracket")
	f(`["a":1]`, syntax, 4, "comma or a closing bracket")
	f("]", syntax, 0, "expected a JSON value")

	// Objects.
	f("{", syntax, 1, "ends")
	f(`{"a"`, syntax, 4, "ends")
	f(`{"a" `, syntax, 5, "ends")
	f(`{"a":`, syntax, 5, "ends")
	f(`{"a":1`, syntax, 6, "ends")
	f(`{"a":1,`, syntax, 7, "ends")
	f(`{"a":1,}`, syntax, 7, "behind the comma")
	f(`{,}`, syntax, 1, "property name")
	f(`{a:1}`, syntax, 1, "property name")
	f(`{1:1}`, syntax, 1, "property name")
	f(`{'a':1}`, syntax, 1, "property name")
	f(`{null:1}`, syntax, 1, "property name")
	f(`{[]:1}`, syntax, 1, "property name")
	f(`{"a":1,1}`, syntax, 7, "property name")
	f(`{"a" 1}`, syntax, 5, "colon")
	f(`{"a",1}`, syntax, 4, "colon")
	f(`{"a"}`, syntax, 4, "colon")
	f(`{"a"::1}`, syntax, 5, "expected a JSON value")
	f(`{"a":}`, syntax, 5, "expected a JSON value")
	f(`{"a":1 "b":2}`, syntax, 7, "comma or a closing brace")
	f(`{"a":1]`, syntax, 6, "comma or a closing brace")
	f(`{"a":1,,"b":2}`, syntax, 7, "property name")
	f(`[{"a":1},]`, syntax, 9, "expected a JSON value")
	f("}", syntax, 0, "expected a JSON value")
}

func TestRefusesInvalidUTF8(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2a", "\xc2\xc2",
		"\xe0\x80\x80", "\xe0\x9f\xbf", "\xe1\x80", "\xe1\x80a", "\xe1a\x80",
		"\xed\xa0\x80", "\xed\xbf\xbf", "\xed\xa0\x80\xed\xb0\x80",
		"\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf1\x80\x80", "\xf1\x80\x80a", "\xf1\x80a\x80", "\xf1a\x80\x80",
		"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xfe",
	} {
		for _, around := range []string{"", "a", "1234567", "12345678", "é", `\n`} {
			doc := `"` + around + bad + around + `"`
			if e := scanError(t, doc, jsonscan.Limits{}); e == nil || e.Kind != jsonscan.UTF8 || e.Offset != 1+len(around) {
				t.Errorf("%q as a string: %v", doc, e)
			}
			doc = `{` + doc + `:1}`
			if e := scanError(t, doc, jsonscan.Limits{}); e == nil || e.Kind != jsonscan.UTF8 {
				t.Errorf("%q: %v", doc, e)
			}
		}
		if e := scanError(t, `"`+bad, jsonscan.Limits{}); e == nil {
			t.Errorf("%q at the end: accepted", bad)
		}
	}
}

func TestErrorText(t *testing.T) {
	t.Parallel()
	e := scanError(t, `{"secret" "value"}`, jsonscan.Limits{})
	if got, want := e.Error(), "expected a colon behind the property name at byte 10"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
