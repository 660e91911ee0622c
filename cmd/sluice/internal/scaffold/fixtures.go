package scaffold

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/sluicedata/sluice/validate"
)

// maxSamples become valid fixtures.
const maxSamples = 3

// fixtures makes documents that the contract must accept, from the samples, and
// some with a fault each that it must refuse.
func fixtures(o *Options) ([]File, error) {
	contract, err := validate.Compile(o.Schema, validate.Options{})
	if err != nil {
		return nil, fmt.Errorf("the contract: %w", err)
	}
	var files []File
	for i, s := range o.Samples[:min(maxSamples, len(o.Samples))] {
		if v := contract.Check(s); v.Class != validate.Valid {
			return nil, fmt.Errorf("sample %d is refused by the contract: %s", i+1, v.Class)
		}
		files = append(files, o.fixture("valid", fmt.Sprintf("sample-%d", i+1), s))
	}
	if len(o.Samples) == 0 {
		return nil, errors.New("no record to make fixtures of: give samples")
	}
	refused := func(name string, doc []byte) bool {
		if contract.Valid(doc) {
			return false
		}
		files = append(files, o.fixture("invalid", name, doc))
		return true
	}
	properties := map[string]json.RawMessage{}
	if json.Unmarshal(o.Samples[0], &properties) == nil && properties != nil {
		names := slices.Sorted(maps.Keys(properties))
		for _, name := range names {
			if refused(slug(name)+"-missing", without(properties, name)) {
				break
			}
		}
		for _, name := range names {
			if refused(slug(name)+"-of-another-type", with(properties, name, "[[]]")) {
				break
			}
		}
	}
	whole := bytes.TrimRight(o.Samples[0], " \t\r\n")
	refused("cut-off", whole[:len(whole)-1])
	return files, nil
}

// fixture is a file of the contract's fixtures, laid out for people if it is
// JSON.
func (o *Options) fixture(kind, name string, doc []byte) File {
	var b bytes.Buffer
	if json.Indent(&b, doc, "", "  ") != nil {
		b.Reset()
		b.Write(doc)
	}
	return File{
		Name: "schemas/examples/" + kind + "/" + o.Product + "/" + name + ".json",
		Text: append(bytes.TrimRight(b.Bytes(), "\n"), '\n'),
	}
}

func without(properties map[string]json.RawMessage, name string) []byte {
	p := maps.Clone(properties)
	delete(p, name)
	return object(p)
}

func with(properties map[string]json.RawMessage, name, value string) []byte {
	p := maps.Clone(properties)
	p[name] = json.RawMessage(value)
	return object(p)
}

func object(properties map[string]json.RawMessage) []byte {
	b, err := json.Marshal(properties)
	if err != nil {
		panic(err) // its parts have been read as JSON
	}
	return b
}

var noSlug = regexp.MustCompile(`[^a-z0-9]+`)

// slug is a property's name as a part of a file's.
func slug(name string) string {
	s := strings.Trim(noSlug.ReplaceAllString(strings.ToLower(name), "-"), "-")
	if s == "" || len(s) > 60 {
		return "property"
	}
	return s
}
