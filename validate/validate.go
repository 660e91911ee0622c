// Package validate judges JSON documents by JSON Schemas.
//
// Compile turns a schema into an immutable *Schema; Valid answers yes or no
// and Check explains. The package knows no Kafka, no configuration, no metrics
// and no logger.
//
// A document is arbitrary bytes from strangers: it can neither crash nor stall
// the caller. Before any engine sees it, one strict scan (package jsonscan)
// refuses what is not exactly one JSON text (RFC 8259) in valid UTF-8, or is
// over a limit; an engine that panics all the same is contained, and the
// verdict says Internal.
package validate

// Dialect is a JSON Schema dialect, named by its meta-schema's URI.
type Dialect string

// The dialects that exist. Which of them Compile accepts depends on the engine.
const (
	Draft4       Dialect = "http://json-schema.org/draft-04/schema"
	Draft6       Dialect = "http://json-schema.org/draft-06/schema"
	Draft7       Dialect = "http://json-schema.org/draft-07/schema"
	Draft2019_09 Dialect = "https://json-schema.org/draft/2019-09/schema"
	Draft2020_12 Dialect = "https://json-schema.org/draft/2020-12/schema"
)

// Engine is what judges documents.
type Engine uint8

// The engines.
const (
	// Compiled is sluice's own: all dialects, exact.
	Compiled Engine = iota
	// Reference is gojsonschema behind the same scan, limits and a recover:
	// drafts 4, 6 and 7, with the verdicts that its users know.
	Reference
)

// Options direct Compile. The zero value is ready to use: dialect 2020-12
// where a schema names none, formats assert, duplicate names are refused,
// DefaultLimits, and no document but the schema itself may be referenced.
type Options struct {
	// Location is the schema's retrieval URI, for messages and as the base of
	// relative references (RFC 3986 section 5.1.3). A file path will do.
	Location string
	// Pointer selects the schema inside the document by a JSON pointer
	// (RFC 6901) such as "/definitions/order"; empty is the whole document.
	Pointer string
	// Engine judges; the zero Engine is Compiled.
	Engine Engine
	// DefaultDialect holds where "$schema" is absent.
	DefaultDialect Dialect
	// AnnotateFormats makes "format" an annotation that never fails.
	AnnotateFormats bool
	// AllowDuplicateNames judges the last of repeated property names instead
	// of refusing the document.
	AllowDuplicateNames bool
	// Limits bound schemas and documents; a zero field has its default.
	Limits Limits
	// Load fetches a referenced document by its absolute URI without
	// fragment. It is called at compile time only. Nil refuses all. Compile
	// itself never opens a file or a connection.
	Load func(uri string) ([]byte, error)
	// Ended is asked before each pattern is compiled, and before each property
	// that a schema names: one may take milliseconds, and a document hold
	// thousands. Once it says true, Compile gives up. Nil never does.
	Ended func() bool
}

// Limits bound what one schema and one document may cost.
type Limits struct {
	DocumentBytes     int // size of a document
	Depth             int // nesting of arrays and objects
	Values            int // JSON values in a document, property names not counted
	NumberDigits      int // digits of one number's significand
	NumberExponent    int // absolute value of one number's exponent
	PatternInputBytes int // size of a string that meets a pattern
	Violations        int // violations kept by Check; all are counted
	ViolationsBytes   int // sum of the kept violations' text
	SchemaBytes       int // size of one schema document
	PatternBytes      int // size of one pattern in a schema
}

// DefaultLimits are the limits of a zero Options.
func DefaultLimits() Limits {
	return Limits{
		DocumentBytes:     1 << 20,
		Depth:             64,
		Values:            100_000,
		NumberDigits:      100,
		NumberExponent:    400,
		PatternInputBytes: 64 << 10,
		Violations:        20,
		ViolationsBytes:   2 << 10,
		SchemaBytes:       1 << 20,
		PatternBytes:      1 << 10,
	}
}

// Class is what a verdict says of a document.
type Class uint8

// The classes. The zero Class is no verdict at all.
const (
	// Valid documents meet the schema.
	Valid Class = iota + 1
	// Malformed documents are not one JSON text in valid UTF-8, or repeat a
	// property name.
	Malformed
	// LimitExceeded documents are over one of Limits.
	LimitExceeded
	// Violates: the document is JSON and breaks the schema.
	Violates
	// Internal: the engine failed on the document; nothing is known of it.
	Internal
)

// String returns the class in lower case.
func (c Class) String() string {
	switch c {
	case Valid:
		return "valid"
	case Malformed:
		return "malformed"
	case LimitExceeded:
		return "limit exceeded"
	case Violates:
		return "violates"
	case Internal:
		return "internal"
	default:
		return "none"
	}
}

// Verdict is Check's answer.
type Verdict struct {
	Class Class
	// Violations that were kept, in the order of the schema's evaluation;
	// only for Violates.
	Violations []Violation
	// Total counts all violations found, kept or not. An engine that stops
	// early may count fewer than a full evaluation would.
	Total int
	// Message says in words what Malformed, LimitExceeded and Internal
	// documents suffer from. It holds no content of the document.
	Message string
	// Offset is the byte where Malformed or LimitExceeded was seen.
	Offset int
}

// Violation is one failed assertion, in the words of the JSON Schema output
// format (2020-12 core, section 12). It never holds a value of the document;
// InstanceLocation may hold property names of it.
type Violation struct {
	// InstanceLocation is a JSON pointer into the document.
	InstanceLocation string `json:"instanceLocation"`
	// Rule is never nil in a Verdict.
	*Rule
}

// Rule is what a violation says of the schema. The violations of many
// documents share it: it must not be changed.
type Rule struct {
	// KeywordLocation is the path of evaluation, through references.
	KeywordLocation string `json:"keywordLocation"`
	// AbsoluteKeywordLocation is the canonical URI of the keyword.
	AbsoluteKeywordLocation string `json:"absoluteKeywordLocation,omitempty"`
	// Keyword that failed, such as "required"; "false" for a false schema.
	Keyword string `json:"keyword"`
	// Message names the rule that was broken.
	Message string `json:"message"`
}
