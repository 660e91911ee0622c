// Package pattern matches strings against the regular expressions of JSON
// Schema, which are those of ECMA-262 with the u flag, in time linear in the
// string.
//
// Compile parses the expression as ECMA-262 defines it, so that \d and \w are
// ASCII, \s is the white space of Unicode, the dot stops at four line
// terminators and $ is the very end. The tree that results is then matched by
// the cheapest means that is exact:
//
//   - a comparison, where the expression is a literal, anchored or not, or a
//     list of words such as ^(?:red|green)$;
//   - a count of characters, where it is one class such as ^[a-z]{1,20}$,
//     whatever the bounds;
//   - a walk through literals and counted classes, where each ends where it must,
//     such as ^ORD-[0-9]{4,8}$, or eight characters at a time where there is
//     but one length;
//   - a deterministic automaton over classes of characters, built at compile
//     time within Options.MaxStates, which costs one table look-up a byte;
//   - package regexp, where that automaton would grow too large.
//
// None of them backtracks. What cannot be done without backtracking
// (back-references and most look-around) is refused with its position. Some
// look-around is only a conjunction in disguise, and that is supported; file
// lookaround.go says which and why.
//
// Where the grammar with the u flag refuses what the legacy grammar of
// Annex B gives one harmless meaning, the legacy meaning holds, because
// published schemas rely on it: {, } and ] may stand for themselves, as may
// any escaped punctuation mark, and - beside a class escape such as [\w-.].
// Letters are not escaped in vain: \Z or \A, which other dialects know, are
// refused.
package pattern

import (
	"regexp"
	"unicode/utf8"
)

// Options bound what one expression may cost. A zero field has its default.
type Options struct {
	// MaxBytes bounds the size of the expression; default 1024.
	MaxBytes int
	// MaxProgram bounds the instructions of an expression with all its
	// repetitions written out; default 5000. It bounds the memory of the
	// compiled expression (about 100 bytes an instruction) and, where no
	// automaton fits, the steps a byte of input may take.
	MaxProgram int
	// MaxStates bounds the states of one automaton; default 1000. The table
	// of an automaton never exceeds 64 KiB. Negative builds none.
	MaxStates int
}

// withDefaults returns o with its zero fields filled.
func (o Options) withDefaults() Options {
	if o.MaxBytes == 0 {
		o.MaxBytes = 1 << 10
	}
	if o.MaxProgram == 0 {
		o.MaxProgram = 5000
	}
	if o.MaxStates == 0 {
		o.MaxStates = 1000
	}
	return o
}

// Pattern is a compiled expression. It is immutable and safe to share.
type Pattern struct {
	expr string
	main matcher  // used where any is empty
	any  []clause // one of them must hold
	cost int
}

// clause is a conjunction of matches.
type clause []literal

// literal is a matcher that must match, or must not.
type literal struct {
	not bool
	matcher
}

// Compile compiles expr. The error is an *Error; it says where in expr the
// trouble is and how to mend it.
func Compile(expr string, o Options) (*Pattern, error) {
	o = o.withDefaults()
	if len(expr) > o.MaxBytes {
		return nil, refuse(o.MaxBytes, "the expression is longer than %d bytes", o.MaxBytes).
			mend("shorten it, or raise the limit on patterns")
	}
	tree, err := parse(expr)
	if err != nil {
		return nil, err
	}
	if err := unsupported(tree); err != nil {
		return nil, err
	}
	dnf, err := conjunctions(tree)
	if err != nil {
		return nil, err
	}
	p := &Pattern{expr: expr}
	for _, terms := range dnf {
		var c clause
		for _, t := range terms {
			m, cost, err := build(t.body, o)
			if err != nil {
				return nil, err
			}
			p.cost += cost
			c = append(c, literal{not: t.not, matcher: m})
		}
		p.any = append(p.any, c)
	}
	if len(p.any) == 1 && len(p.any[0]) == 1 && !p.any[0][0].not {
		p.main, p.any = p.any[0][0].matcher, nil
	}
	return p, nil
}

