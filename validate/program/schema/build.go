package schema

import (
	"fmt"
	"math"
	"strings"

	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/value"
)

// builder reads the keywords of one schema.
type builder struct {
	*loader
	s *Schema
	// at are the values of the keywords that the dialect knows.
	at map[string]int
}

// build reads the keywords of a schema into its rules.
func (l *loader) build(s *Schema) {
	if s.pointer == "?" {
		s.pointer = s.Doc.pointer(s.resource.at, s.At)
	}
	s.URI = s.resource.uri + "#" + escapeFragment(s.pointer)
	switch s.Doc.kind(s.At) {
	case jsonscan.True:
		return
	case jsonscan.False:
		s.Rules = []Rule{{Op: False, at: s.At, Message: "nothing is allowed here"}}
		return
	case jsonscan.Object:
	default:
		l.problem(s.Doc, s.At, "a schema is an object or a boolean", "write an object of keywords")
		return
	}
	b := &builder{loader: l, s: s, at: map[string]int{}}
	v, dialect := s.Doc.view, s.resource.dialect
	for i := s.At + 1; i < v.Next(s.At); i = v.Next(i + 1) {
		if name := string(v.Text(i, nil)); dialect.knows(name) {
			b.at[name] = i + 1
		}
	}
	if at := b.at["$ref"]; at != 0 && dialect.Draft <= Draft7 {
		b.ref("$ref")
		return
	}
	b.references()
	b.values()
	b.numbers()
	b.strings()
	b.arrays()
	b.objects()
	b.combinations()
	b.kidRule("unevaluatedItems", UnevaluatedItems, "no items beyond those that the schema evaluates are allowed")
	b.kidRule("unevaluatedProperties", UnevaluatedProperties, "no properties beyond those that the schema evaluates are allowed")
}

