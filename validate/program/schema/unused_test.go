package schema

import (
	"fmt"
	"testing"
)

func TestUnused(t *testing.T) {
	t.Parallel()
	doc := []byte(`{
  "$ref": "#/$defs/a",
  "$defs": {
    "a": {"properties": {"x": {"$ref": "#/$defs/b/$defs/deep"}, "definitions": {"type": "object"}}, "enum": [{"definitions": {"no": {}}}], "$defs": {"below": {}}},
    "b": {"$defs": {"deep": {"$anchor": "d"}, "other": true}},
    "c": {"$ref": "#/$defs/e", "$defs": {"inner": {}}},
    "e": {}
  },
  "definitions": {"f": {}, "g": {}},
  "properties": {"g": {"$ref": "#/definitions/g"}}
}`)
	load := func(pointer string) *Set {
		set, problems := Load(doc, Options{Location: "u", Pointer: pointer})
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		return set
	}
	f := func(want string, sets ...*Set) {
		t.Helper()
		got := ""
		for _, d := range Unused(sets...) {
			got += fmt.Sprintf("%s %s %d:%d\n", d.Name, d.Pointer, d.Line, d.Column)
		}
		if got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
	}
	f("below /$defs/a/$defs/below 4:150\nother /$defs/b/$defs/other 5:47\nc /$defs/c 6:5\ne /$defs/e 7:5\nf /definitions/f 9:19\n", load(""))
	f("below /$defs/a/$defs/below 4:150\nother /$defs/b/$defs/other 5:47\ninner /$defs/c/$defs/inner 6:42\nf /definitions/f 9:19\n", load(""), load("/$defs/c"))
}
