package reference

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/xeipuuv/gojsonschema"
)

// Finding is one rule that a document breaks. gojsonschema does not say where
// in the schema the rule stands.
type Finding struct {
	// InstanceLocation is a JSON pointer into the document.
	InstanceLocation string
	// Keyword that failed; "false" for a false schema.
	Keyword string
	// Message names the rule, with nothing of the document.
	Message string
}

func (f Finding) compare(g Finding) int {
	return cmp.Or(
		strings.Compare(f.InstanceLocation, g.InstanceLocation),
		strings.Compare(f.Keyword, g.Keyword),
		strings.Compare(f.Message, g.Message),
	)
}

// first returns the first findings in their order; gojsonschema's own is that
// of Go's maps. It holds on to twice as many at most.
func first(all []gojsonschema.ResultError, limit int) []Finding {
	if limit <= 0 {
		return nil
	}
	var kept []Finding
	cut := func() {
		slices.SortFunc(kept, Finding.compare)
		kept = kept[:min(len(kept), limit)]
	}
	for _, e := range all {
		if kept = append(kept, finding(e)); len(kept) >= 2*limit {
			cut()
		}
	}
	cut()
	return slices.Clip(kept)
}

func finding(e gojsonschema.ResultError) Finding {
	f := Finding{InstanceLocation: pointer(e.Context())}
	d := e.Details()
	switch e.(type) {
	case *gojsonschema.FalseError:
		f.Keyword, f.Message = "false", "no value is allowed here"
	case *gojsonschema.InvalidTypeError:
		f.Keyword, f.Message = "type", fmt.Sprintf("must be of type %v", d["expected"])
	case *gojsonschema.ConstError:
		f.Keyword, f.Message = "const", "must be the constant"
	case *gojsonschema.EnumError:
		f.Keyword, f.Message = "enum", "must be one of the listed values"
	case *gojsonschema.RequiredError:
		f.Keyword, f.Message = "required", fmt.Sprintf("property %q is required", d["property"])
	case *gojsonschema.MissingDependencyError:
		f.Keyword, f.Message = "dependencies", fmt.Sprintf("property %q is required by another property", d["dependency"])
	case *gojsonschema.AdditionalPropertyNotAllowedError:
		name, _ := d["property"].(string)
		f.InstanceLocation += "/" + escape.Replace(name)
		f.Keyword, f.Message = "additionalProperties", "additional properties are not allowed"
	case *gojsonschema.InvalidPropertyNameError:
		f.Keyword, f.Message = "propertyNames", "the name of a property is not allowed"
	case *gojsonschema.InvalidPropertyPatternError:
		f.Keyword, f.Message = "patternProperties", "the name of a property matches no pattern"
	case *gojsonschema.ArrayMinPropertiesError:
		f.Keyword, f.Message = "minProperties", fmt.Sprintf("must have at least %v properties", d["min"])
	case *gojsonschema.ArrayMaxPropertiesError:
		f.Keyword, f.Message = "maxProperties", fmt.Sprintf("must have at most %v properties", d["max"])
	case *gojsonschema.ArrayNoAdditionalItemsError:
		f.Keyword, f.Message = "additionalItems", "additional items are not allowed"
	case *gojsonschema.ArrayMinItemsError:
		f.Keyword, f.Message = "minItems", fmt.Sprintf("must have at least %v items", d["min"])
	case *gojsonschema.ArrayMaxItemsError:
		f.Keyword, f.Message = "maxItems", fmt.Sprintf("must have at most %v items", d["max"])
	case *gojsonschema.ItemsMustBeUniqueError:
		f.Keyword, f.Message = "uniqueItems", "items must be unique"
	case *gojsonschema.ArrayContainsError:
		f.Keyword, f.Message = "contains", "must contain an item of the kind"
	case *gojsonschema.StringLengthGTEError:
		f.Keyword, f.Message = "minLength", fmt.Sprintf("must be at least %v characters long", d["min"])
	case *gojsonschema.StringLengthLTEError:
		f.Keyword, f.Message = "maxLength", fmt.Sprintf("must be at most %v characters long", d["max"])
	case *gojsonschema.DoesNotMatchPatternError:
		f.Keyword, f.Message = "pattern", fmt.Sprintf("must match %v", d["pattern"])
	case *gojsonschema.DoesNotMatchFormatError:
		f.Keyword, f.Message = "format", fmt.Sprintf("must have the format %v", d["format"])
	case *gojsonschema.MultipleOfError:
		f.Keyword, f.Message = "multipleOf", fmt.Sprintf("must be a multiple of %v", d["multiple"])
	case *gojsonschema.NumberGTEError:
		f.Keyword, f.Message = "minimum", fmt.Sprintf("must be at least %v", d["min"])
	case *gojsonschema.NumberGTError:
		f.Keyword, f.Message = "exclusiveMinimum", fmt.Sprintf("must be more than %v", d["min"])
	case *gojsonschema.NumberLTEError:
		f.Keyword, f.Message = "maximum", fmt.Sprintf("must be at most %v", d["max"])
	case *gojsonschema.NumberLTError:
		f.Keyword, f.Message = "exclusiveMaximum", fmt.Sprintf("must be less than %v", d["max"])
	case *gojsonschema.NumberAllOfError:
		f.Keyword, f.Message = "allOf", "must meet all of the schemas"
	case *gojsonschema.NumberAnyOfError:
		f.Keyword, f.Message = "anyOf", "must meet one of the schemas"
	case *gojsonschema.NumberOneOfError:
		f.Keyword, f.Message = "oneOf", "must meet exactly one of the schemas"
	case *gojsonschema.NumberNotError:
		f.Keyword, f.Message = "not", "must not meet the schema"
	case *gojsonschema.ConditionThenError:
		f.Keyword, f.Message = "then", "must meet the schema for values of this kind"
	case *gojsonschema.ConditionElseError:
		f.Keyword, f.Message = "else", "must meet the schema for all other values"
	default:
		f.Keyword, f.Message = e.Type(), "does not meet the schema"
	}
	return f
}

var escape = strings.NewReplacer("~", "~0", "/", "~1")

// pointer writes a context as a JSON pointer.
func pointer(c *gojsonschema.JsonContext) string {
	// No name in valid UTF-8 holds the byte.
	const delimiter = "\xff"
	_, path, below := strings.Cut(c.String(delimiter), delimiter)
	if !below {
		return ""
	}
	var b strings.Builder
	for token := range strings.SplitSeq(path, delimiter) {
		b.WriteByte('/')
		b.WriteString(escape.Replace(token))
	}
	return b.String()
}
