package program

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
	"math/rand/v2"

	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/value"
)

// Halt says why a run gave up on a document.
type Halt uint8

// The reasons. The zero Halt is none.
const (
	// PatternInput: a string that is too long met a pattern.
	PatternInput Halt = iota + 1
	// Steps: judging takes too many steps.
	Steps
)

// String says what the document suffers from.
func (h Halt) String() string {
	switch h {
	case PatternInput:
		return "a string that meets a pattern is longer than the limit"
	case Steps:
		return "judging the document takes too many steps"
	default:
		return "none"
	}
}

// Machine is what a run needs and reuses: the tape, which the caller scans the
// document onto, and scratch. It is used by one goroutine at a time.
type Machine struct {
	Tape jsonscan.Tape

	view         value.View
	patternInput int
	text         []byte
	names        []byte
	num          []byte
	words        []uint64 // stack of bit sets
	compare      value.Scratch
	halt         Halt
	haltAt       int
	// steps left until results are remembered.
	steps     int
	memory    []uint64
	remembers bool // memory is of this run
	// adopted: the view is not the tape's.
	adopted bool

	notes
}

// NewMachine returns a Machine.
func NewMachine() *Machine {
	return &Machine{compare: value.Scratch{Seed: rand.Uint64()}}
}

// Bytes returns how much memory the machine holds on to.
func (m *Machine) Bytes() int {
	return m.Tape.Bytes() + cap(m.text) + cap(m.names) + cap(m.num) + 8*cap(m.words) + m.compare.Bytes() + cap(m.buf) + 8*cap(m.memory)
}

// Halted returns why the last run gave up, and the offset in the document; its
// result means nothing then.
func (m *Machine) Halted() (Halt, int) { return m.halt, m.haltAt }

// Adopt makes the machine run over a document that was scanned elsewhere.
func (m *Machine) Adopt(v value.View) { m.view, m.adopted = v, true }

const (
	// stepsPerToken and stepsAnyway are how many alternatives a run tries
	// before it remembers results.
	stepsPerToken = 64
	stepsAnyway   = 4096
	// maxSteps bounds what it tries after that, without what it remembers.
	maxSteps = 1 << 23

	memoryBits = 16
	memorySize = 1 << memoryBits
)

func (m *Machine) reset(p *Prog) {
	if !m.adopted {
		// What lies behind the document is none of our business: see value.Ends.
		doc := m.Tape.Doc()
		m.view = value.View{Doc: doc[:len(doc):len(doc)], Tokens: m.Tape.Tokens()}
	}
	m.patternInput = p.patternInput
	m.halt = 0
	m.steps = stepsAnyway + stepsPerToken*len(m.view.Tokens)
	m.remembers = false
	m.words, m.names = m.words[:0], m.names[:0]
}

// Valid reports whether the document on the machine's tape meets the schema.
// It allocates nothing once the machine has grown to the document's size.
func (p *Prog) Valid(m *Machine) bool {
	m.reset(p)
	ok := m.valid(p.nodes[p.root.ID], 0)
	return ok && m.halt == 0
}

func (m *Machine) stop(why Halt, at int) bool {
	if m.halt == 0 {
		m.halt, m.haltAt = why, int(m.view.Tokens[at].Start)
	}
	return false
}

// valid reports whether the value at i meets the node.
func (m *Machine) valid(n *node, i int) bool {
	t := &m.view.Tokens[i]
	if t.Type&n.pass != 0 {
		return true
	}
	if t.Type&n.allowed == 0 {
		return false
	}
	switch t.Kind {
	case jsonscan.String, jsonscan.Name:
		if n.str != nil && !m.str(n.str, t, i) {
			return false
		}
	case jsonscan.Number:
		if n.num != nil && !m.number(n.num, t) {
			return false
		}
	case jsonscan.Object:
		if n.obj != nil && !m.object(n.obj, t, i) {
			return false
		}
	case jsonscan.Array:
		if n.arr != nil && !m.array(n.arr, t, i) {
			return false
		}
	default:
	}
	for k := range n.ops {
		if o := &n.ops[k]; t.Type&o.pass == 0 && !m.op(o, t, i) {
			return false
		}
	}
	return true
}

