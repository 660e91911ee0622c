package pattern

import (
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// maxClassWork bounds the work of finding classes, as sets times spans.
const maxClassWork = 1 << 18

// classes partitions all characters by the instructions that take them.
type classes struct {
	set    []int    // of each instruction: an index of member, or -1
	member [][]bool // set, class: whether the class is in the set
	word   []bool   // whether a class is of \w, if the program asks
	first  []rune   // where spans begin, from 0 on
	class  []uint8  // of each span
}

// newClasses finds the classes of prog; ok is false if there are too many.
func newClasses(prog *syntax.Prog) (c *classes, ok bool) {
	c = &classes{set: make([]int, len(prog.Inst))}
	var sets []set
	index := map[string]int{}
	add := func(s set) int {
		key := string([]rune(s))
		i, ok := index[key]
		if !ok {
			i = len(sets)
			index[key] = i
			sets = append(sets, s)
		}
		return i
	}
	asksWord := false
	for pc := range prog.Inst {
		inst := &prog.Inst[pc]
		c.set[pc] = -1
		switch inst.Op {
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			c.set[pc] = add(instSet(inst))
		case syntax.InstEmptyWidth:
			const boundary = syntax.EmptyWordBoundary | syntax.EmptyNoWordBoundary
			asksWord = asksWord || syntax.EmptyOp(inst.Arg)&boundary != 0
		}
	}
	wordSet := -1
	if asksWord {
		wordSet = add(word)
	}
	c.first = []rune{0, utf8.RuneSelf}
	for _, s := range sets {
		for i := 0; i < len(s); i += 2 {
			c.first = append(c.first, s[i])
			if s[i+1] < unicode.MaxRune {
				c.first = append(c.first, s[i+1]+1)
			}
		}
	}
	slices.Sort(c.first)
	c.first = slices.Compact(c.first)
	if len(sets)*len(c.first) > maxClassWork {
		return nil, false
	}
	count, ok := c.refine(sets)
	if !ok {
		return nil, false
	}
	for _, s := range sets {
		in := make([]bool, count)
		for i, r := range c.first {
			in[c.class[i]] = s.has(r)
		}
		c.member = append(c.member, in)
	}
	if asksWord {
		c.word = c.member[wordSet]
	}
	return c, true
}

// refine numbers the classes: two spans are of one class if no set tells them
// apart. One number is left for the end of the string.
func (c *classes) refine(sets []set) (count int, ok bool) {
	c.class = make([]uint8, len(c.first))
	count = 1
	type split struct {
		class uint8
		in    bool
	}
	for _, s := range sets {
		number := map[split]uint8{}
		for i, r := range c.first {
			key := split{c.class[i], s.has(r)}
			n, known := number[key]
			if !known {
				if len(number) == 255 {
					return 0, false
				}
				n = uint8(len(number))
				number[key] = n
			}
			c.class[i] = n
		}
		count = len(number)
	}
	return count, true
}

// instSet returns the characters that an instruction takes.
func instSet(inst *syntax.Inst) set {
	switch {
	case inst.Op == syntax.InstRuneAny:
		return all
	case inst.Op == syntax.InstRuneAnyNotNL:
		return single('\n').complement()
	case len(inst.Rune) == 1:
		return single(inst.Rune[0])
	default:
		return inst.Rune
	}
}
