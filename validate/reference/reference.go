// Package reference judges documents with github.com/xeipuuv/gojsonschema, for
// teams that need the verdicts of producers which use it.
//
// It keeps gojsonschema's verdicts and takes away its dangers. Nothing is ever
// fetched: all documents are handed in, and a reference to any other is an
// error of New. So are the schemas that gojsonschema would judge wrongly
// without a word (keywords of later drafts), or by which one record could
// bring the process down ($ref loops) or to a halt (schemas that evaluate a
// value an exponential number of times). Documents that it cannot judge within
// bounds, or on which it panics, are an error of Valid and Check: nothing is
// known of them. None of gojsonschema's own texts, which quote records, is
// ever made.
//
// Its peculiarities are kept: formats reject what is no string, "date-time"
// accepts a bare date, numbers in "enum", "const" and "uniqueItems" are
// compared as float64, and only the best branch of a failed "anyOf" or "oneOf"
// is explained.
package reference

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"

	"github.com/xeipuuv/gojsonschema"
)

// Input is a schema with all that it references.
type Input struct {
	// Root is the URI of the document that holds the schema, and Pointer the
	// JSON pointer to it in there; empty is the whole document.
	Root, Pointer string
	// Documents are the texts of all documents by their absolute URIs without
	// fragment, Root's among them. The meta-schemas of the drafts are known.
	Documents map[string][]byte
	// Draft, one of 4, 6 and 7, holds for documents that name no dialect.
	Draft int
	// AssertFormats makes "format" an assertion; else it never fails.
	AssertFormats bool
}

// Schema is a compiled schema, immutable and safe to share.
type Schema struct {
	schema *gojsonschema.Schema
	graph  *graph
}

// New compiles a schema.
func New(in Input) (s *Schema, err error) {
	defer func() {
		if p := recover(); p != nil {
			// The panic's text could say anything.
			s, err = nil, errors.New("gojsonschema panics on this schema: use the compiled engine, or look for a keyword whose value is of the wrong type")
		}
	}()
	if in.Draft != 4 && in.Draft != 6 && in.Draft != 7 {
		return nil, fmt.Errorf("gojsonschema judges drafts 4, 6 and 7, not %d: use the compiled engine", in.Draft)
	}
	loader := gojsonschema.NewSchemaLoader()
	loader.Draft = gojsonschema.Draft(in.Draft)
	documents, err := load(in.Documents)
	if err != nil {
		return nil, err
	}
	for _, uri := range slices.Sorted(maps.Keys(documents)) {
		document := documents[uri]
		if err := loader.AddSchema(uri, offline{gojsonschema.NewRawLoader(document)}); err != nil {
			return nil, fmt.Errorf("%s: %w", uri, err)
		}
	}
	g, err := newGraph(documents, in)
	if err != nil {
		return nil, err
	}
	if !in.AssertFormats {
		g.dropFormats()
	}
	root, err := url.Parse(in.Root)
	if err != nil {
		return nil, fmt.Errorf("%s is no URI: %w", in.Root, err)
	}
	root.Fragment = in.Pointer
	schema, err := loader.Compile(offline{gojsonschema.NewReferenceLoader(root.String())})
	if err != nil {
		return nil, fmt.Errorf("gojsonschema refuses the schema: %w", err)
	}
	return &Schema{schema: schema, graph: g}, nil
}

// Valid reports whether doc, one JSON text, meets the schema. Of documents
// with an error nothing is known.
func (s *Schema) Valid(doc []byte) bool {
	result, err := s.validate(doc)
	return err == nil && result.Valid()
}

// Check judges doc, one JSON text, and explains. It returns at most limit
// findings and the number of all. The order is that of the instance locations.
// An error says that nothing is known of the document; its text holds nothing
// of it.
func (s *Schema) Check(doc []byte, limit int) (findings []Finding, total int, err error) {
	result, err := s.validate(doc)
	if err != nil {
		return nil, 0, err
	}
	all := result.Errors()
	for _, e := range all {
		if _, failed := e.(*gojsonschema.InternalError); failed {
			return nil, 0, errNumber
		}
	}
	return first(all, limit), len(all), nil
}

// validate contains whatever gojsonschema may do.
func (s *Schema) validate(doc []byte) (result *gojsonschema.Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			result, err = nil, errNumber
			if _, known := p.(error); !known {
				err = errPanic
			}
		}
	}()
	value, err := decode(doc)
	if err != nil {
		return nil, err
	}
	if err := s.graph.affordable(value); err != nil {
		return nil, err
	}
	return s.schema.Validate(gojsonschema.NewRawLoader(value))
}

var (
	errNumber = errors.New("gojsonschema panics on the document; it does so on numbers beyond the range of a float64 under enum, const or uniqueItems")
	errPanic  = errors.New("gojsonschema panics on the document")
)

// offline is a loader that leads to no other document.
type offline struct{ gojsonschema.JSONLoader }

// LoaderFactory makes the loaders of documents that are not in the pool; all
// that there are have been put there.
func (offline) LoaderFactory() gojsonschema.JSONLoaderFactory { return refusing{} }

type refusing struct{}

// New returns a loader that loads nothing.
func (refusing) New(string) gojsonschema.JSONLoader {
	return refused{offline{gojsonschema.NewStringLoader("")}}
}

type refused struct{ offline }

// LoadJSON refuses; it does not repeat the source, which the caller knows.
func (refused) LoadJSON() (any, error) {
	return nil, errors.New("a reference leads to a document that was not handed in: nothing is fetched")
}
