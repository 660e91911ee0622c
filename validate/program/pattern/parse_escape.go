package pattern

import (
	"strings"
	"unicode"
	"unicode/utf16"
)

// escape reads an escape outside a class, whose backslash at start is behind
// us.
func (p *parser) escape(start int) (*node, *Error) {
	switch c := p.peek(); {
	case c == 'b':
		p.pos++
		return &node{op: opBoundary, pos: start}, nil
	case c == 'B':
		p.pos++
		return &node{op: opNoBoundary, pos: start}, nil
	case '1' <= c && c <= '9':
		n, _ := p.number()
		p.numbers = append(p.numbers, reference{pos: start, number: n})
		return backReference(start), nil
	case c == 'k':
		p.pos++
		if !p.accept("<") {
			return nil, wrong(start, `\k needs the name of a group`).mend(`write \k<name>`)
		}
		name, err := p.groupName()
		p.named = append(p.named, reference{pos: start, name: name})
		return backReference(start), err
	default:
		s, err := p.escaped(start)
		return &node{op: opSet, pos: start, set: s}, err
	}
}

func backReference(pos int) *node {
	return &node{op: opRefused, pos: pos, refusal: refuse(pos, "back-references need backtracking").
		mend("spell out what may be repeated")}
}

// escaped reads what follows a backslash, in or outside a class, where it
// stands for characters.
func (p *parser) escaped(start int) (set, *Error) {
	if p.pos == len(p.src) {
		return nil, wrong(start, "the backslash escapes nothing").mend(`write \\ for the character`)
	}
	switch r := p.next(); r {
	case 'd':
		return digits, nil
	case 'D':
		return digits.complement(), nil
	case 'w':
		return word, nil
	case 'W':
		return word.complement(), nil
	case 's':
		return space, nil
	case 'S':
		return space.complement(), nil
	case 't':
		return single('\t'), nil
	case 'n':
		return single('\n'), nil
	case 'v':
		return single('\v'), nil
	case 'f':
		return single('\f'), nil
	case 'r':
		return single('\r'), nil
	case '0':
		if c := p.peek(); '0' <= c && c <= '9' {
			return nil, wrong(start, "octal escapes are not ECMA-262").mend(`write \xHH`)
		}
		return single(0), nil
	case 'c':
		c := p.peek() | 0x20
		if c < 'a' || c > 'z' {
			return nil, wrong(start, `\c needs a letter`).mend(`write \cA to \cZ, or \\c for the characters`)
		}
		p.pos++
		return single(rune(c - 'a' + 1)), nil
	case 'x':
		c, ok := p.hex(2)
		if !ok {
			return nil, wrong(start, `\x needs two hexadecimal digits`)
		}
		return single(c), nil
	case 'u':
		return p.unicodeEscape(start)
	case 'p', 'P':
		s, err := p.property(start)
		if r == 'P' {
			s = s.complement()
		}
		return s, err
	default:
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return nil, wrong(start, `\%c is not an escape of ECMA-262`, r).mend(foreignEscape(r))
		}
		return single(r), nil
	}
}

// foreignEscape advises on escapes that other dialects know.
func foreignEscape(r rune) string {
	switch r {
	case 'A':
		return "write ^ for the beginning"
	case 'z', 'Z':
		return "write $ for the end"
	case 'a':
		return `write \x07 for the bell`
	case 'e':
		return `write \x1b for the escape character`
	case 'h':
		return `write [ \t] for blanks`
	case 'R':
		return `write \r?\n for a line's end`
	case 'Q', 'E':
		return "escape the characters one by one"
	case 'X':
		return "write . for a character"
	default:
		return "leave the backslash out"
	}
}

// hex reads n hexadecimal digits.
func (p *parser) hex(n int) (rune, bool) {
	if len(p.src)-p.pos < n {
		return 0, false
	}
	var r rune
	for _, c := range []byte(p.src[p.pos : p.pos+n]) {
		d, ok := hexDigit(c)
		if !ok {
			return 0, false
		}
		r = r<<4 | d
	}
	p.pos += n
	return r, true
}

func hexDigit(c byte) (rune, bool) {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0'), true
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return rune(c|0x20-'a') + 10, true
	default:
		return 0, false
	}
}

// unicodeEscape reads \uHHHH, a surrogate pair of two of them, or \u{H…}.
func (p *parser) unicodeEscape(start int) (set, *Error) {
	if p.accept("{") {
		r, n := rune(0), 0
		for ; ; n++ {
			d, ok := hexDigit(p.peek())
			if !ok {
				break
			}
			p.pos++
			if r = r<<4 | d; r > unicode.MaxRune {
				return nil, wrong(start, `\u{…} is beyond the last code point`).mend(`write \u{10FFFF} at most`)
			}
		}
		if n == 0 || !p.accept("}") {
			return nil, wrong(start, `\u{…} needs hexadecimal digits and a closing brace`)
		}
		return single(r), nil
	}
	r, ok := p.hex(4)
	if !ok {
		return nil, wrong(start, `\u needs four hexadecimal digits`).mend(`write \uHHHH or \u{H…}`)
	}
	if r >= 0xd800 && r <= 0xdbff {
		after := p.pos
		if p.accept(`\u`) {
			if low, ok := p.hex(4); ok && low >= 0xdc00 && low <= 0xdfff {
				return single(utf16.DecodeRune(r, low)), nil
			}
		}
		p.pos = after
	}
	return single(r), nil
}

// property reads the braces of \p or \P.
func (p *parser) property(start int) (set, *Error) {
	end := strings.IndexByte(p.src[p.pos:], '}')
	if p.peek() != '{' || end < 0 {
		return nil, wrong(start, `\p needs the name of a property in braces`).mend(`write \p{L}, for one`)
	}
	name := p.src[p.pos+1 : p.pos+end]
	p.pos += end + 1
	return property(start, name)
}
