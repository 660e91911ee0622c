package value

import (
	"bytes"
	"math/bits"
	"strconv"
)

// Decimal is an exact decimal number, ±significand × 10^Exp, in its one
// canonical form: the significand neither begins nor ends with a zero, and
// zero is the zero Decimal. So equal numbers are equal in every field.
type Decimal struct {
	// Mant is the significand where it has at most 19 digits; else 0.
	Mant uint64
	// Digits is the significand where it has more digits.
	Digits []byte
	Exp    int64
	Neg    bool
}

// maxMant is the count of digits that always fit a uint64.
const maxMant = 19

var pow10 = func() (p [maxMant + 1]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()

// Parse reads a number as JSON writes it, which it does not check. The digits
// of a long number are appended to scratch[:0], whose growth the caller keeps
// for the next call by passing Decimal.Digits, if it wants to.
func Parse(b, scratch []byte) Decimal {
	if d, ok := parseShort(b); ok {
		return d
	}
	var (
		d     Decimal
		mant  uint64
		count int // significant digits so far
		scale int64
		i     int
	)
	if len(b) > 0 && b[0] == '-' {
		d.Neg = true
		i = 1
	}
	start := i
	for ; i < len(b) && b[i]-'0' <= 9; i++ {
		if count != 0 || b[i] != '0' {
			count++
			mant = mant*10 + uint64(b[i]-'0')
		}
	}
	if i < len(b) && b[i] == '.' {
		for i++; i < len(b) && b[i]-'0' <= 9; i++ {
			scale--
			if count != 0 || b[i] != '0' {
				count++
				mant = mant*10 + uint64(b[i]-'0')
			}
		}
	}
	end := i
	if i < len(b) {
		scale += exponent(b[i+1:])
	}
	if count <= maxMant {
		if mant == 0 {
			return Decimal{}
		}
		for mant%10 == 0 {
			mant /= 10
			scale++
		}
		d.Mant, d.Exp = mant, scale
		return d
	}
	digits := scratch[:0]
	for _, c := range b[start:end] {
		if c != '.' && (len(digits) > 0 || c != '0') {
			digits = append(digits, c)
		}
	}
	for n := len(digits); digits[n-1] == '0'; n-- {
		digits = digits[:n-1]
		scale++
	}
	d.Exp = scale
	if len(digits) <= maxMant {
		for _, c := range digits {
			d.Mant = d.Mant*10 + uint64(c-'0')
		}
		return d
	}
	d.Digits = digits
	return d
}

// parseShort is Parse for numbers of few characters without an exponent, which
// nearly all are.
func parseShort(b []byte) (d Decimal, ok bool) {
	if len(b) > maxMant || len(b) == 0 {
		return d, false
	}
	neg := b[0] == '-'
	if neg {
		b = b[1:]
	}
	var mant uint64
	places := 0
	for i, c := range b {
		switch {
		case c-'0' <= 9:
			mant = mant*10 + uint64(c-'0')
		case c == '.':
			places = len(b) - 1 - i
		default:
			return d, false
		}
	}
	if mant == 0 {
		return d, true
	}
	for mant%10 == 0 {
		mant /= 10
		places--
	}
	return Decimal{Mant: mant, Exp: -int64(places), Neg: neg}, true
}

// exponent reads what follows an e; what no document's limit lets pass is cut
// short.
func exponent(b []byte) int64 {
	neg := false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		neg, b = b[0] == '-', b[1:]
	}
	const most = 1 << 40
	var e int64
	for _, c := range b {
		if e = e*10 + int64(c-'0'); e > most {
			e = most
		}
	}
	if neg {
		return -e
	}
	return e
}

// FromInt returns the Decimal of an integer.
func FromInt(v int64) Decimal {
	if v == 0 {
		return Decimal{}
	}
	d := Decimal{Mant: uint64(v), Neg: v < 0}
	if d.Neg {
		d.Mant = -d.Mant
	}
	for d.Mant%10 == 0 {
		d.Mant /= 10
		d.Exp++
	}
	return d
}

