package compat

import (
	"encoding/json"
	"math/big"
	"strings"

	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/schema"
	"github.com/sluicedata/sluice/validate/program/value"
)

// kinds is a set of kinds of values. Unlike jsonscan.Types it tells numbers
// apart by their value: 1.0 is an integer.
type kinds uint8

const (
	kindNull kinds = 1 << iota
	kindFalse
	kindTrue
	kindInteger
	kindFraction // a number that is no integer
	kindString
	kindArray
	kindObject

	kindNumber = kindInteger | kindFraction
	kindFinite = kindNull | kindFalse | kindTrue
	kindAll    = kindFinite | kindNumber | kindString | kindArray | kindObject
)

// each yields the single kinds of a set.
func (k kinds) each(yield func(kinds) bool) {
	for one := kindNull; one != 0; one <<= 1 {
		if k&one != 0 && !yield(one) {
			return
		}
	}
}

// count is how many kinds a set has.
func (k kinds) count() (n int) {
	for range k.each {
		n++
	}
	return n
}

// String lists the types, by the names of JSON Schema.
func (k kinds) String() string {
	if k == kindAll {
		return "anything"
	}
	var names []string
	for _, t := range []struct {
		k    kinds
		name string
	}{
		{kindNull, "null"},
		{kindFalse | kindTrue, "boolean"},
		{kindNumber, "number"},
		{kindInteger, "integer"},
		{kindFraction, "fraction"},
		{kindString, "string"},
		{kindArray, "array"},
		{kindObject, "object"},
	} {
		if k&t.k == t.k {
			names = append(names, t.name)
			k &^= t.k
		}
	}
	return strings.Join(names, " or ")
}

// kindsOf are the kinds that a Type rule allows.
func kindsOf(t jsonscan.Types) kinds {
	var k kinds
	for _, m := range []struct {
		t jsonscan.Types
		k kinds
	}{
		{jsonscan.TypeNull, kindNull},
		{jsonscan.TypeFalse, kindFalse},
		{jsonscan.TypeTrue, kindTrue},
		{jsonscan.TypeInt, kindInteger},
		{jsonscan.TypeNumber, kindFraction},
		{jsonscan.TypeString, kindString},
		{jsonscan.TypeArray, kindArray},
		{jsonscan.TypeObject, kindObject},
	} {
		if t&m.t != 0 {
			k |= m.k
		}
	}
	return k
}

// kindOf is the kind of a value.
func kindOf(v any) kinds {
	switch v := v.(type) {
	case nil:
		return kindNull
	case bool:
		if v {
			return kindTrue
		}
		return kindFalse
	case json.Number:
		if d := decimal(v); d.Integer() {
			return kindInteger
		}
		return kindFraction
	case string:
		return kindString
	case []any:
		return kindArray
	default:
		return kindObject
	}
}

func decimal(n json.Number) value.Decimal { return value.Parse([]byte(n), nil) }

// concerns are the kinds of values that a rule can refuse.
func concerns(op schema.Op) kinds {
	switch op {
	case schema.Minimum, schema.Maximum, schema.ExclusiveMinimum, schema.ExclusiveMaximum, schema.MultipleOf:
		return kindNumber
	case schema.MinLength, schema.MaxLength, schema.Pattern, schema.Format:
		return kindString
	case schema.MinItems, schema.MaxItems, schema.UniqueItems, schema.Items, schema.Contains, schema.UnevaluatedItems:
		return kindArray
	case schema.MinProperties, schema.MaxProperties, schema.Required, schema.Properties, schema.PropertyNames,
		schema.DependentRequired, schema.DependentSchemas, schema.UnevaluatedProperties:
		return kindObject
	default:
		return kindAll
	}
}

// rat returns a number exactly, unless that would be expensive.
func rat(d *value.Decimal) (*big.Rat, bool) {
	const most = 400
	if d.Digits != nil || d.Exp > most || d.Exp < -most {
		return nil, false
	}
	n := new(big.Int).SetUint64(d.Mant)
	if d.Neg {
		n.Neg(n)
	}
	ten := new(big.Int).Exp(big.NewInt(10), big.NewInt(max(d.Exp, -d.Exp)), nil)
	if d.Exp >= 0 {
		return new(big.Rat).SetInt(n.Mul(n, ten)), true
	}
	return new(big.Rat).SetFrac(n, ten), true
}

// number writes a number that has a finite decimal fraction.
func number(r *big.Rat) json.Number {
	prec, exact := r.FloatPrec()
	if !exact {
		prec = 9
	}
	return json.Number(r.FloatString(prec))
}
