package main

import (
	"testing"
	"time"

	"github.com/sluicedata/sluice/validate"
)

func TestOrdersAreAsGoodAsTheyClaim(t *testing.T) {
	t.Parallel()
	schema, err := validate.Compile(orderSchema, validate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o, sent := orders{bad: 0.1}, time.Unix(1_790_000_000, 123)
	bad, size := 0, 0
	for i := range int64(2000) {
		_, value := o.record(i, sent)
		if verdict := schema.Check(value); (verdict.Class != validate.Valid) != o.isBad(i) {
			t.Fatalf("order %d: bad is %t, verdict %+v\n%s", i, o.isBad(i), verdict, value)
		}
		if o.isBad(i) {
			bad++
		}
		size += len(value)
		if s, ok := sequence(value); !ok || s != i {
			t.Fatalf("order %d says %d, %t", i, s, ok)
		}
		if at, ok := sentAt(value); !ok || !at.Equal(sent) {
			t.Fatalf("order %d was sent at %v, %t", i, at, ok)
		}
	}
	if bad < 150 || bad > 250 || size < 500*2000 || size > 540*2000 {
		t.Errorf("%d of 2000 are bad, %d bytes on average", bad, size/2000)
	}
}

// The bench is run by people; this shows that it still measures something.
func TestDrainOnTheEmbeddedKafka(t *testing.T) {
	t.Setenv("SLUICE_INTEGRATION", "kfake")
	t.Setenv("SLUICE_BROKERS", "")
	o := options{records: 20_000, runs: 1, bad: 0.02, partitions: 4, members: 2, codec: "snappy", candidates: "at_least_once", root: "../../.."}
	if err := run(t.Context(), o, "drain"); err != nil {
		t.Fatal(err)
	}
}
