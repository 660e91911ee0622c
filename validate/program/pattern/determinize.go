package pattern

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

const (
	maxTable = 1 << 15 // entries of an automaton's table: 64 KiB
	maxWork  = 1 << 20 // instructions visited to build one automaton
)

// determinizer builds an automaton by the subset construction. A state is the
// set of the program's instructions that wait for a character, or for the end
// or a word boundary that only the next character decides.
type determinizer struct {
	prog   *syntax.Prog
	limit  int
	work   int
	c      *classes
	states map[string]int // by waiting instructions and context
	queue  []state
	rows   [][]int

	mark  []int // generation in which an instruction was visited
	gen   int
	stack []uint32
}

// state is a set of instructions and what is known of the place between the
// last character and the next.
type state struct {
	waiting   []uint32
	begin     bool // nothing has been read
	afterWord bool // the last character is of \w; only kept if asked
	match     bool
}

// place is what assertions ask of the place between two characters. While the
// next character is not known, only the beginning is decided.
type place struct {
	begin, known  bool
	end, boundary bool
}

// Rows 0 and 1 of the automaton.
const (
	rowDead = iota
	rowMatch
)

// buildAutomaton returns the automaton for prog, or nil if it would be larger
// than allowed.
func buildAutomaton(prog *syntax.Prog, maxStates int) *automaton {
	if maxStates < 0 {
		return nil
	}
	c, ok := newClasses(prog)
	if !ok {
		return nil
	}
	d := &determinizer{
		prog: prog, limit: maxStates, c: c,
		states: map[string]int{},
		rows:   make([][]int, 2),
		mark:   make([]int, len(prog.Inst)),
	}
	width := len(c.classRepresentatives()) + 1
	d.rows[rowDead], d.rows[rowMatch] = make([]int, width), slices.Repeat([]int{rowMatch}, width)
	first := state{begin: true}
	d.gen++
	d.follow(&first, uint32(prog.Start), place{begin: true})
	start := d.intern(first)
	for i := 0; i < len(d.queue); i++ {
		row := make([]int, width)
		for class := range width - 1 {
			row[class] = d.intern(d.step(&d.queue[i], class))
		}
		row[width-1] = d.atEnd(&d.queue[i])
		d.rows = append(d.rows, row)
		if d.work > maxWork || len(d.states) > d.limit || len(d.states)*width > maxTable-2*width {
			return nil
		}
	}
	return d.finish(start, width)
}

// classRepresentatives returns one span of each class.
func (c *classes) classRepresentatives() []int {
	var spans []int
	for i, class := range c.class {
		for int(class) >= len(spans) {
			spans = append(spans, -1)
		}
		spans[class] = i
	}
	return spans
}

// intern returns the row of a state, which may be new.
func (d *determinizer) intern(s state) int {
	switch {
	case s.match:
		return rowMatch
	case len(s.waiting) == 0:
		return rowDead
	}
	slices.Sort(s.waiting)
	key := make([]byte, 0, 1+4*len(s.waiting))
	flags := byte(0)
	if s.begin {
		flags |= 1
	}
	if s.afterWord {
		flags |= 2
	}
	key = append(key, flags)
	for _, pc := range s.waiting {
		key = binary.LittleEndian.AppendUint32(key, pc)
	}
	row, ok := d.states[string(key)]
	if !ok {
		row = 2 + len(d.states)
		d.states[string(key)] = row
		d.queue = append(d.queue, s)
	}
	return row
}

// step returns the state after one character of a class.
func (d *determinizer) step(from *state, class int) state {
	isWord := d.c.word != nil && d.c.word[class]
	takers, match := d.resolve(from, place{begin: from.begin, known: true, boundary: from.afterWord != isWord})
	if match {
		return state{match: true}
	}
	to := state{afterWord: isWord}
	d.gen++
	for _, pc := range takers {
		if d.c.member[d.c.set[pc]][class] {
			d.follow(&to, d.prog.Inst[pc].Out, place{})
		}
	}
	// A match may begin at any character.
	d.follow(&to, uint32(d.prog.Start), place{})
	return to
}

// atEnd returns the row that the end of the string leads to.
func (d *determinizer) atEnd(from *state) int {
	if _, match := d.resolve(from, place{begin: from.begin, known: true, end: true, boundary: from.afterWord}); match {
		return rowMatch
	}
	return rowDead
}

// resolve follows the assertions that wait in s, now that the next character
// is known, and returns the instructions that take a character.
func (d *determinizer) resolve(s *state, at place) (takers []uint32, match bool) {
	var out state
	d.gen++
	for _, pc := range s.waiting {
		d.follow(&out, pc, at)
	}
	return out.waiting, out.match
}

// follow adds to s what can be reached from pc without taking a character.
func (d *determinizer) follow(s *state, pc uint32, at place) {
	d.stack = append(d.stack[:0], pc)
	for len(d.stack) > 0 {
		pc := d.stack[len(d.stack)-1]
		d.stack = d.stack[:len(d.stack)-1]
		if d.mark[pc] == d.gen {
			continue
		}
		d.mark[pc] = d.gen
		d.work++
		inst := &d.prog.Inst[pc]
		switch inst.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			d.stack = append(d.stack, inst.Out, inst.Arg)
		case syntax.InstCapture, syntax.InstNop:
			d.stack = append(d.stack, inst.Out)
		case syntax.InstMatch:
			s.match = true
		case syntax.InstEmptyWidth:
			switch holds, wait := at.holds(syntax.EmptyOp(inst.Arg)); {
			case wait:
				s.waiting = append(s.waiting, pc)
			case holds:
				d.stack = append(d.stack, inst.Out)
			}
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			s.waiting = append(s.waiting, pc)
		}
	}
}

// holds reports whether an assertion holds, or has to wait for the next
// character.
func (p place) holds(op syntax.EmptyOp) (holds, wait bool) {
	switch op {
	case syntax.EmptyBeginText:
		return p.begin, false
	case syntax.EmptyEndText:
		return p.end, !p.known
	case syntax.EmptyWordBoundary:
		return p.boundary, !p.known
	default:
		return !p.boundary, !p.known
	}
}

// finish lays the rows out.
func (d *determinizer) finish(start, width int) *automaton {
	a := &automaton{width: uint16(width), start: uint16(start * width)}
	for _, row := range d.rows {
		for _, to := range row {
			a.outcome = append(a.outcome, uint16(to*width))
		}
	}
	for i, r := range d.c.first {
		class := d.c.class[i]
		if r >= utf8.RuneSelf {
			if n := len(a.class); n == 0 || a.class[n-1] != class {
				a.first, a.class = append(a.first, r), append(a.class, class)
			}
			continue
		}
		for ; r < utf8.RuneSelf && r < d.c.first[i+1]; r++ {
			a.ascii[r] = class
		}
	}
	return a
}
