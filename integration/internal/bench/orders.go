package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

//go:embed order.schema.json
var orderSchema []byte

// orders makes order events of about 520 bytes. The event of a sequence number
// is always the same but for when it was sent.
type orders struct{ bad float64 }

const customers = 2000

// isBad reports whether an order violates the schema.
func (o orders) isBad(sequence int64) bool { return o.random(sequence).Float64() < o.bad }

func (orders) random(sequence int64) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(sequence), 1))
}

// record returns the key and the value of an order.
func (o orders) record(sequence int64, sent time.Time) (key, value []byte) {
	r := o.random(sequence)
	bad := r.Float64() < o.bad
	customer := fmt.Sprintf("C-%06d", r.IntN(customers))
	currency := pick(r, "EUR", "USD", "GBP", "SEK")
	quantity := 1 + r.IntN(9)
	zip := fmt.Sprintf("%05d", r.IntN(100_000))
	placed := time.Unix(1_780_000_000+sequence/100, 0).UTC().Format(time.RFC3339)
	if bad {
		switch r.IntN(4) {
		case 0:
			currency = "XXX"
		case 1:
			quantity = 0
		case 2:
			zip = ""
		case 3:
			placed = "yesterday"
		}
	}
	v := make([]byte, 0, 640)
	v = fmt.Appendf(v, `{"id":"%08x-%04x-4%03x-8%03x-%012x","sequence":%d,"sent_at":%d,`,
		r.Uint32(), r.Uint32()&0xffff, r.Uint32()&0xfff, r.Uint32()&0xfff, r.Uint64()&0xffffffffffff, sequence, sent.UnixNano())
	v = fmt.Appendf(v, `"customer":{"id":"%s","email":"%s@example.com","tier":"%s"},"currency":"%s","placed_at":"%s","lines":[`,
		customer, word(r, 9), pick(r, "basic", "silver", "gold"), currency, placed)
	for i := range 2 + r.IntN(2) {
		if i > 0 {
			v = append(v, ',')
		}
		v = fmt.Appendf(v, `{"sku":"SKU-%05d","quantity":%d,"price":%d.%02d,"gift":%t}`, r.IntN(100_000), quantity, r.IntN(500), r.IntN(100), r.IntN(2) == 0)
	}
	v = fmt.Appendf(v, `],"delivery":{"name":"%s %s","street":"%s %d","zip":"%s","city":"%s","country":"%s"}}`,
		word(r, 6), word(r, 10), word(r, 30), r.IntN(200), zip, word(r, 9), pick(r, "DE", "FR", "SE", "GB", "CZ"))
	return []byte(customer), v
}

func pick(r *rand.Rand, words ...string) string { return words[r.IntN(len(words))] }

func word(r *rand.Rand, letters int) string {
	var b strings.Builder
	for range letters {
		b.WriteByte(byte('a' + r.IntN(26)))
	}
	return b.String()
}

// sequence and sentAt find these members in an order's text, good or bad.
func sequence(value []byte) (int64, bool) { return member(value, `"sequence":`) }

func sentAt(value []byte) (time.Time, bool) {
	ns, ok := member(value, `"sent_at":`)
	return time.Unix(0, ns), ok
}

func member(value []byte, name string) (int64, bool) {
	at := bytes.Index(value, []byte(name))
	if at < 0 {
		return 0, false
	}
	digits, _, ok := bytes.Cut(value[at+len(name):], []byte{','})
	n, err := strconv.ParseInt(string(digits), 10, 64)
	return n, ok && err == nil
}
