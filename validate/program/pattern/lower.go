package pattern

import (
	"math"
	"regexp"
	"regexp/syntax"
)

// maxRepeat is the largest product of nested bounds that package
// regexp/syntax parses.
const maxRepeat = 1000

// measure returns the instructions of n with its repetitions written out, or
// refuses the repetition at which they are more than limit.
func measure(n *node, limit int) (int, *Error) {
	size := 0
	for _, sub := range n.subs {
		s, err := measure(sub, limit)
		if err != nil {
			return 0, err
		}
		size += s + 1
	}
	if n.op == opRepeat {
		times := n.max
		if times == unbounded {
			times = n.min + 1
		}
		if times > 0 && size > math.MaxInt32/times {
			size = math.MaxInt32
		} else {
			size *= times
		}
	} else {
		size++
	}
	if size > limit {
		if n.op == opRepeat {
			return 0, refuse(n.pos, "written out, the repetition has more than %d instructions", limit).
				mend("use smaller bounds, or maxLength for the length")
		}
		return 0, refuse(n.pos, "the expression has more than %d instructions", limit).mend("use smaller bounds, or fewer alternatives")
	}
	return size, nil
}

// lower translates a tree without look-around.
func lower(n *node) *syntax.Regexp {
	switch n.op {
	case opSet:
		if r, ok := n.set.rune(); ok && (r < 0xd800 || r > 0xdfff) {
			return &syntax.Regexp{Op: syntax.OpLiteral, Rune: []rune{r}}
		}
		if len(n.set) == 0 {
			return &syntax.Regexp{Op: syntax.OpNoMatch}
		}
		return &syntax.Regexp{Op: syntax.OpCharClass, Rune: n.set}
	case opConcat:
		return lowerSequence(n.subs)
	case opAlternate:
		re := &syntax.Regexp{Op: syntax.OpAlternate}
		for _, sub := range n.subs {
			re.Sub = append(re.Sub, lower(sub))
		}
		return re
	case opRepeat:
		return repeat(lower(n.subs[0]), n.min, n.max)
	case opBegin:
		return &syntax.Regexp{Op: syntax.OpBeginText}
	case opEnd:
		return &syntax.Regexp{Op: syntax.OpEndText}
	case opBoundary:
		return &syntax.Regexp{Op: syntax.OpWordBoundary}
	default:
		return &syntax.Regexp{Op: syntax.OpNoWordBoundary}
	}
}

// lowerSequence joins characters into literals.
func lowerSequence(subs []*node) *syntax.Regexp {
	re := &syntax.Regexp{Op: syntax.OpConcat}
	for _, n := range subs {
		sub := lower(n)
		if last := len(re.Sub) - 1; last >= 0 && sub.Op == syntax.OpLiteral && re.Sub[last].Op == syntax.OpLiteral {
			re.Sub[last].Rune = append(re.Sub[last].Rune, sub.Rune...)
			continue
		}
		re.Sub = append(re.Sub, sub)
	}
	switch len(re.Sub) {
	case 0:
		return &syntax.Regexp{Op: syntax.OpEmptyMatch}
	case 1:
		return re.Sub[0]
	default:
		return re
	}
}

// repeat returns sub from lo to hi times.
func repeat(sub *syntax.Regexp, lo, hi int) *syntax.Regexp {
	one := func(op syntax.Op) *syntax.Regexp {
		return &syntax.Regexp{Op: op, Sub: []*syntax.Regexp{sub}}
	}
	switch {
	case hi == 0:
		return &syntax.Regexp{Op: syntax.OpEmptyMatch}
	case lo == 0 && hi == unbounded:
		return one(syntax.OpStar)
	case lo == 1 && hi == unbounded:
		return one(syntax.OpPlus)
	case lo == 0 && hi == 1:
		return one(syntax.OpQuest)
	case lo == 1 && hi == 1:
		return sub
	}
	// Bounds beyond what regexp/syntax parses become a sequence of smaller
	// ones, which is the same language.
	piece := maxRepeat / max(1, weight(sub))
	seq := &syntax.Regexp{Op: syntax.OpConcat}
	add := func(lo, hi int) {
		seq.Sub = append(seq.Sub, &syntax.Regexp{Op: syntax.OpRepeat, Min: lo, Max: hi, Sub: []*syntax.Regexp{sub}})
	}
	if hi != unbounded && hi <= piece {
		add(lo, hi)
		return seq.Sub[0]
	}
	for n := lo; n > 0; n -= piece {
		add(min(n, piece), min(n, piece))
	}
	if hi == unbounded {
		seq.Sub = append(seq.Sub, one(syntax.OpStar))
		return seq
	}
	for n := hi - lo; n > 0; n -= piece {
		add(0, min(n, piece))
	}
	return seq
}

// weight returns the product of nested bounds.
func weight(re *syntax.Regexp) int {
	w := 1
	for _, sub := range re.Sub {
		w = max(w, weight(sub))
	}
	if re.Op == syntax.OpRepeat {
		w *= max(re.Min, re.Max, 1)
	}
	return w
}

// compileRegexp compiles the translation for package regexp.
func compileRegexp(re *syntax.Regexp) (*regexp.Regexp, error) {
	return regexp.Compile(re.String())
}
