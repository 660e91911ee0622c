package integration

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/sluicedata/sluice/integration/internal/ledger"
)

// TestTooLargeForTheOutput sends records that the output topic refuses among
// small ones. Brokers refuse whole batches, and the client then fails all that
// it holds for the partition: only the large ones may become dead letters, and
// no key may go back.
func TestTooLargeForTheOutput(t *testing.T) { inBoth(t, testTooLargeForTheOutput) }

func testTooLargeForTheOutput(t *testing.T) {
	s := begin(t, "sales")
	s.config.Set("compression", "none", "kafka")
	s.create(settings{"max.message.bytes": "2500"}, "sales.orders.v1")
	s.createAll()
	s.follow()
	records := goodOrders(t, 3000)
	large := 0
	for i := range records {
		if i%250 == 120 || i == 7 || i == 8 || i == len(records)-1 {
			records[i].value = largeOrder(i)
			records[i].want = ledger.Want{Topic: "sales.orders.v1.dlq", Reason: "produce_rejected", Product: "orders"}
			large++
		}
	}
	s.send(records...)
	p := s.start()
	s.settle(p)
	s.countsAgree(p)
	s.stop(p)
	s.caughtUp()
	r := s.balance()
	if r.Duplicates != 0 {
		t.Errorf("%d records came out twice", r.Duplicates)
	}
	s.note = fmt.Sprintf("%d records over the topic's limit: %s", large, r)
}

// largeOrder is an order of about 4 kB that meets its contract.
func largeOrder(n int) []byte {
	random := rand.New(rand.NewPCG(uint64(n), 3))
	lines := make([]string, 50)
	for i := range lines {
		lines[i] = fmt.Sprintf(`{"sku":"AB-%06d","qty":%d,"price":%d.%02d,"tags":["t%d"]}`,
			random.IntN(1e6), 1+random.IntN(9), 1+random.IntN(900), random.IntN(100), random.Uint32()%100_000)
	}
	return fmt.Appendf(nil, `{"event_id":"5f0c6a1e-6a52-4c6e-9f1d-%012x","event_type":"order.placed","occurred_at":"2026-03-02T09:14:07Z",`+
		`"order_id":"ORD-%08d","customer":{"id":1,"email":"a@example.com"},"items":[%s],"total":10,"currency":"EUR"}`,
		n, n, strings.Join(lines, ","))
}

// TestTooLargeForTheDeadLetters sends bad records that their dead-letter topic
// does not take: they are cut, and never dropped, and hold nothing up.
func TestTooLargeForTheDeadLetters(t *testing.T) { inBoth(t, testTooLargeForTheDeadLetters) }

func testTooLargeForTheDeadLetters(t *testing.T) {
	s := begin(t, "sales")
	s.config.Set("compression", "none", "kafka")
	s.create(settings{"max.message.bytes": "5000"}, "sales.orders.v1.dlq")
	s.createAll()
	s.follow()
	records := goodOrders(t, 1000)
	large, small := 0, 0
	for i := range records {
		want := ledger.Want{Topic: "sales.orders.v1.dlq", Reason: "malformed_json", Product: "orders"}
		switch i % 100 {
		case 50:
			records[i].value = append(append(largeOrder(i), ' '), largeOrder(i)...) // two documents
			want.Cut = true
			large++
		case 51:
			records[i].value = []byte("{")
			small++
		default:
			continue
		}
		records[i].want = want
	}
	s.send(records...)
	p := s.start()
	s.settle(p)
	s.countsAgree(p)
	s.stop(p)
	s.caughtUp()
	r := s.balance()
	if r.Duplicates != 0 {
		t.Errorf("%d records came out twice", r.Duplicates)
	}
	s.note = fmt.Sprintf("%d dead letters over the topic's limit, %d below: %s", large, small, r)
}

// TestTimestampRefused sends records whose timestamps the output topic does not
// take, among others. Their dead letters have the time of the failure, else the
// brokers would refuse them too.
func TestTimestampRefused(t *testing.T) { inBoth(t, testTimestampRefused) }

func testTimestampRefused(t *testing.T) {
	s := begin(t, "sales")
	if !kafka.Real() {
		s.leaveOut("kfake does not check timestamps (message.timestamp.after.max.ms)")
	}
	s.create(settings{"message.timestamp.after.max.ms": "9223372036854775807"}, "shop.orders")
	s.create(settings{"message.timestamp.after.max.ms": "3600000"}, "sales.orders.v1", "sales.orders.v1.dlq")
	s.createAll()
	s.follow()
	records := goodOrders(t, 2000)
	refused := 0
	for i := range records {
		if i%300 == 150 {
			records[i].stamp = time.Now().Add(48 * time.Hour).Truncate(time.Millisecond)
			records[i].want = ledger.Want{Topic: "sales.orders.v1.dlq", Reason: "produce_rejected", Product: "orders"}
			refused++
		}
	}
	s.send(records...)
	p := s.start()
	s.settle(p)
	s.countsAgree(p)
	s.stop(p)
	s.caughtUp()
	r := s.balance()
	if r.Duplicates != 0 {
		t.Errorf("%d records came out twice", r.Duplicates)
	}
	s.note = fmt.Sprintf("%d records two days ahead: %s", refused, r)
}
