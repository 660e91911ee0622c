package schema

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/sluicedata/sluice/validate/jsonscan"
)

// walk finds the resources and anchors of the schema at a token and of its
// subschemas. Only places where the dialect expects a schema are schemas: what
// looks like an identifier inside an enum is a value.
func (l *loader) walk(d *document, at int, r *resource) {
	if !d.visit(at) || d.kind(at) != jsonscan.Object {
		return
	}
	r = l.identify(d, at, r)
	v := d.view
	for i := at + 1; i < v.Next(at); i = v.Next(i + 1) {
		if k := v.Tokens[i+1].Kind; k != jsonscan.Object && k != jsonscan.Array {
			continue
		}
		if s, ok := r.dialect.holds(string(v.Text(i, nil))); ok {
			l.walkIn(d, i+1, s, r)
		}
	}
}

func (l *loader) walkIn(d *document, at int, s shape, r *resource) {
	v := d.view
	isArray := d.kind(at) == jsonscan.Array
	switch {
	case s == oneSchema || s == oneOrMany && !isArray:
		l.walk(d, at, r)
	case (s == manySchemas || s == oneOrMany) && isArray:
		for i := at + 1; i < v.Next(at); i = v.Next(i) {
			l.walk(d, i, r)
		}
	case (s == namedSchemas || s == namedOrArrays) && !isArray:
		for i := at + 1; i < v.Next(at); i = v.Next(i + 1) {
			l.walk(d, i+1, r)
		}
	}
}

// identify returns the resource that the schema at a token belongs to, which
// may begin with it, and notes its anchors.
func (l *loader) identify(d *document, at int, r *resource) *resource {
	dialect := r.dialect
	if at != 0 {
		if named := d.member(at, "$schema"); named != 0 && (d.member(at, "$id") != 0 || d.member(at, "id") != 0) {
			other, ok := l.dialectAt(d, named)
			if ok && d.member(at, other.idKeyword()) != 0 {
				dialect = other
			}
		}
	}
	if _, refers := d.text(d.member(at, "$ref")); refers && dialect.Draft <= Draft7 {
		return r // its siblings are ignored
	}
	idAt := d.member(at, dialect.idKeyword())
	if id, ok := d.text(idAt); ok {
		r = l.identifier(d, at, idAt, id, dialect, r)
	}
	if dialect.Draft < Draft2019 {
		return r
	}
	if name, ok := d.text(d.member(at, "$anchor")); ok {
		l.anchor(r, &r.anchors, name, at)
	}
	if name, ok := d.text(d.member(at, "$dynamicAnchor")); ok && dialect.Draft >= Draft2020 {
		l.anchor(r, &r.dynamic, name, at)
	}
	if i := d.member(at, "$recursiveAnchor"); i != 0 && dialect.Draft == Draft2019 && at == r.at {
		r.recurses = d.kind(i) == jsonscan.True
	}
	return r
}

// identifier reads $id, or id in draft 4.
func (l *loader) identifier(d *document, at, idAt int, id string, dialect *Dialect, r *resource) *resource {
	id, fragment, _ := strings.Cut(id, "#")
	if dialect.Draft <= Draft7 && fragment != "" && fragment[0] != '/' {
		defer func() { l.anchor(r, &r.anchors, fragment, at) }()
	}
	if id == "" {
		return r
	}
	u, err := url.Parse(id)
	if err != nil {
		l.problem(d, idAt, fmt.Sprintf("%q is not a URI: %v", id, err), "write a URI reference (RFC 3986)")
		return r
	}
	base := resolve(r.base, u)
	uri := base.String()
	if at == 0 {
		r = d.resources[0]
		r.base, r.uri = base, uri
	} else {
		r = &resource{doc: d, at: at, end: d.view.Next(at), base: base, uri: uri, dialect: dialect}
		i, _ := slices.BinarySearchFunc(d.resources, at, func(r *resource, at int) int { return cmp.Compare(r.at, at) })
		d.resources = slices.Insert(d.resources, i, r)
	}
	if other := l.resources[uri]; other != nil && other != r {
		// A document may be loaded under a URI that another one claims; the
		// claim inside one document cannot be meant.
		if other.doc == d {
			l.problem(d, idAt, fmt.Sprintf("%q names two schemas", uri), "give each its own identifier")
		}
		return r
	}
	l.resources[uri] = r
	return r
}

func (l *loader) anchor(r *resource, anchors *map[string]int, name string, at int) {
	if *anchors == nil {
		*anchors = map[string]int{}
	}
	for _, m := range []map[string]int{r.anchors, r.dynamic} {
		if other, ok := m[name]; ok && other != at {
			l.problem(r.doc, at, fmt.Sprintf("the anchor %q names two schemas of one resource", name), "give each its own anchor")
			return
		}
	}
	(*anchors)[name] = at
}

// resolve is RFC 3986 section 5, also for a base that is a relative path.
func resolve(base, ref *url.URL) *url.URL {
	u := base.ResolveReference(ref)
	if base.Scheme == "" && base.Host == "" && ref.Scheme == "" && ref.Host == "" &&
		!strings.HasPrefix(base.Path, "/") && !strings.HasPrefix(ref.Path, "/") {
		u.Path = strings.TrimPrefix(u.Path, "/")
		u.RawPath = strings.TrimPrefix(u.RawPath, "/")
	}
	u.Fragment, u.RawFragment = "", ""
	return u
}
