package schema

import (
	"embed"
	"strings"
)

// Draft is a version of the specification, in order of age.
type Draft uint8

// The drafts that are understood.
const (
	Draft4 Draft = iota + 1
	Draft6
	Draft7
	Draft2019
	Draft2020
)

// The URIs of the drafts' meta-schemas, without fragment.
const (
	uri4    = "http://json-schema.org/draft-04/schema"
	uri6    = "http://json-schema.org/draft-06/schema"
	uri7    = "http://json-schema.org/draft-07/schema"
	uri2019 = "https://json-schema.org/draft/2019-09/schema"
	uri2020 = "https://json-schema.org/draft/2020-12/schema"
)

// Vocabulary is a set of vocabularies. Drafts before 2019-09 know none and
// have all of it.
type Vocabulary uint8

// The vocabularies with keywords that matter to verdicts.
const (
	Core Vocabulary = 1 << iota
	Applicator
	Unevaluated
	Validation
	// FormatAnnotation is "format" as the dialect leaves it.
	FormatAnnotation
	// FormatAssertion is "format" that must be asserted.
	FormatAssertion
	// Other vocabularies annotate and never fail.
	Other
)

const allVocabularies = Core | Applicator | Unevaluated | Validation | FormatAnnotation

// vocabularies by URI.
var vocabularies = map[string]Vocabulary{
	"https://json-schema.org/draft/2019-09/vocab/core":              Core,
	"https://json-schema.org/draft/2019-09/vocab/applicator":        Applicator | Unevaluated,
	"https://json-schema.org/draft/2019-09/vocab/validation":        Validation,
	"https://json-schema.org/draft/2019-09/vocab/meta-data":         Other,
	"https://json-schema.org/draft/2019-09/vocab/format":            FormatAnnotation,
	"https://json-schema.org/draft/2019-09/vocab/content":           Other,
	"https://json-schema.org/draft/2020-12/vocab/core":              Core,
	"https://json-schema.org/draft/2020-12/vocab/applicator":        Applicator,
	"https://json-schema.org/draft/2020-12/vocab/unevaluated":       Unevaluated,
	"https://json-schema.org/draft/2020-12/vocab/validation":        Validation,
	"https://json-schema.org/draft/2020-12/vocab/meta-data":         Other,
	"https://json-schema.org/draft/2020-12/vocab/format-annotation": FormatAnnotation,
	"https://json-schema.org/draft/2020-12/vocab/format-assertion":  FormatAssertion,
	"https://json-schema.org/draft/2020-12/vocab/content":           Other,
}

// Dialect is a meta-schema and what it makes of keywords.
type Dialect struct {
	// URI of the meta-schema, without fragment.
	URI string
	// Draft whose rules hold.
	Draft Draft
	// Vocabulary that is in use.
	Vocabulary Vocabulary

	custom *Set // of a dialect that is not official
}

var official = map[string]*Dialect{
	uri4:    {URI: uri4, Draft: Draft4, Vocabulary: allVocabularies},
	uri6:    {URI: uri6, Draft: Draft6, Vocabulary: allVocabularies},
	uri7:    {URI: uri7, Draft: Draft7, Vocabulary: allVocabularies},
	uri2019: {URI: uri2019, Draft: Draft2019, Vocabulary: allVocabularies},
	uri2020: {URI: uri2020, Draft: Draft2020, Vocabulary: allVocabularies},
}

// Official reports whether the dialect is one of the specification's own.
func (d *Dialect) Official() bool { return official[d.URI] == d }

// MetaSchema returns the schemas that judge the dialect's schemas.
func (d *Dialect) MetaSchema() (*Set, error) {
	if d.custom != nil {
		return d.custom, nil
	}
	data, _ := builtIn(d.URI)
	set, problems := Load(data, Options{Location: d.URI})
	if len(problems) > 0 {
		return nil, &problems[0]
	}
	return set, nil
}

// FormatDialect is the name under which package format knows the dialect.
func (d *Dialect) FormatDialect() string {
	for uri, o := range official {
		if o.Draft == d.Draft {
			return uri
		}
	}
	return d.URI
}

// Error makes a Problem an error.
func (p *Problem) Error() string {
	return p.URI + "#" + p.Pointer + ": " + p.What + ": " + p.Mend
}

//go:embed metaschemas
var files embed.FS

// builtIn returns the text of an official meta-schema by its URI.
func builtIn(uri string) ([]byte, bool) {
	const prefix = "metaschemas/"
	var name string
	switch uri {
	case uri4:
		name = "draft-04.json"
	case uri6:
		name = "draft-06.json"
	case uri7:
		name = "draft-07.json"
	default:
		path, ok := strings.CutPrefix(uri, "https://json-schema.org/draft/")
		if !ok {
			return nil, false
		}
		draft, path, _ := strings.Cut(path, "/")
		if draft != "2019-09" && draft != "2020-12" {
			return nil, false
		}
		name = "draft" + draft + "/" + strings.TrimPrefix(path, "meta/") + ".json"
	}
	data, err := files.ReadFile(prefix + name)
	return data, err == nil
}

// canonicalMeta returns the URI under which an official meta-schema is known:
// schemas in the wild write http for https and the other way round.
func canonicalMeta(uri string) string {
	uri = strings.TrimSuffix(uri, "#")
	rest, ok := strings.CutPrefix(uri, "http://json-schema.org/")
	if !ok {
		if rest, ok = strings.CutPrefix(uri, "https://json-schema.org/"); !ok {
			return uri
		}
	}
	if strings.HasPrefix(rest, "draft/") {
		return "https://json-schema.org/" + rest
	}
	return "http://json-schema.org/" + rest
}
