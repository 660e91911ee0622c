package router

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"sync"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/validate"
	"github.com/sluicedata/sluice/validate/jsonscan"
)

// reading is how a value is read to find a field: with or without the
// registry's prefix, with or without repeated property names.
type reading uint8

const (
	skipPrefix reading = 1 << iota
	allowRepeated
	readings = 1 << iota
)

func newReading(confluent, repeated bool) reading {
	var r reading
	if confluent {
		r |= skipPrefix
	}
	if repeated {
		r |= allowRepeated
	}
	return r
}

// fields reads the value of one record. It is reused from record to record.
type fields struct {
	limits  jsonscan.Limits
	done    [readings]bool
	tapes   [readings]jsonscan.Tape
	verdict [readings]*validate.Verdict
	scratch []byte
}

// fieldsPool spares the tapes. One that a huge value has blown up is not kept.
var fieldsPool = sync.Pool{New: func() any { return new(fields) }}

const keepBytes = 1 << 20

func newFields(l jsonscan.Limits) *fields {
	f := fieldsPool.Get().(*fields)
	f.limits = l
	return f
}

func (f *fields) release() {
	size := cap(f.scratch)
	for i := range f.tapes {
		f.done[i], f.verdict[i] = false, nil
		size += f.tapes[i].Bytes()
	}
	if size <= keepBytes {
		fieldsPool.Put(f)
	}
}

// read returns the tape of the value, or the verdict on what cannot be read.
func (f *fields) read(value []byte, r reading) (*jsonscan.Tape, *validate.Verdict) {
	if f.done[r] {
		return &f.tapes[r], f.verdict[r]
	}
	f.done[r] = true
	limits := f.limits
	limits.AllowDuplicates = r&allowRepeated != 0
	doc, verdict := payload(value, r&skipPrefix != 0)
	if verdict == nil {
		verdict = verdictOf(f.tapes[r].Scan(doc, limits), len(value)-len(doc))
	}
	f.verdict[r] = verdict
	return &f.tapes[r], verdict
}

// verdictOf turns the error of a scan into a verdict on the value, whose JSON
// begins at a byte offset. It is nil if there is no error.
func verdictOf(err error, offset int) *validate.Verdict {
	if err == nil {
		return nil
	}
	v := &validate.Verdict{Class: validate.Malformed, Message: err.Error(), Offset: offset}
	if e, ok := errors.AsType[*jsonscan.Error](err); ok {
		v.Message, v.Offset = e.Message, offset+e.Offset
		if e.Kind == jsonscan.Limit {
			v.Class = validate.LimitExceeded
		}
	}
	return v
}

// text returns the text at a pointer, and false if there is none. It is valid
// until the next call.
func (f *fields) text(tape *jsonscan.Tape, p pointer) ([]byte, bool) {
	at, ok := f.find(tape, p)
	if !ok {
		return nil, false
	}
	switch tape.Tokens()[at].Kind {
	case jsonscan.String:
		return f.unescaped(tape, at), true
	case jsonscan.Number, jsonscan.True, jsonscan.False:
		return tape.Raw(at), true
	default:
		return nil, false
	}
}

// find follows a pointer and returns the index of the value's token.
func (f *fields) find(tape *jsonscan.Tape, p pointer) (int, bool) {
	at := 0
	for i := range p {
		ok := false
		switch tape.Tokens()[at].Kind {
		case jsonscan.Object:
			at, ok = f.property(tape, at, &p[i])
		case jsonscan.Array:
			at, ok = item(tape, at, p[i].index)
		default: // has no parts
		}
		if !ok {
			return 0, false
		}
	}
	return at, true
}

// property returns the value of a name in the object at an index.
func (f *fields) property(tape *jsonscan.Tape, object int, want *reference) (int, bool) {
	tokens := tape.Tokens()
	for name := object + 1; name < int(tokens[object].Link); name = tape.Next(name + 1) {
		if tokens[name].Link == want.hash && bytes.Equal(f.unescaped(tape, name), want.name) {
			return name + 1, true
		}
	}
	return 0, false
}

// item returns the nth item of the array at an index; n is -1 for none.
func item(tape *jsonscan.Tape, array, n int) (int, bool) {
	if n < 0 || n >= int(tape.Tokens()[array].N) {
		return 0, false
	}
	at := array + 1
	for range n {
		at = tape.Next(at)
	}
	return at, true
}

// unescaped returns the content of a string or name. It is valid until the
// next call.
func (f *fields) unescaped(tape *jsonscan.Tape, at int) []byte {
	text := tape.Text(at, f.scratch)
	if tape.Tokens()[at].Flags&jsonscan.Escaped != 0 {
		f.scratch = text[:0]
	}
	return text
}

// pointer is a compiled JSON pointer (RFC 6901).
type pointer []reference

// reference is one token of a pointer: the name of a property, and the index
// of an item if it is written as one, else -1.
type reference struct {
	name  []byte
	hash  uint32
	index int
}

var unescaper = strings.NewReplacer("~1", "/", "~0", "~")

func newPointer(text string) pointer {
	var p pointer
	for token := range strings.SplitSeq(strings.TrimPrefix(text, "/"), "/") {
		name := []byte(unescaper.Replace(token))
		p = append(p, reference{name: name, hash: jsonscan.Hash(name), index: itemIndex(token)})
	}
	return p
}

// itemIndex returns the index that a pointer's token is, or -1: digits without
// sign and without superfluous zeros.
func itemIndex(token string) int {
	n, err := strconv.Atoi(token)
	if err != nil || strconv.Itoa(n) != token {
		return -1
	}
	return n
}

// scanLimits are those of package validate, so that a field match and the
// contract agree on what is JSON.
func scanLimits(l config.Limits) jsonscan.Limits {
	return jsonscan.Limits{
		Bytes:    int(l.RecordBytes),
		Depth:    l.Depth,
		Values:   l.Values,
		Digits:   l.NumberDigits,
		Exponent: l.NumberExponent,
	}
}