// alternative is valid for nodes that may judge a value which others judge
// too: when a run takes many steps, results are remembered, or recursive
// alternatives would double the work with every level of the document.
func (m *Machine) alternative(n *node, i int) bool {
	t := m.view.Tokens[i].Type
	if t&n.pass != 0 {
		return true
	}
	if t&n.allowed == 0 || m.halt != 0 {
		return false
	}
	if m.steps > 0 {
		m.steps--
		return m.valid(n, i)
	}
	return m.remembered(n, i)
}

// remembered is alternative for a run that has taken many steps. Only nodes
// that try alternatives further down are worth remembering. The memory is a
// cache of one word a slot: node, token and result. It may forget, for what is
// asked again is asked soon after.
func (m *Machine) remembered(n *node, i int) bool {
	if !n.branches {
		return m.valid(n, i)
	}
	if !m.remembers {
		m.remembers = true
		if m.memory == nil {
			m.memory = make([]uint64, memorySize)
		}
		clear(m.memory)
	}
	key := uint64(n.id)<<33 | uint64(i)<<1 | 1<<63
	slot := &m.memory[key*0x9E3779B97F4A7C15>>(64-memoryBits)]
	if *slot&^1 == key {
		return *slot&1 != 0
	}
	if m.steps--; m.steps < -maxSteps {
		return m.stop(Steps, i)
	}
	ok := m.valid(n, i)
	if *slot = key; ok {
		*slot |= 1
	}
	return ok
}

func (m *Machine) str(c *stringCheck, t *jsonscan.Token, i int) bool {
	if c.only == onlyLength && t.Flags == 0 {
		return int(t.N) >= c.min && int(t.N) <= c.max
	}
	text := m.view.Doc[t.Start : t.Start+t.N]
	if t.Flags&jsonscan.Escaped != 0 {
		m.text = jsonscan.Unescape(m.text[:0], text)
		text = m.text
	}
	switch c.only {
	case onlySet:
		return c.set.has(text)
	case onlyPattern:
		if len(text) > m.patternInput {
			return m.stop(PatternInput, i)
		}
		return c.pattern.Match(text)
	case onlyFormat:
		return c.format(text)
	case onlyLength:
		return c.length(text, t.Flags)
	default:
	}
	if !c.length(text, t.Flags) {
		return false
	}
	for _, s := range c.sets {
		if !s.has(text) {
			return false
		}
	}
	for _, p := range c.patterns {
		if len(text) > m.patternInput {
			return m.stop(PatternInput, i)
		}
		if !p.Match(text) {
			return false
		}
	}
	for _, f := range c.formats {
		if !f(text) {
			return false
		}
	}
	return true
}

// length checks the length in code points. Only texts that hold more than
// ASCII must be counted.
func (c *stringCheck) length(text []byte, flags jsonscan.Flags) bool {
	n := len(text)
	if flags != 0 && (n > c.max || c.min > 1) {
		n = value.Length(text)
	}
	return n >= c.min && n <= c.max
}

func (m *Machine) number(c *numberCheck, t *jsonscan.Token) bool {
	raw := m.view.Doc[t.Start : t.Start+t.N]
	if t.Flags&jsonscan.SmallInt != 0 {
		v := value.Int(raw)
		if v < c.least || v > c.most {
			return false
		}
		for _, k := range c.multiples {
			if v%k != 0 {
				return false
			}
		}
		return !c.smallExact || m.exact(c, raw)
	}
	if c.wholes && t.Flags == jsonscan.Fraction {
		return m.fraction(c, raw)
	}
	return m.exact(c, raw)
}

// fraction judges a number with a fraction and without an exponent by bounds
// that are integers: its integer part tells.
func (m *Machine) fraction(c *numberCheck, raw []byte) bool {
	i := 0
	neg := raw[0] == '-'
	switch {
	case neg:
		i++
	case c.positive && (c.places == math.MaxInt || len(raw)-1-point(raw) <= c.places):
		// Bounded only by 0, if at all.
		if c.least <= 0 {
			return true
		}
		for _, d := range raw {
			if d > '0' {
				return true
			}
		}
		return false
	}
	dot := point(raw)
	const most = 18 // digits that always fit
	if dot-i > most {
		return m.exact(c, raw)
	}
	whole := value.Int(raw[i:dot])
	fraction := 0 // decimals
	for k := len(raw) - 1; k > dot; k-- {
		if raw[k] != '0' {
			fraction = k - dot
			break
		}
	}
	if fraction == 0 {
		if neg {
			whole = -whole
		}
		return whole >= c.least && whole <= c.most
	}
	if neg {
		whole = -whole - 1
	}
	return !c.integer && fraction <= c.places && whole >= c.low && whole <= c.high
}

