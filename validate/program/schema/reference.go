package schema

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// target is where a reference leads.
type target struct {
	place
	// dynamic is the name of the dynamic anchor that was met, if one was.
	dynamic string
}

// reference resolves a reference that stands at a token. by names the keyword.
func (l *loader) reference(d *document, at int, by string) (target, bool) {
	text, ok := d.text(at)
	if !ok {
		l.problem(d, at, fmt.Sprintf("%q is not a string", by), "write a URI reference (RFC 3986)")
		return target{}, false
	}
	r := d.resourceOf(at)
	fragment, local := strings.CutPrefix(text, "#")
	if !local {
		u, err := url.Parse(text)
		if err != nil {
			l.problem(d, at, fmt.Sprintf("%q is not a URI: %v", text, err), "write a URI reference (RFC 3986)")
			return target{}, false
		}
		_, fragment, _ = strings.Cut(text, "#")
		if r, err = l.resource(resolve(r.base, u).String(), place{d, at}); err != nil {
			l.problem(d, at, fmt.Sprintf("%q cannot be resolved: %v", text, err), "refer to a document that is there")
			return target{}, false
		}
	}
	if strings.Contains(fragment, "%") {
		plain, err := url.PathUnescape(fragment)
		if err != nil {
			l.problem(d, at, fmt.Sprintf("%q is not a URI: %v", text, err), "write a URI reference (RFC 3986)")
			return target{}, false
		}
		fragment = plain
	}
	t, ok := l.inResource(r, fragment)
	if !ok {
		l.problem(d, at, fmt.Sprintf("%q cannot be resolved: %s has no schema at %q", text, named(r), "#"+fragment),
			"refer to an existing schema by a JSON pointer or an anchor")
		return target{}, false
	}
	return t, true
}

func named(r *resource) string {
	if r.uri == "" {
		return "the document"
	}
	return r.uri
}

// inResource finds what a fragment names in a resource.
func (l *loader) inResource(r *resource, fragment string) (target, bool) {
	if fragment == "" {
		return target{place: place{r.doc, r.at}}, r.doc.isSchema(r.at)
	}
	if fragment[0] == '/' {
		at, ok := r.doc.follow(r.at, fragment)
		return target{place: place{r.doc, at}}, ok && r.doc.isSchema(at)
	}
	if at, ok := r.dynamic[fragment]; ok {
		return target{place{r.doc, at}, fragment}, true
	}
	at, ok := r.anchors[fragment]
	return target{place: place{r.doc, at}}, ok
}

// resource returns the resource of a URI and loads its document if need be.
func (l *loader) resource(uri string, by place) (*resource, error) {
	if r := l.resources[uri]; r != nil {
		return r, nil
	}
	if canonical := canonicalMeta(uri); canonical != uri {
		if r := l.resources[canonical]; r != nil {
			return r, nil
		}
		if _, ok := builtIn(canonical); ok {
			uri = canonical
		}
	}
	data, err := l.fetch(uri)
	if err != nil {
		return nil, err
	}
	if l.docs[uri] != nil {
		return nil, fmt.Errorf("the document was refused")
	}
	d, ok := l.add(uri, data, by.doc.resourceOf(by.at).dialect, &by)
	if !ok {
		l.failed[uri] = fmt.Errorf("the document cannot be used")
		return nil, l.failed[uri]
	}
	return d.resources[0], nil
}

// scope is a set of bindings of dynamic anchors: the outermost resource on the
// path of evaluation that has each. It is interned, so scopes compare by
// identity.
type scope struct {
	key   string
	bound map[string]place
}

// recursive is the name under which a $recursiveAnchor is bound. No anchor is
// called so.
const recursive = ""

func (l *loader) scope(bound map[string]place) *scope {
	names := make([]string, 0, len(bound))
	for name := range bound {
		names = append(names, name)
	}
	slices.Sort(names)
	var key strings.Builder
	for _, name := range names {
		fmt.Fprintf(&key, "%s\x00%p\x00%d\x00", name, bound[name].doc, bound[name].at)
	}
	s := l.scopes[key.String()]
	if s == nil {
		s = &scope{key.String(), bound}
		l.scopes[s.key] = s
	}
	return s
}

// enter returns the scope inside a resource that is entered from s.
func (l *loader) enter(s *scope, r *resource) *scope {
	var bound map[string]place
	bind := func(name string, at int) {
		if _, ok := s.bound[name]; ok {
			return
		}
		if bound == nil {
			bound = make(map[string]place, len(s.bound)+1)
			for k, v := range s.bound {
				bound[k] = v
			}
		}
		bound[name] = place{r.doc, at}
	}
	for name, at := range r.dynamic {
		bind(name, at)
	}
	if r.recurses {
		bind(recursive, r.at)
	}
	if bound == nil {
		return s
	}
	return l.scope(bound)
}
