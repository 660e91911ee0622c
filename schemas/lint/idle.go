package lint

import (
	"strings"

	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/schema"
)

// idle warns of keywords that do nothing where they stand.
func (l *linter) idle(set *schema.Set) {
	for _, i := range schema.IdleKeywords(set) {
		l.warn(i.Site, i.What, i.Mend)
	}
	for _, s := range set.Schemas {
		allowed := jsonscan.AllTypes
		for i := range s.Rules {
			if s.Rules[i].Op == schema.Type {
				allowed = s.Rules[i].Types
			}
		}
		for i := range s.Rules {
			r := &s.Rules[i]
			things, about := subject(r.Op)
			if about != 0 && allowed&about == 0 {
				l.warn(s.Site(r), strings.Join([]string{r.Keyword, "is about", things, "and type allows none: it never fails"}, " "), "remove it, or correct the type")
			}
		}
	}
}

// subject says what a rule is about; types is 0 if it is about all values.
func subject(op schema.Op) (things string, types jsonscan.Types) {
	switch op {
	case schema.Minimum, schema.Maximum, schema.ExclusiveMinimum, schema.ExclusiveMaximum, schema.MultipleOf:
		return "numbers", jsonscan.TypeInt | jsonscan.TypeNumber
	case schema.MinLength, schema.MaxLength, schema.Pattern, schema.Format:
		return "strings", jsonscan.TypeString
	case schema.MinItems, schema.MaxItems, schema.UniqueItems, schema.Items, schema.Contains, schema.UnevaluatedItems:
		return "arrays", jsonscan.TypeArray
	case schema.MinProperties, schema.MaxProperties, schema.Required, schema.Properties, schema.PropertyNames,
		schema.DependentRequired, schema.DependentSchemas, schema.UnevaluatedProperties:
		return "objects", jsonscan.TypeObject
	default:
		return "", 0
	}
}
