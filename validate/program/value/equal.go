// Package value compares and hashes JSON values on tapes, exactly: numbers by
// their value, strings by their content, objects without regard to order.
package value

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/sluicedata/sluice/validate/jsonscan"
)

// View is a scanned document.
type View struct {
	Doc    []byte
	Tokens []jsonscan.Token
}

// Raw returns the bytes of a string, name or number as they are written.
func (v View) Raw(i int) []byte {
	k := &v.Tokens[i]
	return v.Doc[k.Start : k.Start+k.N]
}

// Text returns the content of a string or name; escaped text is appended to
// scratch[:0].
func (v View) Text(i int, scratch []byte) []byte {
	raw := v.Raw(i)
	if v.Tokens[i].Flags&jsonscan.Escaped == 0 {
		return raw
	}
	return jsonscan.Unescape(scratch[:0], raw)
}

// Next returns the index of the first token behind the value at i.
func (v View) Next(i int) int {
	if k := &v.Tokens[i]; k.Kind == jsonscan.Array || k.Kind == jsonscan.Object {
		return int(k.Link)
	}
	return i + 1
}

// Scratch is the memory that comparing and hashing reuse. Its zero value is
// ready to use, by one goroutine at a time.
type Scratch struct {
	// Seed makes hashes unpredictable to those who write documents.
	Seed uint64

	a, b  []byte
	names []int32
	table []uint32
	sums  []uint64
}

// Bytes returns how much memory the scratch holds on to.
func (s *Scratch) Bytes() int {
	return cap(s.a) + cap(s.b) + 4*cap(s.names) + 4*cap(s.table) + 8*cap(s.sums)
}

// Equal reports whether two values are the same JSON value.
func (s *Scratch) Equal(v View, i int, w View, j int) bool {
	a, b := &v.Tokens[i], &w.Tokens[j]
	if a.Kind != b.Kind {
		// A name is a string to propertyNames.
		text := jsonscan.TypeString
		return a.Type == text && b.Type == text && s.equalText(v, i, w, j)
	}
	switch a.Kind {
	case jsonscan.Null, jsonscan.False, jsonscan.True:
		return true
	case jsonscan.Number:
		return s.equalNumber(v.Raw(i), w.Raw(j))
	case jsonscan.String, jsonscan.Name:
		return s.equalText(v, i, w, j)
	case jsonscan.Array:
		if a.N != b.N {
			return false
		}
		for i, j = i+1, j+1; i < int(a.Link); i, j = v.Next(i), w.Next(j) {
			if !s.Equal(v, i, w, j) {
				return false
			}
		}
		return true
	case jsonscan.Object:
		return a.N == b.N && s.equalObject(v, i, w, j)
	default:
		return false
	}
}

func (s *Scratch) equalNumber(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	x, y := Parse(a, s.a), Parse(b, s.b)
	s.keep(&x, &y)
	return x.Equal(&y)
}

func (s *Scratch) keep(x, y *Decimal) {
	if x.Digits != nil {
		s.a = x.Digits
	}
	if y.Digits != nil {
		s.b = y.Digits
	}
}

func (s *Scratch) equalText(v View, i int, w View, j int) bool {
	return bytes.Equal(s.text(v, i, &s.a), s.text(w, j, &s.b))
}

func (s *Scratch) text(v View, i int, buf *[]byte) []byte {
	raw := v.Raw(i)
	if v.Tokens[i].Flags&jsonscan.Escaped == 0 {
		return raw
	}
	*buf = jsonscan.Unescape((*buf)[:0], raw)
	return *buf
}

// equalObject compares objects of the same size. Those in the same order take
// one pass; from the first name out of order on, both are sorted by name.
func (s *Scratch) equalObject(v View, i int, w View, j int) bool {
	endV, endW := int(v.Tokens[i].Link), int(w.Tokens[j].Link)
	i, j = i+1, j+1
	for i < endV && v.Tokens[i].Link == w.Tokens[j].Link && s.equalText(v, i, w, j) {
		if !s.Equal(v, i+1, w, j+1) {
			return false
		}
		i, j = v.Next(i+1), w.Next(j+1)
	}
	if i >= endV {
		return true
	}
	base := len(s.names)
	defer func() { s.names = s.names[:base] }()
	n := s.sorted(v, i, endV)
	if s.sorted(w, j, endW) != n {
		return false
	}
	for k := range n {
		i, j = int(s.names[base+k]), int(s.names[base+n+k])
		if v.Tokens[i].Link != w.Tokens[j].Link || !s.equalText(v, i, w, j) || !s.Equal(v, i+1, w, j+1) {
			return false
		}
	}
	return true
}

// sorted appends the names from i to end to s.names, sorted, and returns how
// many they are.
func (s *Scratch) sorted(v View, i, end int) int {
	base := len(s.names)
	for ; i < end; i = v.Next(i + 1) {
		s.names = append(s.names, int32(i))
	}
	slices.SortFunc(s.names[base:], func(a, b int32) int {
		if c := cmp.Compare(v.Tokens[a].Link, v.Tokens[b].Link); c != 0 {
			return c
		}
		return bytes.Compare(s.text(v, int(a), &s.a), s.text(v, int(b), &s.b))
	})
	return len(s.names) - base
}
