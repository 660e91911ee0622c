package schema

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/value"
)

// Options direct Load.
type Options struct {
	// Location is the retrieval URI of the document.
	Location string
	// Pointer selects the schema in the document; empty is all of it.
	Pointer string
	// DefaultDialect is the URI of the meta-schema where "$schema" is absent;
	// empty is 2020-12.
	DefaultDialect string
	// AssertFormats makes "format" an assertion.
	AssertFormats bool
	// MaxBytes bounds a document, MaxPattern a pattern; 0 is no limit, or
	// package pattern's.
	MaxBytes, MaxPattern int
	// Fetch returns a referenced document; nil refuses all.
	Fetch func(uri string) ([]byte, error)
	// Judge returns how the schema at a token breaks the meta-schema of its
	// dialect; nil judges none.
	Judge func(d *Dialect, v value.View, at int) ([]Finding, error)
	// Ended is asked before each pattern is compiled, and ends that; nil never
	// does.
	Ended func() bool

	// under are the custom meta-schemas that are being loaded.
	under []string
}

// Finding is one violation of a meta-schema.
type Finding struct {
	// Token at which the schema is wrong.
	Token   int
	Message string
}

// Set is what Load returns.
type Set struct {
	Root *Schema
	// Schemas that Root reaches, Root first.
	Schemas []*Schema
	// Dialect of Root.
	Dialect *Dialect
	// Location of the document that Root stands in, without fragment.
	Location string
	// Documents that were loaded, by URI; the official meta-schemas are not
	// among them.
	Documents map[string][]byte
}

// Bounds on what one load may hold, far beyond what anybody writes by hand.
const (
	maxDepth    = 500     // nesting of a document
	maxSchemas  = 100_000 // schemas that are reached
	maxDigits   = 2_000   // digits of a number
	maxExponent = 100_000 // exponent of a number
)

// loader is the state of one Load.
type loader struct {
	o         Options
	fallback  *Dialect
	docs      map[string]*document // by retrieval URI
	order     []*document
	resources map[string]*resource // by canonical URI
	dialects  map[string]*Dialect  // custom ones; nil is refused
	failed    map[string]error     // documents that could not be had
	schemas   map[schemaKey]*Schema
	queue     []*Schema
	all       []*Schema
	scopes    map[string]*scope
	problems  []Problem
	noted     map[place]bool
}

// Load loads a schema document and everything that its schema refers to.
func Load(data []byte, o Options) (*Set, []Problem) {
	l := &loader{
		o:         o,
		docs:      map[string]*document{},
		resources: map[string]*resource{},
		dialects:  map[string]*Dialect{},
		failed:    map[string]error{},
		schemas:   map[schemaKey]*Schema{},
		scopes:    map[string]*scope{},
		noted:     map[place]bool{},
	}
	l.fallback = official[uri2020]
	if o.DefaultDialect != "" {
		uri := canonicalMeta(o.DefaultDialect)
		if l.fallback = official[uri]; l.fallback == nil {
			return nil, []Problem{{
				URI: o.Location, Line: 1, Column: 1, What: fmt.Sprintf("the default dialect %q is not known", o.DefaultDialect),
				Mend: "use the URI of draft 4, 6, 7, 2019-09 or 2020-12",
			}}
		}
	}
	location, _, _ := strings.Cut(o.Location, "#")
	d, ok := l.add(location, data, l.fallback, nil)
	if !ok {
		return nil, l.problems
	}
	at, ok := d.follow(0, o.Pointer)
	if !ok || !d.isSchema(at) {
		what, mend := "there is no schema at pointer "+o.Pointer, "name an existing one, such as /definitions/order"
		if ok && o.Pointer == "" {
			what, mend = "a schema is an object or a boolean", "write an object of keywords"
		}
		l.problem(d, 0, what, mend)
		return nil, l.problems
	}
	root := l.schema(d, at, l.scope(nil))
	for len(l.queue) > 0 && len(l.all) <= maxSchemas {
		s := l.queue[0]
		l.queue = l.queue[1:]
		l.build(s)
	}
	if len(l.all) > maxSchemas {
		l.problem(d, at, fmt.Sprintf("more than %d schemas are reached", maxSchemas), "refer to fewer, or use fewer dynamic anchors")
	} else {
		l.checkCycles()
	}
	if len(l.problems) > 0 {
		l.sortProblems()
		return nil, l.problems
	}
	set := &Set{Root: root, Schemas: l.all, Dialect: d.resourceOf(at).dialect, Location: location, Documents: map[string][]byte{}}
	for _, d := range l.order {
		if _, ok := builtIn(d.uri); !ok {
			set.Documents[d.uri] = d.data
		}
	}
	return set, nil
}

