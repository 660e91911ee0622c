package compat

import (
	"regexp/syntax"
	"slices"
	"strings"
)

// formatted are strings of the common formats.
var formatted = []string{
	"2024-02-29T12:30:00Z", "2024-02-29", "12:30:00Z", "P1DT2H", "ann@example.com", "example.com", "192.0.2.1", "2001:db8::1",
	"https://example.com/a?b=c", "/a/b", "urn:example:a", "3e4666bf-d5e5-4aa7-b8ce-cefe41c7568a", "/a~1b", "1/a", "[a-z]+",
	"https://example.com/{id}", "[", "EUR", "a b", "123456",
}

// address is an e-mail address of n characters; one label of a host name has
// at most 63.
func address(n int) string {
	var b strings.Builder
	b.WriteString("a@")
	for b.Len() < n {
		left := n - b.Len()
		if b.Len() > 2 {
			b.WriteByte('.')
			left--
		}
		label := min(left, 60)
		if left-label == 1 {
			label-- // no label is empty
		}
		b.WriteString(strings.Repeat("a", label))
	}
	return b.String()
}

// matching returns a few strings that match an expression, or nearly.
func matching(expr string) []string {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil
	}
	var list []string
	for turn := range 6 {
		var b strings.Builder
		write(&b, re, turn)
		if s := b.String(); len(s) <= maxText && !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

func write(b *strings.Builder, re *syntax.Regexp, turn int) {
	if b.Len() > maxText {
		return
	}
	times := func(n int) {
		for range n {
			write(b, re.Sub[0], turn)
		}
	}
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		b.WriteRune(oneOf(re.Rune, turn))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte("aZ0-_ "[turn])
	case syntax.OpCapture, syntax.OpConcat:
		for _, sub := range re.Sub {
			write(b, sub, turn)
		}
	case syntax.OpAlternate:
		write(b, re.Sub[turn%len(re.Sub)], turn)
	case syntax.OpStar:
		times(turn)
	case syntax.OpQuest:
		times(turn % 2)
	case syntax.OpPlus:
		times(1 + turn)
	case syntax.OpRepeat:
		n := re.Min + turn
		if turn == 5 && re.Max >= 0 {
			n = re.Max
		}
		if re.Max >= 0 {
			n = min(n, re.Max)
		}
		times(n)
	default:
	}
}

// oneOf chooses a character of a class, plain ones first.
func oneOf(ranges []rune, turn int) rune {
	const plain = "aA0bZ9-_ zc1"
	in := func(r rune) bool {
		for i := 0; i+1 < len(ranges); i += 2 {
			if r >= ranges[i] && r <= ranges[i+1] {
				return true
			}
		}
		return false
	}
	var fit []rune
	for _, r := range plain {
		if in(r) {
			fit = append(fit, r)
		}
	}
	if len(fit) > 0 {
		return fit[turn%len(fit)]
	}
	if len(ranges) > 0 {
		return ranges[0]
	}
	return 'a'
}
