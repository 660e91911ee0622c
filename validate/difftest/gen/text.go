package gen

import (
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// samples of the formats: good ones, and some that are nearly so.
var samples = map[string][]string{
	"date-time":             {"2024-02-29T12:30:00Z", "1998-12-31T23:59:60Z", "2024-01-01t00:00:00z", "2024-01-01T00:00:00.123456+05:30", "2023-02-29T00:00:00Z", "2024-01-01 00:00:00Z", "2024-01-01", "2024-01-01T24:00:00Z"},
	"date":                  {"2024-02-29", "1999-12-31", "2023-02-29", "2024-1-1", "20240101", "2024-13-01"},
	"time":                  {"12:00:00Z", "23:59:60Z", "08:30:06.283185+01:00", "12:00:00", "24:00:00Z", "12:00Z"},
	"duration":              {"P1D", "PT1H30M", "P4W", "P1Y2M3DT4H5M6S", "P", "PT", "P1D2H", "P1W2D", "1D"},
	"email":                 {"a@example.com", "a.b+c@sub.example.com", "\"a b\"@example.com", "a@[127.0.0.1]", "a@b", "a", "@b", "a..b@example.com", ".a@example.com"},
	"idn-email":             {"ü@exämple.com", "a@example.com", "a"},
	"hostname":              {"example.com", "a-b.c", "xn--nxasmq6b", "-a.com", "a_b.com", "a..b", "", "A.B.", strings.Repeat("a", 64) + ".com"},
	"idn-hostname":          {"exämple.com", "실례.테스트", "-a", "a。b", ""},
	"ipv4":                  {"127.0.0.1", "255.255.255.255", "256.0.0.1", "1.2.3", "01.2.3.4", "0.0.0.0"},
	"ipv6":                  {"::1", "2001:db8::1", "::ffff:1.2.3.4", "1::2::3", "12345::", "fe80::1%eth0", "1:2:3:4:5:6:7:8"},
	"uri":                   {"https://example.com/a?b#c", "urn:isbn:1", "mailto:a@b", "//example.com", "http://a b", "http://[::1]/", "a:", "http://%zz"},
	"uri-reference":         {"/a/b?c#d", "../x", "", "#f", "a b", "\\\\x", "http://example.com"},
	"iri":                   {"http://ƒøø.ßår/", "http://example.com", "/abc", "http://2001:db8::1"},
	"iri-reference":         {"/âππ", "#ƒrägmênt", "\\\\x", ""},
	"uri-template":          {"http://example.com/{a}/{b*}", "{+x}", "{", "}", "", "{a:3}"},
	"json-pointer":          {"", "/a/b", "/a~1b/~0", "/~", "a", "/"},
	"relative-json-pointer": {"0", "1/a", "0#", "01", "-1", "", "2#a"},
	"regex":                 {"^a+$", "[a-z]{2,3}", "(", "a{2,1}", "\\p{L}", "(?=a)", ""},
	"uuid":                  {"123e4567-e89b-12d3-a456-426614174000", "123E4567-E89B-12D3-A456-426614174000", "123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400", "00000000-0000-0000-0000-000000000000"},
}

// Formats are the names of the formats of which there are samples.
var Formats = []string{
	"date", "date-time", "duration", "email", "hostname", "idn-email", "idn-hostname", "ipv4", "ipv6", "iri", "iri-reference", "json-pointer",
	"regex", "relative-json-pointer", "time", "uri", "uri-reference", "uri-template", "uuid",
}

// words of any text.
var words = []string{
	"", "a", "b", "foo", "bar", "abc", "A", "Z9", "x-y", "foo bar", "ORD-12345678", "EUR", "é", "日本", "💩", "a\nb", "a\tb", "\u0000", "\u00a0", "\u2028",
	"null", "1", "true", "..", "/", "~", "\\", "\"", "x.y", "__proto__", "constructor", "toString", "length", "$ref", "0", "-0", "1e3", "ſ", "K", "ǅ",
}

// Word returns a short text.
func (g *Gen) Word() string {
	switch g.IntN(6) {
	case 0:
		return pick(g, words) + pick(g, words)
	case 1:
		b := make([]byte, g.IntN(12))
		for i := range b {
			b[i] = "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_. "[g.IntN(46)]
		}
		return string(b)
	default:
		return pick(g, words)
	}
}

// Formatted returns a text that has a format, or nearly so.
func (g *Gen) Formatted(format string) string {
	list, ok := samples[format]
	if !ok {
		return g.Word()
	}
	s := pick(g, list[:min(2, len(list))])
	if g.chance(3) {
		s = pick(g, list)
	}
	if g.chance(6) {
		s = g.editText(s)
	}
	return s
}

// Matching returns a text that matches an expression if that is simple.
func (g *Gen) Matching(expr string) string {
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return g.Word()
	}
	var b strings.Builder
	g.match(&b, tree.Simplify())
	return b.String()
}

func (g *Gen) match(b *strings.Builder, re *syntax.Regexp) {
	if b.Len() > 2000 {
		return
	}
	repeat := func(least, most int) {
		for range least + g.IntN(most-least+1) {
			g.match(b, re.Sub[0])
		}
	}
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			b.WriteRune(r)
		}
	case syntax.OpCharClass:
		if len(re.Rune) > 0 {
			i := g.IntN(len(re.Rune)/2) * 2
			lo, hi := re.Rune[i], min(re.Rune[i+1], re.Rune[i]+200)
			if r := lo + g.Int32N(hi-lo+1); utf8.ValidRune(r) {
				b.WriteRune(r)
			}
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteRune(pick(g, []rune("aZ0 -é💩")))
	case syntax.OpCapture, syntax.OpConcat:
		for _, sub := range re.Sub {
			g.match(b, sub)
		}
	case syntax.OpAlternate:
		g.match(b, pick(g, re.Sub))
	case syntax.OpStar:
		repeat(0, 3)
	case syntax.OpPlus:
		repeat(1, 3)
	case syntax.OpQuest:
		repeat(0, 1)
	case syntax.OpRepeat:
		most := re.Max
		if most < 0 || most > re.Min+3 {
			most = re.Min + 3
		}
		repeat(re.Min, most)
	default: // what matches no text
	}
}

// editText changes a text a little.
func (g *Gen) editText(s string) string {
	r := []rune(s)
	if len(r) == 0 {
		return g.Word()
	}
	i := g.IntN(len(r))
	switch g.IntN(8) {
	case 0:
		return string(append(r[:i:i], r[i+1:]...))
	case 1:
		return string(append(append(r[:i:i], pick(g, []rune("aZ0-_. \n/é💩\u0000~"))), r[i:]...))
	case 2:
		r[i] = pick(g, []rune("aZ0-_. \n/é💩"))
		return string(r)
	case 3:
		return string(r[:i])
	case 4:
		return s + pick(g, []string{"\n", " ", "x", "é", "0", "Z"})
	case 5:
		return strings.ToUpper(s)
	case 6:
		return strings.ToLower(s)
	default:
		return s + s
	}
}