func escapeFragment(pointer string) string {
	if !strings.ContainsFunc(pointer, func(r rune) bool { return !fragmentRune(r) }) {
		return pointer
	}
	var b strings.Builder
	for i := range len(pointer) {
		if c := pointer[i]; c < 0x80 && fragmentRune(rune(c)) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// fragmentRune reports whether RFC 3986 allows a character in a fragment.
func fragmentRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/-._~!$&'()*+,;=:@?", r)
}

// rule adds a rule.
func (b *builder) rule(r Rule) { b.s.Rules = append(b.s.Rules, r) }

// wrong notes an operand of the wrong type; the meta-schema has usually said
// so before.
func (b *builder) wrong(at int, keyword, want string) {
	b.problem(b.s.Doc, at, fmt.Sprintf("%q must be %s", keyword, want), "see the specification of the keyword")
}

func (b *builder) references() {
	for _, keyword := range []string{"$ref", "$dynamicRef", "$recursiveRef"} {
		b.ref(keyword)
	}
}

func (b *builder) ref(keyword string) {
	at := b.at[keyword]
	if at == 0 {
		return
	}
	t, ok := b.reference(b.s.Doc, at, keyword)
	if !ok {
		return
	}
	switch keyword {
	case "$dynamicRef":
		if t.dynamic != "" {
			if bound, ok := b.s.scope.bound[t.dynamic]; ok {
				t.place = bound
			}
		}
	case "$recursiveRef":
		if r := t.doc.resourceOf(t.at); r.at == t.at && r.recurses {
			if bound, ok := b.s.scope.bound[recursive]; ok {
				t.place = bound
			}
		}
	}
	to := b.schema(t.doc, t.at, b.s.scope)
	b.rule(Rule{Op: Ref, Keyword: keyword, at: at, Kids: []Kid{{Schema: to, Path: "/" + keyword, Keyword: "false", Message: "nothing is allowed here"}}})
}

// text returns the content of a string operand.
func (b *builder) text(keyword string) (string, int, bool) {
	at := b.at[keyword]
	if at == 0 {
		return "", 0, false
	}
	s, ok := b.s.Doc.text(at)
	if !ok {
		b.wrong(at, keyword, "a string")
	}
	return s, at, ok
}

// number returns a number operand.
func (b *builder) number(keyword string) (value.Decimal, bool) {
	at := b.at[keyword]
	if at == 0 {
		return value.Decimal{}, false
	}
	if b.s.Doc.kind(at) != jsonscan.Number {
		b.wrong(at, keyword, "a number")
		return value.Decimal{}, false
	}
	return value.Parse(b.s.Doc.view.Raw(at), nil), true
}

// count returns an operand that is a non-negative integer.
func (b *builder) count(keyword string) (int, bool) {
	d, ok := b.number(keyword)
	if !ok {
		return 0, false
	}
	if !d.Integer() || d.Neg {
		b.wrong(b.at[keyword], keyword, "a non-negative integer")
		return 0, false
	}
	n, ok := d.Int64()
	if !ok || n > math.MaxInt32 {
		n = math.MaxInt32 // no document is that large
	}
	return int(n), true
}

// raw returns an operand as it is written, for messages; it is short.
func (b *builder) raw(at int) string {
	v := b.s.Doc.view
	k := v.Tokens[at]
	switch k.Kind {
	case jsonscan.String:
		return clip(`"` + string(v.Raw(at)) + `"`)
	case jsonscan.Array:
		return "an array"
	case jsonscan.Object:
		return "an object"
	default:
		return clip(string(v.Raw(at)))
	}
}

// clip shortens a text in a message.
func clip(s string) string {
	const most = 100
	if len(s) <= most {
		return s
	}
	n := most
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}

// items returns the tokens of an array operand.
func (b *builder) items(at int, keyword string) ([]int, bool) {
	v := b.s.Doc.view
	if v.Tokens[at].Kind != jsonscan.Array {
		b.wrong(at, keyword, "an array")
		return nil, false
	}
	list := make([]int, 0, v.Tokens[at].N)
	for i := at + 1; i < v.Next(at); i = v.Next(i) {
		list = append(list, i)
	}
	return list, true
}

// members returns the tokens of the values of an object operand, by name in
// the order of the document.
func (b *builder) members(at int, keyword string) (names []string, values []int, ok bool) {
	v := b.s.Doc.view
	if v.Tokens[at].Kind != jsonscan.Object {
		b.wrong(at, keyword, "an object")
		return nil, nil, false
	}
	for i := at + 1; i < v.Next(at); i = v.Next(i + 1) {
		names, values = append(names, string(v.Text(i, nil))), append(values, i+1)
	}
	return names, values, true
}

// kid returns the subschema of a keyword that holds one.
func (b *builder) kid(keyword, message string) (Kid, bool) {
	at := b.at[keyword]
	if at == 0 {
		return Kid{}, false
	}
	path := "/" + keyword
	return Kid{Schema: b.child(b.s, at, path), Path: path, Keyword: keyword, Message: message}, true
}

func (b *builder) kidRule(keyword string, op Op, message string) {
	if kid, ok := b.kid(keyword, message); ok {
		b.rule(Rule{Op: op, Keyword: keyword, at: b.at[keyword], Message: message, Kids: []Kid{kid}})
	}
}

// kids returns the subschemas of a keyword that holds an array of them.
func (b *builder) kids(keyword string) ([]Kid, bool) {
	at := b.at[keyword]
	if at == 0 {
		return nil, false
	}
	list, ok := b.items(at, keyword)
	kids := make([]Kid, len(list))
	for i, at := range list {
		path := fmt.Sprintf("/%s/%d", keyword, i)
		kids[i] = Kid{Schema: b.child(b.s, at, path), Path: path, Keyword: "false", Message: "nothing is allowed here"}
	}
	return kids, ok
}

// named returns the subschemas of a keyword that holds an object of them.
func (b *builder) named(keyword string) ([]Kid, bool) {
	at := b.at[keyword]
	if at == 0 {
		return nil, false
	}
	names, values, ok := b.members(at, keyword)
	kids := make([]Kid, len(names))
	for i, name := range names {
		path := "/" + keyword + "/" + EscapePointer(name)
		kids[i] = Kid{Schema: b.child(b.s, values[i], path), Path: path, Name: name, Keyword: "false", Message: "this property is not allowed"}
	}
	return kids, ok
}
