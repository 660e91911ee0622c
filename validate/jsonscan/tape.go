package jsonscan

// Kind is what a token stands for.
type Kind uint8

// The kinds. The zero Kind is no token.
const (
	Null Kind = iota + 1
	False
	True
	Number
	String
	Array
	Object
	// Name is the name of a property; the token behind it is its value.
	Name
)

// String returns the kind in lower case.
func (k Kind) String() string {
	switch k {
	case Null:
		return "null"
	case False:
		return "false"
	case True:
		return "true"
	case Number:
		return "number"
	case String:
		return "string"
	case Array:
		return "array"
	case Object:
		return "object"
	case Name:
		return "name"
	default:
		return "none"
	}
}

// Flags say what the scan learnt of a string, a name or a number.
type Flags uint8

const (
	// Escaped strings and names hold at least one backslash: their bytes in
	// the document are not their content.
	Escaped Flags = 1 << iota
	// NonASCII strings and names hold at least one byte above 0x7F.
	NonASCII
	// SmallInt numbers are written as an integer of at most 18 digits: Int
	// reads them.
	SmallInt
	// Fraction numbers are written with a fraction.
	Fraction
	// Exponent numbers are written with an exponent.
	Exponent
	// repeating objects name a property more than once, or may do so until they
	// are looked up; only while scanning.
	repeating
)

// Types is a set of types of values. Tests of a value's type are one mask this
// way.
type Types uint16

// The types. Every number is either a TypeInt or a TypeNumber.
const (
	// TypeInt is a number that is flagged SmallInt.
	TypeInt Types = 1 << 0
	// TypeNumber is any other number; its value may be an integer all the
	// same, as those of 1.0 and 1e3 are.
	TypeNumber Types = 1 << Number
	TypeNull   Types = 1 << Null
	TypeFalse  Types = 1 << False
	TypeTrue   Types = 1 << True
	// TypeString is a string, or a name, which is a string to propertyNames.
	TypeString Types = 1 << String
	TypeArray  Types = 1 << Array
	TypeObject Types = 1 << Object

	AllTypes = TypeInt | TypeNumber | TypeNull | TypeFalse | TypeTrue | TypeString | TypeArray | TypeObject
)

// Token is one entry of the tape, 16 bytes.
type Token struct {
	// Start is the offset of the token's first byte; of a string's or a name's
	// first byte behind the quote.
	Start uint32
	// N is the length in bytes of a string, a name (both without quotes and
	// with escapes as written) or a number, and the count of the items or
	// properties of a container.
	N uint32
	// Link is, for a container, the index of the first token behind its
	// content; for a name, the Hash of its unescaped content; else 0.
	Link  uint32
	Kind  Kind
	Flags Flags
	// Type is the set of the one type that the token is of.
	Type Types
}

// Tape is the reusable result of a scan. Its zero value is ready to use.
type Tape struct {
	doc    []byte
	tokens []Token // as long as it ever was; n are in use
	n      int
	names  nameSet
	seen   [filters]filter // of the open objects, by depth
	moved  []uint32        // scratch of dropRepeated

	// Of the scan that runs; here, as variables are dear in its loop.
	depth    int  // of the open container
	repeated bool // some object is repeating
}

// Doc returns the document of the last scan.
func (t *Tape) Doc() []byte { return t.doc }

// Tokens returns the tape; index 0 is the document's value. It is valid until
// the next scan and empty after a scan that failed.
func (t *Tape) Tokens() []Token { return t.tokens[:t.n] }

// Next returns the index of the first token behind the value at i and all of
// its content.
func (t *Tape) Next(i int) int {
	if k := &t.tokens[i]; k.Kind == Array || k.Kind == Object {
		return int(k.Link)
	}
	return i + 1
}

// Raw returns the bytes of a string, name or number as they stand in the
// document: without quotes, with escapes.
func (t *Tape) Raw(i int) []byte {
	k := &t.tokens[i]
	return t.doc[k.Start : k.Start+k.N]
}

// Text returns the content of the string or name at i. It is a part of the
// document where nothing is escaped; else it is appended to scratch[:0], which
// grows where it must, and is valid until scratch is used again.
func (t *Tape) Text(i int, scratch []byte) []byte {
	k := &t.tokens[i]
	raw := t.doc[k.Start : k.Start+k.N]
	if k.Flags&Escaped == 0 {
		return raw
	}
	return Unescape(scratch[:0], raw)
}

// Int returns the value of a number that is flagged SmallInt.
func (t *Tape) Int(i int) int64 {
	return ParseInt(t.Raw(i))
}

// ParseInt returns the value of an integer of at most 18 digits as JSON writes
// it. It does not check what it reads.
func ParseInt(b []byte) int64 {
	neg := false
	if len(b) > 0 && b[0] == '-' {
		neg, b = true, b[1:]
	}
	var v int64
	for _, c := range b {
		v = v*10 + int64(c-'0')
	}
	if neg {
		return -v
	}
	return v
}

// Bytes returns how much memory the tape holds on to, for owners of pools that
// want to let go of tapes which one huge document has blown up.
func (t *Tape) Bytes() int {
	return 16*cap(t.tokens) + 4*cap(t.moved) + t.names.bytes()
}
