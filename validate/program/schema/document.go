package schema

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/value"
)

// document is one loaded JSON document.
type document struct {
	uri  string // retrieval URI without fragment
	data []byte
	view value.View
	// resources in the order of their first tokens; the first is the whole
	// document.
	resources []*resource
	// visited tokens are known to be schemas.
	visited []uint64
}

// resource is a schema resource: a schema with an identifier of its own, or
// the root of a document.
type resource struct {
	doc      *document
	at, end  int      // tokens
	base     *url.URL // canonical, without fragment
	uri      string   // base as text
	dialect  *Dialect
	anchors  map[string]int // of $anchor, and fragments of older identifiers
	dynamic  map[string]int // of $dynamicAnchor
	recurses bool           // $recursiveAnchor
}

// place is a value in a document.
type place struct {
	doc *document
	at  int
}

func (d *document) visit(at int) (first bool) {
	word, bit := &d.visited[at>>6], uint64(1)<<(at&63)
	first = *word&bit == 0
	*word |= bit
	return first
}

func (d *document) isVisited(at int) bool {
	return d.visited[at>>6]&(1<<(at&63)) != 0
}

// resourceOf returns the innermost resource around a token.
func (d *document) resourceOf(at int) *resource {
	found := d.resources[0]
	for _, r := range d.resources[1:] {
		if r.at > at {
			break
		}
		if at < r.end {
			found = r
		}
	}
	return found
}

// member returns the index of a property's value, 0 where there is none.
func (d *document) member(object int, name string) int {
	v := d.view
	k := &v.Tokens[object]
	if k.Kind != jsonscan.Object {
		return 0
	}
	h := jsonscan.Hash([]byte(name))
	for i := object + 1; i < int(k.Link); i = v.Next(i + 1) {
		if v.Tokens[i].Link == h && string(v.Text(i, nil)) == name {
			return i + 1
		}
	}
	return 0
}

// text returns the content of the string at a token.
func (d *document) text(at int) (string, bool) {
	if at == 0 || d.view.Tokens[at].Kind != jsonscan.String {
		return "", false
	}
	return string(d.view.Text(at, nil)), true
}

// kind returns the kind of a token.
func (d *document) kind(at int) jsonscan.Kind { return d.view.Tokens[at].Kind }

// follow returns the value that a JSON pointer leads to from one.
func (d *document) follow(at int, pointer string) (int, bool) {
	if pointer == "" {
		return at, true
	}
	if pointer[0] != '/' {
		return 0, false
	}
	for step := range strings.SplitSeq(pointer[1:], "/") {
		k := &d.view.Tokens[at]
		switch k.Kind {
		case jsonscan.Object:
			if strings.Contains(step, "~") {
				step = strings.ReplaceAll(strings.ReplaceAll(step, "~1", "/"), "~0", "~")
			}
			if at = d.member(at, step); at == 0 {
				return 0, false
			}
		case jsonscan.Array:
			n, err := strconv.ParseUint(step, 10, 31)
			if err != nil || n >= uint64(k.N) || len(step) > 1 && step[0] == '0' {
				return 0, false
			}
			for at++; n > 0; n-- {
				at = d.view.Next(at)
			}
		default:
			return 0, false
		}
	}
	return at, true
}

// isSchema reports whether the value at a token could be a schema.
func (d *document) isSchema(at int) bool {
	switch d.kind(at) {
	case jsonscan.Object, jsonscan.True, jsonscan.False:
		return true
	default:
		return false
	}
}
