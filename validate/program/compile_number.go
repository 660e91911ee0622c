package program

import (
	"math"
	"strconv"

	"github.com/sluicedata/sluice/validate/program/value"
)

// settle prepares the comparisons of integers that are written as such, of at
// most 18 digits: they are all that most documents hold.
func (c numberCheck) settle() *numberCheck {
	c.least, c.most = math.MinInt64, math.MaxInt64
	c.low, c.high = math.MinInt64, math.MaxInt64
	c.places = math.MaxInt
	c.wholes = len(c.sets) == 0
	for i := range c.bounds {
		b := &c.bounds[i]
		whole, fraction := floor(&b.value)
		c.wholes = c.wholes && !fraction
		if b.upper {
			c.high = min(c.high, whole-1)
			if b.exclusive && !fraction && whole > math.MinInt64 {
				whole--
			}
			c.most = min(c.most, whole)
			continue
		}
		c.low = max(c.low, whole)
		if (b.exclusive || fraction) && whole < math.MaxInt64 {
			whole++
		}
		c.least = max(c.least, whole)
	}
	for i := range c.factors {
		switch k, ok := c.factors[i].Int64(); {
		case ok:
			c.multiples = append(c.multiples, k)
			c.wholes = false
		case c.factors[i].Mant == 1 && c.factors[i].Exp < 0 && c.factors[i].Exp > -math.MaxInt32:
			// 0.01 and its like, of which every integer is a multiple.
			c.places = min(c.places, int(-c.factors[i].Exp))
		default:
			c.smallExact = true
			c.wholes = false
		}
	}
	c.smallExact = c.smallExact || len(c.sets) > 0
	if c.least <= 1 {
		for nines := int64(9); c.easy < 18 && nines <= c.most; nines = 10*nines + 9 {
			c.easy++
		}
	}
	c.positive = c.wholes && !c.integer && c.most == math.MaxInt64 && c.high == math.MaxInt64 && c.low <= 0 && c.least <= 1
	return &c
}

// beyond is more than any integer of 18 digits.
const beyond = 2_000_000_000_000_000_000

// floor returns the largest integer that is not more than d, and whether d is
// more than it. What no integer of 18 digits reaches is cut short.
func floor(d *value.Decimal) (whole int64, fraction bool) {
	if d.Zero() {
		return 0, false
	}
	digits := string(d.Digits)
	if digits == "" {
		digits = strconv.FormatUint(d.Mant, 10)
	}
	size := int64(len(digits)) + d.Exp // digits before the point
	switch {
	case size > 18:
		whole = beyond
	case size > 0:
		for i := range size {
			whole *= 10
			if i < int64(len(digits)) {
				whole += int64(digits[i] - '0')
			}
		}
		fraction = d.Exp < 0
	default:
		fraction = true
	}
	if d.Neg {
		whole = -whole
		if fraction {
			whole--
		}
	}
	return whole, fraction
}
