package schema

import (
	"fmt"
	"strings"
	"testing"
)

func TestIdleKeywords(t *testing.T) {
	t.Parallel()
	f := func(doc string, want ...string) {
		t.Helper()
		set, problems := Load([]byte(doc), Options{Location: "u"})
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		var got []string
		for _, i := range IdleKeywords(set) {
			got = append(got, fmt.Sprintf("%s %d:%d %s", i.Pointer, i.Line, i.Column, i.What))
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s: got\n%s", doc, strings.Join(got, "\n"))
		}
	}
	const seven = `"$schema":"http://json-schema.org/draft-07/schema#"`
	f(`{"type":"object","properties":{"requird":{},"x":{"minLenght":3,"title":"","version":"1","x-owner":"a"}},"required":["a"]}`,
		`/properties/x/minLenght 1:50 "minLenght" is no keyword and does nothing`)
	f(`{"requird":["a"],"Properties":{},"aditionalProperties":false,"enumm":[1],"itmes":{},"note":"x","const":{"requird":1}}`,
		`/requird 1:2 "requird" is no keyword and does nothing`, `/Properties 1:18 "Properties" is no keyword and does nothing`,
		`/aditionalProperties 1:34 "aditionalProperties" is no keyword and does nothing`, `/enumm 1:62 "enumm" is no keyword and does nothing`,
		`/itmes 1:74 "itmes" is no keyword and does nothing`)
	f(`{`+seven+`,"prefixItems":[{}],"dependentRequired":{},"$defs":{"a":{"unevaluatedProperties":false}},"allOf":[{"$ref":"#/$defs/a"}]}`,
		"/prefixItems 1:54 prefixItems is no keyword of http://json-schema.org/draft-07/schema and does nothing",
		"/dependentRequired 1:73 dependentRequired is no keyword of http://json-schema.org/draft-07/schema and does nothing",
		"/$defs/a/unevaluatedProperties 1:110 unevaluatedProperties is no keyword of http://json-schema.org/draft-07/schema and does nothing")
	f(`{`+seven+`,"properties":{"a":{"$ref":"#/definitions/t","description":"","minLength":1}},"definitions":{"t":{}}}`,
		"/properties/a/minLength 1:115 minLength does nothing beside $ref, which this draft takes alone")
	f(`{"properties":{"a":{"$ref":"#/$defs/t","minLength":1}},"$defs":{"t":{}}}`)
	f(`{"then":{},"else":{},"if":{}}`)
	f(`{"then":{}}`, "/then 1:2 then does nothing without if")
	f(`{"additionalItems":false}`, "/additionalItems 1:2 additionalItems is no keyword of https://json-schema.org/draft/2020-12/schema and does nothing")
	f(`{"minContains":1,"contains":{},"format":"x","contentMediaType":"a"}`)
}

func TestIsOneSlip(t *testing.T) {
	t.Parallel()
	for _, pair := range []string{"required requird", "required requiredd", "required requirex", "required erquired", "required requierd", "items item", "items xitems"} {
		a, b, _ := strings.Cut(pair, " ")
		if !isOneSlip(a, b) || !isOneSlip(b, a) {
			t.Error(pair)
		}
	}
	for _, pair := range []string{"required required", "required reuqierd", "items it", "items owner", "ab ba2"} {
		a, b, _ := strings.Cut(pair, " ")
		if isOneSlip(a, b) || isOneSlip(b, a) {
			t.Error(pair)
		}
	}
}
