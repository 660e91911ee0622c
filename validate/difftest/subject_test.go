package difftest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/sluicedata/sluice/validate"
	"github.com/sluicedata/sluice/validate/difftest/gen"
	"github.com/sluicedata/sluice/validate/program/pattern"
	"github.com/sluicedata/sluice/validate/reference"
)

const location = gen.Location

var (
	errOurs     = errors.New("ours refuses the schema")
	errSanthosh = errors.New("santhosh-tekuri refuses the schema")
)

// subject is a schema, compiled by all.
type subject struct {
	draft    gen.Draft
	schema   any
	text     []byte
	ours     *validate.Schema
	santhosh *jsonschema.Schema
	// gojsonschema with formats as annotations; nil where it cannot judge.
	// plain is ours for it.
	gojsonschema *reference.Schema
	plain        *validate.Schema
}

func options(d gen.Draft, annotate bool) validate.Options {
	o := validate.Options{Location: location, AnnotateFormats: annotate}
	switch d {
	case 4:
		o.DefaultDialect = validate.Draft4
	case 6:
		o.DefaultDialect = validate.Draft6
	case 7:
		o.DefaultDialect = validate.Draft7
	case 2019:
		o.DefaultDialect = validate.Draft2019_09
	default:
		o.DefaultDialect = validate.Draft2020_12
	}
	return o
}

// santhoshOptions vary the other validator.
type santhoshOptions struct {
	annotate    bool // without formats
	ourPatterns bool // with our engine for patterns
	bareRefs    bool // without const beside $ref
}

// drop calls edit for every object that can be a schema.
func drop(v any, edit func(map[string]any)) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			drop(item, edit)
		}
	case map[string]any:
		edit(v)
		for name, value := range v {
			if _, list := value.([]any); name == "enum" && list || name == "const" {
				continue // data; a property may have the name of the keyword
			}
			drop(value, edit)
		}
	}
}

func dropString(m map[string]any, name string) {
	if _, ok := m[name].(string); ok {
		delete(m, name)
	}
}

func compileSanthosh(schema any, d gen.Draft, o santhoshOptions) (s *jsonschema.Schema, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("santhosh-tekuri panics: %v", p)
		}
	}()
	c := jsonschema.NewCompiler()
	c.UseLoader(jsonschema.SchemeURLLoader{})
	c.DefaultDraft(map[gen.Draft]*jsonschema.Draft{
		4: jsonschema.Draft4, 6: jsonschema.Draft6, 7: jsonschema.Draft7, 2019: jsonschema.Draft2019, 2020: jsonschema.Draft2020,
	}[d])
	c.AssertFormat()
	if o.annotate { // in drafts 4 to 7 there is no other way
		drop(schema, func(m map[string]any) { dropString(m, "format") })
	}
	if o.bareRefs {
		drop(schema, func(m map[string]any) {
			if _, ok := m["$ref"].(string); ok {
				delete(m, "const")
			}
		})
	}
	if o.ourPatterns {
		c.UseRegexpEngine(func(expr string) (jsonschema.Regexp, error) {
			p, err := pattern.Compile(expr, pattern.Options{})
			return ourPattern{p, expr}, err
		})
	}
	if err := c.AddResource(location, schema); err != nil {
		return nil, err
	}
	return c.Compile(location)
}

type ourPattern struct {
	*pattern.Pattern
	expr string
}

func (p ourPattern) MatchString(s string) bool { return p.Match([]byte(s)) }
func (p ourPattern) String() string            { return p.expr }

// newSubject compiles a schema. The errors errOurs and errSanthosh say that
// only one of both refuses it; nil and nil that both do.
func newSubject(schema any, d gen.Draft) (*subject, error) {
	s := &subject{draft: d, schema: schema, text: gen.Write(schema)}
	ours, ourErr := validate.Compile(s.text, options(d, false))
	theirs, theirErr := compileSanthosh(gen.Clone(schema), d, santhoshOptions{})
	switch {
	case ourErr != nil && theirErr != nil:
		return nil, nil //nolint:nilerr // both refuse the schema: there is nothing to compare
	case ourErr != nil:
		return nil, fmt.Errorf("%w: %w", errOurs, ourErr)
	case theirErr != nil:
		return nil, fmt.Errorf("%w: %w", errSanthosh, theirErr)
	}
	s.ours, s.santhosh = ours, theirs
	if d <= 7 {
		g, err := reference.New(reference.Input{Root: location, Documents: map[string][]byte{location: s.text}, Draft: int(d)})
		if err == nil {
			plain, err := validate.Compile(s.text, options(d, true))
			if err != nil {
				return nil, fmt.Errorf("%w: only with formats as annotations: %w", errOurs, err)
			}
			s.gojsonschema, s.plain = g, plain
		}
	}
	return s, nil
}

