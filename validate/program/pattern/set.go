package pattern

import (
	"slices"
	"unicode"
)

// set is a set of characters: pairs of first and last, ascending, with gaps
// between them.
type set []rune

// single returns the set of one character.
func single(r rune) set { return set{r, r} }

// rune returns the only character of s.
func (s set) rune() (rune, bool) {
	if len(s) == 2 && s[0] == s[1] {
		return s[0], true
	}
	return 0, false
}

// has reports whether r is in s.
func (s set) has(r rune) bool {
	lo, hi := 0, len(s)/2
	for lo < hi {
		m := int(uint(lo+hi) >> 1)
		switch {
		case r < s[2*m]:
			hi = m
		case r > s[2*m+1]:
			lo = m + 1
		default:
			return true
		}
	}
	return false
}

// normal sorts pairs in any order into a set.
func normal(pairs []rune) set {
	type span struct{ lo, hi rune }
	spans := make([]span, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		spans = append(spans, span{pairs[i], pairs[i+1]})
	}
	slices.SortFunc(spans, func(a, b span) int { return int(a.lo) - int(b.lo) })
	var s set
	for _, p := range spans {
		if n := len(s); n > 0 && p.lo <= s[n-1]+1 {
			s[n-1] = max(s[n-1], p.hi)
			continue
		}
		s = append(s, p.lo, p.hi)
	}
	return s
}

// union returns the characters that are in any of sets.
func union(sets ...set) set { return normal(slices.Concat(sets...)) }

// complement returns the characters that are not in s.
func (s set) complement() set {
	var out set
	next := rune(0)
	for i := 0; i < len(s); i += 2 {
		if s[i] > next {
			out = append(out, next, s[i]-1)
		}
		next = s[i+1] + 1
	}
	if next <= unicode.MaxRune {
		out = append(out, next, unicode.MaxRune)
	}
	return out
}

// minus returns the characters of s that are not in t.
func (s set) minus(t set) set { return union(s.complement(), t).complement() }

// fromTable returns the set of a Unicode table.
func fromTable(t *unicode.RangeTable) set {
	var pairs []rune
	add := func(lo, hi, stride rune) {
		if stride == 1 {
			pairs = append(pairs, lo, hi)
			return
		}
		for r := lo; r <= hi; r += stride {
			pairs = append(pairs, r, r)
		}
	}
	for _, r := range t.R16 {
		add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	for _, r := range t.R32 {
		add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	return normal(pairs)
}

// The classes of ECMA-262 that have an escape of one letter, and the dot.
var (
	digits = set{'0', '9'}
	word   = set{'0', '9', 'A', 'Z', '_', '_', 'a', 'z'}
	// WhiteSpace and LineTerminator: ASCII, NBSP, the rest of Zs, LS, PS and
	// the byte order mark.
	space = set{
		'\t', '\r', ' ', ' ', 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a,
		0x2028, 0x2029, 0x202f, 0x202f, 0x205f, 0x205f, 0x3000, 0x3000, 0xfeff, 0xfeff,
	}
	newlines = set{'\n', '\n', '\r', '\r', 0x2028, 0x2029}
	dot      = newlines.complement()
	all      = set{0, unicode.MaxRune}
)