// Zero reports whether d is 0.
func (d *Decimal) Zero() bool { return d.Mant == 0 && d.Digits == nil }

// Integer reports whether d is an integer.
func (d *Decimal) Integer() bool { return d.Exp >= 0 }

// Int64 returns d where it is an integer of at most 18 digits.
func (d *Decimal) Int64() (int64, bool) {
	if d.Digits != nil || d.Exp < 0 || d.Exp > 18 || int64(digitCount(d.Mant))+d.Exp > 18 {
		return 0, false
	}
	v := int64(d.Mant * pow10[d.Exp])
	if d.Neg {
		v = -v
	}
	return v, true
}

// Compare returns -1, 0 or 1 as a is less than, equal to or more than b.
func Compare(a, b *Decimal) int {
	if a.Neg != b.Neg {
		if a.Neg {
			return -1
		}
		return 1
	}
	c := compareSize(a, b)
	if a.Neg {
		return -c
	}
	return c
}

// compareSize compares absolute values.
func compareSize(a, b *Decimal) int {
	if a.Zero() || b.Zero() {
		switch {
		case !a.Zero():
			return 1
		case !b.Zero():
			return -1
		}
		return 0
	}
	na, nb := a.count(), b.count()
	if sa, sb := int64(na)+a.Exp, int64(nb)+b.Exp; sa != sb {
		if sa < sb {
			return -1
		}
		return 1
	}
	if a.Digits == nil && b.Digits == nil {
		ma, mb := a.Mant, b.Mant
		if na < nb {
			ma *= pow10[nb-na]
		} else {
			mb *= pow10[na-nb]
		}
		switch {
		case ma < mb:
			return -1
		case ma > mb:
			return 1
		}
		return 0
	}
	// Neither ends with a zero, so a prefix is less than what continues it.
	var bufA, bufB [20]byte
	return bytes.Compare(a.digits(bufA[:0]), b.digits(bufB[:0]))
}

func (d *Decimal) count() int {
	if d.Digits != nil {
		return len(d.Digits)
	}
	return digitCount(d.Mant)
}

func (d *Decimal) digits(buf []byte) []byte {
	if d.Digits != nil {
		return d.Digits
	}
	return strconv.AppendUint(buf, d.Mant, 10)
}

func digitCount(v uint64) int {
	n := bits.Len64(v) * 1233 >> 12
	if n < len(pow10) && v >= pow10[n] {
		n++
	}
	return n
}

// Equal reports whether a and b are the same number.
func (d *Decimal) Equal(b *Decimal) bool {
	return d.Mant == b.Mant && d.Exp == b.Exp && d.Neg == b.Neg && bytes.Equal(d.Digits, b.Digits)
}

// MultipleOf reports whether d is an integer times m, exactly. m is not 0.
func (d *Decimal) MultipleOf(m *Decimal) bool {
	if d.Zero() {
		return true
	}
	shift := d.Exp - m.Exp
	if shift < 0 {
		// m's last decimal place lies left of d's, and d's is not 0.
		return false
	}
	if m.Digits != nil {
		return bigMultiple(d, m, shift)
	}
	k := m.Mant
	if k == 1 {
		return true
	}
	var r uint64
	if d.Digits == nil {
		r = d.Mant % k
	} else {
		for _, c := range d.Digits {
			hi, lo := bits.Mul64(r, 10)
			lo, carry := bits.Add64(lo, uint64(c-'0'), 0)
			r = bits.Rem64(hi+carry, lo, k)
		}
	}
	return r == 0 || mulMod(r, powMod(10, shift, k), k) == 0
}

func mulMod(a, b, k uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return bits.Rem64(hi, lo, k)
}

func powMod(base uint64, exp int64, k uint64) uint64 {
	r, b := 1%k, base%k
	for ; exp > 0; exp >>= 1 {
		if exp&1 != 0 {
			r = mulMod(r, b, k)
		}
		b = mulMod(b, b, k)
	}
	return r
}
