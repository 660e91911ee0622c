package validate_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/sluicedata/sluice/validate"
)

// TestNumbers compares bounds and multiples, all on short cuts of their own,
// with package big.
func TestNumbers(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 8))
	numbers := []string{
		"0", "-0", "1", "-1", "9", "10", "-9", "0.0", "0.5", "-0.5", "1.0", "1.50", "1.500", "19.99", "0.01", "0.010", "-0.01", "2.005", "1e2", "1e-2", "15e-1", "1e400", "-1e400",
		"999999999999999999", "1000000000000000000", "9007199254740993", "9007199254740993.0", "123456789012345678901234567890", "-123456789.25", "180", "-180", "179.99", "180.01", "-180.5", "3", "6", "0.3", "0.30000000000000001",
	}
	rat := func(s string) *big.Rat {
		v, ok := new(big.Rat).SetString(s)
		if !ok {
			t.Fatal(s)
		}
		return v
	}
	keywords := []string{"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
	meets := func(keyword string, v, k *big.Rat) bool {
		switch c := v.Cmp(k); keyword {
		case "minimum":
			return c >= 0
		case "maximum":
			return c <= 0
		case "exclusiveMinimum":
			return c > 0
		case "exclusiveMaximum":
			return c < 0
		default:
			return new(big.Rat).Quo(v, k).IsInt()
		}
	}
	for range 1500 {
		schema, want := "{", func(*big.Rat) bool { return true }
		if r.IntN(4) == 0 {
			schema, want = `{"type":"integer",`, (*big.Rat).IsInt
		}
		for i := range 1 + r.IntN(3) {
			keyword, bound := keywords[r.IntN(len(keywords))], numbers[r.IntN(len(numbers))]
			if keyword == "multipleOf" && rat(bound).Sign() <= 0 {
				bound = "0.01"
			}
			if i > 0 {
				schema += ","
			}
			schema += fmt.Sprintf("%q:%s", keyword, bound)
			before := want
			want = func(v *big.Rat) bool { return before(v) && meets(keyword, v, rat(bound)) }
		}
		schema += "}"
		s, err := validate.Compile([]byte(schema), validate.Options{AllowDuplicateNames: true})
		if err != nil {
			continue // a keyword twice
		}
		parts, err := validate.Compile([]byte(`{"properties":{"a":`+schema+`},"items":`+schema+`}`), validate.Options{AllowDuplicateNames: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, number := range numbers {
			class := map[bool]validate.Class{true: validate.Valid, false: validate.Violates}[want(rat(number))]
			if got := s.Check([]byte(number)); got.Class != class {
				t.Fatalf("%s: %s: %+v", schema, number, got)
			}
			if s.Valid([]byte(number)) != (class == validate.Valid) {
				t.Fatalf("%s: %s", schema, number)
			}
			// The walks through objects and arrays have short cuts of their own.
			for _, doc := range []string{`{"a":` + number + `}`, `[` + number + `]`, `{"a":` + number + `,"b":"          "}`} {
				if parts.Valid([]byte(doc)) != (class == validate.Valid) || parts.Check([]byte(doc)).Class != class {
					t.Fatalf("%s: %s", schema, doc)
				}
			}
		}
	}
}
