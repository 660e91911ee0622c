package pipe

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/sluicedata/sluice/validate"
)

// BenchmarkRun judges orders from memory: what is left is scan, contract and
// the way of the lines.
func BenchmarkRun(b *testing.B) {
	text, err := os.ReadFile("../../../../schemas/examples/sales/schemas/order.json")
	if err != nil {
		b.Fatal(err)
	}
	schema, err := validate.Compile(text, validate.Options{})
	if err != nil {
		b.Fatal(err)
	}
	var lines bytes.Buffer
	for i := range 50_000 {
		currency := "EUR"
		if i%50 == 49 {
			currency = "eur"
		}
		fmt.Fprintf(&lines, `{"event_id":"%08x-1d33-4c6d-96f0-%012x","event_type":"order.placed","occurred_at":"2026-11-11T13:25:33.378Z","order_id":"ORD-%08d",`+
			`"channel":"web","customer":{"id":%d,"email":"user%d@example.com","name":"José","vip":true},"items":[{"sku":"AB-%05d","qty":7,"price":117.2},`+
			`{"sku":"AB-13226","qty":7,"price":196.13},{"sku":"BAEF-61166","qty":6,"price":14.43}],"total":2518.21,"currency":%q,"note":null}`+"\n", i, i, i, i+1, i, i, currency)
	}
	b.SetBytes(int64(lines.Len()))
	b.ReportAllocs()
	for b.Loop() {
		s, err := NewSource("", bytes.NewReader(lines.Bytes()))
		if err != nil {
			b.Fatal(err)
		}
		sum, err := Run(b.Context(), Options{Judge: BySchema(schema, 1<<20), Good: io.Discard, Sources: []*Source{s}})
		if err != nil || sum.Bad != 1000 {
			b.Fatal(sum, err)
		}
	}
}
