package schema

// shape says which subschemas a keyword's value holds.
type shape uint8

const (
	oneSchema     shape = iota + 1
	manySchemas         // an array of schemas
	namedSchemas        // an object of schemas
	oneOrMany           // a schema or an array of schemas
	namedOrArrays       // an object of schemas or of arrays that hold none
)

// applicator is a keyword with subschemas, and the drafts that know it.
type applicator struct {
	shape       shape
	first, last Draft
	vocabulary  Vocabulary
}

var applicators = map[string]applicator{
	"$defs":                 {namedSchemas, Draft2019, Draft2020, Core},
	"definitions":           {namedSchemas, Draft4, Draft2020, Core},
	"properties":            {namedSchemas, Draft4, Draft2020, Applicator},
	"patternProperties":     {namedSchemas, Draft4, Draft2020, Applicator},
	"additionalProperties":  {oneSchema, Draft4, Draft2020, Applicator},
	"propertyNames":         {oneSchema, Draft6, Draft2020, Applicator},
	"prefixItems":           {manySchemas, Draft2020, Draft2020, Applicator},
	"items":                 {oneOrMany, Draft4, Draft2020, Applicator},
	"additionalItems":       {oneSchema, Draft4, Draft2019, Applicator},
	"contains":              {oneSchema, Draft6, Draft2020, Applicator},
	"allOf":                 {manySchemas, Draft4, Draft2020, Applicator},
	"anyOf":                 {manySchemas, Draft4, Draft2020, Applicator},
	"oneOf":                 {manySchemas, Draft4, Draft2020, Applicator},
	"not":                   {oneSchema, Draft4, Draft2020, Applicator},
	"if":                    {oneSchema, Draft7, Draft2020, Applicator},
	"then":                  {oneSchema, Draft7, Draft2020, Applicator},
	"else":                  {oneSchema, Draft7, Draft2020, Applicator},
	"dependentSchemas":      {namedSchemas, Draft2019, Draft2020, Applicator},
	"dependencies":          {namedOrArrays, Draft4, Draft2020, Applicator},
	"unevaluatedItems":      {oneSchema, Draft2019, Draft2020, Unevaluated},
	"unevaluatedProperties": {oneSchema, Draft2019, Draft2020, Unevaluated},
	"contentSchema":         {oneSchema, Draft2019, Draft2020, Other},
}

// assertion is a keyword without subschemas, and the drafts that know it.
type assertion struct {
	first, last Draft
	vocabulary  Vocabulary
}

var assertions = map[string]assertion{
	"$ref":              {Draft4, Draft2020, Core},
	"$dynamicRef":       {Draft2020, Draft2020, Core},
	"$recursiveRef":     {Draft2019, Draft2019, Core},
	"type":              {Draft4, Draft2020, Validation},
	"enum":              {Draft4, Draft2020, Validation},
	"const":             {Draft6, Draft2020, Validation},
	"minimum":           {Draft4, Draft2020, Validation},
	"maximum":           {Draft4, Draft2020, Validation},
	"exclusiveMinimum":  {Draft4, Draft2020, Validation},
	"exclusiveMaximum":  {Draft4, Draft2020, Validation},
	"multipleOf":        {Draft4, Draft2020, Validation},
	"minLength":         {Draft4, Draft2020, Validation},
	"maxLength":         {Draft4, Draft2020, Validation},
	"pattern":           {Draft4, Draft2020, Validation},
	"format":            {Draft4, Draft2020, FormatAnnotation | FormatAssertion},
	"minItems":          {Draft4, Draft2020, Validation},
	"maxItems":          {Draft4, Draft2020, Validation},
	"uniqueItems":       {Draft4, Draft2020, Validation},
	"minContains":       {Draft2019, Draft2020, Validation},
	"maxContains":       {Draft2019, Draft2020, Validation},
	"minProperties":     {Draft4, Draft2020, Validation},
	"maxProperties":     {Draft4, Draft2020, Validation},
	"required":          {Draft4, Draft2020, Validation},
	"dependentRequired": {Draft2019, Draft2020, Validation},
}

// knows reports whether a keyword means anything to verdicts in the dialect.
func (d *Dialect) knows(keyword string) bool {
	if a, ok := applicators[keyword]; ok {
		return d.Draft >= a.first && d.Draft <= a.last && d.Vocabulary&a.vocabulary != 0
	}
	a, ok := assertions[keyword]
	return ok && d.Draft >= a.first && d.Draft <= a.last && d.Vocabulary&a.vocabulary != 0
}

// holds returns the shape of a keyword's subschemas in the dialect.
func (d *Dialect) holds(keyword string) (shape, bool) {
	a, ok := applicators[keyword]
	if !ok || d.Draft < a.first || d.Draft > a.last {
		return 0, false
	}
	return a.shape, true
}

// idKeyword is the keyword that names a resource.
func (d *Dialect) idKeyword() string {
	if d.Draft == Draft4 {
		return "id"
	}
	return "$id"
}
