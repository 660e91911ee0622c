package jsonscan

import "math"

// Scan reads doc onto the tape. The error is an *Error; then the tape is empty.
func (t *Tape) Scan(doc []byte, l Limits) error {
	t.doc, t.n = doc, 0
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
		tokens   = t.tokens
		n        = 0            // tokens written
		i        = 0            // next byte
		open     = uint32(none) // innermost open container
		depth    = 0
		values   = l.values // left
		isObj    = false    // open is an object
		repeated = false    // some object is repeating
		c        byte
	)

value:
	if i = space(doc, i); i >= len(doc) {
		return atEnd(doc, i)
	}
	if n == len(tokens) {
		tokens = t.grow()
	}
	if values--; values < 0 {
		return &Error{Limit, i, msgLimitValues}
	}
	switch c = doc[i]; c {
	case '"':
		end, flags := plain(doc, i+1)
		if end >= len(doc) || doc[end] != '"' {
			var e *Error
			if end, flags, e = text(doc, end); e != nil {
				return e
			}
		}
		tokens[n] = Token{Start: uint32(i + 1), N: uint32(end - i - 1), Kind: String, Flags: flags, Type: TypeString}
		n++
		i = end + 1
	case '{', '[':
		if depth++; depth > l.depth {
			return &Error{Limit, i, msgLimitDepth}
		}
		kind := Object
		if isObj = c == '{'; !isObj {
			kind = Array
		}
		tokens[n] = Token{Start: uint32(i), Link: open, Kind: kind, Type: 1 << kind}
		open = uint32(n)
		n++
		if i = space(doc, i+1); i >= len(doc) {
			return &Error{Syntax, i, msgEnd}
		}
		if doc[i] == c+2 { // both pairs of brackets lie two apart in ASCII
			goto closed
		}
		if isObj {
			goto name
		}
		goto value
	case 't':
		if !literal(doc, i, "true") {
			return badLiteral(doc, i, "true")
		}
		tokens[n] = Token{Start: uint32(i), N: 4, Kind: True, Type: TypeTrue}
		n++
		i += 4
	case 'f':
		if !literal(doc, i, "false") {
			return badLiteral(doc, i, "false")
		}
		tokens[n] = Token{Start: uint32(i), N: 5, Kind: False, Type: TypeFalse}
		n++
		i += 5
	case 'n':
		if !literal(doc, i, "null") {
			return badLiteral(doc, i, "null")
		}
		tokens[n] = Token{Start: uint32(i), N: 4, Kind: Null, Type: TypeNull}
		n++
		i += 4
	default:
		end, flags, e := number(doc, i, l.digits, l.exponent)
		if e != nil {
			return e
		}
		numberType := TypeNumber
		if flags == SmallInt {
			numberType = TypeInt
		}
		tokens[n] = Token{Start: uint32(i), N: uint32(end - i), Kind: Number, Flags: flags, Type: numberType}
		n++
		i = end
	}

after:
	if i < len(doc) && doc[i] <= ' ' {
		i = space(doc, i)
	}
	if open == none {
		if i < len(doc) {
			return &Error{Syntax, i, msgTrailing}
		}
		if t.n = n; repeated {
			t.dropRepeated()
		}
		return nil
	}
	if i >= len(doc) {
		return &Error{Syntax, i, msgEnd}
	}
	tokens[open].N++
	if c = doc[i]; c == ',' {
		i++
		if !isObj {
			goto value
		}
		if i = space(doc, i); i >= len(doc) {
			return &Error{Syntax, i, msgEnd}
		}
		if doc[i] == '}' {
			return &Error{Syntax, i, msgNameComma}
		}
		goto name
	}
	if isObj {
		if c != '}' {
			return &Error{Syntax, i, msgObjectNext}
		}
		if tokens[open].N > 1 {
			if at, found := t.names.duplicate(doc, tokens[:n], open); found {
				if l.unique {
					return &Error{Duplicate, int(tokens[at].Start) - 1, msgDuplicate}
				}
				tokens[open].Flags |= repeating
				repeated = true
			}
		}
	} else if c != ']' {
		return &Error{Syntax, i, msgArrayNext}
	}

closed:
	i++
	depth--
	{
		k := &tokens[open]
		open, k.Link = k.Link, uint32(n)
	}
	isObj = open != none && tokens[open].Kind == Object
	goto after

name:
	if doc[i] != '"' {
		return &Error{Syntax, i, msgName}
	}
	if n == len(tokens) {
		tokens = t.grow()
	}
	{
		end, flags := plain(doc, i+1)
		if end >= len(doc) || doc[end] != '"' {
			var e *Error
			if end, flags, e = text(doc, end); e != nil {
				return e
			}
		}
		raw := doc[i+1 : end]
		var h uint32
		if flags&Escaped == 0 {
			h = Hash(raw)
		} else {
			h = t.names.hashEscaped(raw)
		}
		tokens[n] = Token{Start: uint32(i + 1), N: uint32(len(raw)), Link: h, Kind: Name, Flags: flags, Type: TypeString}
		n++
		i = end + 1
	}
	if i < len(doc) && doc[i] <= ' ' {
		i = space(doc, i)
	}
	if i >= len(doc) {
		return &Error{Syntax, i, msgEnd}
	}
	if doc[i] != ':' {
		return &Error{Syntax, i, msgColon}
	}
	i++
	goto value
}

// grow makes room for more tokens and keeps those that are there.
func (t *Tape) grow() []Token {
	next := make([]Token, max(64, 2*len(t.tokens)))
	copy(next, t.tokens)
	t.tokens = next
	return next
}

// space returns the offset of the first byte at or behind i that is no white
// space.
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
