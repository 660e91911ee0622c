// Package difftest holds the compiled engine against other validators.
//
// Its tests make schemas of every dialect (random ones, mutations of the
// shipped ones and of those of the official test suite, where that lies beside
// the repository) and records for each (some that meet it, most mutated from
// those), and ask the engine, santhosh-tekuri/jsonschema and, in drafts 4, 6
// and 7, gojsonschema. A disagreement that is not one of Permitted fails the
// test with the smallest schema and record that still show it.
//
// go test runs a small part, always the same. The long run is
//
//	go test ./validate/difftest -run Long -timeout 0 -args -difftest.schemas 20000 -difftest.records 500
package difftest

// Disagreement is a kind of disagreement with another validator that stays.
type Disagreement struct {
	// Name of the kind, and With whom.
	Name, With string
	// Reason that it stays.
	Reason string
}

// The others.
const (
	Santhosh     = "santhosh-tekuri/jsonschema v6"
	Gojsonschema = "gojsonschema v1.2.0"
)

// Permitted are all disagreements that may show up. docs/validation.md lists
// the same.
var Permitted = []Disagreement{
	{
		"loop", Santhosh,
		"A schema that applies itself to the same value without end is refused when it is compiled. santhosh-tekuri compiles it and fails whatever record meets the loop.",
	},
	{
		"expression", Santhosh,
		"An expression that ECMA-262 allows and RE2 does not, or the other way round, is refused by one of both.",
	},
	{
		"format", Santhosh,
		"Formats are judged by the documents that JSON Schema cites and by the official suite's optional/format tests, of which santhosh-tekuri misses about a sixth.",
	},
	{
		"pattern", Santhosh,
		"Patterns are ECMA-262 with the u flag. santhosh-tekuri hands them to RE2 as they stand: `.` matches \\r, U+2028 and U+2029, `\\s` is ASCII only.",
	},
	{
		"pattern", Gojsonschema,
		"As above: gojsonschema hands patterns to RE2.",
	},
	{
		"const beside $ref", Santhosh,
		"In drafts 6 and 7 all keywords beside `$ref` are ignored. santhosh-tekuri ignores all but const.",
	},
	{
		"meta-schema", Santhosh,
		"A schema that references the meta-schema of draft 4, 6 or 7 meets the one that json-schema.org publishes. santhosh-tekuri has others built in, with `$ref` as a property of draft 4 and enum with unique values.",
	},
	{
		"huge count", Santhosh,
		"Bounds on sizes are exact, whatever their size. In santhosh-tekuri those beyond an int64 overflow: maxLength 123456789012345678901234567890 fails every text.",
	},
	{
		"base", Gojsonschema,
		"In drafts 4 to 7 an `$id` beside `$ref` is ignored, as the official suite tests. gojsonschema moves the base URI by it, and by a draft-4 `id` in any draft.",
	},
	{
		"float", Gojsonschema,
		"gojsonschema compares the numbers of enum, const and uniqueItems as float64: 2^53+1 equals 2^53, -0 does not equal 0. Ours are exact.",
	},
}

// permits reports whether a kind of disagreement is listed.
func permits(name, with string) bool {
	for _, d := range Permitted {
		if d.Name == name && d.With == with {
			return true
		}
	}
	return false
}
