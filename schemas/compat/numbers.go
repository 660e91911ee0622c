package compat

import (
	"encoding/json"
	"math/big"
	"strconv"

	"github.com/sluicedata/sluice/validate/program/schema"
	"github.com/sluicedata/sluice/validate/program/value"
)

// bound is the lowest or the highest number that is allowed, or the one next
// to it where exclusive. The zero bound is none.
type bound struct {
	at        value.Decimal
	known     bool
	exclusive bool
}

// lower is the tightest lower bound; whole is for integers only.
func lower(f *facts, whole bool) bound {
	return tightest(f, schema.Minimum, schema.ExclusiveMinimum, whole, 1)
}

// upper is lower for the other end.
func upper(f *facts, whole bool) bound {
	return tightest(f, schema.Maximum, schema.ExclusiveMaximum, whole, -1)
}

// tightest returns the strictest bound of two rules; up is 1 for lower bounds
// and -1 for upper ones.
func tightest(f *facts, inclusive, exclusive schema.Op, whole bool, up int) bound {
	var b bound
	for _, g := range f.rules {
		if g.rule.Op != inclusive && g.rule.Op != exclusive {
			continue
		}
		next := bound{at: g.rule.Number, known: true, exclusive: g.rule.Op == exclusive}
		if whole {
			next = next.whole(up)
		}
		if !b.known || next.within(b, up) {
			b = next
		}
	}
	return b
}

// within reports whether b allows no more than o.
func (b bound) within(o bound, up int) bool {
	if !o.known {
		return true
	}
	if !b.known {
		return false
	}
	c := value.Compare(&b.at, &o.at) * up
	return c > 0 || c == 0 && (b.exclusive || !o.exclusive)
}

// above reports whether nothing lies between a lower bound and an upper one.
func (b bound) above(high bound) bool {
	if !b.known || !high.known {
		return false
	}
	c := value.Compare(&b.at, &high.at)
	return c > 0 || c == 0 && (b.exclusive || high.exclusive)
}

// whole is the bound of the integers that a bound allows.
func (b bound) whole(up int) bound {
	r, ok := rat(&b.at)
	if !ok {
		return b
	}
	n := new(big.Int)
	if r.IsInt() {
		n.Set(r.Num())
		if b.exclusive {
			n.Add(n, big.NewInt(int64(up)))
		}
	} else {
		// Div rounds down, as the denominator is above 0.
		n.Div(r.Num(), r.Denom())
		if up > 0 {
			n.Add(n, big.NewInt(1))
		}
	}
	return bound{at: value.Parse([]byte(n.String()), nil), known: true}
}

// integers lists those that the bounds allow, if they are few.
func integers(f *facts) ([]any, bool) {
	const few = 64
	low, high := lower(f, true), upper(f, true)
	if !low.known || !high.known {
		return nil, false
	}
	from, ok1 := low.at.Int64()
	to, ok2 := high.at.Int64()
	if !ok1 || !ok2 || low.exclusive || high.exclusive || to-from >= few {
		return nil, false
	}
	var list []any
	for n := from; n <= to; n++ {
		list = append(list, json.Number(strconv.FormatInt(n, 10)))
	}
	return list, true
}

// isWhole reports whether multipleOf leaves only integers.
func isWhole(f *facts) bool {
	for _, g := range f.rules {
		if g.rule.Op == schema.MultipleOf && g.rule.Number.Integer() {
			return true
		}
	}
	return false
}

func numbersFollow(f *facts, r *schema.Rule) bool {
	whole := f.kinds&kindFraction == 0 || isWhole(f)
	want := bound{at: r.Number, known: true}
	switch r.Op {
	case schema.Minimum, schema.ExclusiveMinimum:
		want.exclusive = r.Op == schema.ExclusiveMinimum
		return allowsNoMore(lower(f, whole), want, whole, 1)
	case schema.Maximum, schema.ExclusiveMaximum:
		want.exclusive = r.Op == schema.ExclusiveMaximum
		return allowsNoMore(upper(f, whole), want, whole, -1)
	default:
	}
	one := value.FromInt(1)
	if f.kinds&kindFraction == 0 && one.MultipleOf(&r.Number) {
		return true
	}
	for _, g := range f.rules {
		if g.rule.Op == schema.MultipleOf && g.rule.Number.MultipleOf(&r.Number) {
			return true
		}
	}
	return false
}

func allowsNoMore(have, want bound, whole bool, up int) bool {
	if !have.known {
		return false
	}
	if whole {
		want = want.whole(up)
	}
	return have.within(want, up)
}
