package schema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sluicedata/sluice/validate/jsonscan"
)

// Idle is a keyword that does nothing where it stands.
type Idle struct {
	Site
	// What says why, and Mend what to do about it.
	What, Mend string
}

// annotations are the keywords, of all drafts, that no verdict depends on, and
// those that name things.
var annotations = []string{
	"$schema", "$id", "id", "$anchor", "$dynamicAnchor", "$recursiveAnchor", "$vocabulary", "$comment", "title", "description", "default", "examples",
	"deprecated", "readOnly", "writeOnly", "contentMediaType", "contentEncoding", "contentSchema", "$defs", "definitions",
}

// IdleKeywords returns the keywords of a set's documents that do nothing,
// though whoever wrote them meant something: those beside a $ref that is taken
// alone, those of another draft, and names that are nearly keywords.
func IdleKeywords(set *Set) []Idle {
	var list []Idle
	seen := map[*document]bool{}
	for _, s := range set.Schemas {
		if _, ok := builtIn(s.Doc.uri); ok || seen[s.Doc] {
			continue
		}
		seen[s.Doc] = true
		for at := range s.Doc.view.Tokens {
			if s.Doc.isVisited(at) && s.Doc.kind(at) == jsonscan.Object {
				list = append(list, s.Doc.idle(at)...)
			}
		}
	}
	return list
}

// idle looks at the keywords of the schema at a token.
func (d *document) idle(at int) []Idle {
	var list []Idle
	dialect := d.resourceOf(at).dialect
	_, refers := d.text(d.member(at, "$ref"))
	alone := refers && dialect.Draft <= Draft7
	for name := at + 1; name < d.view.Next(at); name = d.view.Next(name + 1) {
		keyword := string(d.view.Text(name, nil))
		what, mend := "", ""
		switch known := isKeyword(keyword); {
		case slices.Contains(annotations, keyword) || keyword == "$ref":
		case known && alone:
			what, mend = keyword+" does nothing beside $ref, which this draft takes alone", "put both into allOf"
		case known && !dialect.knows(keyword):
			what, mend = keyword+" is no keyword of "+dialect.URI+" and does nothing", "say it in keywords of that draft, or choose another with $schema"
		case !known:
			if near := nearKeyword(keyword, dialect); near != "" {
				what, mend = fmt.Sprintf("%q is no keyword and does nothing", keyword), "did you mean "+near+"?"
			}
		case (keyword == "then" || keyword == "else") && d.member(at, "if") == 0:
			what, mend = keyword+" does nothing without if", "add if, or remove it"
		}
		if what != "" {
			site := d.nameSite(name)
			list = append(list, Idle{Site: site, What: what, Mend: mend})
		}
	}
	return list
}

// nameSite is where the name of a member stands; its pointer is the value's.
func (d *document) nameSite(name int) Site {
	line, column := lineColumn(d.data, int(d.view.Tokens[name].Start)-1)
	return Site{URI: d.uri, Pointer: d.pointer(0, name+1), Line: line, Column: column}
}

// isKeyword reports whether some draft judges by a keyword.
func isKeyword(name string) bool {
	_, applies := applicators[name]
	_, asserts := assertions[name]
	return applies || asserts
}

// nearKeyword returns the keyword of a dialect that a name seems to mean: the
// same but for one letter, or two that are exchanged, or for case.
func nearKeyword(name string, dialect *Dialect) string {
	near := ""
	consider := func(keyword string) {
		if dialect.knows(keyword) && len(keyword) > 3 && (strings.EqualFold(name, keyword) || isOneSlip(name, keyword)) && (near == "" || keyword < near) {
			near = keyword
		}
	}
	for keyword := range applicators {
		consider(keyword)
	}
	for keyword := range assertions {
		consider(keyword)
	}
	return near
}

// isOneSlip reports whether two words differ by one letter that is missing, too
// much or another, or by two neighbours that are exchanged.
func isOneSlip(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 || a == b {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	return a[i+1:] == b[i+1:] || i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}
