package program

import (
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

// spot is a rule of a place.
type spot struct {
	path              string // of the rule, from its schema
	keyword, absolute string // locations
}

// Bounds on what a machine keeps. Where there are more kids of one place, they
// take turns.
const (
	maxPlaces = 1000
	maxKids   = 32
)

// start returns the place of the root.
func (x *explanation) start(root *schema.Kid) *place {
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

// spot returns the rule at a path.
func (at *place) spot(path string) *spot {
	for _, s := range at.spots {
		if s.path == path {
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
	s := &spot{path: path, keyword: strings.Join(steps, "") + end}
	if uri := at.kid.Schema.URI; !strings.HasPrefix(uri, "#") {
		s.absolute = uri + end
	}
	if len(at.spots) < maxKids {
		at.spots = append(at.spots, s)
	}
	return s
}

// finding is a Violation. Its instance location is fixed, or lies in buf.
type finding struct {
	spot          *spot
	fixed         string
	from, to      int
	name, message string
	token         int
}

// violation notes that a rule of the schema failed on the value at i. path is
// what follows the schema's own: the keyword, or nothing for a false schema.
func (e *explainer) violation(keyword, path, message string, i int) {
	e.total++
	if len(e.found) >= e.most || e.bytes <= 0 {
		return
	}
	f := finding{spot: e.at.spot(path), name: keyword, message: message, token: i, from: len(e.buf)}
	if e.at.fixed {
		f.fixed = e.at.instance
	} else {
		e.instance()
	}
	f.to = len(e.buf)
	rest := len(f.spot.keyword) + len(f.spot.absolute) + len(keyword) + len(message)
	if size := rest + len(f.fixed) + f.to - f.from; size <= e.bytes {
		e.bytes -= size
	} else {
		if len(e.found) > 0 {
			e.buf = e.buf[:f.from]
			e.bytes = 0
			return
		}
		room := max(e.bytes-rest, 0)
		f.fixed = f.fixed[:ancestor(f.fixed, room)]
		f.to = f.from + ancestor(string(e.buf[f.from:]), room)
		e.bytes -= size
	}
	e.found = append(e.found, f)
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
			e.text = append(e.text[:0], e.view.Text(f.name, e.text)...)
			for _, c := range e.text {
				switch c {
				case '~':
					e.buf = append(e.buf, '~', '0')
				case '/':
					e.buf = append(e.buf, '~', '1')
				default:
					e.buf = append(e.buf, c)
				}
			}
		case f.index >= 0:
			e.buf = append(e.buf, '/')
			e.buf = appendInt(e.buf, f.index)
		}
	}
}

func appendInt(b []byte, v int) []byte {
	if v >= 10 {
		b = appendInt(b, v/10)
	}
	return append(b, byte('0'+v%10))
}
