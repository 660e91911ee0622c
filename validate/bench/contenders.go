package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/bytedance/sonic"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/xeipuuv/gojsonschema"

	"github.com/sluicedata/sluice/validate"
	"github.com/sluicedata/sluice/validate/difftest/gen"
	"github.com/sluicedata/sluice/validate/jsonscan"
)

const location = "https://schemas.example.com/bench.json"

func init() {
	// gojsonschema shall write its own texts: validate/reference, which
	// sluice's engines come with, has spared it the work.
	gojsonschema.Locale = gojsonschema.DefaultLocale{}
	gojsonschema.FormatCheckers.Add("uri-template", uriTemplateChecker{})
}

// byNumber is sonic's decoder with what a validator needs: exact numbers.
var byNumber = sonic.Config{UseNumber: true}.Froze()

// others are the validators that say which records are good.
type others struct {
	santhosh     *jsonschema.Schema
	gojsonschema *gojsonschema.Schema // nil where it cannot judge the dialect
}

func newOthers(c *corpus) (*others, error) {
	o := &others{}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(c.schema))
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	compiler.RegisterFormat(&jsonschema.Format{Name: "uri-template", Validate: uriTemplate})
	if err := compiler.AddResource(location, document); err != nil {
		return nil, err
	}
	if o.santhosh, err = compiler.Compile(location); err != nil {
		return nil, err
	}
	if c.draft <= 7 {
		o.gojsonschema, err = gojsonschema.NewSchema(gojsonschema.NewBytesLoader(c.schema))
	}
	return o, err
}

// agree reports whether all others find the record good, or all bad. One that
// panics, as gojsonschema does on 1e400, agrees with nobody.
func (o *others) agree(record []byte, good bool) (agreed bool) {
	defer func() {
		if recover() != nil {
			agreed = false
		}
	}()
	return o.bySanthosh(record) == good && o.bySanthoshAndSonic(record) == good && (o.gojsonschema == nil || o.byGojsonschema(record) == good)
}

// uriTemplate stands in for the others' own, which refuse the templates of
// GitHub's webhooks: santhosh-tekuri's looks for braces segment by segment and
// fails users{/name}, gojsonschema's takes {?since} for a query.
func uriTemplate(v any) error {
	s, ok := v.(string)
	if ok && strings.Count(s, "{") != strings.Count(s, "}") {
		return errors.New("the braces do not match")
	}
	return nil
}

type uriTemplateChecker struct{}

// IsFormat implements gojsonschema.FormatChecker.
func (uriTemplateChecker) IsFormat(v any) bool { return uriTemplate(v) == nil }

func (o *others) bySanthosh(record []byte) bool {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(record))
	return err == nil && o.santhosh.Validate(v) == nil
}

func (o *others) bySanthoshAndSonic(record []byte) bool {
	var v any
	return byNumber.Unmarshal(record, &v) == nil && o.santhosh.Validate(v) == nil
}

func (o *others) byGojsonschema(record []byte) bool {
	result, err := o.gojsonschema.Validate(gojsonschema.NewBytesLoader(record))
	return err == nil && result.Valid()
}

// contender is something that is timed on raw bytes. What it returns is true
// for what it accepts.
type contender struct {
	name string
	slow bool // is timed on fewer records
	do   func(record []byte) bool
}

// The names of the contenders.
const (
	ours        = "ours"
	oursExplain = "ours, Check"
	oursEmpty   = "ours, {}"
	scan        = "jsonscan"
	sonicValid  = "sonic.Valid"
	jsonValid   = "encoding/json.Valid"
	santhosh    = "santhosh-tekuri"
	withSonic   = "santhosh-tekuri fed by sonic"
	gojs        = "gojsonschema"
)

// field is all contenders for a corpus, after all of them have judged all
// records alike.
type field struct {
	*corpus
	contenders map[string]contender
}

func enter(c *corpus) (*field, error) {
	schema, err := validate.Compile(c.schema, validate.Options{Location: location})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.name, err)
	}
	anything, err := validate.Compile([]byte("{}"), validate.Options{})
	if err != nil {
		return nil, err
	}
	o, err := newOthers(c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.name, err)
	}
	var tape jsonscan.Tape
	limits := scanLimits()
	f := &field{corpus: c, contenders: make(map[string]contender)}
	add := func(name string, slow bool, do func([]byte) bool) { f.contenders[name] = contender{name, slow, do} }
	add(ours, false, schema.Valid)
	add(oursExplain, false, func(record []byte) bool {
		return schema.Check(record).Class == validate.Valid
	})
	add(oursEmpty, false, anything.Valid)
	add(scan, false, func(record []byte) bool { return tape.Scan(record, limits) == nil })
	add(sonicValid, false, sonic.Valid)
	add(jsonValid, false, json.Valid)
	add(santhosh, true, o.bySanthosh)
	add(withSonic, true, o.bySanthoshAndSonic)
	if o.gojsonschema != nil {
		add(gojs, true, o.byGojsonschema)
	}
	return f, f.alike()
}

// scanLimits are those that stand in front of every schema.
func scanLimits() jsonscan.Limits {
	l := validate.DefaultLimits()
	return jsonscan.Limits{Bytes: l.DocumentBytes, Depth: l.Depth, Values: l.Values, Digits: l.NumberDigits, Exponent: l.NumberExponent}
}

// alike asserts that all say the same of all records. Nothing is timed before.
func (f *field) alike() error {
	if sonic.APIKind != sonic.UseSonicJSON {
		return errors.New("sonic is not on its fast path: it falls back to encoding/json on this platform or Go version")
	}
	assert := func(record []byte, want bool, names ...string) error {
		for _, name := range names {
			if c, ok := f.contenders[name]; ok && c.do(record) != want {
				return fmt.Errorf("%s: %s says %t of %s", f.name, name, !want, record)
			}
		}
		return nil
	}
	for _, record := range f.good {
		if err := assert(record, true, ours, oursExplain, oursEmpty, scan, sonicValid, jsonValid, santhosh, withSonic, gojs); err != nil {
			return err
		}
	}
	for _, record := range f.bad {
		if err := assert(record, false, ours, oursExplain, santhosh, withSonic, gojs); err != nil {
			return err
		}
		if err := assert(record, true, oursEmpty, scan, sonicValid, jsonValid); err != nil {
			return err
		}
	}
	return nil
}

// draftName is for people.
func draftName(d gen.Draft) string {
	switch d {
	case 2019:
		return "2019-09"
	case 2020:
		return "2020-12"
	default:
		return fmt.Sprint(int(d))
	}
}
