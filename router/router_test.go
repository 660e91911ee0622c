package router_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/schemas"
	"github.com/sluicedata/sluice/schemas/examples"
)

// record is a router.Record made by hand.
type record struct {
	key, value []byte
	headers    []pair
	extra      int    // bytes that Size adds
	panics     string // the method that panics
}

type pair struct{ name, value string }

func (r *record) Key() []byte {
	r.blow("Key")
	return r.key
}

func (r *record) Value() []byte {
	r.blow("Value")
	return r.value
}

func (r *record) Header(name string) ([]byte, bool) {
	r.blow("Header")
	for _, h := range slices.Backward(r.headers) {
		if h.name == name {
			return []byte(h.value), true
		}
	}
	return nil, false
}

func (r *record) Size() int {
	r.blow("Size")
	n := len(r.key) + len(r.value) + r.extra
	for _, h := range r.headers {
		n += len(h.name) + len(h.value)
	}
	return n
}

func (r *record) blow(method string) {
	if r.panics == method {
		panic("a canary that must not be seen")
	}
}

// event is a record with one header.
func event(name, value string) *record {
	return &record{key: []byte("k"), value: []byte("{}"), headers: []pair{{name, value}}}
}

// text is a record with a value only.
func text(value string) *record { return &record{value: []byte(value)} }

const head = `
domain: test
owner: test@example.com
kafka: { brokers: ["localhost:9092"] }
`

// contracts are the schemas that test configurations may name.
var contracts = map[string]string{
	"any.json": `{"$schema": "http://json-schema.org/draft-07/schema#", "version": "7"}`,
	"order.json": `{"$schema": "http://json-schema.org/draft-07/schema#", "version": "1.2.0",
		"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "name": {"type": "string", "maxLength": 5}}}`,
}

// load writes a domain into a folder and loads it.
func load(t testing.TB, yaml string) (*config.Config, *schemas.Set) {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{"sluice.yaml": head + yaml}
	for name, text := range contracts {
		if strings.Contains(yaml, name) {
			files[name] = text
		}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return loadFrom(t, filepath.Join(dir, "sluice.yaml"))
}

func loadFrom(t testing.TB, file string) (*config.Config, *schemas.Set) {
	t.Helper()
	cfg, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	set, err := schemas.Load(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return cfg, set
}

func compile(t testing.TB, yaml string) *router.Table {
	t.Helper()
	table, err := router.Compile(load(t, yaml))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// example compiles an example domain.
func example(t testing.TB, domain string) *router.Table {
	t.Helper()
	dir := t.TempDir()
	if err := examples.Write(domain, dir); err != nil {
		t.Fatal(err)
	}
	// The contracts are proven on their fixtures elsewhere.
	if err := os.RemoveAll(filepath.Join(dir, "schemas", "examples")); err != nil {
		t.Fatal(err)
	}
	table, err := router.Compile(loadFrom(t, filepath.Join(dir, "sluice.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	return table
}