// verdict is one validator's answer.
type verdict uint8

const (
	unknown verdict = iota
	good
	bad
)

func of(valid bool) verdict {
	if valid {
		return good
	}
	return bad
}

func (v verdict) String() string { return [...]string{"unknown", "valid", "invalid"}[v] }

// bySanthosh judges, or says unknown where the validator gives up.
func bySanthosh(s *jsonschema.Schema, record any) (v verdict) {
	defer func() {
		if recover() != nil {
			v = unknown
		}
	}()
	err := s.Validate(record)
	if err == nil {
		return good
	}
	if ve, ok := errors.AsType[*jsonschema.ValidationError](err); !ok || sawCycle(ve) {
		return unknown
	}
	return bad
}

// sawCycle reports whether a reference was given up as a circle. It takes
// propertyNames for no progress: {"propertyNames":{"$ref":"#"}}.
func sawCycle(e *jsonschema.ValidationError) bool {
	if _, ok := e.ErrorKind.(*kind.RefCycle); ok {
		return true
	}
	return slices.ContainsFunc(e.Causes, sawCycle)
}

// disagreement is what one record showed.
type disagreement struct {
	kind string // of Permitted, or what is wrong
	with string
	text string
}

// judge asks all about a record that is JSON as we understand it. It returns
// nil if all agree.
func (s *subject) judge(record any, text []byte) *disagreement {
	check := s.ours.Check(text)
	valid := s.ours.Valid(text)
	switch {
	case valid != (check.Class == validate.Valid):
		return &disagreement{"Valid and Check", "ours", fmt.Sprintf("Valid is %t, Check says %v", valid, check.Class)}
	case check.Class == validate.Malformed || check.Class == validate.Internal:
		return &disagreement{"class", "ours", fmt.Sprintf("the record is %v: %s", check.Class, check.Message)}
	case check.Class == validate.LimitExceeded:
		return nil
	case check.Class == validate.Violates && (len(check.Violations) == 0 || check.Total < len(check.Violations)):
		return &disagreement{"violations", "ours", fmt.Sprintf("%d kept of %d", len(check.Violations), check.Total)}
	}
	for _, v := range check.Violations {
		if wrong := s.misplaced(record, v); wrong != "" {
			return &disagreement{"locations", "ours", fmt.Sprintf("%s: %+v", wrong, v)}
		}
	}
	if v := bySanthosh(s.santhosh, record); v != unknown && v != of(valid) {
		return s.explain(record, text, valid, v)
	}
	if s.gojsonschema == nil {
		return nil
	}
	plain := s.plain.Valid(text)
	findings, total, err := s.gojsonschema.Check(text, 1)
	if err != nil || (total == 0) == plain {
		return nil
	}
	return s.explainGojsonschema(record, plain, findings)
}

// explain finds the kind of a disagreement with santhosh-tekuri.
func (s *subject) explain(record any, text []byte, valid bool, theirs verdict) *disagreement {
	d := &disagreement{"verdict", Santhosh, fmt.Sprintf("ours says %v, theirs %v", of(valid), theirs)}
	if p, err := compileSanthosh(gen.Clone(s.schema), s.draft, santhoshOptions{ourPatterns: true}); err == nil && bySanthosh(p, record) == of(valid) {
		d.kind = "pattern"
		return d
	}
	if hugeCount(s.schema) {
		d.kind = "huge count"
		return d
	}
	if s.draft <= 7 {
		bare := func(o santhoshOptions) bool {
			o.bareRefs = true
			p, err := compileSanthosh(gen.Clone(s.schema), s.draft, o)
			return err == nil && bySanthosh(p, record) == of(valid)
		}
		switch {
		case bare(santhoshOptions{}), bare(santhoshOptions{ourPatterns: true}): // the second where patterns differ as well
			d.kind = "const beside $ref"
			return d
		case bytes.Contains(s.text, []byte(`"http://json-schema.org/draft-0`)) && bytes.Contains(s.text, []byte(`"$ref":"http://json-schema.org/draft-0`)):
			d.kind = "meta-schema"
			return d
		}
	}
	plain, err := validate.Compile(s.text, options(s.draft, true))
	if err != nil {
		return d
	}
	agree := func(o santhoshOptions) bool {
		o.annotate = true
		p, err := compileSanthosh(gen.Clone(s.schema), s.draft, o)
		return err == nil && bySanthosh(p, record) == of(plain.Valid(text))
	}
	if agree(santhoshOptions{}) || agree(santhoshOptions{ourPatterns: true}) {
		d.kind = "format"
	}
	return d
}

