package value

import (
	"slices"

	"github.com/sluicedata/sluice/validate/jsonscan"
)

// Copy returns a view of some values of another one, without the rest of its
// document, and where they are in it.
func Copy(v View, list []int) (View, []int) {
	doc := []byte{'['}
	for i, at := range list {
		if i > 0 {
			doc = append(doc, ',')
		}
		doc = v.write(doc, at)
	}
	doc = append(doc, ']')
	var tape jsonscan.Tape
	if tape.Scan(doc, jsonscan.Limits{}) != nil {
		return v, list // cannot be: it was scanned before
	}
	c := View{Doc: slices.Clip(doc), Tokens: slices.Clone(tape.Tokens())}
	at := make([]int, 0, len(list))
	for i := 1; i < len(c.Tokens); i = c.Next(i) {
		at = append(at, i)
	}
	return c, at
}

// write appends a value as JSON.
func (v View) write(b []byte, i int) []byte {
	k := &v.Tokens[i]
	switch k.Kind {
	case jsonscan.String, jsonscan.Name:
		b = append(b, '"')
		b = append(b, v.Raw(i)...)
		return append(b, '"')
	case jsonscan.Array:
		b = append(b, '[')
		for j := i + 1; j < int(k.Link); j = v.Next(j) {
			if j > i+1 {
				b = append(b, ',')
			}
			b = v.write(b, j)
		}
		return append(b, ']')
	case jsonscan.Object:
		b = append(b, '{')
		for j := i + 1; j < int(k.Link); j = v.Next(j + 1) {
			if j > i+1 {
				b = append(b, ',')
			}
			b = append(v.write(b, j), ':')
			b = v.write(b, j+1)
		}
		return append(b, '}')
	default:
		return append(b, v.Raw(i)...)
	}
}
