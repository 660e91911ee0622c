package config

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("sluice.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("sluice.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// asJSON is a YAML text as an editor's validator sees it.
func asJSON(t *testing.T, text []byte) (any, bool) {
	t.Helper()
	var v any
	if yaml.Unmarshal(text, &v) != nil {
		return nil, false
	}
	data, err := json.Marshal(v)
	if err != nil {
		return nil, false
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return doc, true
}

func TestSchemaAcceptsWhatLoadDoes(t *testing.T) {
	t.Parallel()
	schema := compileSchema(t)
	examples, err := filepath.Glob("../schemas/examples/*/sluice.yaml")
	if err != nil || len(examples) < 2 {
		t.Fatal(examples, err)
	}
	for _, file := range append(examples, "reference.yaml") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		doc, ok := asJSON(t, text)
		if !ok {
			t.Fatal(file)
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	for _, more := range []string{
		`limits: { depth: "${DEPTH:7}", record_bytes: 65536, pattern_bytes: 64kB }`, `http: { admin: "${ADMIN}" }`, `commit_interval: 1m30.5s`,
		`log: { level: "${LEVEL:info}" }`, `refs: { "https://a/": b }`, `unmatched: { action: drop }`,
	} {
		if doc, ok := asJSON(t, []byte(minimal+more)); !ok || schema.Validate(doc) != nil {
			t.Errorf("%s: %v", more, schema.Validate(doc))
		}
	}
}

// What the schema cannot know is what keys say together and what files hold.
// The rest of the mistakes it must find.
func TestSchemaFindsMistakes(t *testing.T) {
	t.Parallel()
	schema := compileSchema(t)
	files, err := filepath.Glob("testdata/bad-*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]bool)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if doc, ok := asJSON(t, text); ok && schema.Validate(doc) != nil {
			found[strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "bad-"), ".yaml")] = true
		}
	}
	for _, name := range []string{
		"unknown-key", "unknown-key-in-product", "key-of-another-place", "key-of-nothing", "mapping-expected", "list-expected", "number-as-text",
		"text-as-number", "text-as-boolean", "fraction-as-whole-number", "duration-without-unit", "size", "word", "delivery",
		"header-convention", "too-little", "no-domain", "no-kafka", "no-brokers", "no-products", "cert-without-key", "key-without-cert",
		"sasl-without-mechanism", "product-without-name", "product-without-input", "product-without-schema", "product-without-output",
		"input-empty-list", "match-without-place", "match-two-places", "match-without-condition", "match-two-conditions", "match-in-empty",
		"match-number", "wire-format", "unmatched-without-action",
	} {
		if !found[name] {
			t.Errorf("%s passes", name)
		}
	}
}

func TestSchemaDescribesEveryKey(t *testing.T) {
	t.Parallel()
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		`"description": "Of what is produced: none | gzip | snappy | lz4 | zstd.",`, `"default": "snappy",`, `"default": "1MiB",`, `"default": 100000,`,
		`"default": "forward",`, `its default is <output>.dlq.`,
	} {
		if !bytes.Contains(text, []byte(part)) {
			t.Errorf("%s is missing", part)
		}
	}
}
