package format

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// registration validates as RFC 5891, section 4, asks, short of what this
// file adds: it knows UTS #46's code points rather than those of RFC 5892,
// lacks the contextual rules other than those for joiners, and places its
// check of hyphens by bytes.
var registration = idna.New(idna.ValidateForRegistration(), idna.CheckHyphens(false))

// joiners checks the contextual rules for the zero-width joiners and no more.
var joiners = idna.New(idna.CheckJoiners(true))

// idnHostname is a name of RFC 5890, section 2.3.2.3: labels in either form,
// separated by one of the four dots of RFC 3490.
func idnHostname(s []byte) bool {
	ascii, reserved := true, false
	for i, c := range s {
		ascii = ascii && c < utf8.RuneSelf
		reserved = reserved || c == '-' && i > 2 && s[i-1] == '-' && (i == 3 || s[i-4] == '.')
	}
	if ascii && !reserved {
		return domainName(s, false)
	}
	return internationalName(dots.Replace(string(s)))
}

var dots = strings.NewReplacer("\u3002", ".", "\uff0e", ".", "\uff61", ".")

// internationalName judges a name whose labels are separated by full stops.
func internationalName(name string) bool {
	if len(name) > 4*maxName {
		return false
	}
	labels := strings.Split(name, ".")
	for i, label := range labels {
		if label == "" {
			return false
		}
		if isASCII(label) {
			labels[i] = strings.ToLower(label)
		}
	}
	lower := strings.Join(labels, ".")
	encoded, err := registration.ToASCII(lower)
	if err != nil || len(encoded) > maxName || !domainName([]byte(encoded), false) {
		return false
	}
	encodedLabels := strings.Split(encoded, ".")
	for i, label := range labels {
		// What is ASCII comes back unchanged, or its Punycode was not canonical.
		if isASCII(label) && label != encodedLabels[i] {
			return false
		}
		if hasACEPrefix(label) {
			u, err := registration.ToUnicode(label)
			if err != nil || isASCII(u) {
				return false
			}
			label = u
		}
		if !validLabel([]rune(label)) {
			return false
		}
	}
	return true
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// validLabel applies the rules of RFC 5891, section 4.2, and of RFC 5892.
func validLabel(label []rune) bool {
	last := len(label) - 1
	if label[0] == '-' || label[last] == '-' || last >= 3 && label[2] == '-' && label[3] == '-' {
		return false
	}
	if unicode.Is(unicode.M, label[0]) {
		return false
	}
	for i, r := range label {
		if !permitted(r) || !inContext(label, i) {
			return false
		}
	}
	return true
}

// permitted reports whether r is PVALID, CONTEXTJ or CONTEXTO of RFC 5892.
// What is unstable under normalisation or case folding, unassigned or
// ignorable, registration has refused already.
func permitted(r rune) bool {
	switch {
	case r == '-', r == 0xb7, r == 0x375, r == 0x5f3, r == 0x5f4, r == 0x6fd, r == 0x6fe,
		r == 0xf0b, r == zwnj, r == zwj, r == 0x3007, r == 0x30fb:
		return true
	case r == 0x640, r == 0x7fa, r == 0x302e, r == 0x302f, 0x3031 <= r && r <= 0x3035, r == 0x303b:
		return false
	case 0x1100 <= r && r <= 0x11ff, 0xa960 <= r && r <= 0xa97c, 0xd7b0 <= r && r <= 0xd7fb: // conjoining jamo
		return false
	default:
		return unicode.In(r, unicode.Ll, unicode.Lo, unicode.Lm, unicode.Nd, unicode.Mn, unicode.Mc)
	}
}

const (
	zwnj = 0x200c
	zwj  = 0x200d
)

// inContext applies the rules of RFC 5892, appendix A, to label[i].
func inContext(label []rune, i int) bool {
	before, after := rune(-1), rune(-1)
	if i > 0 {
		before = label[i-1]
	}
	if i+1 < len(label) {
		after = label[i+1]
	}
	switch r := label[i]; {
	case r == zwnj, r == zwj:
		return i > 0 && joined(label, i)
	case r == 0xb7: // middle dot, as in Catalan
		return before == 'l' && after == 'l'
	case r == 0x375: // Greek keraia
		return unicode.Is(unicode.Greek, after)
	case r == 0x5f3, r == 0x5f4: // Hebrew geresh, gershayim
		return unicode.Is(unicode.Hebrew, before)
	case r == 0x30fb: // Katakana middle dot
		return has(label, func(r rune) bool { return unicode.In(r, unicode.Hiragana, unicode.Katakana, unicode.Han) })
	case isArabicIndic(r):
		return !has(label, isExtendedArabicIndic)
	case isExtendedArabicIndic(r):
		return !has(label, isArabicIndic)
	default:
		return true
	}
}

func isArabicIndic(r rune) bool         { return 0x660 <= r && r <= 0x669 }
func isExtendedArabicIndic(r rune) bool { return 0x6f0 <= r && r <= 0x6f9 }

func has(label []rune, f func(rune) bool) bool {
	for _, r := range label {
		if f(r) {
			return true
		}
	}
	return false
}

// joined applies the rules for the joiner label[i]. Package idna judges
// only the first joiner of a label with certainty, so it is shown this one
// alone, with what stands between its neighbours.
func joined(label []rune, i int) bool {
	const virama = 9 // canonical combining class
	if norm.NFC.PropertiesString(string(label[i-1])).CCC() == virama {
		return true
	}
	if label[i] == zwj {
		return false
	}
	from, to := i, i+1
	for from > 0 && label[from-1] != zwnj && label[from-1] != zwj {
		from--
	}
	for to < len(label) && label[to] != zwnj && label[to] != zwj {
		to++
	}
	_, err := joiners.ToASCII(string(label[from:to]))
	return err == nil
}
