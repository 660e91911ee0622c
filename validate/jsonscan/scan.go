package jsonscan

import (
	"math"
	"math/bits"
)

// Scan reads doc onto the tape. The error is an *Error; then the tape is empty.
func (t *Tape) Scan(doc []byte, l Limits) error {
	t.doc, t.n, t.depth, t.repeated = doc, 0, 0, false
	if e := t.scan(doc, l.bounds()); e != nil {
		return e
	}
	return nil
}

// bounds are Limits with every field set.
type bounds struct {
	bytes, depth, values, digits, exponent int
	unique                                 bool
}

func (l *Limits) bounds() bounds {
	or := func(v int) int {
		if v <= 0 || v > math.MaxInt32 {
			return math.MaxInt32
		}
		return v
	}
	return bounds{or(l.Bytes), or(l.Depth), or(l.Values), or(l.Digits), or(l.Exponent), !l.AllowDuplicates}
}

// none is the index of no container.
const none = math.MaxUint32

// scan is one loop of labels: value, name, after. An open container's Link
// holds the index of the container around it until it is closed, so there is
// no stack.
func (t *Tape) scan(doc []byte, l bounds) *Error {
	if len(doc) > l.bytes {
		return &Error{Limit, l.bytes, msgLimitBytes}
	}
	var (
		tokens = t.tokens
		n      = 0            // tokens written
		i      = 0            // next byte
		open   = uint32(none) // innermost open container
		values = l.values     // left
		count  = uint32(0)    // of open's items or properties
		seen   *filter        // of open's names; nil where it is an array
		c      byte
	)

value:
	// NOTE: comparing as uint spares the second comparison, of a possibly
	// negative index, in front of each doc[i].
	if uint(i) >= uint(len(doc)) {
		return atEnd(doc, i)
	}
	if c = doc[i]; c <= ' ' {
		if i = space(doc, i); uint(i) >= uint(len(doc)) {
			return atEnd(doc, i)
		}
		c = doc[i]
	}
	if uint(n) >= uint(len(tokens)) {
		tokens = t.grow()
		goto value
	}
	if values--; values < 0 {
		return &Error{Limit, i, msgLimitValues}
	}
	if c == '"' {
		end, flags := i+1, Flags(0)
		for end+8 <= len(doc) && end <= i+33 {
			if m := special(load(doc, end)); m != 0 {
				end += bits.TrailingZeros64(m) >> 3
				break
			}
			end += 8
		}
		if end > i+33 || end+8 > len(doc) {
			end = plain(doc, end)
		}
		if uint(end) >= uint(len(doc)) || doc[end] != '"' {
			var e *Error
			if end, flags, e = text(doc, end); e != nil {
				return e
			}
		}
		tokens[n].set(uint32(i+1), uint32(end-i-1), 0, String, flags, TypeString)
		n++
		i = end + 1
		goto after
	}
	switch c {
	case '{', '[':
		if t.depth++; t.depth > l.depth {
			return &Error{Limit, i, msgLimitDepth}
		}
		kind := Object
		if c == '[' {
			kind = Array
		}
		tokens[n].set(uint32(i), 0, open, kind, 0, 1<<kind)
		if open != none {
			tokens[open].N = count
		}
		open, count = uint32(n), 0
		if seen = nil; c == '{' {
			seen = &t.seen[min(t.depth, filters)-1]
			*seen = filter{}
			if t.depth >= filters {
				tokens[n].Flags = repeating
			}
		}
		n++
		if i++; uint(i) < uint(len(doc)) && doc[i] <= ' ' {
			i = space(doc, i)
		}
		if uint(i) >= uint(len(doc)) {
			return &Error{Syntax, i, msgEnd}
		}
		if doc[i] == c+2 { // both pairs of brackets lie two apart in ASCII
			tokens[open].Flags = 0
			goto closed
		}
		if seen != nil {
			goto name
		}
		goto value
	case 't':
		if !literal(doc, i, "true") {
			return badLiteral(doc, i, "true")
		}
		tokens[n].set(uint32(i), 4, 0, True, 0, TypeTrue)
		n++
		i += 4
	case 'f':
		if !literal(doc, i, "false") {
			return badLiteral(doc, i, "false")
		}
		tokens[n].set(uint32(i), 5, 0, False, 0, TypeFalse)
		n++
		i += 5
	case 'n':
		if !literal(doc, i, "null") {
			return badLiteral(doc, i, "null")
		}
		tokens[n].set(uint32(i), 4, 0, Null, 0, TypeNull)
		n++
		i += 4
	default:
		// NOTE: numbers of at most 15 digits, with after a point at most seven
		// more, and no exponent, that do not end the document: one test for all
		// digits instead of a branch for each, whose count no branch predictor
		// learns, and without a call, before which all variables are saved.
		// Coordinates take 27 % less time, integers 45 %. All other numbers,
		// right or wrong, are left to number.
		end, digits, flags := i, 0, SmallInt
		if i+27 <= len(doc) {
			if c == '-' {
				end++
			}
			digits = markedOf16(notDigit(load(doc, end)), notDigit(load(doc, end+8)))
			isZero := doc[end] == '0'
			end += digits
			if digits > 15 || digits > 1 && isZero {
				digits = 0
			} else if digits > 0 && doc[end] == '.' {
				more := bits.TrailingZeros64(notDigit(load(doc, end+1))) >> 3
				end += more + 1
				if digits, flags = digits+more, Fraction; more&7 == 0 {
					digits = 0
				}
			}
		}
		if digits == 0 || digits > l.digits || doc[end]|0x20 == 'e' {
			var e *Error
			if end, flags, e = number(doc, i, l.digits, l.exponent); e != nil {
				return e
			}
		}
		numberType := TypeNumber
		if flags == SmallInt {
			numberType = TypeInt
		}
		tokens[n].set(uint32(i), uint32(end-i), 0, Number, flags, numberType)
		n++
		i = end
	}

after:
	if uint(i) < uint(len(doc)) && doc[i] <= ' ' {
		i = space(doc, i)
	}
	if open == none {
		if i < len(doc) {
			return &Error{Syntax, i, msgTrailing}
		}
		if t.n = n; t.repeated {
			t.dropRepeated()
		}
		return nil
	}
	if uint(i) >= uint(len(doc)) {
		return &Error{Syntax, i, msgEnd}
	}
	count++
	if c = doc[i]; c == ',' {
		i++
		if seen == nil {
			goto value
		}
		if uint(i) < uint(len(doc)) && doc[i] <= ' ' {
			i = space(doc, i)
		}
		if uint(i) < uint(len(doc)) && doc[i] == '}' {
			return &Error{Syntax, i, msgNameComma}
		}
		goto name
	}
	if seen != nil {
		if c != '}' {
			return &Error{Syntax, i, msgObjectNext}
		}
		if tokens[open].Flags != 0 {
			tokens[open].Flags, tokens[open].N = 0, count
			if at, found := t.names.lookUp(doc, tokens[:n], open); found {
				if l.unique {
					return &Error{Duplicate, int(tokens[at].Start) - 1, msgDuplicate}
				}
				tokens[open].Flags = repeating
				t.repeated = true
			}
		}
	} else if c != ']' {
		return &Error{Syntax, i, msgArrayNext}
	}

closed:
	i++
	t.depth--
	{
		k := &tokens[open]
		k.N = count
		open, k.Link = k.Link, uint32(n)
	}
	if seen = nil; open != none {
		k := &tokens[open]
		count = k.N
		if k.Kind == Object {
			seen = &t.seen[min(t.depth, filters)-1]
		}
	}
	goto after

name:
	if uint(i) >= uint(len(doc)) {
		return &Error{Syntax, i, msgEnd}
	}
	if doc[i] != '"' {
		return &Error{Syntax, i, msgName}
	}
	if uint(n) >= uint(len(tokens)) {
		tokens = t.grow()
		goto name
	}
	{
		end, h, flags := i+1, uint32(0), Flags(0)
		if end+17 <= len(doc) {
			w := load(doc, end)
			if m := special(w); m != 0 {
				end += bits.TrailingZeros64(m) >> 3
				h = uint32(mix(before(w, m), 0))
			} else {
				w2 := load(doc, end+8)
				m = special(w2)
				end += 8 + bits.TrailingZeros64(m)>>3
				h = uint32(mix(w, before(w2, m)))
			}
		}
		// Sixteen plain bytes were hashed as if nothing followed.
		if end-i > 16 || uint(end) >= uint(len(doc)) || doc[end] != '"' || end == i+1 {
			var e *Error
			if end, h, flags, e = t.longName(doc, end, i+1); e != nil {
				return e
			}
		}
		tokens[n].set(uint32(i+1), uint32(end-i-1), h, Name, flags, TypeString)
		n++
		i = end + 1
		if seen.add(h) {
			tokens[open].Flags = repeating
		}
	}
	if uint(i) < uint(len(doc)) && doc[i] <= ' ' {
		i = space(doc, i)
	}
	if uint(i) >= uint(len(doc)) {
		return &Error{Syntax, i, msgEnd}
	}
	if doc[i] != ':' {
		return &Error{Syntax, i, msgColon}
	}
	i++
	goto value
}

