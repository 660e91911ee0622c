package integration

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/integration/internal/ledger"
	"github.com/sluicedata/sluice/schemas/examples"
)

// awkward headers: one name twice, in an order, an empty value and none, bytes
// that are no text, and names that sluice itself uses.
var awkward = []kgo.RecordHeader{
	{Key: "trace", Value: []byte("b")},
	{Key: "trace", Value: []byte("a")},
	{Key: "empty", Value: []byte{}},
	{Key: "none", Value: nil},
	{Key: "binary", Value: []byte{0, 0xff, 0x80}},
	{Key: "", Value: []byte("no name")},
	{Key: "sluice.reason", Value: []byte("of the source")},
	{Key: "__dlq.errors.offset", Value: []byte("-1")},
}

// sales makes n orders and refunds from the fixtures of the example.
func sales(t testing.TB, n int) []record {
	t.Helper()
	next := salesTraffic(t)
	records := make([]record, n)
	for i := range records {
		records[i] = next(i)
	}
	return records
}

// salesTraffic makes orders and refunds from the fixtures of the example, good
// and bad ones, one at a time.
func salesTraffic(t testing.TB) func(n int) record {
	t.Helper()
	kinds := []struct {
		product, input, output string
		documents              []fixture
	}{
		{"orders", "shop.orders", "sales.orders.v1", fixtures(t, "sales", "order")},
		{"refunds", "shop.refunds", "sales.refunds.v1", fixtures(t, "sales", "refund")},
	}
	return func(i int) record {
		k := kinds[i%2]
		d := k.documents[i/2%len(k.documents)]
		r := record{topic: k.input, key: key(i), value: unique(d.value, i), headers: awkward}
		if d.reason == "" {
			r.want = ledger.Want{Topic: k.output}
		} else {
			r.want = ledger.Want{Topic: k.output + ".dlq", Reason: d.reason, Product: k.product}
		}
		return r
	}
}

// goodOrders makes n orders that meet their contract.
func goodOrders(t testing.TB, n int) []record {
	t.Helper()
	var good []fixture
	for _, f := range fixtures(t, "sales", "order") {
		if f.reason == "" {
			good = append(good, f)
		}
	}
	records := make([]record, n)
	for i := range records {
		records[i] = record{
			topic: "shop.orders", key: key(i), value: unique(good[i%len(good)].value, i),
			want: ledger.Want{Topic: "sales.orders.v1"},
		}
	}
	return records
}

// TestSales runs the sales example from end to end.
func TestSales(t *testing.T) {
	s := begin(t, "sales")
	s.createAll()
	s.follow()
	s.send(sales(t, 4000)...)
	p := s.start()
	s.settle(p)
	s.countsAgree(p)
	s.stop(p)
	s.caughtUp()
	if r := s.balance(); r.Duplicates != 0 {
		t.Errorf("%d duplicates without any trouble", r.Duplicates)
	}
}

// TestCodeHosting runs the code-hosting example from end to end: many products
// behind one input, and events that belong to none.
func TestCodeHosting(t *testing.T) {
	s := begin(t, "code-hosting")
	s.createAll()
	s.follow()
	folders, err := fs.ReadDir(examples.FS, "code-hosting/schemas/examples/valid/webhooks")
	if err != nil {
		t.Fatal(err)
	}
	var records []record
	for _, folder := range folders {
		event := strings.TrimSuffix(strings.TrimSuffix(folder.Name(), "_event"), "$event")
		for _, d := range fixtures(t, "code-hosting", "webhooks/"+folder.Name()) {
			for range 20 {
				records = append(records, webhook(len(records), event, d.value, d.reason))
			}
		}
	}
	for _, event := range []string{"star", "", "LABEL", "label "} {
		r := webhook(len(records), event, []byte(`{}`), "unroutable")
		r.want = ledger.Want{Topic: "code-hosting.unmatched.dlq", Reason: "unroutable"}
		records = append(records, r)
	}
	s.send(records...)
	p := s.start()
	s.settle(p)
	s.countsAgree(p)
	s.stop(p)
	s.caughtUp()
	if r := s.balance(); r.Duplicates != 0 {
		t.Errorf("%d duplicates without any trouble", r.Duplicates)
	}
}

// webhook is a delivery of GitHub's. The last header of the event's name
// counts, so the record has another before it.
func webhook(n int, event string, payload []byte, reason string) record {
	headers := append([]kgo.RecordHeader{{Key: eventHeader, Value: []byte("overruled")}}, awkward...)
	headers = append(headers, kgo.RecordHeader{Key: eventHeader, Value: []byte(event)})
	r := record{topic: "github.webhooks", key: key(n), value: unique(payload, n), headers: headers}
	if reason == "" {
		r.want.Topic = outputOf(event)
	} else {
		r.want = ledger.Want{Topic: "code-hosting.webhooks.dlq", Reason: reason, Product: event}
	}
	return r
}

const eventHeader = "X-GitHub-Event"

func outputOf(event string) string {
	return "code-hosting." + strings.ReplaceAll(event, "_", "-") + ".v1"
}