// from is where a document is asked for: a token, for problems.
type from = *place

// add scans, identifies and judges a document.
func (l *loader) add(uri string, data []byte, fallback *Dialect, by from) (*document, bool) {
	d := &document{uri: uri, data: data}
	if l.o.MaxBytes > 0 && len(data) > l.o.MaxBytes {
		l.unread(d, by, 0, fmt.Sprintf("the document has %d bytes, %d are allowed", len(data), l.o.MaxBytes), "raise the limit, or split the document")
		return nil, false
	}
	var tape jsonscan.Tape
	if err := tape.Scan(data, jsonscan.Limits{Depth: maxDepth, Digits: maxDigits, Exponent: maxExponent}); err != nil {
		offset := 0
		var e *jsonscan.Error
		what := err.Error()
		if errors.As(err, &e) {
			offset, what = e.Offset, e.Message
		}
		l.unread(d, by, offset, "not JSON: "+what, "write one JSON value")
		return nil, false
	}
	d.view = value.View{Doc: data, Tokens: slices.Clone(tape.Tokens())}
	d.visited = make([]uint64, len(d.view.Tokens)/64+1)
	l.docs[uri] = d
	l.order = append(l.order, d)
	base, err := url.Parse(uri)
	if err != nil {
		base = &url.URL{Path: uri}
	}
	root := &resource{doc: d, end: len(d.view.Tokens), base: base, uri: uri, dialect: fallback}
	d.resources = []*resource{root}
	if uri != "" || len(l.order) == 1 {
		l.resources[uri] = root
	}
	if d.kind(0) == jsonscan.Object {
		if at := d.member(0, "$schema"); at != 0 {
			dialect, ok := l.dialectAt(d, at)
			if !ok {
				return nil, false
			}
			root.dialect = dialect
		}
	}
	if d.isSchema(0) {
		l.walk(d, 0, root)
		l.judge(d, 0)
	}
	return d, true
}

// unread notes that a document could not be read.
func (l *loader) unread(d *document, by from, offset int, what, mend string) {
	if len(l.problems) >= maxProblems {
		return
	}
	p := Problem{URI: d.uri, What: what, Mend: mend}
	p.Line, p.Column = lineColumn(d.data, offset)
	l.problems = append(l.problems, p)
	if by != nil {
		l.noted[*by] = true
	}
}

// dialectAt returns the dialect that a "$schema" names.
func (l *loader) dialectAt(d *document, at int) (*Dialect, bool) {
	name, ok := d.text(at)
	if !ok {
		l.problem(d, at, `"$schema" is not a string`, "name a meta-schema by its URI")
		return nil, false
	}
	dialect, err := l.dialect(name)
	if err != nil {
		l.problem(d, at, err.Error(), "use the URI of draft 4, 6, 7, 2019-09 or 2020-12, or of a meta-schema that can be loaded and builds on one of them")
		return nil, false
	}
	return dialect, true
}

