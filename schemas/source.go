package schemas

import (
	"context"
	"fmt"
	"maps"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/validate"
)

// Source is the contract of a product before it is compiled, for tools that
// look into schemas.
type Source struct {
	// Product is the product's name.
	Product string
	// Version is the schema's own, or the beginning of its digest.
	Version string
	// Document is the schema document. Options compile it as Load does; what
	// it references has been read already.
	Document []byte
	Options  validate.Options

	files map[string]string // absolute paths by URI
	shown func(file string) string
}

// File returns the path of a document of the contract by its URI, in the way
// the user named the configuration.
func (s *Source) File(uri string) string {
	if file, ok := s.files[uri]; ok {
		return s.shown(file)
	}
	return uri
}

// Sources reads the contract of every product, in the order of the products.
// It proves nothing on fixtures. An error is a config.Problems.
func Sources(cfg *config.Config) ([]Source, error) {
	l := newLoader(cfg, nil)
	defer l.close()
	for i := range cfg.Products {
		l.add(i)
	}
	list := make([]Source, len(cfg.Products))
	for _, u := range l.units {
		l.compile(context.Background(), u)
		if u.schema == nil {
			continue
		}
		s, err := l.source(u)
		if err != nil {
			return nil, err
		}
		for _, i := range u.products {
			list[i] = s
			list[i].Product = cfg.Products[i].Name
		}
	}
	if len(l.report.problems) > 0 {
		return nil, l.report.problems
	}
	return list, nil
}

// source reads a unit that has been compiled, so that all its documents are at
// hand.
func (l *loader) source(u *unit) (Source, error) {
	f := l.folders[u.dir]
	main, err := f.document(u.name)
	if err != nil {
		return Source{}, fmt.Errorf("read schema %s: %w", u.name, err)
	}
	docs := map[string]*document{}
	o := options(u.rules, l.cfg.Limits)
	o.Location = f.uri(u.name)
	o.Pointer = u.pointer
	o.Load = func(uri string) ([]byte, error) {
		doc, err := l.refs.document(f, uri)
		if err != nil {
			return nil, err
		}
		docs[uri] = doc
		return doc.data, nil
	}
	if _, err := validate.Compile(main.data, o); err != nil {
		return Source{}, fmt.Errorf("compile schema %s: %w", u.name, err)
	}
	read := maps.Clone(docs)
	o.Load = func(uri string) ([]byte, error) {
		doc, ok := read[uri]
		if !ok {
			return nil, fmt.Errorf("%s is not among the contract's documents", uri)
		}
		return doc.data, nil
	}
	s := Source{
		Version: u.version, Document: main.data, Options: o,
		files: map[string]string{o.Location: main.file}, shown: l.report.shown,
	}
	for uri, doc := range docs {
		s.files[uri] = doc.file
	}
	return s, nil
}
