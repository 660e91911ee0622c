package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
)

// Schema returns the JSON Schema (draft-07) of a sluice.yaml. Editors complete
// and check the file by it; Load checks more, such as what keys say together.
func Schema() ([]byte, error) {
	s := schemaWriter{descriptions()}
	root := object{
		{"$schema", "http://json-schema.org/draft-07/schema#"},
		{"title", "sluice.yaml"},
		{"description", "The configuration of a domain's sluice service."},
	}
	root = append(root, s.mapping(reflect.ValueOf(Default()), "")...)
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(root); err != nil {
		return nil, fmt.Errorf("schema of the configuration: %w", err)
	}
	return text.Bytes(), nil
}

// object is a JSON object whose members keep their order.
type object []member

type member struct {
	name  string
	value any
}

// MarshalJSON writes the members in order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := enc.Encode(m.name); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := enc.Encode(m.value); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// required has the keys that a mapping cannot do without.
var required = map[string][]string{
	"":           {"domain", "kafka", "products"},
	"kafka":      {"brokers"},
	"kafka.sasl": {"mechanism"},
	"unmatched":  {"action"},
	"products[]": {"name", "input", "schema", "output"},

	"products[].readers[]": {"principal"},
}

// together has what keys of a mapping demand of each other.
var together = map[string]object{
	"kafka.tls": {{"dependencies", object{{"cert_file", []string{"key_file"}}, {"key_file", []string{"cert_file"}}}}},
	"products[].match": {{"allOf", []object{
		exactlyOneOf("header", "key", "field"), exactlyOneOf("equals", "in", "prefix", "regex"),
	}}},
}

func exactlyOneOf(keys ...string) object {
	alternatives := make([]object, len(keys))
	for i, k := range keys {
		alternatives[i] = object{{"required", []string{k}}}
	}
	return object{{"oneOf", alternatives}}
}

// filled has the lists and mappings that may not be empty.
var filled = map[string]bool{
	"products": true, "kafka.brokers": true, "products[].input": true, "products[].match.in": true,
}

type schemaWriter struct{ descriptions map[string]string }

// mapping is the schema of a mapping with known keys and these defaults.
func (s schemaWriter) mapping(defaults reflect.Value, path string) object {
	var properties object
	for _, k := range keysOf(defaults.Type()) {
		at := join(path, k.name)
		property := object{}
		if d := s.descriptions[at]; d != "" {
			property = append(property, member{"description", d})
		}
		properties = append(properties, member{k.name, append(property, s.value(defaults.FieldByIndex(k.index), at)...)})
	}
	o := object{{"type", "object"}, {"additionalProperties", false}}
	if keys := required[path]; keys != nil {
		o = append(o, member{"required", keys})
	}
	o = append(o, together[path]...)
	return append(o, member{"properties", properties})
}

// value is the schema of a value with this default, which is none if zero.
func (s schemaWriter) value(standard reflect.Value, path string) object {
	t := standard.Type()
	switch {
	case t.Kind() == reflect.Pointer:
		return s.value(reflect.Zero(t.Elem()), path)
	case t == productType:
		return s.mapping(reflect.ValueOf(defaultProduct()), path)
	case isMapping(t):
		return s.mapping(standard, path)
	case t.Kind() == reflect.Map:
		return object{{"type", "object"}, {"additionalProperties", s.value(reflect.Zero(t.Elem()), "")}}
	case t.Kind() == reflect.Slice:
		items := object{{"type", "array"}}
		if filled[path] {
			items = append(items, member{"minItems", 1})
		}
		items = append(items, member{"items", s.value(reflect.Zero(t.Elem()), path+"[]")})
		if t == topicsType {
			return object{{"anyOf", []object{s.value(reflect.Zero(t.Elem()), ""), items}}}
		}
		return items
	case standard.IsZero():
		return scalar(t, path)
	case standard.CanInt():
		text := any(written(t, standard.Int()))
		if t.Kind() == reflect.Int {
			text = standard.Int()
		}
		return append(object{{"default", text}}, scalar(t, path)...)
	default:
		return append(object{{"default", standard.Interface()}}, scalar(t, path)...)
	}
}

// scalar is the schema of a value that may also be a variable.
func scalar(t reflect.Type, path string) object {
	variable := object{{"type", "string"}, {"pattern", variableForm}}
	if words, ok := enums[t]; ok {
		return object{{"anyOf", []object{{{"enum", words}}, variable}}}
	}
	switch {
	case t == durationType:
		return object{{"anyOf", []object{{{"type", "string"}, {"pattern", durationForm}}, {{"const", 0}}, variable}}}
	case t == bytesType:
		return object{{"anyOf", []object{
			inSpan("integer", path), {{"type", "string"}, {"pattern", sizeForm.String()}}, variable,
		}}}
	case t.Kind() == reflect.Int:
		return object{{"anyOf", []object{inSpan("integer", path), variable}}}
	case t.Kind() == reflect.Float64:
		return object{{"anyOf", []object{{{"type", "number"}}, variable}}}
	case t.Kind() == reflect.Bool:
		return object{{"anyOf", []object{{{"type", "boolean"}}, variable}}}
	default:
		return object{{"type", "string"}}
	}
}

const durationForm = `^([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+$`

func inSpan(jsonType, path string) object {
	o := object{{"type", jsonType}}
	if allowed, ok := spans[path]; ok {
		o = append(o, member{"minimum", allowed.least}, member{"maximum", allowed.most})
	}
	return o
}
