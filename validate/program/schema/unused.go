package schema

import (
	"cmp"
	"slices"

	"github.com/sluicedata/sluice/validate/jsonscan"
)

// Definition is an entry of $defs or definitions.
type Definition struct {
	Name string
	Site
}

// Unused returns the definitions in the documents of some sets that none of
// their schemas stands in, by URI and place. What stands in an unused
// definition is not listed again.
func Unused(sets ...*Set) []Definition {
	docs := map[string]*document{}
	reached := map[string][]int{} // tokens by document
	for _, set := range sets {
		for _, s := range set.Schemas {
			if _, ok := builtIn(s.Doc.uri); ok {
				continue
			}
			docs[s.Doc.uri] = s.Doc
			reached[s.Doc.uri] = append(reached[s.Doc.uri], s.At)
		}
	}
	var list []Definition
	for uri, d := range docs {
		slices.Sort(reached[uri])
		list = append(list, d.unused(reached[uri])...)
	}
	slices.SortFunc(list, func(a, b Definition) int {
		return cmp.Or(cmp.Compare(a.URI, b.URI), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return list
}

// unused lists the definitions of a document without any of the reached tokens,
// which are sorted.
func (d *document) unused(reached []int) []Definition {
	var list []Definition
	inside := make([]bool, len(d.view.Tokens)) // one that was listed
	for at := range d.view.Tokens {
		if inside[at] || !d.isVisited(at) || d.kind(at) != jsonscan.Object {
			continue
		}
		for _, keyword := range []string{"$defs", "definitions"} {
			defs := d.member(at, keyword)
			if defs == 0 || d.kind(defs) != jsonscan.Object {
				continue
			}
			for name := defs + 1; name < d.view.Next(defs); name = d.view.Next(name + 1) {
				first, _ := slices.BinarySearch(reached, name+1)
				if first < len(reached) && reached[first] < d.view.Next(name+1) {
					continue
				}
				for i := name; i < d.view.Next(name+1); i++ {
					inside[i] = true
				}
				start := int(d.view.Tokens[name].Start) - 1 // its quote
				line, column := lineColumn(d.data, start)
				list = append(list, Definition{Name: string(d.view.Text(name, nil)), Site: Site{URI: d.uri, Pointer: d.pointer(0, name+1), Line: line, Column: column}})
			}
		}
	}
	return list
}
