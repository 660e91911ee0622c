package value

import "math/big"

// bigMultiple reports whether d's significand times 10^shift is a multiple of
// m's, for an m of more than 19 digits. The power is taken modulo m, so an
// exponent costs its logarithm.
func bigMultiple(d, m *Decimal, shift int64) bool {
	k, _ := new(big.Int).SetString(string(m.digits(nil)), 10)
	v, _ := new(big.Int).SetString(string(d.digits(nil)), 10)
	p := new(big.Int).Exp(big.NewInt(10), big.NewInt(shift), k)
	return v.Mul(v, p).Mod(v, k).Sign() == 0
}
