package format

import (
	"bytes"
	"unicode/utf8"
)

// uri is URI of RFC 3986, which has a scheme.
func uri(s []byte) bool { return plainWeb(s) || hasScheme(s) && reference(s, false) }

// uriReference is URI-reference of RFC 3986.
func uriReference(s []byte) bool { return plainWeb(s) || plainPath(s) || reference(s, false) }

// iri is IRI of RFC 3987.
func iri(s []byte) bool { return plainWeb(s) || hasScheme(s) && reference(s, true) }

// iriReference is IRI-reference of RFC 3987.
func iriReference(s []byte) bool { return plainWeb(s) || plainPath(s) || reference(s, true) }

// plainWeb reports whether s is an http URL of plain characters: without
// percent-encoded ones, a port or a user. NOTE: nearly all URIs
// in records are of this kind, and one pass knows them in a third of the time.
func plainWeb(s []byte) bool {
	switch {
	case len(s) < 8 || string(s[:4]) != "http":
		return false
	case string(s[4:8]) == "s://":
		s = s[8:]
	case string(s[4:7]) == "://":
		s = s[7:]
	default:
		return false
	}
	// Whatever is plain is fine in a host as well as in a path.
	i := plainRun(s, 0)
	return i == len(s) || bytes.IndexByte(s[:i], '/') >= 0 && plainTail(s, i)
}

// plainTail reports whether s goes on from i with plain characters of a path,
// a query and a fragment.
func plainTail(s []byte, i int) bool {
	for i = plainRun(s, i); i < len(s) && queryBytes[s[i]]; {
		i++
	}
	if i < len(s) && s[i] == '#' {
		for i++; i < len(s) && queryBytes[s[i]]; {
			i++
		}
	}
	return i == len(s)
}

// plainPath reports whether s is a reference of plain characters that begins
// with a path from the root.
func plainPath(s []byte) bool {
	return len(s) >= 2 && s[0] == '/' && s[1] != '/' && plainTail(s, 1)
}

const subDelims = "!$&'()*+,;="

// The characters that the parts of a URI may hold besides percent-encoded
// ones.
var (
	regNameBytes  = newByteSet("-._~" + subDelims)
	userinfoBytes = newByteSet("-._~:" + subDelims)
	pathBytes     = newByteSet("-._~:@/" + subDelims)
	queryBytes    = newByteSet("-._~:@/?" + subDelims)
	schemeBytes   = newByteSet("+-.")
)

// hasScheme reports whether s begins with a scheme and its colon.
func hasScheme(s []byte) bool { return schemeLen(s) > 0 }

// schemeLen returns the length of the scheme that s begins with.
func schemeLen(s []byte) int {
	for i, c := range s {
		switch {
		case c == ':':
			return i
		case i == 0 && !isAlpha(c), !schemeBytes.has(c):
			return 0
		}
	}
	return 0
}

// reference is URI-reference, or IRI-reference if international.
func reference(s []byte, international bool) bool {
	scheme := schemeLen(s)
	if scheme > 0 {
		s = s[scheme+1:]
	}
	if i := bytes.IndexByte(s, '#'); i >= 0 {
		if !holds(s[i+1:], queryBytes, international, false) {
			return false
		}
		s = s[:i]
	}
	if i := bytes.IndexByte(s, '?'); i >= 0 {
		if !holds(s[i+1:], queryBytes, international, international) {
			return false
		}
		s = s[:i]
	}
	if len(s) >= 2 && s[0] == '/' && s[1] == '/' {
		s = s[2:]
		end := bytes.IndexByte(s, '/')
		if end < 0 {
			end = len(s)
		}
		return authority(s[:end], international) && holds(s[end:], pathBytes, international, false)
	}
	if scheme == 0 {
		// A colon in the first segment of a relative path would end a scheme.
		segment, _, _ := bytes.Cut(s, []byte("/"))
		if bytes.IndexByte(segment, ':') >= 0 {
			return false
		}
	}
	return holds(s, pathBytes, international, false)
}

// authority is [userinfo "@"] host [":" port].
func authority(s []byte, international bool) bool {
	if i := bytes.IndexByte(s, '@'); i >= 0 {
		if !holds(s[:i], userinfoBytes, international, false) {
			return false
		}
		s = s[i+1:]
	}
	if len(s) > 0 && s[0] == '[' {
		end := bytes.IndexByte(s, ']')
		return end > 0 && ipLiteral(s[1:end]) && port(s[end+1:])
	}
	host := s
	if i := bytes.IndexByte(s, ':'); i >= 0 {
		host = s[:i]
	}
	return port(s[len(host):]) && holds(host, regNameBytes, international, false)
}

// port is nothing, or a colon and digits, of which there may be none.
func port(s []byte) bool {
	return len(s) == 0 || s[0] == ':' && number(s[1:]) == len(s)-1
}

// ipLiteral is what stands in brackets: IPv6address or IPvFuture.
func ipLiteral(s []byte) bool {
	if len(s) == 0 || s[0]|0x20 != 'v' {
		return ipv6(s)
	}
	version := 1
	for version < len(s) && isHex(s[version]) {
		version++
	}
	if version == 1 || version+1 >= len(s) || s[version] != '.' {
		return false
	}
	for _, c := range s[version+1:] {
		if !userinfoBytes.has(c) {
			return false
		}
	}
	return true
}

// holds reports whether s has only characters of the set, percent-encoded
// bytes and, if international, those that RFC 3987 adds; private adds those
// for private use.
func holds(s []byte, set *byteSet, international, private bool) bool {
	for i := 0; ; {
		for i < len(s) && set[s[i]] {
			i++
		}
		if i == len(s) {
			return true
		}
		switch c := s[i]; {
		case c == '%':
			if !isEscape(s[i:]) {
				return false
			}
			i += 3
		case c >= utf8.RuneSelf && international:
			r, size := utf8.DecodeRune(s[i:])
			if r == utf8.RuneError && size <= 1 || !isUCS(r) && !(private && isPrivate(r)) {
				return false
			}
			i += size
		default:
			return false
		}
	}
}

// isUCS reports whether r is ucschar of RFC 3987.
func isUCS(r rune) bool {
	switch {
	case r < 0x10000:
		return 0xa0 <= r && r <= 0xd7ff || 0xf900 <= r && r <= 0xfdcf || 0xfdf0 <= r && r <= 0xffef
	case r < 0xe0000:
		return r&0xffff <= 0xfffd
	default:
		return 0xe1000 <= r && r <= 0xefffd
	}
}

// isPrivate reports whether r is iprivate of RFC 3987.
func isPrivate(r rune) bool {
	return 0xe000 <= r && r <= 0xf8ff || r >= 0xf0000 && r&0xffff <= 0xfffd
}
