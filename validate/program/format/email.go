package format

import (
	"bytes"
	"unicode/utf8"
)

// maxLocal is the size of a local part in bytes, RFC 5321 section 4.5.3.1.1.
const maxLocal = 64

var atext = newByteSet("!#$%&'*+-/=?^_`{|}~")

// email is Mailbox of RFC 5321, section 4.1.2.
func email(s []byte) bool { return usualMailbox(s) || mailbox(s, false) }

// idnEmail is Mailbox as RFC 6531, section 3.3, extends it to UTF-8. Beyond
// ASCII its domain is not held against IDNA, because mail systems normalise
// before they look it up.
func idnEmail(s []byte) bool { return usualMailbox(s) || mailbox(s, true) }

func mailbox(s []byte, international bool) bool {
	n := localPart(s, international)
	if n == 0 || n > maxLocal || n == len(s) || s[n] != '@' {
		return false
	}
	domain := s[n+1:]
	if len(domain) > 1 && domain[0] == '[' {
		return addressLiteral(domain)
	}
	return domainName(domain, international)
}

// localPart returns the length of the local part that s begins with.
func localPart(s []byte, international bool) int {
	if len(s) > 0 && s[0] == '"' {
		return quotedString(s, international)
	}
	if n := plainRun(s, 0); n < len(s) && s[n] == '@' && dotsApart(s[:n]) {
		return n
	}
	dot := true // a dot would be out of place
	for i, c := range s {
		if atext[c] {
			dot = false
			continue
		}
		switch {
		case c == '.':
			if dot {
				return 0
			}
			dot = true
		case c >= utf8.RuneSelf && international:
			dot = false
		case dot:
			return 0
		default:
			return i
		}
	}
	return 0
}

// dotsApart reports whether s neither begins nor ends with a dot nor has two in a
// row.
func dotsApart(s []byte) bool {
	for at := 0; ; at++ {
		n := bytes.IndexByte(s[at:], '.')
		if n < 0 {
			return at < len(s)
		}
		if at += n; n == 0 {
			return false
		}
	}
}

// quotedString returns the length of the Quoted-string that s begins with.
func quotedString(s []byte, international bool) int {
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return i + 1
		case c == '\\':
			i++
			if i == len(s) || s[i] < ' ' || s[i] > '~' {
				return 0
			}
		case c >= utf8.RuneSelf && international:
		case c < ' ' || c > '~':
			return 0
		}
	}
	return 0
}

// addressLiteral is an address in brackets. Of the tags that the grammar
// leaves room for, only that of IPv6 was ever registered.
func addressLiteral(s []byte) bool {
	last := len(s) - 1
	if s[last] != ']' {
		return false
	}
	s = s[1:last]
	const tag = "IPv6:"
	if len(s) > len(tag) && bytes.EqualFold(s[:len(tag)], []byte(tag)) {
		return ipv6(s[len(tag):])
	}
	return ipv4(s)
}
