package gen

import (
	"fmt"
	"strings"
)

// Expression returns a regular expression that means the same in ECMA-262 and
// in RE2, for texts without \r, U+2028 and U+2029.
func (g *Gen) Expression(depth int) string {
	var b strings.Builder
	for range 1 + g.IntN(3) {
		b.WriteString(g.factor(depth))
	}
	return b.String()
}

func (g *Gen) factor(depth int) string {
	atom := g.atom(depth)
	switch g.IntN(9) {
	case 0:
		return atom + "*"
	case 1:
		return atom + "+"
	case 2:
		return atom + "?"
	case 3:
		return atom + fmt.Sprintf("{%d}", g.IntN(4))
	case 4:
		least := g.IntN(3)
		return atom + fmt.Sprintf("{%d,%d}", least, least+g.IntN(4))
	case 5:
		return atom + fmt.Sprintf("{%d,}", g.IntN(3)) + pick(g, []string{"", "?"})
	default:
		return atom
	}
}

var atoms = []string{
	"a", "b", "c", "0", "1", "-", "_", " ", "é", "日", "x", "Z", `\.`, `\-`, `\d`, `\D`, `\w`, `\W`, ".", "[a-c]", "[^a]", "[0-9]", "[A-Za-z_]", `[\d-]`, `[^\w]`, "[é-ü]", "[^日]", "[a-cegi-kmoq0-2_]", "[^aceg0-2_Z]",
	`\n`, `\t`, `\x41`, `\/`, "ab", "foo",
}

func (g *Gen) atom(depth int) string {
	if depth <= 0 || g.IntN(3) > 0 {
		a := pick(g, atoms)
		if len(a) > 1 && a[0] != '[' && a[0] != '\\' && len([]rune(a)) > 1 {
			return "(?:" + a + ")"
		}
		return a
	}
	switch g.IntN(6) {
	case 0:
		return "(" + g.Expression(depth-1) + ")"
	case 1, 2:
		return "(?:" + g.Expression(depth-1) + "|" + g.Expression(depth-1) + ")"
	case 3:
		return "(?:^" + g.Expression(depth-1) + ")"
	case 4:
		return "(?:" + g.Expression(depth-1) + "$)"
	default:
		return "(?:" + g.Expression(depth-1) + "|)"
	}
}
