package compat_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/schemas/compat"
	"github.com/sluicedata/sluice/validate"
	"github.com/sluicedata/sluice/validate/difftest/gen"
)

// universe are all documents that the small schemas can tell apart, nearly.
func universe() []string {
	scalars := []string{"null", "true", "false", "0", "1", "2", "3", "-1", "0.5", "1.5", `""`, `"a"`, `"b"`, `"ab"`, `"abc"`}
	list := append([]string{"[]", "{}", "[[]]", "[{}]", `[[1]]`, `{"a":{}}`, `{"a":{"a":1}}`, `{"a":{"b":1}}`, `{"a":{"a":{}}}`, `{"a":[1]}`}, scalars...)
	few := []string{"null", "1", "2", "0.5", `"a"`, `"ab"`}
	for _, v := range few {
		list = append(list, "["+v+"]", `{"a":`+v+`}`, `{"b":`+v+`}`, `{"c":`+v+`}`, `{"x":`+v+`}`)
		for _, w := range few {
			list = append(list, "["+v+","+w+"]", "["+v+","+w+",1]", `{"a":`+v+`,"b":`+w+`}`, `{"a":`+v+`,"x":`+w+`}`, `{"b":`+v+`,"c":`+w+`}`,
				`{"a":`+v+`,"b":`+w+`,"c":1}`)
		}
	}
	return list
}

// small makes schemas of few words, so that two of them often have to do with
// each other.
type small struct{ *rand.Rand }

func (g small) of(list ...string) string { return list[g.IntN(len(list))] }

func (g small) schema(depth int) string {
	if depth <= 0 {
		return g.of(`{"type":"integer"}`, `{"type":"string"}`, `{"const":1}`, `{"enum":[1,"a"]}`, `{"minimum":1}`, `{"type":"null"}`, `{}`, "false", `{"maxLength":1}`, `{"required":["a"]}`)
	}
	var words []string
	seen := map[string]bool{}
	for range 1 + g.IntN(3) {
		w := g.keyword(depth)
		name, _, _ := strings.Cut(w, ":")
		if !seen[name] {
			seen[name] = true
			words = append(words, w)
		}
	}
	return "{" + strings.Join(words, ",") + "}"
}

func (g small) many(depth int) string {
	list := make([]string, 1+g.IntN(3))
	for i := range list {
		list[i] = g.schema(depth - 1)
	}
	return "[" + strings.Join(list, ",") + "]"
}

func (g small) keyword(depth int) string {
	sub := func() string { return g.schema(depth - 1) }
	name := func() string { return g.of(`"a"`, `"b"`, `"c"`) }
	number := func() string { return g.of("0", "1", "2", "0.5") }
	count := func() string { return g.of("0", "1", "2") }
	switch g.IntN(26) {
	case 0, 1:
		return `"type":` + g.of(`"object"`, `"array"`, `"integer"`, `"number"`, `"string"`, `["string","null"]`, `["object","integer"]`, `"boolean"`)
	case 2:
		return `"enum":` + g.of(`[1,2]`, `["a","b"]`, `[1,"a",null]`, `[{"a":1},1]`, `[[1],[]]`)
	case 3:
		return `"` + g.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum") + `":` + number()
	case 4:
		return `"multipleOf":` + g.of("1", "2", "0.5")
	case 5:
		return `"` + g.of("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties") + `":` + count()
	case 6:
		return `"pattern":` + g.of(`"^a"`, `"b$"`)
	case 7:
		return `"required":[` + name() + `]`
	case 8, 9, 10:
		return `"properties":{` + name() + `:` + sub() + `}`
	case 11:
		return `"additionalProperties":` + g.of("false", sub())
	case 12:
		return `"patternProperties":{` + g.of(`"^a"`, `"^[ab]$"`) + `:` + sub() + `}`
	case 13:
		return `"propertyNames":` + g.of(`{"enum":["a","b"]}`, `{"pattern":"^[ab]$"}`, `{"maxLength":0}`, sub())
	case 14:
		return `"dependentRequired":{` + name() + `:[` + name() + `]}`
	case 15:
		return `"dependentSchemas":{` + name() + `:` + sub() + `}`
	case 16:
		return `"items":` + sub()
	case 17:
		return `"prefixItems":` + g.many(depth)
	case 18:
		return `"contains":` + sub() + g.of("", `,"minContains":0`, `,"maxContains":1`, `,"minContains":2`)
	case 19:
		return `"uniqueItems":true`
	case 20:
		return `"` + g.of("anyOf", "allOf") + `":` + g.many(depth)
	case 21:
		return `"oneOf":` + g.many(depth)
	case 22:
		return `"not":` + sub()
	case 23:
		return `"if":` + sub() + `,"then":` + sub() + g.of("", `,"else":`+sub())
	case 24:
		return `"` + g.of("unevaluatedProperties", "unevaluatedItems") + `":` + g.of("false", sub())
	default:
		return `"$ref":"#"`
	}
}

// TestSmallSchemas compares schemas of few words, and judges all documents of
// a small universe.
func TestSmallSchemas(t *testing.T) {
	t.Parallel()
	pairs := 4 * perPair(t)
	docs := universe()
	count := map[string]int{}
	for i := range pairs {
		g := small{rand.New(rand.NewPCG(uint64(i), 7))}
		older := g.schema(2)
		newer := g.schema(2)
		switch i % 4 {
		case 0: // one keyword more
			newer = strings.TrimSuffix(older, "}") + g.of("", `,"description":"x"`) + "}"
			if w := g.keyword(2); !strings.Contains(older, w[:strings.IndexByte(w, ':')]) {
				newer = strings.TrimSuffix(older, "}") + "," + w + "}"
			}
		case 1: // a branch of something
			newer = `{"` + g.of("anyOf", "oneOf", "allOf") + `":[` + older + `,` + newer + `]}`
		case 2: // the same, differently
			newer = g.of(`{"not":{"not":`+older+`}}`, `{"allOf":[`+older+`]}`, `{"anyOf":[`+older+`,false]}`, `{"oneOf":[false,`+older+`]}`, `{"if":`+older+`,"else":false}`)
		}
		before, err := validate.Compile([]byte(older), validate.Options{Location: gen.Location})
		if err != nil {
			continue // a loop of references
		}
		after, err := validate.Compile([]byte(newer), validate.Options{Location: gen.Location})
		if err != nil {
			continue
		}
		r := compat.Compare(load(t, older), load(t, newer))
		count[fmt.Sprintf("%v/%v", r.Backward.Relation, r.Forward.Relation)]++
		for _, doc := range docs {
			was, is := before.Valid([]byte(doc)), after.Valid([]byte(doc))
			if was && !is && r.Backward.Relation == compat.Compatible || is && !was && r.Forward.Relation == compat.Compatible {
				t.Errorf("%s: old %v, new %v, but backward %v, forward %v\nold: %s\nnew: %s", doc, was, is, r.Backward.Relation, r.Forward.Relation, older, newer)
				break
			}
			missed := was && !is && r.Backward.Relation == compat.Undecided || is && !was && r.Forward.Relation == compat.Undecided
			if missed {
				count["breaking, but not found"]++
				if testing.Verbose() && count["breaking, but not found"] < 12 {
					t.Logf("not found: %s\nold: %s\nnew: %s", doc, older, newer)
				}
				break
			}
		}
	}
	t.Logf("backward/forward: %v", count)
}