// longName reads the rest, from i on, of a name that starts at start and is no
// short plain one. It returns the offset of the closing quote and the hash.
func (t *Tape) longName(doc []byte, i, start int) (int, uint32, Flags, *Error) {
	i = plain(doc, i)
	var flags Flags
	if i >= len(doc) || doc[i] != '"' {
		var e *Error
		if i, flags, e = text(doc, i); e != nil {
			return 0, 0, 0, e
		}
	}
	if flags&Escaped != 0 {
		return i, t.names.hashEscaped(doc[start:i]), flags, nil
	}
	return i, Hash(doc[start:i]), flags, nil
}

// set sets all fields.
//
// NOTE: one by one. For *k = Token{…} the compiler builds the token on the stack
// and copies it as one word of 16 bytes, which must wait until the narrow
// stores have left the processor's store buffer: a third of a scan of octokit's
// webhooks.
func (k *Token) set(start, n, link uint32, kind Kind, flags Flags, types Types) {
	k.Start, k.N, k.Link = start, n, link
	k.Kind, k.Flags, k.Type = kind, flags, types
}

// grow makes room for more tokens and keeps those that are there. Documents that
// have many have about one in 24 bytes.
func (t *Tape) grow() []Token {
	size := max(64, 2*len(t.tokens))
	if len(t.tokens) > 0 {
		size = max(size, len(t.doc)/24)
	}
	next := make([]Token, size)
	copy(next, t.tokens)
	t.tokens = next
	return next
}

// space returns the offset of the first byte at or behind i that is no white
// space.
//
//go:noinline
func space(doc []byte, i int) int {
	for i < len(doc) && doc[i] <= ' ' && (doc[i] == ' ' || doc[i] == '\n' || doc[i] == '\r' || doc[i] == '\t') {
		i++
	}
	return i
}

func literal(doc []byte, i int, word string) bool {
	return len(doc)-i >= len(word) && string(doc[i:i+len(word)]) == word
}

func badLiteral(doc []byte, i int, word string) *Error {
	for k := range len(word) {
		if i+k >= len(doc) {
			return &Error{Syntax, len(doc), msgEnd}
		}
		if doc[i+k] != word[k] {
			return &Error{Syntax, i + k, msgValue}
		}
	}
	return &Error{Syntax, i, msgValue}
}

// atEnd is the error of a document that ends where a value must stand.
func atEnd(doc []byte, i int) *Error {
	if len(space0(doc)) == 0 {
		return &Error{Syntax, i, msgEmpty}
	}
	return &Error{Syntax, i, msgEnd}
}

func space0(doc []byte) []byte { return doc[space(doc, 0):] }
