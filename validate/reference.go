package validate

import (
	"net/url"
	"strings"

	"github.com/sluicedata/sluice/validate/program/schema"
	"github.com/sluicedata/sluice/validate/reference"
)

// absolute makes a URI of what may be a path: gojsonschema wants absolute URIs.
func absolute(uri string) string {
	if u, err := url.Parse(uri); err == nil && u.IsAbs() {
		return uri
	}
	return "sluice:///" + strings.TrimPrefix(uri, "/")
}

// referenceOf compiles a schema that was loaded and checked with gojsonschema.
func referenceOf(set *schema.Set, o Options) (*reference.Schema, error) {
	draft := map[schema.Draft]int{schema.Draft4: 4, schema.Draft6: 6, schema.Draft7: 7}[set.Dialect.Draft]
	in := reference.Input{Root: absolute(set.Location), Pointer: o.Pointer, Draft: draft, AssertFormats: !o.AnnotateFormats}
	in.Documents = make(map[string][]byte, len(set.Documents))
	for uri, data := range set.Documents {
		in.Documents[absolute(uri)] = data
	}
	if draft == 0 {
		return nil, Problems{{
			Location: o.Location, Pointer: o.Pointer, Line: 1, Column: 1,
			What: "the reference engine cannot judge the dialect " + set.Dialect.URI, Mend: "use the compiled engine, or draft 4, 6 or 7",
		}}
	}
	s, err := reference.New(in)
	if err != nil {
		return nil, Problems{{
			Location: o.Location, Pointer: o.Pointer, Line: 1, Column: 1,
			What: "the reference engine refuses the schema: " + err.Error(), Mend: "use the compiled engine",
		}}
	}
	return s, nil
}

// checkReference is Check for a document that was scanned.
func (s *Schema) checkReference(doc []byte) Verdict {
	list, total, err := s.reference.Check(doc, s.limits.Violations)
	switch {
	case err != nil:
		return Verdict{Class: Internal, Message: err.Error()}
	case total == 0:
		return Verdict{Class: Valid}
	}
	v := Verdict{Class: Violates, Total: total}
	left := s.limits.ViolationsBytes
	for _, f := range list {
		left -= len(f.InstanceLocation) + len(f.Keyword) + len(f.Message)
		if left < 0 && len(v.Violations) > 0 {
			break
		}
		v.Violations = append(v.Violations, Violation{f.InstanceLocation, &Rule{Keyword: f.Keyword, Message: f.Message}})
	}
	return v
}
