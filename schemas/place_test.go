package schemas

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/validate"
)

func TestPlaceAt(t *testing.T) {
	t.Parallel()
	const text = "\n{\"a\" : [1,\n  {\"b/c\": true, \"~\":\t\"x\"}\n], \"\": null, \"ż\": 5}"
	f := func(pointer string, want place) {
		t.Helper()
		if got := placeAt([]byte(text), pointer); got != want {
			t.Errorf("%q: %v instead of %v", pointer, got, want)
		}
	}
	f("", place{2, 1})
	f("/a", place{2, 8})
	f("/a/0", place{2, 9})
	f("/a/1", place{3, 3})
	f("/a/1/b~1c", place{3, 11})
	f("/a/1/~0", place{3, 22})
	f("/", place{4, 8})
	f("/ż", place{4, 20})
	// What is not there leads to what is around it.
	f("/a/1/missing", place{3, 3})
	f("/a/7", place{2, 8})
	f("/a/x", place{2, 8})
	f("/a/0/deeper", place{2, 9})
	f("/missing", place{2, 1})
	if got := placeAt([]byte("{\"a\" 1"), "/a/b"); got != (place{1, 6}) {
		t.Errorf("not JSON: %v", got)
	}
	if got := placeAt(nil, "/a"); got != (place{1, 1}) {
		t.Errorf("empty: %v", got)
	}
}

func TestPlaceOf(t *testing.T) {
	t.Parallel()
	text := []byte("ab\ncd\n")
	for offset, want := range map[int]place{-1: {1, 1}, 0: {1, 1}, 2: {1, 3}, 3: {2, 1}, 6: {3, 1}, 99: {3, 1}} {
		if got := placeOf(text, offset); got != want {
			t.Errorf("byte %d: %v instead of %v", offset, got, want)
		}
	}
}

func TestUnreadable(t *testing.T) {
	t.Parallel()
	f := func(err error, wantWhat, wantMend string) {
		t.Helper()
		what, mend := inTwo(unreadable("order.json", &fs.PathError{Op: "open", Path: "/somewhere/order.json", Err: err}))
		if what != wantWhat || mend != wantMend {
			t.Errorf("%s; %s", what, mend)
		}
	}
	f(fs.ErrNotExist, "order.json does not exist", "create it or correct the path")
	f(fs.ErrPermission, "order.json may not be read", "give the user that runs sluice the right to read it")
	f(errors.New("bad disk"), "order.json cannot be read (bad disk)", "make it a readable file")
}

func TestBaseURI(t *testing.T) {
	t.Parallel()
	f := func(configDir, dir, want string) {
		t.Helper()
		if got := baseURI("shop", configDir, dir); got != want {
			t.Errorf("%s, %s: %s instead of %s", configDir, dir, got, want)
		}
	}
	f("/etc/sluice", "/etc/sluice/schemas", "sluice://shop/schemas/")
	f("/etc/sluice", "/etc/sluice/a/b", "sluice://shop/a/b/")
	f("/etc/sluice", "/etc/sluice", "sluice://shop/sluice/")
	f("/etc/sluice", "/srv/contracts", "sluice://shop/contracts/")
	f("", "/srv/our contracts", "sluice://shop/our%20contracts/")
	f("", "/", "sluice://shop/")
}

func TestResolve(t *testing.T) {
	t.Parallel()
	f := &folder{base: "sluice://shop/our%20schemas/"}
	for _, name := range []string{"order.json", "a/b.json", "100%.json", "what?.json", "ż.json", "a b.json"} {
		if got, err := f.resolve(f.uri(name)); got != name {
			t.Errorf("%s became %s, %v", name, got, err)
		}
	}
	for _, uri := range []string{
		"", "order.json", "/etc/passwd", "file:///etc/passwd", "https://shop/our%20schemas/order.json", "sluice://other/our%20schemas/a.json",
		"sluice://shop/our%20schemas/", "sluice://shop/our%20schemas", "sluice://shop/our%20schemas/../a.json", "sluice://shop/our%20schemas/%2e%2e/a.json",
		"sluice://shop/our%20schemas2/a.json", "sluice://shop/our%20schemas/a.json?b", "sluice:a.json", "%",
	} {
		if name, err := f.resolve(uri); err == nil {
			t.Errorf("%s became %s", uri, name)
		}
	}
}

// A word of the configuration that the mapping forgets would silently judge by
// a default.
func TestOptions(t *testing.T) {
	t.Parallel()
	dialects := map[config.Dialect]validate.Dialect{
		config.Draft4: validate.Draft4, config.Draft6: validate.Draft6, config.Draft7: validate.Draft7,
		config.Draft2019_09: validate.Draft2019_09, config.Draft2020_12: validate.Draft2020_12, "": "",
	}
	for word, want := range dialects {
		if got := options(config.Contract{DefaultDialect: word}, config.Limits{}).DefaultDialect; got != want {
			t.Errorf("%s became %s", word, got)
		}
	}
	for word, want := range map[config.Engine]validate.Engine{
		config.EngineCompiled: validate.Compiled, config.EngineReference: validate.Reference, "": validate.Compiled,
	} {
		if got := options(config.Contract{Engine: word}, config.Limits{}).Engine; got != want {
			t.Errorf("%s became %v", word, got)
		}
	}
	o := options(config.Contract{Formats: config.FormatsAnnotate, DuplicateNames: config.DuplicateLast}, config.Limits{})
	if !o.AnnotateFormats || !o.AllowDuplicateNames {
		t.Errorf("%+v", o)
	}
	o = options(config.Contract{Formats: config.FormatsAssert, DuplicateNames: config.DuplicateReject}, config.Limits{
		RecordBytes: 1, Depth: 2, Values: 3, NumberDigits: 4, NumberExponent: 5,
		PatternInputBytes: 6, Violations: 7, ViolationsBytes: 8, SchemaBytes: 9, PatternBytes: 10,
	})
	want := validate.Limits{
		DocumentBytes: 1, Depth: 2, Values: 3, NumberDigits: 4, NumberExponent: 5,
		PatternInputBytes: 6, Violations: 7, ViolationsBytes: 8, SchemaBytes: 9, PatternBytes: 10,
	}
	if o.AnnotateFormats || o.AllowDuplicateNames || o.Limits != want {
		t.Errorf("%+v", o)
	}
}
