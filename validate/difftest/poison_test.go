package difftest

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sluicedata/sluice/validate"
)

// poison is a schema and a document that have brought validators down.
type poison struct {
	name   string
	schema string
	doc    string
	// want are the classes that the verdict may have; none means that Compile
	// must refuse the schema.
	want []validate.Class
	// refusable schemas may be refused by Compile instead.
	refusable bool
	limits    validate.Limits
}

const (
	deadline = 2 * time.Minute // a guard against hanging, not a measurement
	slack    = 48 << 20        // bytes allocated beyond what the texts ask for
)

func rep(s string, n int) string { return strings.Repeat(s, n) }

// list is n items, made from their index.
func list(n int, item string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strings.ReplaceAll(item, "%", fmt.Sprint(i)))
	}
	return b.String()
}

// tower is a schema that applies a leaf 2^n times, level by level.
func tower(n int, level, leaf string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `{"$ref":"#/$defs/t0","$defs":{`)
	for i := range n {
		next := fmt.Sprintf(`{"$ref":"#/$defs/t%d"}`, i+1)
		fmt.Fprintf(&b, `"t%d":%s,`, i, strings.ReplaceAll(level, "%", next))
	}
	fmt.Fprintf(&b, `"t%d":%s}}`, n, leaf)
	return b.String()
}

var (
	valid    = []validate.Class{validate.Valid}
	violates = []validate.Class{validate.Violates}
	exceeds  = []validate.Class{validate.LimitExceeded}
	judged   = []validate.Class{validate.Valid, validate.Violates}
	bounded  = []validate.Class{validate.Valid, validate.Violates, validate.LimitExceeded}
)

