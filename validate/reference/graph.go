package reference

import (
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// graph is the schema as gojsonschema will evaluate it: what is applied to a
// value, and to the values inside of it. It follows gojsonschema's own
// resolution of "id" and "$ref", which is not everybody's.
type graph struct {
	root  *node
	nodes map[uintptr]*node // by the identity of the schema's map
	index map[string]any    // schemas by URI, documents and embedded ones
	// perValue bounds the evaluations per value of a document; 0: no bound is known.
	perValue uint64
}

// node is a schema that is not a boolean.
type node struct {
	place    string
	schema   map[string]any
	ref      *node   // alone where it is set
	inPlace  []*node // applied to the same value
	types    typeSet // 0: any
	named    map[string]*node
	patterns []patternNode
	rest     *node // additionalProperties
	names    *node // propertyNames
	items    *node // "items", a single schema
	tuple    []*node
	moreThan *node // additionalItems
	contains *node
	state    visit
	cost     uint64
}

type patternNode struct {
	expr *regexp.Regexp
	node *node
}

type visit uint8

const (
	unseen visit = iota
	open
	done
)

// newGraph draws the graph from the documents, in which loader.AddSchema has
// already made every "$ref" absolute.
func newGraph(documents map[string]any, in Input) (*graph, error) {
	g := &graph{nodes: make(map[uintptr]*node), index: make(map[string]any)}
	maps.Copy(g.index, documents)
	for _, uri := range slices.Sorted(maps.Keys(documents)) {
		base, err := url.Parse(uri)
		if err != nil {
			return nil, fmt.Errorf("%s is no URI: %w", uri, err)
		}
		if err := g.register(documents[uri], base); err != nil {
			return nil, fmt.Errorf("%s: %w", uri, err)
		}
	}
	u, err := url.Parse(in.Root)
	if err != nil {
		return nil, fmt.Errorf("%s is no URI: %w", in.Root, err)
	}
	u.Fragment = in.Pointer
	target, draft, err := g.resolve(u.String(), in.Draft)
	if err != nil {
		return nil, err
	}
	if g.root, err = g.draw(target, u.String(), draft); err != nil {
		return nil, err
	}
	for _, n := range g.ordered() {
		if err := n.loops(); err != nil {
			return nil, err
		}
	}
	return g, g.price()
}

// register notes every embedded schema by its URI, as gojsonschema does.
func (g *graph) register(v any, base *url.URL) error {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			if err := g.register(item, base); err != nil {
				return err
			}
		}
	case map[string]any:
		id, ok := v["id"]
		if !ok {
			id = v["$id"]
		}
		if s, ok := id.(string); ok {
			if ref, err := url.Parse(s); err == nil {
				parent := *base
				parent.Fragment, parent.RawFragment = "", ""
				base = parent.ResolveReference(ref)
				uri := base.String()
				if other, taken := g.index[uri]; taken && identity(other) != identity(v) {
					return fmt.Errorf("two schemas have the URI %s: gojsonschema would take either", uri)
				}
				g.index[uri] = v
			}
		}
		for keyword, value := range v {
			switch keyword {
			case "const", "enum":
			case "properties", "dependencies", "patternProperties":
				m, _ := value.(map[string]any)
				for _, schema := range m {
					if err := g.register(schema, base); err != nil {
						return err
					}
				}
			default:
				if err := g.register(value, base); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// resolve returns the schema at a URI and its draft.
func (g *graph) resolve(uri string, draft int) (any, int, error) {
	if schema, ok := g.index[uri]; ok {
		return schema, draftOf(schema, draft), nil
	}
	u, err := url.Parse(uri)
	if err != nil {
		return nil, 0, fmt.Errorf("%s is no URI: %w", uri, err)
	}
	pointer := u.Fragment
	u.Fragment, u.RawFragment = "", ""
	document, ok := g.index[u.String()]
	if !ok {
		return nil, 0, fmt.Errorf("reference to %s: the document was not handed in", uri)
	}
	at := document
	if pointer != "" {
		if pointer[0] != '/' {
			return nil, 0, fmt.Errorf("reference to %s: gojsonschema finds no schema with this name", uri)
		}
		for token := range strings.SplitSeq(pointer[1:], "/") {
			switch v := at.(type) {
			case map[string]any:
				at, ok = v[strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")]
			case []any:
				i, err := strconv.Atoi(token)
				if ok = err == nil && i >= 0 && i < len(v); ok {
					at = v[i]
				}
			default:
				ok = false
			}
			if !ok {
				return nil, 0, fmt.Errorf("reference to %s: nothing is there", uri)
			}
		}
	}
	switch at.(type) {
	case map[string]any, bool:
		return at, draftOf(document, draft), nil
	default:
		return nil, 0, fmt.Errorf("reference to %s: no schema is there", uri)
	}
}

func draftOf(document any, otherwise int) int {
	if m, ok := document.(map[string]any); ok {
		if uri, ok := m["$schema"].(string); ok {
			if d, ok := drafts[bare(uri)]; ok {
				return d
			}
		}
	}
	return otherwise
}

// draw returns the node of a schema; nil stands for a boolean one.
func (g *graph) draw(v any, place string, draft int) (*node, error) {
	schema, ok := v.(map[string]any)
	if !ok {
		return nil, nil
	}
	if n := g.nodes[identity(schema)]; n != nil {
		return n, nil
	}
	if err := unjudged(schema, draft, place); err != nil {
		return nil, err
	}
	n := &node{place: place, schema: schema}
	g.nodes[identity(schema)] = n
	if uri, ok := schema["$ref"].(string); ok {
		target, draft, err := g.resolve(uri, draft)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", place, err)
		}
		n.ref, err = g.draw(target, uri, draft)
		return n, err
	}
	n.types = typesOf(schema["type"])
	for _, keyword := range slices.Sorted(maps.Keys(schema)) {
		value := schema[keyword]
		for _, c := range children(keyword, value) {
			at := place + "/" + keyword
			if c.name != "" {
				at += "/" + c.name
			}
			sub, err := g.draw(c.schema, at, draft)
			if err != nil {
				return nil, err
			}
			if err := n.attach(keyword, value, c.name, sub); err != nil {
				return nil, fmt.Errorf("%s: %w", at, err)
			}
		}
	}
	return n, nil
}

// attach enters a child by what its keyword applies it to.
func (n *node) attach(keyword string, value any, name string, sub *node) error {
	switch keyword {
	case "properties":
		if n.named == nil {
			n.named = make(map[string]*node)
		}
		n.named[name] = sub
	case "patternProperties":
		expr, err := regexp.Compile(name)
		if err != nil {
			return fmt.Errorf("gojsonschema needs expressions in the syntax of RE2: %w", err)
		}
		n.patterns = append(n.patterns, patternNode{expr, sub})
	case "additionalProperties":
		n.rest = sub
	case "propertyNames":
		n.names = sub
	case "items":
		if _, tuple := value.([]any); tuple {
			n.tuple = append(n.tuple, sub)
		} else {
			n.items = sub
		}
	case "additionalItems":
		n.moreThan = sub
	case "contains":
		n.contains = sub
	case "definitions", "$defs": // applied to nothing from here
	default:
		if sub != nil {
			n.inPlace = append(n.inPlace, sub)
		}
	}
	return nil
}

// loops refuses schemas that apply themselves to the same value for ever:
// gojsonschema would overflow the stack, and the process dies of that.
func (n *node) loops() error {
	if n == nil || n.state == done {
		return nil
	}
	if n.state == open {
		return fmt.Errorf("%s: the schema applies itself to the same value without end: break the loop of $ref", n.place)
	}
	n.state = open
	if err := n.ref.loops(); err != nil {
		return err
	}
	for _, c := range n.inPlace {
		if err := c.loops(); err != nil {
			return err
		}
	}
	n.state = done
	return nil
}

// ordered returns all nodes in the order of their places.
func (g *graph) ordered() []*node {
	return slices.SortedFunc(maps.Values(g.nodes), func(a, b *node) int { return strings.Compare(a.place, b.place) })
}

// dropFormats makes every format an annotation.
func (g *graph) dropFormats() {
	for _, n := range g.nodes {
		delete(n.schema, "format")
	}
}

// identity tells one schema object from another with the same content.
func identity(v any) uintptr {
	if m, ok := v.(map[string]any); ok {
		return reflect.ValueOf(m).Pointer()
	}
	return 0
}
