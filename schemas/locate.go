package schemas

import (
	"bytes"
	"strings"

	"github.com/sluicedata/sluice/validate"
	"github.com/sluicedata/sluice/validate/program/schema"
)

// Spot is a place in a document of a contract.
type Spot struct {
	// File as the user named it.
	File string
	// Line and Column count from 1, columns in bytes.
	Line, Column int
	// Text is the line, without the white space around it.
	Text string
}

// Locator finds the keywords of a contract that violations name. It is
// immutable and safe to share.
type Locator struct {
	source *Source
	// sites are where the schemas of the contract stand, by canonical URI.
	sites map[string]schema.Site
}

// Locator reads the contract once more, with the places of its schemas.
func (s *Source) Locator() (*Locator, error) {
	set, problems := schema.Load(s.Document, schema.Options{
		Location:       s.Options.Location,
		Pointer:        s.Options.Pointer,
		DefaultDialect: string(s.Options.DefaultDialect),
		MaxBytes:       s.Options.Limits.SchemaBytes,
		MaxPattern:     s.Options.Limits.PatternBytes,
		Fetch:          s.Options.Load,
	})
	if len(problems) > 0 {
		return nil, &problems[0]
	}
	l := &Locator{source: s, sites: make(map[string]schema.Site)}
	for _, one := range set.Schemas {
		l.sites[one.URI] = one.Site(nil)
	}
	return l, nil
}

// Locate returns the place of the keyword that was violated, and false if the
// violation does not say which it was: the reference engine does not know.
func (l *Locator) Locate(v validate.Violation) (Spot, bool) {
	uri := v.AbsoluteKeywordLocation
	// The keyword belongs to the innermost schema around it.
	for at := uri; ; {
		if site, ok := l.sites[at]; ok {
			return l.spot(site.URI, site.Pointer+uri[len(at):])
		}
		cut := strings.LastIndexByte(at, '/')
		if cut <= strings.IndexByte(at, '#') {
			break
		}
		at = at[:cut]
	}
	return Spot{}, false
}

// spot returns the place of a pointer in a document.
func (l *Locator) spot(uri, pointer string) (Spot, bool) {
	text := l.source.Document
	if uri != l.source.Options.Location {
		var err error
		if text, err = l.source.Options.Load(uri); err != nil {
			return Spot{}, false
		}
	}
	at := placeAt(text, pointer)
	lines := bytes.SplitN(text, []byte("\n"), at.line+1)
	return Spot{File: l.source.File(uri), Line: at.line, Column: at.column, Text: string(bytes.TrimSpace(lines[at.line-1]))}, true
}
