package schema

import "github.com/sluicedata/sluice/validate/jsonscan"

// Site is where a schema or one of its keywords stands.
type Site struct {
	// URI of the document, and JSON pointer in it.
	URI, Pointer string
	// Line and Column begin at 1; columns count bytes.
	Line, Column int
}

// Site returns where the schema stands, or where the operand of one of its
// rules does; the rule may be nil.
func (s *Schema) Site(r *Rule) Site {
	at := s.At
	if r != nil && r.at != 0 {
		at = r.at
	}
	return s.site(at)
}

func (s *Schema) site(at int) Site {
	d := s.Doc
	start := int(d.view.Tokens[at].Start)
	if d.kind(at) == jsonscan.String {
		start-- // the quote
	}
	line, column := lineColumn(d.data, start)
	return Site{URI: d.uri, Pointer: d.pointer(0, at), Line: line, Column: column}
}

// Member returns where a member of the schema stands, such as "properties",
// and false where the schema has none of that name.
func (s *Schema) Member(name string) (Site, bool) {
	at := s.Doc.member(s.At, name)
	if at == 0 {
		return Site{}, false
	}
	return s.site(at), true
}

// Text returns the string that is the operand of a rule, such as the name of
// a format, as the schema has it; empty for any other operand.
func (s *Schema) Text(r *Rule) string {
	text, _ := s.Doc.text(r.at)
	return text
}

// Source returns the schema as it is written, nil where it is a boolean.
func (s *Schema) Source() []byte {
	v, d := s.Doc.view, s.Doc
	start, end := int(v.Tokens[s.At].Start), len(d.data)
	if d.kind(s.At) != jsonscan.Object {
		return nil
	}
	depth, quoted := 0, false
	for i := start; i < end; i++ {
		switch c := d.data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth == 0 {
				return d.data[start : i+1]
			}
		}
	}
	return d.data[start:end]
}
