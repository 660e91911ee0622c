package value

import (
	"encoding/binary"
	"math/bits"

	"github.com/sluicedata/sluice/validate/jsonscan"
)

const (
	mix0 = 0xA0761D6478BD642F
	mix1 = 0xE7037ED1A0B428DB
	mix2 = 0x8EBC6AF09C88C6E3
)

// mix is the multiplication of wyhash: both halves of the product.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// Hash returns a hash of the value at i that is the same for equal values,
// however they are written.
func (s *Scratch) Hash(v View, i int) uint64 {
	k := &v.Tokens[i]
	switch k.Kind {
	case jsonscan.Number:
		var d Decimal
		if k.Flags&jsonscan.SmallInt != 0 {
			d = FromInt(Int(v.Raw(i)))
		} else {
			d = Parse(v.Raw(i), s.a)
		}
		if d.Digits != nil {
			s.a = d.Digits
		}
		h := mix(d.Mant^s.Seed^mix0, uint64(d.Exp)^mix1)
		if d.Digits != nil {
			h ^= HashText(d.Digits, s.Seed)
		}
		if d.Neg {
			h = ^h
		}
		return mix(h^uint64(jsonscan.Number), mix2)
	case jsonscan.String, jsonscan.Name:
		return s.hashText(v.Doc, k)
	case jsonscan.Array:
		h := s.Seed ^ mix1
		for i++; i < int(k.Link); i = v.Next(i) {
			h = mix(h^s.Hash(v, i), mix0)
		}
		return mix(h^uint64(jsonscan.Array), mix2)
	case jsonscan.Object:
		var sum uint64
		tokens := v.Tokens[:k.Link]
		for i++; i+1 < len(tokens); {
			name := s.hashText(v.Doc, &tokens[i])
			value := &tokens[i+1]
			if value.Kind == jsonscan.String {
				sum += mix(name^mix0, s.hashText(v.Doc, value)^mix1)
				i += 2
				continue
			}
			sum += mix(name^mix0, s.Hash(v, i+1)^mix1)
			i = v.Next(i + 1)
		}
		return mix(sum^s.Seed^uint64(jsonscan.Object), mix2)
	default:
		return mix(s.Seed^uint64(k.Kind), mix2)
	}
}

func (s *Scratch) hashText(doc []byte, k *jsonscan.Token) uint64 {
	raw := doc[k.Start : k.Start+k.N]
	if k.Flags&jsonscan.Escaped != 0 {
		s.a = jsonscan.Unescape(s.a[:0], raw)
		raw = s.a
	}
	return HashText(raw, s.Seed)
}

// HashText returns the hash of a string's content.
func HashText(b []byte, seed uint64) uint64 {
	n := uint64(len(b))
	h := seed ^ mix0
	for len(b) > 16 {
		h = mix(binary.LittleEndian.Uint64(b)^mix1, binary.LittleEndian.Uint64(b[8:])^h)
		b = b[16:]
	}
	var x, y uint64
	switch {
	case len(b) >= 8:
		x, y = binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[len(b)-8:])
	case len(b) >= 4:
		x, y = uint64(binary.LittleEndian.Uint32(b)), uint64(binary.LittleEndian.Uint32(b[len(b)-4:]))
	case len(b) > 0:
		x = uint64(b[0]) | uint64(b[len(b)>>1])<<8 | uint64(b[len(b)-1])<<16
	}
	return mix(mix2^n, mix(x^mix1, y^h))
}

// sketch is a hash of the value at i that costs less than Hash. Whoever knows
// it can make it collide.
func (s *Scratch) sketch(v View, i int) uint64 {
	k := &v.Tokens[i]
	switch k.Kind {
	case jsonscan.String, jsonscan.Name:
		return s.sketchText(v.Doc, k)
	case jsonscan.Number:
		if k.Flags&jsonscan.SmallInt != 0 {
			return uint64(Int(v.Raw(i))) * mix1
		}
		d := Parse(v.Raw(i), s.a)
		if d.Digits != nil {
			s.a = d.Digits
		}
		if whole, ok := d.Int64(); ok {
			return uint64(whole) * mix1
		}
		return d.Mant*mix1 ^ uint64(d.Exp)*mix2
	case jsonscan.Array:
		h := uint64(k.N)
		for i++; i < int(k.Link); i = v.Next(i) {
			h = mix(h^s.sketch(v, i), mix0)
		}
		return h
	case jsonscan.Object:
		sum := uint64(k.N)
		tokens := v.Tokens[:k.Link]
		for i++; i+1 < len(tokens); {
			name, value := &tokens[i], &tokens[i+1]
			var h uint64
			if i += 2; value.Kind == jsonscan.String {
				h = s.sketchText(v.Doc, value)
			} else {
				h = s.sketch(v, i-1)
				i = v.Next(i - 1)
			}
			sum += mix(h^uint64(name.Link), mix0)
		}
		return sum
	default:
		return uint64(k.Kind)
	}
}

func (s *Scratch) sketchText(doc []byte, k *jsonscan.Token) uint64 {
	raw := doc[k.Start : k.Start+k.N]
	if k.Flags&jsonscan.Escaped != 0 {
		s.b = jsonscan.Unescape(s.b[:0], raw)
		raw = s.b
	}
	head, tail := Ends(raw)
	return mix(head^mix1, bits.RotateLeft64(tail, 17)^uint64(len(raw)))
}
