package program

import (
	"sync"

	"github.com/sluicedata/sluice/validate/program/schema"
	"github.com/sluicedata/sluice/validate/program/value"
)

// metas are the programs of the official meta-schemas.
var metas sync.Map // *schema.Dialect → *Prog

// Judge returns how the schema at a token breaks the meta-schema of a dialect.
// It is what schema.Options.Judge wants.
func Judge(d *schema.Dialect, v value.View, at int) ([]schema.Finding, error) {
	p, err := meta(d)
	if err != nil {
		return nil, err
	}
	const most = 50
	m := NewMachine()
	m.Adopt(v)
	var list []schema.Finding
	r := p.explain(m, at, most, 1<<20)
	for i := range r.Kept() {
		f := r.Violation(i)
		list = append(list, schema.Finding{Token: r.Token(i), Message: f.Keyword + ": " + f.Message})
	}
	return list, nil
}

func meta(d *schema.Dialect) (*Prog, error) {
	if p, ok := metas.Load(d); ok {
		return p.(*Prog), nil
	}
	s, err := d.MetaSchema()
	if err != nil {
		return nil, err
	}
	p := Compile(s, Options{})
	if d.Official() {
		metas.Store(d, p)
	}
	return p, nil
}
