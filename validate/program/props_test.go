package program_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/validate"
)

// TestNamesApart: names that differ in single bits are different names,
// wherever in them the bits are.
func TestNamesApart(t *testing.T) {
	t.Parallel()
	for size := 1; size <= 40; size++ {
		name := strings.Repeat("abcdefgh", 5)[:size]
		s, err := validate.Compile(fmt.Appendf(nil, `{"required":[%q],"properties":{%q:{"type":"null"}}}`, name, name), validate.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range size {
			for _, bit := range []byte{1, 2, 4, 8, 16, 32} {
				other := []byte(name)
				other[i] ^= bit
				if doc := fmt.Appendf(nil, `{"%s":null}`, other); s.Valid(doc) {
					t.Errorf("%s passes for %s", other, name)
				}
			}
		}
		for _, other := range []string{strings.ToUpper(name), name[:size-1], name + "a"} {
			if doc := fmt.Appendf(nil, `{%q:null}`, other); s.Valid(doc) {
				t.Errorf("%s passes for %s", other, name)
			}
		}
		if !s.Valid(fmt.Appendf(nil, `{%q:null}`, name)) || !s.Valid(fmt.Appendf(nil, "{\"%s\" : null\n}", name)) {
			t.Errorf("%s does not pass", name)
		}
	}
}

// TestNamesEscaped: a name is what its escapes stand for, not how it is written.
func TestNamesEscaped(t *testing.T) {
	t.Parallel()
	for _, letter := range "bfnrt" {
		name, written := `\\`+string(letter), `\`+string(letter) // a backslash and a letter, a control character
		s, err := validate.Compile(fmt.Appendf(nil, `{"properties":{"%s":{"type":"null"}}}`, name), validate.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !s.Valid(fmt.Appendf(nil, `{"%s":1}`, written)) {
			t.Errorf("%s is taken for %s", written, name)
		}
		if s.Valid(fmt.Appendf(nil, `{"%s":1}`, name)) {
			t.Errorf("%s is not found", name)
		}
	}
}