func corpus() []poison {
	wide := validate.Limits{DocumentBytes: 16 << 20, Values: 4 << 20}
	const lazy = `{"pattern":"^(.*?,){200}P$"}`
	all := []poison{
		{name: "lazy pattern, 1 MB", schema: lazy, doc: `"` + rep(",", 1<<20-2) + `"`, want: bounded, refusable: true},
		{name: "lazy pattern, 64 KiB", schema: lazy, doc: `"` + rep("x,", 32<<10) + `"`, want: violates, refusable: true},
		{name: "nested repeats", schema: `{"pattern":"^((a{1,100}){1,100}){1,100}$"}`, doc: `"` + rep("a", 60<<10) + `!"`, want: violates, refusable: true},
		{name: "nested stars", schema: `{"pattern":"^(((a*)*)*)*$"}`, doc: `"` + rep("a", 60<<10) + `!"`, want: violates},
		{name: "unicode classes", schema: `{"pattern":"^[\\p{L}\\p{N}]{1,64}(-[\\p{L}\\p{N}]{1,64}){0,16}$"}`, doc: `"` + rep("é-", 20<<10) + `"`, want: violates, refusable: true},

		{name: "1M wrong items", schema: `{"items":{"type":"string"}}`, doc: "[" + rep("0,", 999_999) + "0]", want: exceeds},
		{name: "1M wrong items, limits raised", schema: `{"items":{"type":"string"}}`, doc: "[" + rep("0,", 999_999) + "0]", want: violates, limits: wide},
		{name: "100k wrong properties", schema: `{"additionalProperties":false}`, doc: "{" + list(90_000, `"%":0`) + "}", want: violates},
		{name: "wrong items under long names", schema: `{"additionalProperties":{"items":{"type":"null"}}}`, doc: `{"` + rep("n", 500_000) + `":[` + rep("0,", 90_000) + "0]}", want: violates},

		{name: "100k deep arrays", schema: `{"items":{"$ref":"#"}}`, doc: rep("[", 100_000) + rep("]", 100_000), want: exceeds},
		{name: "100k deep, never closed", schema: `{}`, doc: rep(`{"a":[`, 50_000), want: exceeds},
		{name: "10k deep, limit raised", schema: `{"items":{"$ref":"#"}}`, doc: rep("[", 10_000) + rep("]", 10_000), want: valid, limits: validate.Limits{Depth: 20_000}},
		{name: "recursive anyOf", schema: `{"anyOf":[{"items":{"$ref":"#"},"minItems":1},{"items":{"$ref":"#"},"minItems":2}]}`, doc: rep("[", 64) + rep("]", 64), want: bounded, refusable: true},
		{name: "recursive oneOf", schema: `{"oneOf":[{"items":{"$ref":"#"},"type":"array"},{"items":{"$ref":"#"},"minItems":1,"type":"array"},{"type":"null"}]}`, doc: rep("[", 64) + rep("]", 64), want: bounded, refusable: true},
		{name: "recursive unevaluated", schema: `{"$id":"https://e.com/t","$dynamicAnchor":"n","allOf":[{"properties":{"a":{"$dynamicRef":"#n"}}},{"properties":{"a":{"$dynamicRef":"#n"}}}],"unevaluatedProperties":false}`, doc: rep(`{"a":`, 63) + "{}" + rep("}", 63), want: bounded, refusable: true},

		{name: "tower of allOf", schema: tower(40, `{"allOf":[%,%]}`, `{"type":"integer"}`), doc: "1", want: bounded, refusable: true},
		{name: "tower of anyOf", schema: tower(40, `{"anyOf":[%,%]}`, `{"type":"integer"}`), doc: `"x"`, want: bounded, refusable: true},
		{name: "tower of properties", schema: tower(40, `{"properties":{"a":%,"b":%}}`, `{"type":"integer"}`), doc: rep(`{"a":`, 41) + `"x"` + rep("}", 41), want: judged, refusable: true},
		{name: "deep schema", schema: rep(`{"not":`, 20_000) + "{}" + rep("}", 20_000), doc: "1", want: judged, refusable: true},
		{name: "10k deep anyOf", schema: rep(`{"anyOf":[`, 10_000) + "{}" + rep("]}", 10_000), doc: "1", want: judged, refusable: true},
		{name: "chain of $ref", schema: `{"$ref":"#/$defs/r0","$defs":{` + list(9_000, `"r%":{"$ref":"#/$defs/n%"},"n%":{"type":"integer"}`) + `}}`, doc: "1", want: valid, refusable: true},
		{name: "schema over its limit", schema: `{"description":"` + rep("x", 1<<20) + `"}`},
		{name: "loop", schema: `{"anyOf":[{"$ref":"#"}]}`},
		{name: "loop through definitions", schema: `{"$ref":"#/$defs/a","$defs":{"a":{"allOf":[{"$ref":"#/$defs/b"}]},"b":{"not":{"$ref":"#/$defs/a"}}}}`},
		{name: "loop of dynamic references", schema: `{"$dynamicAnchor":"n","anyOf":[{"$dynamicRef":"#n"}]}`},

		{name: "exponent", schema: `{"minimum":1}`, doc: "1e10000000", want: exceeds},
		{name: "negative exponent", schema: `{"multipleOf":1e-300}`, doc: "1e-10000000", want: exceeds},
		{name: "exponent of 1 MB", schema: `{}`, doc: "1e" + rep("9", 1<<20-2), want: exceeds},
		{name: "zeros of an exponent", schema: `{}`, doc: "1e" + rep("0", 1<<20-3) + "1", want: bounded},
		{name: "many exponents", schema: `{"items":{"multipleOf":0.001}}`, doc: "[" + rep("1e400,", 90_000) + "1]", want: judged},
		{name: "1 MB of digits", schema: `{"multipleOf":7}`, doc: rep("7", 1<<20), want: exceeds},
		{name: "1 MB of digits, limit raised", schema: `{"minimum":1,"type":"integer"}`, doc: rep("7", 1<<20), want: valid, limits: validate.Limits{NumberDigits: 2 << 20}},
		{name: "many long numbers", schema: `{"items":{"multipleOf":0.01,"minimum":1e-300}}`, doc: "[" + rep(rep("9", 50)+"."+rep("9", 49)+",", 9_000) + "1]", want: violates},
		{name: "wrong exponents in a schema", schema: `{"minimum":1e10000000}`},

		{name: "uniqueItems, 20k objects", schema: `{"uniqueItems":true}`, doc: "[" + list(20_000, `{"a":%,"b":[%]}`) + "]", want: valid},
		{name: "uniqueItems, the last again", schema: `{"uniqueItems":true}`, doc: "[" + list(20_000, `{"a":%,"b":[%]}`) + `,{"b":[19999.0],"a":19999}]`, want: violates},
		{name: "uniqueItems, all the same", schema: `{"uniqueItems":true}`, doc: "[" + rep("{},", 30_000) + "{}]", want: violates},
		{name: "uniqueItems, numbers alike", schema: `{"uniqueItems":true}`, doc: "[" + list(30_000, `0.%1`) + "]", want: bounded},
		{name: "uniqueItems, nested", schema: `{"items":{"uniqueItems":true},"uniqueItems":true}`, doc: "[" + list(300, "["+list(100, "1%")+"]") + "]", want: bounded},
		{name: "names that repeat", schema: `{}`, doc: "{" + rep(`"a":0,`, 90_000) + `"a":0}`, want: []validate.Class{validate.Malformed}},
		{name: "enum of 20k", schema: `{"items":{"enum":[` + list(20_000, `"w%"`) + `]}}`, doc: "[" + list(90_000, `"w%x"`) + "]", want: violates},
		{name: "enum of objects", schema: `{"items":{"enum":[` + list(2_000, `{"k":%}`) + `]}}`, doc: "[" + list(40_000, `{"k":-%}`) + "]", want: violates},

		{name: "many patterns on many names", schema: `{"patternProperties":{` + list(50, `"^p%[a-z]*$":{"type":"null"}`) + `},"additionalProperties":false}`, doc: "{" + list(40_000, `"p%aaaaaaa!":0`) + "}", want: violates},
		{name: "1,000 branches on 10k items", schema: `{"items":{"oneOf":[` + list(1000, `{"const":%}`) + `]}}`, doc: "[" + rep("5000,", 9_999) + "1]", want: violates},
		{name: "contains on 100k items", schema: `{"contains":{"const":1},"minContains":50000,"unevaluatedItems":false}`, doc: "[" + rep("0,", 99_000) + "0]", want: violates},
		{name: "unevaluated on 45k names", schema: `{"allOf":[{"patternProperties":{"1$":true}},{"anyOf":[{"patternProperties":{"2$":true}},{"patternProperties":{"3$":true}}]}],"unevaluatedProperties":false}`, doc: "{" + list(45_000, `"n%":0`) + "}", want: violates},
		{name: "dependencies", schema: `{"dependentRequired":{` + list(5_000, `"n%":["m%"]`) + `}}`, doc: "{" + list(45_000, `"n%":0`) + "}", want: violates},
		{name: "required", schema: `{"required":[` + list(20_000, `"r%"`) + `]}`, doc: "{}", want: violates},
		{name: "propertyNames", schema: `{"propertyNames":{"pattern":"^[a-z]+$","maxLength":3}}`, doc: "{" + list(45_000, `"N%":0`) + "}", want: violates},
		{name: "1 MB of escapes", schema: `{"maxLength":10,"const":"x"}`, doc: `"` + rep(`\u0041`, 170_000) + `"`, want: bounded},
		{name: "1 MB of astral characters", schema: `{"maxLength":200000}`, doc: `"` + rep("💩", 260_000) + `"`, want: bounded},
	}
	for _, f := range []string{"date-time", "date", "time", "duration", "email", "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6", "uri", "uri-reference", "iri", "iri-reference", "uri-template", "uuid", "json-pointer", "relative-json-pointer", "regex"} {
		for kind, text := range map[string]string{
			"digits": rep("1", 1<<20-2), "labels": rep("a.", 500_000), "colons": rep(":", 1<<20-2), "groups": rep("(", 1<<20-2), "braces": rep("{a}", 300_000),
			"percents": rep("%41", 300_000), "slashes": rep("/", 1<<20-2), "puny": rep("xn--a.", 170_000), "wide": rep("ü。", 200_000), "quotes": `\"` + rep("a", 1<<20-8) + `\"@b`,
		} {
			all = append(all, poison{name: f + ", 1 MB of " + kind, schema: `{"format":"` + f + `"}`, doc: `"` + text + `"`, want: bounded})
		}
	}
	return all
}

