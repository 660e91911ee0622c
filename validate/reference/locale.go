package reference

import (
	"text/template"

	"github.com/xeipuuv/gojsonschema"
)

// gojsonschema writes a text for every violation as it finds it, out of a
// template that it gets from a global. Ours writes none and forgets what is
// large: a document with 100,000 violations of an enum of 1,000 words would
// else hold on to 100,000 copies of the list.
//
// NOTE: a global of a foreign package. Nobody else in this program uses it.
func init() {
	gojsonschema.ErrorTemplateFuncs = template.FuncMap{"forget": forget}
	gojsonschema.Locale = silent{}
}

// forget drops what a violation carries along beyond the rule.
func forget(details gojsonschema.ErrorDetails) string {
	for _, key := range []string{"allowed", "context", "field", "given", "error", "err"} {
		delete(details, key)
	}
	return ""
}

const nothing = "{{forget .}}"

// silent has the default texts for what is wrong with schemas, and none for
// what is wrong with documents.
type silent struct{ gojsonschema.DefaultLocale }

// The texts about documents, all empty.

func (silent) False() string                        { return nothing }
func (silent) Required() string                     { return nothing }
func (silent) NumberAnyOf() string                  { return nothing }
func (silent) NumberOneOf() string                  { return nothing }
func (silent) NumberAllOf() string                  { return nothing }
func (silent) NumberNot() string                    { return nothing }
func (silent) MissingDependency() string            { return nothing }
func (silent) Internal() string                     { return nothing }
func (silent) Const() string                        { return nothing }
func (silent) Enum() string                         { return nothing }
func (silent) ArrayNotEnoughItems() string          { return nothing }
func (silent) ArrayNoAdditionalItems() string       { return nothing }
func (silent) ArrayMinItems() string                { return nothing }
func (silent) ArrayMaxItems() string                { return nothing }
func (silent) Unique() string                       { return nothing }
func (silent) ArrayContains() string                { return nothing }
func (silent) ArrayMinProperties() string           { return nothing }
func (silent) ArrayMaxProperties() string           { return nothing }
func (silent) AdditionalPropertyNotAllowed() string { return nothing }
func (silent) InvalidPropertyPattern() string       { return nothing }
func (silent) InvalidPropertyName() string          { return nothing }
func (silent) StringGTE() string                    { return nothing }
func (silent) StringLTE() string                    { return nothing }
func (silent) DoesNotMatchPattern() string          { return nothing }
func (silent) DoesNotMatchFormat() string           { return nothing }
func (silent) MultipleOf() string                   { return nothing }
func (silent) NumberGTE() string                    { return nothing }
func (silent) NumberGT() string                     { return nothing }
func (silent) NumberLTE() string                    { return nothing }
func (silent) NumberLT() string                     { return nothing }
func (silent) ConditionThen() string                { return nothing }
func (silent) ConditionElse() string                { return nothing }
