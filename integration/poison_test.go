package integration

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/integration/internal/ledger"
)

// poison are values that have brought validators down, or got past them.
func poison(t testing.TB) []fixture {
	t.Helper()
	const malformed, limit, violation = "malformed_json", "limit_exceeded", "schema_violation"
	order := goodOrders(t, 1)[0].value
	// inOrder puts a member in front of an order's others.
	inOrder := func(member string) []byte {
		at := bytes.IndexByte(order, '{') + 1
		return append([]byte("{"+member+","), order[at:]...)
	}
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 5000)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	nested := func(open, shut string, n int) []byte {
		return []byte(strings.Repeat(open, n) + "1" + strings.Repeat(shut, n))
	}
	return []fixture{
		{"nothing", []byte{}, malformed},
		{"white space", []byte(" \n\t"), malformed},
		{"cut off", order[:len(order)/2], malformed},
		{"one byte short", bytes.TrimRight(order, "\n ")[:len(bytes.TrimRight(order, "\n "))-1], malformed},
		{"two documents", append(bytes.Clone(order), order...), malformed},
		{"a tail", append(bytes.Clone(order), " x"...), malformed},
		{"NUL at the end", append(bytes.Clone(order), 0), malformed},
		{"byte order mark", append([]byte("\xef\xbb\xbf"), order...), malformed},
		{"a comment", append(bytes.Clone(order), " // fine"...), malformed},
		{"trailing comma", []byte(`{"event_id":"1",}`), malformed},
		{"single quotes", []byte(`{'event_id':'1'}`), malformed},
		{"NaN", inOrder(`"total":NaN`), malformed},
		{"leading zero", []byte(`01`), malformed},
		{"plus", []byte(`+1`), malformed},
		{"bare point", []byte(`1.`), malformed},
		{"control character", []byte("\"a\nb\""), malformed},
		{"bad escape", []byte(`"\x41"`), malformed},
		{"duplicate name", inOrder(`"currency":"USD"`), malformed},
		{"duplicate name, escaped", inOrder(`"curr\u0065ncy":"USD"`), malformed},
		{"invalid UTF-8", inOrder("\"note\xff\":1"), malformed},
		{"overlong UTF-8", []byte("\"\xc0\xaf\""), malformed},
		{"a surrogate in UTF-8", []byte("\"\xed\xa0\x80\""), malformed},
		{"lone surrogate", []byte(`"\ud800"`), malformed},
		{"surrogates in the wrong order", []byte(`"\udc00\ud800"`), malformed},
		{"noise", noise, malformed},
		{"exponent of ten digits", []byte(`1e10000000`), limit},
		{"negative exponent", []byte(`1e-10000000`), limit},
		{"exponent beyond 64 bits", []byte(`1e99999999999999999999`), limit},
		{"exponents, many", []byte("[" + strings.Repeat("1e999999,", 100) + "1]"), limit},
		{"exponent in an order", bytes.Replace(order, []byte(`"total"`), []byte(`"total":1e10000000,"x"`), 1), limit},
		{"digits", []byte(strings.Repeat("9", 5000)), limit},
		{"depth of arrays", nested("[", "]", 100_000), limit},
		{"depth of objects", nested(`{"a":`, "}", 100_000), limit},
		{"values", []byte("[" + strings.Repeat("0,", 150_000) + "0]"), limit},
		{"huge", []byte(`"` + strings.Repeat("a", 1_200_000) + `"`), limit},
		{"null", []byte(`null`), violation},
		{"a number", []byte(`1`), violation},
		{"an empty object", []byte(`{}`), violation},
		{"an empty array", []byte(`[]`), violation},
		{"an unknown name", inOrder(`"__proto__":{}`), violation},
		{"a long string under a pattern", inOrder(`"x":"` + strings.Repeat("a", 60_000) + `"`), violation},
	}
}

// TestPoison sends every kind of poison between good orders: each becomes a
// dead letter for its reason, and no good order is lost or held up by one.
func TestPoison(t *testing.T) {
	s := begin(t, "sales")
	// Larger than limits.record_bytes gets in, and its dead letter out.
	s.batchBytes.Store(2 << 20)
	s.create(settings{"max.message.bytes": "4194304"}, "shop.orders", "sales.orders.v1.dlq")
	s.createAll()
	s.follow()
	corpus := poison(t)
	good := goodOrders(t, 10*len(corpus))
	var records []record
	for i, p := range corpus {
		records = append(records, good[10*i:10*i+5]...)
		records = append(records, record{
			topic: "shop.orders", key: key(i), value: p.value,
			want: ledger.Want{Topic: "sales.orders.v1.dlq", Reason: p.reason, Product: "orders"},
		})
		records = append(records, good[10*i+5:10*i+10]...)
	}
	s.send(records...)
	p := s.start()
	s.settle(p)
	s.countsAgree(p)
	s.stop(p)
	s.caughtUp()
	r := s.balance()
	if r.Duplicates != 0 {
		t.Errorf("%d duplicates without any trouble", r.Duplicates)
	}
	s.note = fmt.Sprintf("%d kinds of poison: %s", len(corpus), r)
}
