package config

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Bounds of what parse takes. The YAML library is quadratic in the depth of
// nesting and in the keys of one mapping: within these it needs seconds at worst.
const (
	maxFileBytes = 1 << 20
	maxTokens    = 100_000
	maxNesting   = 64
	maxMerged    = 10_000 // keys that << may add in all
)

// kind is what a YAML value is before anything is known about the key.
type kind uint8

const (
	null kind = iota
	text
	number
	boolean
	list
	mapping
)

func (k kind) String() string {
	return [...]string{"nothing", "text", "a number", "a boolean", "a list", "a mapping"}[k]
}

// node is a YAML value with its place. Nodes form no cycles, but an aliased one
// is shared by all places that refer to it.
type node struct {
	place
	kind    kind
	text    string  // of scalars: as parsed, unquoted and not yet expanded
	items   []*node // of lists
	entries []entry // of mappings, in file order and with duplicates
}

// entry is a key of a mapping with its value.
type entry struct {
	place
	key   string
	value *node
}

// parse turns YAML text into nodes: one document, without tags, with aliases
// and merge keys resolved. It returns nil if there is nothing to decode.
func parse(data []byte, r *report) *node {
	if !utf8.Valid(data) {
		bad := 0
		for c, size := utf8.DecodeRune(data); c != utf8.RuneError || size > 1; c, size = utf8.DecodeRune(data[bad:]) {
			bad += size
		}
		line := data[:bad]
		at := place{line: strings.Count(string(line), "\n") + 1}
		at.column = utf8.RuneCount(line[strings.LastIndexByte(string(line), '\n')+1:]) + 1
		r.add(at, "", "is not UTF-8", "save it as UTF-8")
		return nil
	}
	file := syntax(strings.TrimPrefix(string(data), "\ufeff"), r)
	if file == nil {
		return nil
	}
	var root ast.Node
	for _, doc := range file.Docs {
		switch {
		case doc.Body == nil:
		case doc.Body.Type() == ast.DirectiveType:
			r.add(placeOf(doc.Body), "", "has a % directive", "remove it")
		case root != nil:
			r.add(placeOf(doc.Body), "", "holds more than one document", "keep one; the others are files of their own")
			return nil
		default:
			root = doc.Body
		}
	}
	if root == nil {
		r.add(place{1, 1}, "", "is empty", "begin with domain, owner, kafka and products")
		return nil
	}
	t := &tree{report: r, anchors: make(map[string]*node)}
	return t.node(root, "")
}

// syntax returns the parsed file, or nil if it is not YAML.
func syntax(data string, r *report) (file *ast.File) {
	defer func() {
		// A library that stumbles over a file must not take the service along.
		if recover() != nil {
			r.add(place{}, "", "cannot be read as YAML", "write it more plainly")
			file = nil
		}
	}()
	tokens := rejoin(lexer.Tokenize(data))
	if at, ok := tooDeep(tokens); ok {
		r.add(at, "", fmt.Sprintf("is nested more than %d deep", maxNesting), "remove the nesting")
		return nil
	}
	if len(tokens) > maxTokens {
		r.add(place{1, 1}, "", fmt.Sprintf("is made of more than %d parts", maxTokens), "split the domain into several services")
		return nil
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err == nil {
		return file
	}
	at, what := place{}, "is not YAML"
	if e, ok := errors.AsType[yaml.Error](err); ok {
		if tk := e.GetToken(); tk != nil && tk.Position != nil {
			at = place{tk.Position.Line, tk.Position.Column}
		}
		// A message with quotes quotes the file, and with it perhaps a secret.
		if m := e.GetMessage(); !strings.Contains(m, `"`) {
			what += " (" + strings.ReplaceAll(m, "\t", `\t`) + ")"
		}
	}
	mend := "correct the syntax; a value with special characters goes into quotes"
	if strings.Contains(what, `\t`) || strings.Contains(what, "tab ") {
		mend = "indent with spaces, not with tabs"
	}
	r.add(at, "", what, mend)
	return nil
}

// rejoin mends what the library's lexer makes of a plain text with a colon in a
// list within braces, as in kafka: { brokers: [localhost:9092] }. A colon
// without a space behind it is part of the text (YAML 1.2 section 7.3.3); the
// lexer takes it for that of a mapping.
func rejoin(tokens token.Tokens) token.Tokens {
	joined := make(token.Tokens, 0, len(tokens))
	var open []token.Type
	for i := 0; i < len(tokens); i++ {
		tk := tokens[i]
		switch tk.Type {
		case token.MappingStartType, token.SequenceStartType:
			open = append(open, tk.Type)
		case token.MappingEndType, token.SequenceEndType:
			open = open[:max(len(open)-1, 0)]
		default:
		}
		inList := len(open) > 0 && open[len(open)-1] == token.SequenceStartType
		for ; inList && i+2 < len(tokens) && isPlain(tk) && tokens[i+1].Type == token.MappingValueType && isPlain(tokens[i+2]) &&
			touches(tk, tokens[i+1]) && touches(tokens[i+1], tokens[i+2]); i += 2 {
			tk.Type = token.StringType
			tk.Value += ":" + tokens[i+2].Value
			tk.Origin += ":" + tokens[i+2].Origin
		}
		joined.Add(tk)
	}
	return joined
}

func isPlain(tk *token.Token) bool {
	return tk.Type == token.StringType || tk.Type == token.IntegerType || tk.Type == token.FloatType
}

// touches says whether nothing stands between two tokens.
func touches(a, b *token.Token) bool {
	return a.Position.Line == b.Position.Line && a.Position.Column+utf8.RuneCountInString(a.Value) == b.Position.Column
}

// tooDeep finds nesting that costs little text: brackets, and dashes in a row.
// Indented nesting pays for its depth in spaces on every line.
func tooDeep(tokens token.Tokens) (place, bool) {
	depth, row, line := 0, 0, 0
	for _, tk := range tokens {
		if tk.Position.Line != line {
			row, line = 0, tk.Position.Line
		}
		switch tk.Type {
		case token.MappingStartType, token.SequenceStartType:
			depth++
		case token.MappingEndType, token.SequenceEndType:
			depth--
		case token.SequenceEntryType, token.MappingKeyType, token.AnchorType, token.TagType:
			row++
		default:
		}
		if depth > maxNesting || row > maxNesting {
			return place{tk.Position.Line, tk.Position.Column}, true
		}
	}
	return place{}, false
}

// tree turns the library's nodes into ours.
type tree struct {
	report  *report
	anchors map[string]*node
	merged  int
}

// numberForm is YAML's core schema: what a plain scalar must not look like to
// be text. The library takes some of these for text.
var numberForm = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)