// explainGojsonschema finds the kind of a disagreement with gojsonschema.
func (s *subject) explainGojsonschema(record any, plain bool, findings []reference.Finding) *disagreement {
	d := &disagreement{"verdict", Gojsonschema, fmt.Sprintf("ours says %v, theirs %v", of(plain), of(!plain))}
	switch {
	case s.comparesFloats(record):
		d.kind = "float"
	case movesBase(s.schema, true):
		d.kind = "base"
	case len(findings) > 0 && findings[0].Keyword == "pattern" || bytes.Contains(s.text, []byte(`attern`)):
		p, err := compileSanthosh(gen.Clone(s.schema), s.draft, santhoshOptions{annotate: true})
		if err == nil && bySanthosh(p, record) == of(!plain) { // RE2 too
			d.kind = "pattern"
		}
	}
	return d
}

// hugeCount reports whether a bound on a size is beyond an int64.
func hugeCount(v any) (huge bool) {
	drop(v, func(m map[string]any) {
		for _, keyword := range []string{"maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties", "maxContains", "minContains"} {
			if n, ok := m[keyword].(json.Number); ok {
				f, err := n.Float64()
				huge = huge || err != nil || f > 1<<53
			}
		}
	})
	return huge
}

// comparesFloats reports whether a number that no float64 holds meets enum,
// const or uniqueItems.
func (s *subject) comparesFloats(record any) bool {
	if !bytes.Contains(s.text, []byte(`"enum"`)) && !bytes.Contains(s.text, []byte(`"const"`)) && !bytes.Contains(s.text, []byte(`"uniqueItems"`)) {
		return false
	}
	return inexact(record) || inexact(s.schema)
}

// movesBase reports whether a schema below the root has an id of its own.
func movesBase(v any, root bool) bool {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			if movesBase(item, false) {
				return true
			}
		}
	case map[string]any:
		_, old := v["id"].(string)
		_, now := v["$id"].(string)
		if (old || now) && !root {
			return true
		}
		for _, value := range v {
			if movesBase(value, false) {
				return true
			}
		}
	}
	return false
}

func inexact(v any) bool {
	switch v := v.(type) {
	case json.Number:
		// What a float64 cannot tell apart differs behind the 15th digit, or
		// is very small or large.
		digits := 0
		for _, c := range string(v) {
			if c >= '0' && c <= '9' {
				digits++
			}
		}
		mantissa, _, _ := strings.Cut(strings.ToLower(string(v)), "e")
		if strings.HasPrefix(mantissa, "-") && !strings.ContainsAny(mantissa, "123456789") {
			return true // it writes the float64 -0 as "-0"
		}
		return digits > 15 || strings.ContainsAny(string(v), "eE") && digits > 3
	case []any:
		for _, item := range v {
			if inexact(item) {
				return true
			}
		}
	case map[string]any:
		for _, value := range v {
			if inexact(value) {
				return true
			}
		}
	}
	return false
}

// judgeBytes asks about a text that may be no JSON: it is never valid then.
func (s *subject) judgeBytes(text []byte) *disagreement {
	check, valid := s.ours.Check(text), s.ours.Valid(text)
	if valid != (check.Class == validate.Valid) {
		return &disagreement{"Valid and Check", "ours", fmt.Sprintf("Valid is %t, Check says %v", valid, check.Class)}
	}
	switch fault := strictly(text); {
	case check.Class == validate.LimitExceeded:
		return nil
	case check.Class == validate.Internal:
		return &disagreement{"class", "ours", "internal: " + check.Message}
	case fault == "" && check.Class == validate.Malformed:
		return &disagreement{"class", "ours", "malformed: " + check.Message}
	case fault != "" && check.Class != validate.Malformed:
		return &disagreement{"class", "ours", fmt.Sprintf("%v, but %s", check.Class, fault)}
	case fault != "":
		return nil
	}
	record, err := gen.Parse(text)
	if err != nil {
		return &disagreement{"class", "ours", "encoding/json refuses it: " + err.Error()}
	}
	return s.judge(record, text)
}
