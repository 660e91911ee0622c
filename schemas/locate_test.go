package schemas_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/schemas"
	"github.com/sluicedata/sluice/validate"
)

// TestLocate finds the line of every keyword that a record violates: in the
// document, in others, behind an "$id", in a definition.
func TestLocate(t *testing.T) {
	t.Parallel()
	dir := service(t, map[string]string{
		"s/order.json": `{
  "$id": "https://schemas.example.com/order.json",
  "version": "1.4.0",
  "required": ["id"],
  "properties": {
    "a/b": {"type": "integer"},
    "line": {"$ref": "#/$defs/line"},
    "late": false
  },
  "$defs": {
    "line": {
      "$id": "line.json",
      "properties": {"qty": {"minimum": 1, "type": "integer"}}
    }
  }
}`,
		"t/order.json": "{\"properties\": {\n  \"total\": {\"$ref\": \"parts/money.json#/amount\"}}}",
		"t/parts/money.json": `{
  "amount":
    {"type": "number",
     "maximum": 10}
}`,
		"u/book.json": `{"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"b": {
  "version": "3",
  "type": "object"}}}`,
	}, "s/order.json", "t/order.json", "u/book.json#/definitions/b")
	cfg, err := config.Load(filepath.Join(dir, "sluice.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	list, err := schemas.Sources(cfg)
	if err != nil {
		t.Fatal(err)
	}
	f := func(source int, engine validate.Engine, doc string, want ...string) {
		t.Helper()
		s := &list[source]
		o := s.Options
		o.Engine = engine
		compiled, err := validate.Compile(s.Document, o)
		if err != nil {
			t.Fatal(err)
		}
		l, err := s.Locator()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, v := range compiled.Check([]byte(doc)).Violations {
			spot, ok := l.Locate(v)
			rel := "."
			if ok {
				rel, _ = filepath.Rel(dir, spot.File)
			}
			got = append(got, fmt.Sprintf("%s %s:%d:%d %s %t", v.Keyword, rel, spot.Line, spot.Column, spot.Text, ok))
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s: got\n%s\nwant\n%s", doc, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	f(0, validate.Compiled, `{"a/b": "x", "line": {"qty": 0}, "late": 1}`,
		`required s/order.json:4:15 "required": ["id"], true`,
		`type s/order.json:6:21 "a/b": {"type": "integer"}, true`,
		`minimum s/order.json:13:41 "properties": {"qty": {"minimum": 1, "type": "integer"}} true`,
		`false s/order.json:8:13 "late": false true`)
	f(1, validate.Compiled, `{"total": 11}`, `maximum t/parts/money.json:4:17 "maximum": 10} true`)
	f(2, validate.Compiled, `1`, `type u/book.json:3:11 "type": "object"}}} true`)
	f(2, validate.Reference, `1`, `type .:0:0  false`)
}
