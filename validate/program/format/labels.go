package format

import "math/bits"

// labels are where dots, hyphens and @ stand in a text of at most 64 bytes that
// is otherwise letters and digits, as sets of its bytes.
//
// NOTE: the rules of host names and mailboxes are a few operations on these
// sets. A loop over bytes guesses wrongly at most dots.
type labels struct {
	dots, hyphens, ats uint64
	last               uint64 // the last byte
}

// findLabels reports false for other texts, and for those at the very end of a
// document.
func findLabels(s []byte) (l labels, ok bool) {
	n := len(s)
	if n == 0 || n > 64 || (n+7)&^7 > cap(s) {
		return l, false
	}
	s = s[:(n+7)&^7]
	l.last = 1 << (n - 1)
	var other uint64
	for i := 0; len(s) >= 8; i, s = i+8, s[8:] {
		w := word(s)
		if rest := n - i; rest < 8 {
			keep := uint64(1)<<(8*rest&63) - 1
			w = w&keep | 'a'*ones&^keep
		}
		lower := w | 0x20*ones
		letters := (lower + (0x80-'a')*ones) &^ (lower + (0x7F-'z')*ones)
		digits := (w + (0x80-'0')*ones) &^ (w + (0x7F-'9')*ones)
		dots, hyphens, ats := equal(w, '.'), equal(w, '-'), equal(w, '@')
		other |= ^(letters | digits | dots | hyphens | ats) | w
		l.dots |= gather(dots) << (i & 63)
		l.hyphens |= gather(hyphens) << (i & 63)
		l.ats |= gather(ats) << (i & 63)
	}
	return l, other&highs == 0
}

// equal marks by their high bits the bytes of w, all ASCII, that are c.
func equal(w uint64, c byte) uint64 { return ^(w ^ uint64(c)*ones + 0x7F*ones) & highs }

// gather returns the high bits of the bytes of w, as the low byte.
func gather(w uint64) uint64 { return w >> 7 * 0x0102040810204080 >> 56 }

// usualName reports whether s is a host name without A-labels such as most are.
// It may report false for others.
func usualName(s []byte) bool {
	l, ok := findLabels(s)
	return ok && len(s) <= maxLabel && l.ats == 0 && l.hyphens&(l.hyphens<<1) == 0 && l.apart(l.dots, l.hyphens)
}

// usualMailbox reports whether s is a mailbox such as most are. It may report
// false for others.
func usualMailbox(s []byte) bool {
	l, ok := findLabels(s)
	if !ok || bits.OnesCount64(l.ats) != 1 {
		return false
	}
	domain := ^(l.ats<<1 - 1)
	return l.apart(l.dots|l.ats, l.hyphens&domain)
}

// apart reports whether the ends of the text and all marks stand apart, and
// hyphens neither beside a mark nor at an end.
func (l *labels) apart(marks, hyphens uint64) bool {
	return marks&(marks<<1|1|l.last) == 0 && hyphens&(marks<<1|marks>>1|1|l.last) == 0
}
