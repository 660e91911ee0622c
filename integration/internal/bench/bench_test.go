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
func TestTheBenchOnTheEmbeddedKafka(t *testing.T) {
	t.Setenv("SLUICE_INTEGRATION", "kfake")
	t.Setenv("SLUICE_BROKERS", "")
	o := options{
		records: 20_000, runs: 1, bad: 0.02, partitions: 4, members: 2, codec: "snappy", candidates: "at_least_once", root: "../../..",
		ahead: 20_000, minutes: 0.05, seconds: 1, products: 10,
	}
	for _, what := range []string{"drain", "reload", "soak"} {
		if err := run(t.Context(), o, what); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
}

// TestTrend: memory that grows is told from memory that only varies.
func TestTrend(t *testing.T) {
	t.Parallel()
	f := func(what string, grows bool, rss func(i int) float64) {
		t.Helper()
		var all []sample
		for i := range 120 {
			all = append(all, sample{at: time.Duration(i+1) * soakSample, rss: rss(i)})
		}
		if err := trend(all); (err != nil) != grows {
			t.Errorf("%s: %v", what, err)
		}
	}
	f("flat", false, func(int) float64 { return 200 })
	f("sawtooth", false, func(i int) float64 { return 200 + 30*float64(i%7) })
	f("grows only at first", false, func(i int) float64 { return 200 + 5*float64(min(i, 25)) })
	f("a leak of 3 MiB a minute", true, func(i int) float64 { return 200 + 30*float64(i%7) + 3*float64(i)/6 })
}
