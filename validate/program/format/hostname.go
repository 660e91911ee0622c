package format

import (
	"bytes"
	"unicode/utf8"
)

const (
	maxName  = 253 // bytes of a host name without its final dot
	maxLabel = 63  // bytes of a label, RFC 1035 section 2.3.4
)

var alnumBytes = newByteSet("")

// hostname1123 is a host name of RFC 1123, section 2.1.
func hostname1123(s []byte) bool { return usualName(s) || domainName(s, false) }

// hostname is hostname1123, whose A-labels are those of RFC 5890.
func hostname(s []byte) bool {
	if usualName(s) {
		return true
	}
	if !domainName(s, false) {
		return false
	}
	if bytes.IndexByte(s, '-') < 0 {
		return true
	}
	for rest := s; len(rest) > 0; {
		var label []byte
		label, rest = cutLabel(rest)
		if hasACEPrefix(label) {
			return internationalName(string(s))
		}
	}
	return true
}

// domainName is a sequence of labels of letters, digits and hyphens, to which
// international adds all beyond ASCII.
func domainName(s []byte, international bool) bool {
	if len(s) > maxName {
		return false
	}
	start := 0
	for i, c := range s {
		if alnumBytes[c] {
			continue
		}
		switch {
		case c >= utf8.RuneSelf && international:
		case c == '-':
			if i == start {
				return false
			}
		case c == '.':
			if i == start || i-start > maxLabel || s[i-1] == '-' {
				return false
			}
			start = i + 1
		default:
			return false
		}
	}
	return start < len(s) && len(s)-start <= maxLabel && s[len(s)-1] != '-'
}

// cutLabel splits s at its first dot.
func cutLabel(s []byte) (label, rest []byte) {
	for i, c := range s {
		if c == '.' {
			return s[:i], s[i+1:]
		}
	}
	return s, nil
}

// hasACEPrefix reports whether a label is an A-label, or pretends to be one.
func hasACEPrefix[T string | []byte](label T) bool {
	return len(label) >= 4 && label[0]|0x20 == 'x' && label[1]|0x20 == 'n' && label[2] == '-' && label[3] == '-'
}