// Match reports whether the expression matches anywhere in s, which must be
// valid UTF-8. It keeps nothing of s and allocates nothing, except that
// package regexp, where it is used, fills its pools at first.
func (p *Pattern) Match(s []byte) bool {
	if p.any == nil {
		return p.main.match(s)
	}
	for _, c := range p.any {
		if c.match(s) {
			return true
		}
	}
	return false
}

// Matcher matches strings as Pattern.Match does.
type Matcher interface {
	Match(s []byte) bool
}

// Matcher returns what Match leads to in the end, which saves it the way.
func (p *Pattern) Matcher() Matcher {
	if p.any != nil {
		return p
	}
	switch m := &p.main; m.kind {
	case constant:
		return m.fixed
	case sequence:
		return m.steps
	case table:
		return m.dfa
	case run:
		return m.run
	case words:
		return m.words
	default:
		return p
	}
}

// First reports which bytes a string that matches can begin with, where that
// is known; else all.
func (p *Pattern) First() (first [256]bool) {
	m := &p.main
	only := func(lit string) {
		if lit != "" {
			first[lit[0]] = true
		}
	}
	switch {
	case p.any != nil:
	case (m.kind == prefix || m.kind == equals) && len(m.lit) > 0:
		only(string(m.lit))
		return first
	case m.kind == sequence && (m.steps.list[0].lit != "" || m.steps.list[0].min > 0):
		if st := &m.steps.list[0]; st.lit != "" {
			only(st.lit)
		} else {
			first = st.set
			for c := utf8.RuneSelf; c < len(first); c++ {
				first[c] = true // judged by other means
			}
		}
		return first
	}
	for c := range first {
		first[c] = true
	}
	return first
}

func (c clause) match(s []byte) bool {
	for i := range c {
		if c[i].match(s) == c[i].not {
			return false
		}
	}
	return true
}

// Cost is the most steps that Match takes for a byte of input: 1 for each
// pass over the string, or the instructions of the program where package
// regexp matches.
func (p *Pattern) Cost() int { return p.cost }

// String returns the expression as it was given to Compile.
func (p *Pattern) String() string { return p.expr }

// Valid reports whether expr is a regular expression of ECMA-262, whether
// Compile supports all of it or not. Size does not matter to it.
func Valid(expr []byte) bool {
	p := &parser{src: string(expr), names: map[string]bool{}, forget: true}
	_, err := p.expression()
	return err == nil
}

// kind says how a matcher matches.
type kind uint8

const (
	always   kind = iota + 1 // every string
	equals                   // the literal
	prefix                   // begins with the literal
	suffix                   // ends with the literal
	contains                 // has the literal in it
	words                    // one of the words
	run                      // characters of one class, counted
	table                    // an automaton
	program                  // package regexp
	sequence                 // literals and counted sets
	constant                 // a sequence of one length
)

// matcher is one means of matching.
type matcher struct {
	kind  kind
	lit   []byte
	words *wordSet
	run   *runCounter
	dfa   *automaton
	re    *regexp.Regexp
	steps *steps
	fixed *fixed
}

func (m *matcher) match(s []byte) bool {
	switch m.kind {
	case constant:
		return m.fixed.Match(s)
	case sequence:
		return m.steps.Match(s)
	case table:
		return m.dfa.Match(s)
	case run:
		return m.run.Match(s)
	case always:
		return true
	case equals:
		return string(s) == string(m.lit)
	case prefix:
		return len(s) >= len(m.lit) && string(s[:len(m.lit)]) == string(m.lit)
	case suffix:
		return len(s) >= len(m.lit) && string(s[len(s)-len(m.lit):]) == string(m.lit)
	case contains:
		return containsBytes(s, m.lit)
	case words:
		return m.words.Match(s)
	default:
		return m.re.Match(s)
	}
}
