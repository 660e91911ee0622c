package program

import "github.com/sluicedata/sluice/validate/program/schema"

// shape is what Explain can tell of a schema without a look at its rules.
type shape struct {
	known bool
	// flat: no rule applies a schema to the value itself.
	flat bool
	// parts: an object of the right type meets the schema where no part of it
	// is suspect and none is missing.
	parts bool
}

// shape returns the shape of a schema. No schema leads back to itself on the
// same value.
func (p *Prog) shape(s *schema.Schema) shape {
	if p.shapes[s.ID].known {
		return p.shapes[s.ID]
	}
	of := shape{known: true, flat: true, parts: true}
	for i := range s.Rules {
		r := &s.Rules[i]
		switch r.Op {
		case schema.Ref, schema.AllOf:
			of.flat = false
			for k := range r.Kids {
				of.parts = of.parts && p.shape(r.Kids[k].Schema).parts
			}
		case schema.AnyOf, schema.OneOf, schema.Not, schema.If:
			of.flat, of.parts = false, false
		case schema.False, schema.Enum, schema.Const, schema.MinProperties, schema.MaxProperties, schema.PropertyNames,
			schema.DependentSchemas, schema.UnevaluatedProperties:
			of.parts = false
		default:
		}
	}
	p.shapes[s.ID] = of
	return of
}
