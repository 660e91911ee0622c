package schema

import "github.com/sluicedata/sluice/validate/program/value"

// Forget lets go of the documents, which may be much larger than the schemas
// that were reached. What compiles and judges does not need them; Site, Member,
// Text and Source do.
func (set *Set) Forget() {
	for _, s := range set.Schemas {
		s.Doc, s.resource, s.scope = nil, nil, nil
		for i := range s.Rules {
			if r := &s.Rules[i]; len(r.Values) > 0 {
				r.View, r.Values = value.Copy(r.View, r.Values)
			}
		}
	}
	set.Documents = nil
}
