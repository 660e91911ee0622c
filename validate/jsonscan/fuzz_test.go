package jsonscan_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"testing"
	"unicode/utf8"

	"github.com/sluicedata/sluice/validate/jsonscan"
)

// surrogate finds \u escapes of surrogates, which encoding/json lets stand
// alone.
var surrogate = regexp.MustCompile(`(?i)\\ud[89a-f]`)

// FuzzScan holds the scanner against encoding/json and unicode/utf8.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{
		order, ``, ` `, `{}`, `[]`, `[1,2.5e-3,-0,true,false,null]`, `"\u00e9\ud834\udd1e\n"`, `{"a":{"a":[{"b":1}]}}`,
		`{"a":1,"\u0061":2}`, `{"a":1,}`, `[1,]`, `"` + "\xed\xa0\x80" + `"`, `"\ud800"`, `1e400`, `01`, `[[[[[[[[]]]]]]]]`, "\ufeff{}", `{"é":"日本語 text"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		var tape jsonscan.Tape
		before := bytes.Clone(doc)
		err := tape.Scan(doc, jsonscan.Limits{})
		if !bytes.Equal(before, doc) {
			t.Fatal("the document was changed")
		}
		want := json.Valid(doc) && utf8.Valid(doc)
		if err == nil {
			if !want {
				t.Fatalf("%q: accepted", doc)
			}
			checkTape(t, &tape)
			if got, want := rebuilt(&tape), decoded(t, doc); got != want && !surrogate.Match(doc) {
				t.Fatalf("%q: the tape reads %s, encoding/json %s", doc, got, want)
			}
			return
		}
		var e *jsonscan.Error
		if !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(doc) {
			t.Fatalf("%q: %v", doc, err)
		}
		if want && e.Kind == jsonscan.Syntax {
			t.Fatalf("%q: refused: %v", doc, err)
		}
		if want && e.Kind == jsonscan.UTF8 && !surrogate.Match(doc) {
			t.Fatalf("%q: refused: %v", doc, err)
		}
		if want && e.Kind == jsonscan.Duplicate {
			if err := tape.Scan(doc, jsonscan.Limits{AllowDuplicates: true}); err != nil {
				t.Fatalf("%q: %v where repeated names are allowed", doc, err)
			}
			if !repeats(doc) {
				t.Fatalf("%q: no name is repeated", doc)
			}
		}
	})
}

// checkTape proves that links, counts and hashes fit together.
func checkTape(t *testing.T, tape *jsonscan.Tape) {
	tokens := tape.Tokens()
	var walk func(i int) int
	walk = func(i int) int {
		k, at, n := tokens[i], i+1, uint32(0)
		switch k.Kind {
		case jsonscan.Object:
			for ; n < k.N; n++ {
				if tokens[at].Kind != jsonscan.Name {
					t.Fatalf("token %d is no name", at)
				}
				if name := tape.Text(at, nil); tokens[at].Link != jsonscan.Hash(name) {
					t.Fatalf("%q has hash %08x on the tape, %08x by Hash", name, tokens[at].Link, jsonscan.Hash(name))
				}
				at = walk(at + 1)
			}
		case jsonscan.Array:
			for ; n < k.N; n++ {
				at = walk(at)
			}
		}
		if tape.Next(i) != at {
			t.Fatalf("token %d links to %d, its content ends at %d", i, tape.Next(i), at)
		}
		return at
	}
	if end := walk(0); end != len(tokens) {
		t.Fatalf("the value ends at %d of %d tokens", end, len(tokens))
	}
}

// rebuilt writes the names, strings and literals of a tape in order.
func rebuilt(tape *jsonscan.Tape) string {
	var b bytes.Buffer
	for i, k := range tape.Tokens() {
		switch k.Kind {
		case jsonscan.Name, jsonscan.String:
			b.WriteString("s:")
			b.Write(tape.Text(i, nil))
		case jsonscan.Number:
			b.WriteString("n:")
			b.Write(tape.Raw(i))
		case jsonscan.Object:
			b.WriteByte('{')
		case jsonscan.Array:
			b.WriteByte('[')
		default:
			b.WriteString(k.Kind.String())
		}
		b.WriteByte(';')
	}
	return b.String()
}

// decoded writes the same through encoding/json.
func decoded(t *testing.T, doc []byte) string {
	var b bytes.Buffer
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return b.String()
		}
		if err != nil {
			t.Fatalf("%q: %v", doc, err)
		}
		switch v := token.(type) {
		case json.Delim:
			if v == '}' || v == ']' {
				continue
			}
			b.WriteRune(rune(v))
		case json.Number:
			b.WriteString("n:" + v.String())
		case string:
			b.WriteString("s:" + v)
		case bool:
			b.WriteString(map[bool]string{false: "false", true: "true"}[v])
		case nil:
			b.WriteString("null")
		}
		b.WriteByte(';')
	}
}

// repeats says whether some object of doc repeats a name, read by encoding/json.
func repeats(doc []byte) bool {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var value func() bool
	value = func() bool {
		token, err := d.Token()
		delim, ok := token.(json.Delim)
		if err != nil || !ok {
			return false
		}
		names, found := map[string]bool{}, false
		for d.More() {
			if delim == '{' {
				name, _ := d.Token()
				s, _ := name.(string)
				found = found || names[s]
				names[s] = true
			}
			found = value() || found
		}
		_, _ = d.Token()
		return found
	}
	return value()
}
