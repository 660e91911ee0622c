package validate_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/validate"
)

// TestNames tells names apart that differ in one bit, whatever their length,
// plain and escaped, at the end of the document and before it.
func TestNames(t *testing.T) {
	t.Parallel()
	for size := range 24 {
		name := "aZ9_bcdefghijklmnopqrstuvwx"[:size]
		s, err := validate.Compile([]byte(fmt.Sprintf(`{"required":[%q],"properties":{%q:{"type":"integer"}},"additionalProperties":{"type":"string"}}`, name, name)), validate.Options{})
		if err != nil {
			t.Fatal(err)
		}
		f := func(doc string, want bool) {
			t.Helper()
			if got, v := s.Valid([]byte(doc)), s.Check([]byte(doc)); got != want || v.Class == validate.Valid != want || v.Class == validate.Internal {
				t.Errorf("%q: %s: %v, %+v", name, doc, got, v)
			}
		}
		for _, tail := range []string{"}", `,"another one":"x"}`, "}      "} {
			f(`{"`+name+`":1`+tail, true)
			f(`{"`+name+`":"x"`+tail, false)
			f(`{"x`+name+`":1`+tail, false)
			f(`{"`+name+`x":"1"`+tail, false)
			if size > 0 {
				f(fmt.Sprintf(`{"%s\u%04x":1%s`, name[:size-1], name[size-1], tail), true)
				f(fmt.Sprintf(`{"%s\u%04x":1%s`, name[:size-1], name[size-1]+1, tail), false)
			}
			for i := range size {
				for bit := range 7 {
					if c := name[i] ^ 1<<bit; c >= ' ' && c != '"' && c != '\\' {
						f(`{"`+name[:i]+string(c)+name[i+1:]+`":"x"`+tail, false)
						f(`{"`+name[:i]+string(c)+name[i+1:]+`":"x","`+name+`":2`+strings.TrimPrefix(tail, `,"another one":"x"`), true)
					}
				}
			}
		}
	}
}
