package format

import (
	"bytes"
)

// The literals of a template besides percent-encoded ones, and the operators
// of its expressions, of which some are reserved. The apostrophe is allowed
// by erratum 6937.
var (
	templateLiterals = newByteSet("!#$&'()*+,-./:;=?@[]_~")
	templateOperator = byteSet{'+': true, '#': true, '.': true, '/': true, ';': true, '?': true, '&': true, '=': true, ',': true, '!': true, '@': true, '|': true}
	templateNames    = newByteSet("_")
)

// uriTemplate is URI-Template of RFC 6570, section 2.
func uriTemplate(s []byte) bool {
	if plainTemplate(s) {
		return true
	}
	for len(s) > 0 {
		open := bytes.IndexByte(s, '{')
		if open < 0 {
			open = len(s)
		}
		if !holds(s[:open], templateLiterals, true, true) {
			return false
		}
		if s = s[open:]; len(s) == 0 {
			return true
		}
		end := bytes.IndexByte(s, '}')
		if end < 0 || !templateExpression(s[1:end]) {
			return false
		}
		s = s[end+1:]
	}
	return true
}

// plainTemplate reports whether s is a template of plain literals and of
// expressions with one plain name. NOTE: nearly all templates are.
func plainTemplate(s []byte) bool {
	for i := 0; ; {
		if i = plainRun(s, i); i == len(s) {
			return true
		}
		if s[i] == ':' || s[i] == '?' || s[i] == '=' || s[i] == '&' {
			i++
			continue
		}
		if s[i] != '{' {
			return false
		}
		if i++; i < len(s) && templateOperator[s[i]] {
			i++
		}
		start := i
		for i < len(s) && templateNames[s[i]] {
			i++
		}
		if i == start || i == len(s) || s[i] != '}' {
			return false
		}
		i++
	}
}

// templateExpression is [operator] variable-list.
func templateExpression(s []byte) bool {
	if len(s) > 0 && templateOperator[s[0]] {
		s = s[1:]
	}
	for {
		spec, rest, more := bytes.Cut(s, []byte(","))
		if !templateVariable(spec) {
			return false
		}
		if !more {
			return true
		}
		s = rest
	}
}

// templateVariable is varspec: a name, and a prefix length or an asterisk.
func templateVariable(s []byte) bool {
	if n := len(s); n > 0 && s[n-1] == '*' {
		s = s[:n-1]
	} else if name, length, ok := bytes.Cut(s, []byte(":")); ok {
		if n := len(length); n == 0 || n > 4 || number(length) < n || length[0] == '0' {
			return false
		}
		s = name
	}
	dot := true // a dot would be out of place
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '.' && !dot:
			dot = true
			continue
		case templateNames.has(c):
		case isEscape(s[i:]):
			i += 2
		default:
			return false
		}
		dot = false
	}
	return !dot
}