// TestPoison: each is answered as it should be, in bounded time and memory.
func TestPoison(t *testing.T) {
	if raced {
		t.Skip("the race detector allocates too")
	}
	for _, p := range corpus() {
		done := make(chan struct{})
		go func() {
			defer close(done)
			t.Run(p.name, p.taste)
		}()
		select {
		case <-done:
		case <-time.After(deadline):
			t.Fatalf("%s: no answer after %v", p.name, deadline)
		}
	}
}

func (p poison) taste(t *testing.T) {
	var before, compiled, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s, err := validate.Compile([]byte(p.schema), validate.Options{Location: location, Limits: p.limits})
	runtime.ReadMemStats(&compiled)
	if used := compiled.TotalAlloc - before.TotalAlloc; used > slack+200*uint64(len(p.schema)) {
		t.Errorf("compiling %d bytes of schema allocates %d MB", len(p.schema), used>>20)
	}
	switch {
	case err != nil:
		if _, ok := errors.AsType[validate.Problems](err); !ok {
			t.Errorf("the error is no Problems: %v", err)
		}
		if len(err.Error()) > 4<<10 {
			t.Errorf("the error is %d bytes long", len(err.Error()))
		}
		if p.want != nil && !p.refusable {
			t.Errorf("Compile: %v", err)
		}
		return
	case p.want == nil:
		t.Fatal("Compile accepts the schema")
	}
	valid := s.Valid([]byte(p.doc))
	v := s.Check([]byte(p.doc))
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - compiled.TotalAlloc; used > slack+100*uint64(len(p.doc)) {
		t.Errorf("judging %d bytes allocates %d MB", len(p.doc), used>>20)
	}
	if valid != (v.Class == validate.Valid) {
		t.Errorf("Valid is %t, Check says %v", valid, v.Class)
	}
	ok := false
	for _, class := range p.want {
		ok = ok || v.Class == class
	}
	if !ok {
		t.Errorf("%v (%s), want %v", v.Class, v.Message, p.want)
	}
	limits := validate.DefaultLimits()
	size := 0
	for _, violation := range v.Violations {
		size += len(violation.InstanceLocation) + len(violation.KeywordLocation) + len(violation.Message)
	}
	if len(v.Violations) > limits.Violations || len(v.Violations) > 1 && size > 4*limits.ViolationsBytes || len(v.Message) > 1<<10 {
		t.Errorf("%d violations of %d bytes, message of %d", len(v.Violations), size, len(v.Message))
	}
	if v.Class == validate.Violates && v.Total < len(v.Violations) || v.Class != validate.Violates && v.Total != 0 {
		t.Errorf("%v with a total of %d", v.Class, v.Total)
	}
}
