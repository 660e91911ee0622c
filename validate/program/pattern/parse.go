package pattern

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxDepth bounds the nesting of groups, because the parser recurses.
const maxDepth = 200

// parser reads one expression from left to right.
type parser struct {
	src   string
	pos   int
	depth int
	// forget: nobody wants the tree, only whether there is one.
	forget bool

	groups  int             // capturing groups so far
	names   map[string]bool // of groups so far
	numbers []reference     // back-references by number
	named   []reference     // back-references by name
}

// reference is a back-reference, to be judged when all groups are known.
type reference struct {
	pos    int
	number int
	name   string
}

// parse returns the tree of src, or what makes it no expression of ECMA-262.
func parse(src string) (*node, *Error) {
	return (&parser{src: src, names: map[string]bool{}}).expression()
}

// expression reads all of src.
func (p *parser) expression() (*node, *Error) {
	src := p.src
	if i := invalidUTF8(src); i >= 0 {
		return nil, wrong(i, "the expression is not valid UTF-8")
	}
	n, err := p.alternatives()
	if err != nil {
		return nil, err
	}
	if p.pos < len(src) {
		return nil, wrong(p.pos, `")" closes no group`).mend(`write \) for the character`)
	}
	for _, r := range p.numbers {
		if r.number > p.groups {
			return nil, wrong(r.pos, `\%d is neither a group nor a character`, r.number).
				mend(`write \xHH for a character by its number`)
		}
	}
	for _, r := range p.named {
		if !p.names[r.name] {
			return nil, wrong(r.pos, `\k names no group`)
		}
	}
	return n, nil
}

func invalidUTF8(s string) int {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return -1
}

// peek returns the next byte, or 0 at the end.
func (p *parser) peek() byte {
	if p.pos < len(p.src) {
		return p.src[p.pos]
	}
	return 0
}

// accept passes over s, if it comes next.
func (p *parser) accept(s string) bool {
	if !strings.HasPrefix(p.src[p.pos:], s) {
		return false
	}
	p.pos += len(s)
	return true
}

// next passes over one character, of which there must be one.
func (p *parser) next() rune {
	r, n := utf8.DecodeRuneInString(p.src[p.pos:])
	p.pos += n
	return r
}

// alternatives reads up to the end or to a closing parenthesis.
func (p *parser) alternatives() (*node, *Error) {
	pos := p.pos
	var subs []*node
	for {
		seq, err := p.terms()
		if err != nil {
			return nil, err
		}
		subs = p.keep(subs, seq)
		if !p.accept("|") {
			break
		}
	}
	if len(subs) == 1 {
		return subs[0], nil
	}
	return &node{op: opAlternate, pos: pos, subs: subs}, nil
}

// terms reads one alternative.
func (p *parser) terms() (*node, *Error) {
	pos := p.pos
	var subs []*node
	for p.pos < len(p.src) && p.peek() != '|' && p.peek() != ')' {
		start := p.pos
		atom, err := p.atom()
		if err != nil {
			return nil, err
		}
		atom, err = p.quantified(start, atom)
		if err != nil {
			return nil, err
		}
		subs = p.keep(subs, atom)
	}
	return concat(pos, subs...), nil
}

// keep appends a node to a sequence. Of one that is forgotten two nodes stay,
// enough to see that it is one.
func (p *parser) keep(seq []*node, n *node) []*node {
	if p.forget && len(seq) == 2 {
		return seq
	}
	return append(seq, n)
}

// forgotten stands for all sets and repetitions of a tree that nobody wants.
var forgotten = &node{op: opSet}

