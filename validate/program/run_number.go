package program

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/value"
)

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

// clearly reports whether a number with a fraction and without an exponent passes
// at the first look: it begins with a digit above 0, and its point stands where
// it must. It may report false for numbers that do.
func (c *numberCheck) clearly(raw []byte) bool {
	n := len(raw)
	return c.positive && raw[0]-'1' <= 8 &&
		(c.places == math.MaxInt || c.places >= 2 && (raw[n-2] == '.' || raw[max(n-3, 0)] == '.'))
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