func (l *loader) dialect(name string) (*Dialect, error) {
	uri := canonicalMeta(name)
	if d := official[uri]; d != nil {
		return d, nil
	}
	if d, ok := l.dialects[uri]; ok && d != nil {
		return d, nil
	}
	if slices.Contains(l.o.under, uri) {
		return nil, fmt.Errorf("the meta-schema %q describes itself and no draft that is known", name)
	}
	if d, ok := l.docs[uri]; ok && len(l.order) > 0 && d == l.order[0] {
		return nil, fmt.Errorf("the meta-schema %q describes itself and no draft that is known", name)
	}
	data, err := l.fetch(uri)
	switch {
	case err != nil && strings.Contains(uri, "://json-schema.org/"):
		return nil, fmt.Errorf("unknown \"$schema\" %q", name) // nothing that could be put somewhere
	case err != nil:
		return nil, fmt.Errorf("unknown \"$schema\" %q: %w", name, err)
	}
	o := l.o
	o.Location, o.Pointer, o.under = uri, "", append(slices.Clone(l.o.under), uri)
	set, problems := Load(data, o)
	if len(problems) > 0 {
		return nil, fmt.Errorf("the meta-schema %q cannot be used: %w", name, &problems[0])
	}
	dialect := &Dialect{URI: uri, Draft: set.Dialect.Draft, Vocabulary: set.Dialect.Vocabulary, custom: set}
	if err := dialect.readVocabularies(set.Root.Doc); err != nil {
		return nil, fmt.Errorf("the meta-schema %q cannot be used: %w", name, err)
	}
	l.dialects[uri] = dialect
	return dialect, nil
}

// readVocabularies takes over what a custom meta-schema says in $vocabulary.
func (dialect *Dialect) readVocabularies(d *document) error {
	at := d.member(0, "$vocabulary")
	if at == 0 || dialect.Draft < Draft2019 || d.kind(at) != jsonscan.Object {
		return nil
	}
	dialect.Vocabulary = Core
	v := d.view
	for i := at + 1; i < v.Next(at); i = v.Next(i + 1) {
		uri := string(v.Text(i, nil))
		known, ok := vocabularies[uri]
		if !ok && v.Tokens[i+1].Kind == jsonscan.True {
			return fmt.Errorf("it requires the unknown vocabulary %q", uri)
		}
		dialect.Vocabulary |= known
	}
	return nil
}

// fetch returns a document's bytes.
func (l *loader) fetch(uri string) ([]byte, error) {
	if data, ok := builtIn(canonicalMeta(uri)); ok {
		return data, nil
	}
	if err, ok := l.failed[uri]; ok {
		return nil, err
	}
	if l.o.Fetch == nil {
		return nil, errors.New("references to other documents are not allowed")
	}
	data, err := l.o.Fetch(uri)
	if err != nil {
		l.failed[uri] = err
		return nil, err
	}
	return slices.Clone(data), nil
}

// judge reports how the schema at a token breaks its meta-schema.
func (l *loader) judge(d *document, at int) {
	if l.o.Judge == nil {
		return
	}
	outer := d.resourceOf(at)
	l.judgeAs(d, at, outer.dialect)
	for _, r := range d.resources {
		if r.at > at && r.end <= d.view.Next(at) && r.dialect != l.around(r) {
			l.judgeAs(d, r.at, r.dialect)
		}
	}
}

// around is the dialect of the resource that holds one.
func (l *loader) around(r *resource) *Dialect {
	found := r.doc.resources[0]
	for _, o := range r.doc.resources {
		if o.at < r.at && r.end <= o.end {
			found = o
		}
	}
	return found.dialect
}

func (l *loader) judgeAs(d *document, at int, dialect *Dialect) {
	findings, err := l.o.Judge(dialect, d.view, at)
	if err != nil {
		l.problem(d, at, "the schema cannot be judged by its meta-schema: "+err.Error(), "mend the meta-schema")
		return
	}
	for _, f := range findings {
		if d.resourceOf(f.Token).dialect != dialect {
			continue // judged by its own
		}
		what, mend := "breaks the meta-schema "+dialect.URI+": "+f.Message, "see the specification of the keyword"
		if name, ok := d.text(f.Token); ok && strings.HasSuffix(d.pointer(0, f.Token), "/type") && strings.HasPrefix(f.Message, "anyOf") {
			what, mend = fmt.Sprintf("%q is not a type", name), "write array, boolean, integer, null, number, object or string"
		}
		l.problem(d, f.Token, what, mend)
	}
}
