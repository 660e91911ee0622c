package reference

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xeipuuv/gojsonschema"
)

// drafts are the dialects that gojsonschema judges.
var drafts = map[string]int{
	"http://json-schema.org/draft-04/schema": 4,
	"http://json-schema.org/draft-06/schema": 6,
	"http://json-schema.org/draft-07/schema": 7,
}

// bare is a URI without an empty fragment.
func bare(uri string) string { return strings.TrimSuffix(uri, "#") }

// Bounds of one document; the caller has its own in front of them.
const (
	// maxDepth keeps gojsonschema's recursion far from the end of the stack.
	maxDepth = 1000
	// maxExponent keeps big.Rat from computing with numbers of 10^9 digits:
	// 1e10000000 makes it panic and 1e1000000 costs 40 ms.
	maxExponent = 400
	// maxPaths bounds the sum of the lengths of the paths to all values.
	// gojsonschema writes out the path of every violation, so that 100,000 bad
	// items under a name of 500 kB would cost 50 GB.
	maxPaths = 16 << 20
)

// decode reads one JSON text as gojsonschema wants it: numbers as written.
func decode(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		// The error quotes the text.
		return nil, errors.New("not a JSON text")
	}
	if _, err := d.Token(); err != io.EOF {
		// gojsonschema itself would not look.
		return nil, errors.New("more bytes follow the JSON text")
	}
	return v, nil
}

// load decodes documents, and the meta-schemas that gojsonschema has built in
// and would else fetch from itself.
func load(texts map[string][]byte) (map[string]any, error) {
	documents := make(map[string]any, len(texts)+len(drafts))
	for uri, text := range texts {
		document, err := decode(text)
		if err == nil {
			err = prepare(document)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", uri, err)
		}
		documents[bare(uri)] = document
	}
	for uri := range drafts {
		if documents[uri] != nil {
			continue
		}
		document, err := gojsonschema.NewReferenceLoader(uri).LoadJSON()
		if err == nil {
			err = prepare(document)
		}
		if err != nil {
			return nil, fmt.Errorf("built-in meta-schema %s: %w", uri, err)
		}
		documents[uri] = document
	}
	return documents, nil
}

// shape measures a document and refuses what gojsonschema cannot take.
type shape struct{ values, paths int }

func (s *shape) measure(v any, depth, path int) error {
	if depth > maxDepth {
		return fmt.Errorf("nested deeper than %d", maxDepth)
	}
	s.values++
	if s.paths += path; s.paths > maxPaths {
		return errors.New("the names of properties are too long for gojsonschema to report on so many values")
	}
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			if err := s.measure(value, depth+1, path+len(name)+1); err != nil {
				return err
			}
		}
	case []any:
		for _, value := range v {
			if err := s.measure(value, depth+1, path+6); err != nil {
				return err
			}
		}
	case json.Number:
		return computable(string(v))
	}
	return nil
}

// computable refuses numbers with an exponent over maxExponent.
func computable(number string) error {
	e := strings.IndexAny(number, "eE")
	if e < 0 {
		return nil
	}
	if n, err := strconv.Atoi(number[e+1:]); err != nil || n > maxExponent || n < -maxExponent {
		return fmt.Errorf("a number's exponent is over %d", maxExponent)
	}
	return nil
}

// prepare makes a schema document fit for gojsonschema: the dialect is one
// that it knows, and no example can be taken for a schema with an "id".
func prepare(document any) error {
	if err := new(shape).measure(document, 0, 0); err != nil {
		return err
	}
	m, ok := document.(map[string]any)
	if !ok {
		return nil
	}
	if uri, ok := m["$schema"].(string); ok {
		http := bare(strings.Replace(uri, "https:", "http:", 1))
		if _, known := drafts[http]; !known {
			return fmt.Errorf("gojsonschema cannot judge the dialect %q: use the compiled engine", uri)
		}
		m["$schema"] = http + "#"
	}
	dropData(m)
	return nil
}

// dropData deletes what is data inside a schema. gojsonschema looks for "id"
// and "$ref" in there: two examples with one "id" would be two documents with
// one URI.
func dropData(schema map[string]any) {
	delete(schema, "default")
	delete(schema, "examples")
	for keyword, value := range schema {
		for _, child := range children(keyword, value) {
			if m, ok := child.schema.(map[string]any); ok {
				dropData(m)
			}
		}
	}
}
