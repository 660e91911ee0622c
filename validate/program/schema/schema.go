package schema

import (
	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/format"
	"github.com/sluicedata/sluice/validate/program/pattern"
	"github.com/sluicedata/sluice/validate/program/value"
)

// Schema is a schema as it is entered with one set of bindings of dynamic
// anchors.
type Schema struct {
	// ID numbers the schemas of a Set from 0.
	ID int
	// URI is the canonical one: resource, "#", JSON pointer.
	URI string
	// Rules in the order of their evaluation; none accept everything.
	Rules []Rule
	// Doc and At are where it stands.
	Doc *document
	At  int

	resource *resource
	draft    Draft
	pointer  string // in resource
	scope    *scope
}

type schemaKey struct {
	place
	scope *scope
}

// Draft returns the draft by whose rules the schema is read.
func (s *Schema) Draft() Draft { return s.draft }

// Op is what a Rule does.
type Op uint8

// The operations. Beside each stand the fields of Rule that it uses.
const (
	// False rejects everything.
	False Op = iota + 1
	// Ref is any reference: Kids[0].
	Ref
	// Type: Types, Integer.
	Type
	// Enum and Const: Values.
	Enum
	Const
	// Minimum and its like: Number.
	Minimum
	Maximum
	ExclusiveMinimum
	ExclusiveMaximum
	MultipleOf
	// MinLength and its like: Count.
	MinLength
	MaxLength
	// Pattern: Pattern.
	Pattern
	// Format: Format.
	Format
	MinItems
	MaxItems
	UniqueItems
	// Items applies Kids to the first items and Rest to the others.
	Items
	// Contains: Kids[0], Count (at least), Most; Keywords says which keyword
	// set which bound.
	Contains
	MinProperties
	MaxProperties
	// Required: Names.
	Required
	// Properties applies Kids by name, Patterns by pattern, and Rest to the
	// properties that neither named.
	Properties
	// PropertyNames: Kids[0].
	PropertyNames
	// DependentRequired: for each of Names, Needs.
	DependentRequired
	// DependentSchemas: Kids by name.
	DependentSchemas
	AllOf
	AnyOf
	OneOf
	// Not: Kids[0].
	Not
	// If: Kids are if, then, else; a nil Schema where one is absent.
	If
	// UnevaluatedItems and UnevaluatedProperties: Kids[0].
	UnevaluatedItems
	UnevaluatedProperties
)

// Rule is a keyword, or some that only mean something together, with checked
// operands.
type Rule struct {
	Op Op
	// Keyword as the schema has it.
	Keyword string
	// Message says what the rule asks for. Rules that only apply other schemas
	// have none.
	Message string

	Types    jsonscan.Types
	Integer  bool // numbers must be integers
	Count    int
	Most     int // -1 is no bound
	Number   value.Decimal
	Pattern  *pattern.Pattern
	Format   format.Func
	Names    []string
	Needs    [][]string
	Messages []string // one a name
	// NeedMessages are those of Needs.
	NeedMessages [][]string
	Kids         []Kid
	Patterns     []Kid
	Rest         *Kid
	// Values are those of View at the tokens.
	View   value.View
	Values []int
	// Hashes are those of Values with the seed 0, sorted, where there are so
	// many that comparing with each in turn would tell.
	Hashes []uint64

	at int // token, for problems
}

// Kid is a subschema of a rule.
type Kid struct {
	Schema *Schema
	// Path of keywords from the schema, such as "/properties/id".
	Path string
	// Name of the property, where the rule applies by name.
	Name string
	// Pattern of the property's name, where it applies by pattern.
	Pattern *pattern.Pattern
	// Keyword that a violation names where the subschema is false, and its
	// Message.
	Keyword, Message string
}

// schema returns the schema at a token as it is entered from a scope, and
// queues it to be built if it is new.
func (l *loader) schema(d *document, at int, from *scope) *Schema {
	if !d.isVisited(at) && d.kind(at) == jsonscan.Object {
		// A reference leads to where the dialect expects no schema.
		l.walk(d, at, d.resourceOf(at))
		l.judge(d, at)
	}
	r := d.resourceOf(at)
	key := schemaKey{place{d, at}, l.enter(from, r)}
	if s := l.schemas[key]; s != nil {
		return s
	}
	s := &Schema{ID: len(l.all), Doc: d, At: at, resource: r, draft: r.dialect.Draft, scope: key.scope, pointer: "?"}
	l.schemas[key] = s
	l.all = append(l.all, s)
	l.queue = append(l.queue, s)
	return s
}

// child is schema for a subschema at a path below its parent, which saves
// looking for its pointer.
func (l *loader) child(parent *Schema, at int, path string) *Schema {
	s := l.schema(parent.Doc, at, parent.scope)
	if s.pointer == "?" && s.resource == parent.resource {
		s.pointer = parent.pointer + path
	}
	return s
}
