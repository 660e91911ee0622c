package program

import (
	"bytes"
	"slices"
	"strings"

	"github.com/sluicedata/sluice/validate/program/schema"
)

// place is a schema on a path of evaluation. A machine keeps the places that it
// has been at, because records are invalid in few ways: the locations of their
// violations are made once.
type place struct {
	from *place
	kid  *schema.Kid
	// fixed: all values that are explained here have one location, instance.
	fixed    bool
	instance string
	kids     []*place
	spots    []*spot
}

// spot is a rule of a place, as its violation.
type spot struct {
	Rule
	size     int    // of the rule's text
	instance string // of a fixed place
	path     string // of the rule, from its schema
}

// Bounds on what a machine keeps. Where there are more kids of one place, they
// take turns.
const (
	maxPlaces = 1000
	maxKids   = 32
)

// placeSize is about what a place takes up, with its locations.
const placeSize = 500

// at returns the place of the root.
func (x *explanation) at(root *schema.Kid) *place {
	if x.root == nil || x.root.kid != root || x.placed > maxPlaces {
		x.root, x.placed = &place{kid: root, fixed: true}, 0
	}
	return x.root
}

// enter returns the place one step from another.
func (x *explanation) enter(from *place, k *schema.Kid, f frame) *place {
	for _, to := range from.kids {
		if to.kid == k {
			return to
		}
	}
	to := &place{from: from, kid: k, fixed: from.fixed, instance: from.instance}
	switch {
	case f.named && from.fixed:
		to.instance += "/" + schema.EscapePointer(k.Name)
	case f != here:
		to.fixed, to.instance = false, ""
	}
	if x.placed++; len(from.kids) < maxKids {
		from.kids = append(from.kids, to)
	} else {
		from.kids[x.placed%maxKids] = to
	}
	return to
}

// spot returns the rule at a path that asks for something.
func (at *place) spot(keyword, path, message string) *spot {
	for _, s := range at.spots {
		if s.Message == message && s.path == path {
			return s
		}
	}
	end := ""
	if path != "" {
		end = "/" + path
	}
	var steps []string
	for p := at; p != nil; p = p.from {
		steps = append(steps, p.kid.Path)
	}
	slices.Reverse(steps)
	s := &spot{path: path, instance: at.instance, Rule: Rule{
		KeywordLocation: strings.Join(steps, "") + end, Keyword: keyword, Message: message,
	}}
	if uri := at.kid.Schema.URI; !strings.HasPrefix(uri, "#") {
		s.AbsoluteKeywordLocation = uri + end
	}
	s.size = len(s.KeywordLocation) + len(s.AbsoluteKeywordLocation) + len(s.Keyword) + len(s.Message)
	if len(at.spots) < maxKids {
		at.spots = append(at.spots, s)
	}
	return s
}

// finding is a spot and a value. Where the place is not fixed, the value's
// location lies in buf.
type finding struct {
	spot     *spot
	from, to int
	token    int
}

// violation notes that a rule of the schema failed on the value at i. path is
// what follows the schema's own: the keyword, or nothing for a false schema.
func (e *explainer) violation(keyword, path, message string, i int) {
	e.total++
	if len(e.found) >= e.most || e.bytes <= 0 {
		return
	}
	s := e.at.spot(keyword, path, message)
	e.found = append(e.found, finding{})
	f := &e.found[len(e.found)-1]
	f.spot, f.token, f.from = s, i, len(e.buf)
	if !e.at.fixed {
		e.instance()
	}
	f.to = len(e.buf)
	size := s.size + len(s.instance) + f.to - f.from
	if size > e.bytes {
		if len(e.found) > 1 {
			e.buf, e.found = e.buf[:f.from], e.found[:len(e.found)-1]
			e.bytes = 0
			return
		}
		f.shorten(e, max(e.bytes-s.size, 0))
	}
	e.bytes -= size
}

// shorten cuts the location of the value to an ancestor of so many bytes.
func (f *finding) shorten(e *explainer, room int) {
	if s := *f.spot; s.instance != "" {
		s.instance = s.instance[:ancestor(s.instance, room)]
		f.spot = &s
	}
	f.to = f.from + ancestor(string(e.buf[f.from:f.to]), room)
}

// ancestor returns the length of the longest JSON pointer that pointer begins
// with and that has at most size bytes.
func ancestor(pointer string, size int) int {
	n := len(pointer)
	for n > size {
		n = strings.LastIndexByte(pointer[:n], '/')
	}
	return n
}

// instance appends the JSON pointer to the value that is being judged.
func (e *explainer) instance() {
	for k := range e.frames {
		f := &e.frames[k]
		switch {
		case f.name >= 0:
			e.buf = append(e.buf, '/')
			e.buf = appendEscaped(e.buf, e.string(f.name))
		case f.index >= 0:
			e.buf = append(e.buf, '/')
			e.buf = appendInt(e.buf, f.index)
		}
	}
}

// appendEscaped appends a token of a JSON pointer.
func appendEscaped(b, text []byte) []byte {
	if bytes.IndexByte(text, '~') < 0 && bytes.IndexByte(text, '/') < 0 {
		return append(b, text...)
	}
	for _, c := range text {
		switch c {
		case '~':
			b = append(b, '~', '0')
		case '/':
			b = append(b, '~', '1')
		default:
			b = append(b, c)
		}
	}
	return b
}

func appendInt(b []byte, v int) []byte {
	if v >= 10 {
		b = appendInt(b, v/10)
	}
	return append(b, byte('0'+v%10))
}