// atom reads an assertion, a character, a class or a group.
func (p *parser) atom() (*node, *Error) {
	start := p.pos
	switch r := p.next(); r {
	case '^':
		return &node{op: opBegin, pos: start}, nil
	case '$':
		return &node{op: opEnd, pos: start}, nil
	case '.':
		return &node{op: opSet, pos: start, set: dot}, nil
	case '(':
		return p.group(start)
	case '[':
		s, err := p.class(start)
		return &node{op: opSet, pos: start, set: s}, err
	case '\\':
		return p.escape(start)
	case '*', '+', '?':
		return nil, wrong(start, "%q repeats nothing", r).mend(`write \` + string(r) + ` for the character`)
	case '{':
		p.pos = start
		if _, _, ok := p.braces(); ok {
			return nil, wrong(start, "the braces repeat nothing").mend(`write \{ for the character`)
		}
		if strings.HasPrefix(p.src[p.pos:], "{,") {
			return nil, wrong(start, "a repetition needs its lower bound").mend(`write {0,n}, or \{ for the character`)
		}
		p.pos = start + 1
		return &node{op: opSet, pos: start, set: single('{')}, nil
	default: // includes } and ], as Annex B has it
		if p.forget {
			return forgotten, nil
		}
		return &node{op: opSet, pos: start, set: single(r)}, nil
	}
}

// quantified reads the quantifier of atom, if it has one.
func (p *parser) quantified(start int, atom *node) (*node, *Error) {
	pos := p.pos
	lo, hi := 0, unbounded
	switch p.peek() {
	case '*':
		p.pos++
	case '+':
		p.pos++
		lo = 1
	case '?':
		p.pos++
		hi = 1
	case '{':
		var ok bool
		if lo, hi, ok = p.braces(); !ok {
			return atom, nil
		}
	default:
		return atom, nil
	}
	if lo > hi {
		return nil, wrong(pos, "the bounds of the repetition are out of order").mend("write the smaller one first")
	}
	// Whether a string matches does not depend on greed.
	p.accept("?")
	switch atom.op {
	case opBegin, opEnd, opBoundary, opNoBoundary, opLook:
		return nil, wrong(pos, "an assertion cannot be repeated").mend("leave the quantifier out")
	case opRefused:
		return atom, nil
	default:
		if p.forget {
			return forgotten, nil
		}
		return &node{op: opRepeat, pos: start, min: lo, max: hi, subs: []*node{atom}}, nil
	}
}

// braces reads {n}, {n,} or {n,m}; anything else is left alone.
func (p *parser) braces() (lo, hi int, ok bool) {
	start := p.pos
	p.pos++
	lo, ok = p.number()
	hi = lo
	if ok && p.accept(",") {
		if hi, ok = p.number(); !ok {
			hi, ok = unbounded, true
		}
	}
	if ok && p.accept("}") {
		return lo, hi, true
	}
	p.pos = start
	return 0, 0, false
}

// number reads decimal digits. Numbers that are out of all proportion come
// back as the largest that is not unbounded.
func (p *parser) number() (n int, ok bool) {
	for '0' <= p.peek() && p.peek() <= '9' {
		n = min(n*10+int(p.peek()-'0'), unbounded-1)
		p.pos++
		ok = true
	}
	return n, ok
}

// group reads a group, whose "(" at start is behind us.
func (p *parser) group(start int) (*node, *Error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxDepth {
		return nil, refuse(start, "groups are nested deeper than %d", maxDepth).mend("nest them less")
	}
	look := &node{op: opLook, pos: start}
	isLook := true
	switch {
	case p.accept("?:"):
		isLook = false
	case p.accept("?="):
	case p.accept("?!"):
		look.not = true
	case p.accept("?<="):
		look.behind = true
	case p.accept("?<!"):
		look.behind, look.not = true, true
	case p.accept("?<"):
		name, err := p.groupName()
		if err != nil {
			return nil, err
		}
		if p.names[name] {
			return nil, wrong(start, "two groups have the same name").mend("rename one of them")
		}
		p.names[name] = true
		p.groups++
		isLook = false
	case p.peek() == '?':
		return nil, foreignGroup(start, p.src[p.pos+1:])
	default:
		p.groups++
		isLook = false
	}
	body, err := p.alternatives()
	if err != nil {
		return nil, err
	}
	if !p.accept(")") {
		return nil, wrong(start, "the group is not closed").mend(`close it, or write \( for the character`)
	}
	if isLook {
		look.subs = []*node{body}
		return look, nil
	}
	switch body.op {
	case opBegin, opEnd, opBoundary, opNoBoundary, opLook, opRefused:
		// In a group, an assertion may be repeated after all.
		return &node{op: opConcat, pos: start, subs: []*node{body}}, nil
	default:
		return body, nil
	}
}

// foreignGroup explains "(?" and what follows it, which other dialects know.
func foreignGroup(start int, rest string) *Error {
	switch {
	case strings.HasPrefix(rest, "P<"):
		return wrong(start, "(?P<name> is not ECMA-262").mend("write (?<name>")
	case strings.HasPrefix(rest, "P"):
		return wrong(start, "(?P is not ECMA-262")
	case strings.HasPrefix(rest, "#"):
		return wrong(start, "comments are not ECMA-262").mend("leave the comment out")
	case strings.HasPrefix(rest, ">"):
		return wrong(start, "atomic groups are not ECMA-262").mend("write (?: instead")
	case strings.TrimLeft(rest, "ims-") != rest:
		return wrong(start, "flags inside an expression are not supported").mend("spell the cases out, as in [Aa]")
	default:
		return wrong(start, `"(?" begins no group`).mend(`write (\? for the characters`)
	}
}

// groupName reads a name and its ">".
func (p *parser) groupName() (string, *Error) {
	start := p.pos
	for p.pos < len(p.src) {
		at := p.pos
		switch r := p.next(); {
		case r == '>' && at > start:
			return p.src[start:at], nil
		case r == '_', r == '$', unicode.IsLetter(r), at > start && unicode.In(r, unicode.Nd, unicode.Mn, unicode.Mc, unicode.Pc):
		default:
			return "", wrong(start, "the name of the group is not an identifier").mend("write letters and digits, then >")
		}
	}
	return "", wrong(start, "the name of the group is not closed").mend("close it with >")
}