// node never returns nil: what cannot be read is null, and reported.
func (t *tree) node(from ast.Node, path string) *node {
	n := &node{place: placeOf(from)}
	switch from := from.(type) {
	case nil, *ast.NullNode:
	case *ast.StringNode:
		n.kind, n.text = text, from.Value
		if from.Token.Type == token.StringType && numberForm.MatchString(n.text) {
			n.kind = number
		}
	case *ast.LiteralNode:
		n.kind, n.text = text, from.Value.Value
	case *ast.BoolNode:
		n.kind, n.text = boolean, from.Token.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		n.kind, n.text = number, from.GetToken().Value
	case *ast.SequenceNode:
		n.kind = list
		for i, item := range from.Values {
			n.items = append(n.items, t.node(item, fmt.Sprintf("%s[%d]", path, i)))
		}
	case *ast.MappingNode:
		t.mapping(n, from.Values, path)
	case *ast.MappingValueNode:
		t.mapping(n, []*ast.MappingValueNode{from}, path)
	case *ast.AnchorNode:
		n = t.node(from.Value, path)
		t.anchors[from.Name.GetToken().Value] = n
	case *ast.AliasNode:
		shared, ok := t.anchors[from.Value.GetToken().Value]
		if ok {
			return shared
		}
		t.report.add(n.place, path, "is an alias (*) of no anchor (&) above it", "write the value out; a text that begins with * goes into quotes")
	case *ast.TagNode:
		t.report.add(n.place, path, "has a tag (!)", "remove the tag; a text that begins with ! goes into quotes")
	default:
		t.report.add(n.place, path, "is YAML of a kind that is not read here", "write a plain value, a list or a mapping")
	}
	return n
}

// mapping fills n. A key of the mapping itself goes before one that is merged
// in by <<.
func (t *tree) mapping(n *node, values []*ast.MappingValueNode, path string) {
	n.kind = mapping
	var merges []entry
	for i, v := range values {
		at := placeOf(v.Key)
		if i == 0 && n.line == 0 {
			n.place = at
		}
		key, ok := keyText(v.Key)
		if !ok {
			t.report.add(at, path, "has a key that is not plain text", "write the key as plain text")
			continue
		}
		if v.Key.IsMergeKey() {
			merges = append(merges, entry{at, key, t.node(v.Value, join(path, key))})
			continue
		}
		n.entries = append(n.entries, entry{at, key, t.node(v.Value, join(path, key))})
	}
	for _, m := range merges {
		t.merge(n, m, path)
	}
}

func (t *tree) merge(n *node, m entry, path string) {
	sources := []*node{m.value}
	if m.value.kind == list {
		sources = m.value.items
	}
	has := make(map[string]bool, len(n.entries))
	for _, e := range n.entries {
		has[e.key] = true
	}
	for _, source := range sources {
		if source.kind != mapping {
			t.report.add(m.place, join(path, m.key), "merges "+source.kind.String(), "merge a mapping: <<: *name")
			return
		}
		if t.merged += len(source.entries) + 1; t.merged > maxMerged {
			t.report.add(m.place, join(path, m.key), fmt.Sprintf("merges more than %d keys in all", maxMerged), "write the values out")
			return
		}
		for _, e := range source.entries {
			if !has[e.key] {
				has[e.key] = true
				n.entries = append(n.entries, e)
			}
		}
	}
}

func keyText(key ast.MapKeyNode) (string, bool) {
	switch key := key.(type) {
	case *ast.MappingKeyNode:
		return "", false
	case *ast.StringNode:
		return key.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode, *ast.InfinityNode, *ast.NanNode, *ast.MergeKeyNode:
		return key.GetToken().Value, true
	default:
		return "", false
	}
}

// placeOf returns where a node begins. The library's token of a block mapping
// is its first colon.
func placeOf(n ast.Node) place {
	switch m := n.(type) {
	case *ast.MappingNode:
		if !m.IsFlowStyle && len(m.Values) > 0 {
			return placeOf(m.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return placeOf(m.Key)
	case nil:
		return place{}
	}
	tk := n.GetToken()
	if tk == nil || tk.Position == nil {
		return place{}
	}
	return place{cmp.Or(tk.Position.Line, 1), cmp.Or(tk.Position.Column, 1)}
}

// join appends a key to a path.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
