package pattern

// class reads a class up to its bracket, whose "[" at start is behind us. An
// empty class matches nothing, [^] anything.
func (p *parser) class(start int) (set, *Error) {
	negated := p.accept("^")
	var sets []set
	for {
		if p.pos == len(p.src) {
			return nil, wrong(start, "the class is not closed").mend(`close it with ], or write \[ for the character`)
		}
		if p.accept("]") {
			break
		}
		s, err := p.classRange()
		if err != nil {
			return nil, err
		}
		sets = append(sets, s)
	}
	s := union(sets...)
	if negated {
		s = s.complement()
	}
	return s, nil
}

// classRange reads a character, an escape, or a range.
func (p *parser) classRange() (set, *Error) {
	start := p.pos
	from, err := p.classAtom()
	if err != nil {
		return nil, err
	}
	if p.peek() != '-' || p.pos+1 >= len(p.src) || p.src[p.pos+1] == ']' {
		return from, nil
	}
	p.pos++
	to, err := p.classAtom()
	if err != nil {
		return nil, err
	}
	lo, isLo := from.rune()
	hi, isHi := to.rune()
	if !isLo || !isHi {
		// Beside a class escape the hyphen stands for itself, as Annex B has it.
		return union(from, single('-'), to), nil
	}
	if lo > hi {
		return nil, wrong(start, "the range is out of order").mend("write the smaller character first")
	}
	return set{lo, hi}, nil
}

// classAtom reads a character or an escape.
func (p *parser) classAtom() (set, *Error) {
	start := p.pos
	r := p.next()
	if r != '\\' {
		return single(r), nil
	}
	if p.accept("b") {
		return single('\b'), nil
	}
	return p.escaped(start)
}
