package jsonscan_test

import (
	"encoding/json"
	"testing"

	"github.com/sluicedata/sluice/validate/jsonscan"
)

// order is an event as the orders example has them.
const order = `{"specversion":"1.0","id":"0b5c7b1e-51a0-4a5f-8e0b-6b1d5c0e2f11","type":"com.shop.order.v1","time":"2026-03-04T05:06:07Z",` +
	`"customer":{"id":48211,"email":"kim.lee@example.com","vip":false},"currency":"EUR","total":199.9,` +
	`"lines":[{"sku":"AB-1234","quantity":2,"price":19.99},{"sku":"ZX-0001","quantity":1,"price":159.92}],` +
	`"address":{"street":"Allée de la Paix 7","city":"Genève","zip":"1202"},"note":null}`

func BenchmarkScan(b *testing.B) {
	doc := []byte(order)
	b.Run("tape", func(b *testing.B) {
		var tape jsonscan.Tape
		b.SetBytes(int64(len(doc)))
		b.ReportAllocs()
		for b.Loop() {
			if err := tape.Scan(doc, jsonscan.Limits{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("json.Valid", func(b *testing.B) {
		b.SetBytes(int64(len(doc)))
		for b.Loop() {
			if !json.Valid(doc) {
				b.Fatal("not valid")
			}
		}
	})
}
