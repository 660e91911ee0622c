package value

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/validate/jsonscan"
)

func view(t *testing.T, doc string) View {
	t.Helper()
	var tape jsonscan.Tape
	if err := tape.Scan([]byte(doc), jsonscan.Limits{}); err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	return View{Doc: tape.Doc(), Tokens: slices.Clone(tape.Tokens())}
}

// numbers are written in many ways; rat returns their value.
func numbers(r *rand.Rand) (text string, rat *big.Rat) {
	digits := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteByte("0012359"[r.IntN(7)])
		}
		return b.String()
	}
	if r.IntN(3) == 0 {
		text = "-"
	}
	text += strconv.Itoa(r.IntN(100))
	if r.IntN(4) == 0 {
		text += digits(r.IntN(25))
	}
	if r.IntN(2) == 0 {
		text += "." + digits(1+r.IntN(4)*r.IntN(8))
	}
	if r.IntN(4) == 0 {
		text += "e" + strconv.Itoa(r.IntN(40)-20)
	}
	if text[0] == '0' && len(text) > 1 && text[1]-'0' <= 9 {
		text = "7" + text
	}
	rat, _ = new(big.Rat).SetString(text)
	return text, rat
}

// TestDecimal compares with package big.
func TestDecimal(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for range 50_000 {
		ta, ra := numbers(r)
		tb, rb := numbers(r)
		a, b := Parse([]byte(ta), nil), Parse([]byte(tb), nil)
		if got, want := Compare(&a, &b), ra.Cmp(rb); got != want || a.Equal(&b) != (want == 0) {
			t.Fatalf("%s and %s: %d, want %d", ta, tb, got, want)
		}
		if a.Integer() != ra.IsInt() {
			t.Fatalf("%s: integer: %v", ta, a.Integer())
		}
		if v, ok := a.Int64(); ok && new(big.Rat).SetInt64(v).Cmp(ra) != 0 {
			t.Fatalf("%s: %d", ta, v)
		}
		if b.Zero() {
			continue
		}
		if got, want := a.MultipleOf(&b), new(big.Rat).Quo(ra, rb).IsInt(); got != want {
			t.Fatalf("%s multiple of %s: %v", ta, tb, got)
		}
	}
}

func TestInt(t *testing.T) {
	t.Parallel()
	for _, v := range []int64{0, 7, -7, 12, 123456, 12345678, -99999999, 123456789, 999999999999999999} {
		doc := []byte(strconv.FormatInt(v, 10) + ",            ")
		n := len(strconv.FormatInt(v, 10))
		if got := Int(doc[:n]); got != v {
			t.Errorf("%d: %d", v, got)
		}
		if got := Int(doc[:n:n]); got != v {
			t.Errorf("%d at the end of its document: %d", v, got)
		}
		if d := FromInt(v); Compare(&d, &d) != 0 {
			t.Error(v)
		} else if got, ok := d.Int64(); !ok || got != v {
			t.Errorf("FromInt(%d): %d", v, got)
		}
	}
}

func TestLength(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "a", "é", "aé😀z", strings.Repeat("żé😀a", 9), strings.Repeat("a", 17) + "ż"} {
		if got, want := Length([]byte(text)), len([]rune(text)); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

func TestEqual(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("1", 30)
	f := func(a, b string, want bool) {
		t.Helper()
		s := &Scratch{Seed: 42}
		v, w := view(t, a), view(t, b)
		if got := s.Equal(v, 0, w, 0); got != want {
			t.Errorf("%s and %s: %v", a, b, got)
		}
		if want && (s.Hash(v, 0) != s.Hash(w, 0) || s.sketch(v, 0) != s.sketch(w, 0)) {
			t.Errorf("%s and %s have different hashes", a, b)
		}
		if !want && s.Hash(v, 0) == s.Hash(w, 0) {
			t.Errorf("%s and %s have one hash", a, b)
		}
		both := view(t, "["+a+","+b+","+`[["a third"]]`+"]")
		if got := s.Unique(both, 0); got == want {
			t.Errorf("%s and %s: unique is %v", a, b, got)
		}
		many := view(t, "["+a+`,0.5,[1],"x",{"y":1},[2],[3],[4],[5],[6],[7],[8],[9],[10],[11],[12],[13],`+b+"]")
		if got := s.Unique(many, 0); got == want {
			t.Errorf("%s and %s among many: unique is %v", a, b, got)
		}
	}
	f(`1`, `1.0`, true)
	f(`100`, `1e2`, true)
	f(`0`, `-0`, true)
	f(`0.0`, `-0e9`, true)
	f(`9007199254740993`, `9007199254740992`, false)
	f(long, long+"0e-1", true)
	f(long, long+"1", false)
	f(`"a"`, `"\u0061"`, true)
	f(`"a"`, `"b"`, false)
	f(`"éa"`, `"\u00e9a"`, true)
	f(`true`, `1`, false)
	f(`false`, `0`, false)
	f(`null`, `false`, false)
	f(`"1"`, `1`, false)
	f(`[1,2]`, `[2,1]`, false)
	f(`[1,2]`, `[1.0,2]`, true)
	f(`{"a":1,"b":2}`, `{"b":2,"a":1}`, true)
	f(`{"a":1,"b":2,"c":[{}]}`, `{"a":1.0,"\u0063":[{}],"b":2}`, true)
	f(`{"a":1,"b":2}`, `{"a":2,"b":1}`, false)
	f(`{"a":1}`, `{"a":1,"b":1}`, false)
	f(`{"a":{"x":1,"y":[2]}}`, `{"a":{"y":[2],"x":1}}`, true)
	f(`[]`, `{}`, false)
}

// TestUniqueFlood holds an array whose sketches all collide: seeded hashes
// must take over, or the array would cost its square.
func TestUniqueFlood(t *testing.T) {
	t.Parallel()
	const n = 2000
	items := make([]string, n)
	for i := range items {
		// Equal ends and length: the sketch sees no more.
		items[i] = strconv.Quote("12345678" + strconv.Itoa(10_000+i) + "87654321")
	}
	v := view(t, "["+strings.Join(items, ",")+"]")
	s := &Scratch{Seed: 42}
	if _, sure := s.uniqueBy(v, 0, (*Scratch).sketch); sure {
		t.Error("the sketches do not collide")
	}
	if !s.Unique(v, 0) {
		t.Error("not unique")
	}
	items[n-1] = items[0]
	if s.Unique(view(t, "["+strings.Join(items, ",")+"]"), 0) {
		t.Error("unique")
	}
}

func TestCopy(t *testing.T) {
	t.Parallel()
	v := view(t, `{"a": [1, {"b\u0061": null, "c": "\"é"}], "d": [], "e": true, "f": -1.5e3, "g": {}}`)
	var list []int
	for i := 1; i < len(v.Tokens); i = v.Next(i + 1) {
		list = append(list, i+1)
	}
	s := &Scratch{}
	c, at := Copy(v, list)
	if len(at) != len(list) {
		t.Fatalf("%s: %v", c.Doc, at)
	}
	for i := range at {
		if !s.Equal(v, list[i], c, at[i]) {
			t.Errorf("%s: value %d is another one", c.Doc, i)
		}
	}
}