// point returns the index of the decimal point of a number that has one.
func point(raw []byte) int {
	if cap(raw) >= 8 {
		const ones, highs = 0x0101010101010101, 0x8080808080808080
		x := binary.LittleEndian.Uint64(raw[:8]) ^ '.'*ones
		if zero := (x - ones) &^ x & highs; zero != 0 {
			return bits.TrailingZeros64(zero) >> 3
		}
	}
	return bytes.IndexByte(raw, '.')
}

func (m *Machine) exact(c *numberCheck, raw []byte) bool {
	d := value.Parse(raw, m.num)
	if d.Digits != nil {
		m.num = d.Digits
	}
	if c.integer && !d.Integer() {
		return false
	}
	for k := range c.bounds {
		b := &c.bounds[k]
		side := value.Compare(&d, &b.value)
		if b.upper {
			side = -side
		}
		if side < 0 || side == 0 && b.exclusive {
			return false
		}
	}
	for k := range c.factors {
		if !d.MultipleOf(&c.factors[k]) {
			return false
		}
	}
	for _, set := range c.sets {
		found := false
		for k := range set {
			if set[k].Equal(&d) {
				found = true
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}

func (m *Machine) array(c *arrayCheck, t *jsonscan.Token, i int) bool {
	if t.N < c.min || t.N > c.max {
		return false
	}
	end := int(t.Link)
	tokens := m.view.Tokens
	k := i + 1
	for _, n := range c.prefix {
		if k >= end {
			break
		}
		if item := &tokens[k]; item.Type&n.pass == 0 && !m.leaf(n, item, k) {
			return false
		}
		k = m.view.Next(k)
	}
	if n := c.rest; n != nil {
		for k < end && k < len(tokens) {
			item := &tokens[k]
			at := k
			if k++; item.Kind > jsonscan.String { // a container
				k = int(item.Link)
			}
			if item.Type&n.pass != 0 {
				continue
			}
			if !m.leaf(n, item, at) {
				return false
			}
		}
	}
	for k := range c.contains {
		if !m.contains(&c.contains[k], i) {
			return false
		}
	}
	return !c.unique || m.compare.Unique(m.view, i)
}

func (m *Machine) contains(c *containsCheck, i int) bool {
	if c.min == 0 && c.max < 0 {
		return true
	}
	found := 0
	for k := i + 1; k < int(m.view.Tokens[i].Link); k = m.view.Next(k) {
		if !m.alternative(c.node, k) {
			continue
		}
		found++
		if c.max < 0 && found >= c.min {
			return true
		}
		if c.max >= 0 && found > c.max {
			return false
		}
	}
	return found >= c.min
}

func (m *Machine) object(c *objectCheck, t *jsonscan.Token, i int) bool {
	if t.N < c.min || t.N > c.max {
		return false
	}
	if !c.plain {
		return m.objectFull(c, t, i)
	}
	if c.open && c.all == 0 {
		return true
	}
	var (
		tokens  = m.view.Tokens
		doc     = m.view.Doc
		end     = int(t.Link)
		seen    uint64 // counts
		present uint64 // bits
	)
	for k := i + 1; k < end; {
		name, v := &tokens[k], &tokens[k+1]
		at := k + 1
		if k += 2; v.Kind > jsonscan.String { // a container
			k = int(v.Link)
		}
		p := &c.props.props[c.props.slots[name.Link*c.props.mult>>(c.props.shift&31)]]
		start := int(name.Start)
		if p.size != name.N || name.Flags&jsonscan.Escaped != 0 || start+8 > len(doc) ||
			((value.Load(doc, start)^p.head)|(value.Load(doc, start+int(p.last))^p.tail))&p.mask != 0 || p.long {
			if p.size != name.N && name.Flags&jsonscan.Escaped == 0 {
				p = nil // no property of the schema, most likely
			} else {
				p = c.seldom(p, doc, name)
			}
			if p == nil {
				if n := c.rest; n != nil && v.Type&n.pass == 0 && !m.valid(n, at) {
					return false
				}
				continue
			}
		}
		seen += p.count
		present |= p.bit
		if v.Type&p.pass == 0 && !m.leaf(p.node, v, at) {
			return false
		}
		if seen == c.all && c.open {
			break
		}
	}
	if seen>>32 < c.required>>32 {
		return false
	}
	return c.dependents == nil || m.dependents(c, i, present)
}

// leaf is valid, without detours for the values that are most frequent. The
// node does not pass the value by its type.
func (m *Machine) leaf(n *node, v *jsonscan.Token, i int) bool {
	switch v.Type {
	case jsonscan.TypeString:
		if n.quick != nil {
			return m.str(n.quick, v, i)
		}
	case jsonscan.TypeObject:
		if n.onlyObj {
			return m.object(n.obj, v, i)
		}
	case jsonscan.TypeInt:
		if n.ints != nil {
			x := value.Int(m.view.Doc[v.Start : v.Start+v.N])
			return x >= n.ints.least && x <= n.ints.most
		}
	case jsonscan.TypeNumber:
		if n.onlyNum {
			return m.number(n.num, v)
		}
	case jsonscan.TypeArray:
		if n.onlyArr {
			return m.array(n.arr, v, i)
		}
	}
	return m.valid(n, i)
}

// dependents judges what the presence of properties asks for.
func (m *Machine) dependents(c *objectCheck, i int, present uint64) bool {
	for k := range c.dependents {
		d := &c.dependents[k]
		if present&c.names.entries[d.entry].bit == 0 {
			continue
		}
		for _, need := range d.needs {
			if present&c.names.entries[need].bit == 0 {
				return false
			}
		}
		if d.node != nil && !m.alternative(d.node, i) {
			return false
		}
	}
	return true
}

// objectFull is object for what is less usual.
func (m *Machine) objectFull(c *objectCheck, t *jsonscan.Token, i int) bool {
	var seen uint64
	tokens := m.view.Tokens
	for k := i + 1; k+1 < len(tokens) && k < int(t.Link); {
		name, v := &tokens[k], &tokens[k+1]
		for _, n := range c.propNames {
			if name.Type&n.pass == 0 && !m.valid(n, k) {
				return false
			}
		}
		n := c.rest
		e := c.names.find(m.view.Doc, name)
		if e != nil {
			seen += e.count
			n = e.node
		}
		if n != nil && v.Type&n.pass == 0 && !m.valid(n, k+1) {
			return false
		}
		if e == nil && len(c.groups) > 0 && !m.unnamed(c, k) {
			return false
		}
		if k += 2; v.Kind == jsonscan.Object || v.Kind == jsonscan.Array {
			k = int(v.Link)
		}
	}
	return seen>>32 >= c.required>>32 && (c.dependents == nil || m.dependentsFull(c, i))
}

// dependentsFull is dependents for more properties than a word has bits.
func (m *Machine) dependentsFull(c *objectCheck, i int) bool {
	s := m.push(len(c.names.entries))
	defer func() { m.words = m.words[:s.base] }()
	for k := i + 1; k < int(m.view.Tokens[i].Link); k = m.view.Next(k + 1) {
		if at := c.names.index(m.view.Doc, &m.view.Tokens[k]); at >= 0 {
			m.put(s, at)
		}
	}
	for k := range c.dependents {
		d := &c.dependents[k]
		if !m.has(s, int(d.entry)) {
			continue
		}
		for _, need := range d.needs {
			if !m.has(s, int(need)) {
				return false
			}
		}
		if d.node != nil && !m.alternative(d.node, i) {
			return false
		}
	}
	return true
}

// unnamed judges a property without an entry by its patterns.
func (m *Machine) unnamed(c *objectCheck, k int) bool {
	name := &m.view.Tokens[k]
	text := m.view.Doc[name.Start : name.Start+name.N]
	if name.Flags&jsonscan.Escaped != 0 {
		// Judging a value may overwrite m.text while the name is still needed:
		// names have a stack of their own.
		base := len(m.names)
		m.names = jsonscan.Unescape(m.names, text)
		text = m.names[base:]
		defer func() { m.names = m.names[:base] }()
	}
	if len(text) > m.patternInput {
		return m.stop(PatternInput, k)
	}
	for g := range c.groups {
		matched := false
		patterns := c.groups[g].patterns
		may := ^uint32(0)
		if len(text) > 0 {
			may = c.groups[g].first[text[0]]
		}
		for p := range patterns {
			if may>>min(p, maxFirst)&1 == 0 || !patterns[p].pattern.Match(text) {
				continue
			}
			matched = true
			if !m.alternative(patterns[p].node, k+1) {
				return false
			}
		}
		if n := c.groups[g].rest; !matched && n != nil && !m.alternative(n, k+1) {
			return false
		}
	}
	return true
}

// member returns the value of the property that an entry names, 0 for none.
func (m *Machine) member(e *entry, object int) int {
	tokens := m.view.Tokens
	for k := object + 1; k < int(tokens[object].Link); k = m.view.Next(k + 1) {
		if name := &tokens[k]; name.Link == e.hash && e.is(m.view.Doc, name) {
			return k + 1
		}
	}
	return 0
}

// chosen returns the members of anyOf or oneOf that may allow the value.
func (m *Machine) chosen(o *op, t *jsonscan.Token, i int) []*node {
	if ch := o.choice; ch != nil && t.Kind == jsonscan.Object {
		if at := ch.at(m, i); at >= 0 {
			return ch.lists[at]
		} else if at == others {
			return ch.others
		}
	}
	return o.byKind[t.Kind]
}

const (
	others   = -1 // a string that no member lists
	anything = -2 // no string
)

// at returns the index of the list of members that the object at i selects, or
// others or anything.
func (ch *choice) at(m *Machine, i int) int {
	v := m.member(&ch.key, i)
	if v == 0 || m.view.Tokens[v].Kind != jsonscan.String {
		return anything
	}
	text := m.view.Text(v, m.text)
	if m.view.Tokens[v].Flags&jsonscan.Escaped != 0 {
		m.text = text
	}
	return ch.values.index(text)
}

func (m *Machine) op(o *op, t *jsonscan.Token, i int) bool {
	switch o.kind {
	case opAll:
		for _, n := range o.nodes {
			if !m.alternative(n, i) {
				return false
			}
		}
		return true
	case opAny:
		for _, n := range m.chosen(o, t, i) {
			if m.alternative(n, i) {
				return true
			}
		}
		return false
	case opOne:
		found := false
		for _, n := range m.chosen(o, t, i) {
			if m.alternative(n, i) {
				if found {
					return false
				}
				found = true
			}
		}
		return found
	case opNot:
		return !m.alternative(o.nodes[0], i)
	case opIf:
		n := o.nodes[2]
		if m.alternative(o.nodes[0], i) {
			n = o.nodes[1]
		}
		return n == nil || m.alternative(n, i)
	case opValues:
		return m.values(o.values, t, i)
	case opUnevaluatedItems:
		return m.unevaluatedItems(o.marks, o.nodes[0], i)
	case opUnevaluatedProperties:
		return m.unevaluatedProperties(o, i)
	case opSwitch:
		return m.cases(o.cases, t, i)
	default:
		return true
	}
}

// values compares arrays and objects with those of enum or const.
func (m *Machine) values(l *literals, t *jsonscan.Token, i int) bool {
	if t.Type&l.types == 0 {
		return false
	}
	const few = 4
	if len(l.at) > few {
		seed := m.compare.Seed
		m.compare.Seed = 0
		sum := m.compare.Hash(m.view, i)
		m.compare.Seed = seed
		for k, at := range l.at {
			if l.sums[k] == sum && m.compare.Equal(m.view, i, l.view, at) {
				return true
			}
		}
		return false
	}
	for _, at := range l.at {
		if m.compare.Equal(m.view, i, l.view, at) {
			return true
		}
	}
	return false
}
