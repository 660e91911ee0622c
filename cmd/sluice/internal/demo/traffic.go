package demo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/router"
)

// Event is one record of the traffic with what was planted in it.
type Event struct {
	Record *kgo.Record
	// Product that the record belongs to; router.Unmatched for none.
	Product string
	// Reason is zero for a good record, else the one that its mutation asks
	// for. It comes from the mutation, never from a validator.
	Reason router.Reason
	// Mutation names what was broken, empty for a good record.
	Mutation string
}

// idHeader carries the event's number through the gate, so that the books can
// be read back from the topics.
const idHeader = "demo-id"

// Traffic makes a domain's events. The same seed makes the same events.
// It is not safe for concurrent use.
type Traffic struct {
	rnd *rand.Rand
	bad float64
	// sources of records, one chosen at random for each event.
	sources []source
	n       int
}

// source makes good records of one product and knows how to break them.
type source struct {
	product   string
	topic     string
	headers   []kgo.RecordHeader
	good      func(*rand.Rand) (key, value []byte)
	mutations []mutation
}

// mutation breaks one rule of a good value.
type mutation struct {
	name   string
	reason router.Reason
	apply  func(value []byte) []byte
	// header replaces the value of the source's header, to break the routing.
	header string
}

// NewTraffic makes the traffic of an example domain; bad is the share of
// broken records, between 0 and 1.
func NewTraffic(domain string, seed uint64, bad float64) (*Traffic, error) {
	t := &Traffic{rnd: rand.New(rand.NewPCG(seed, uint64(len(domain)))), bad: bad}
	var err error
	switch domain {
	case "sales":
		t.sources = sales()
	case "code-hosting":
		t.sources, err = webhooks()
	default:
		err = fmt.Errorf("no traffic for domain %q: it is one of the example domains, sales or code-hosting", domain)
	}
	return t, err
}

// Next returns the next event. Its record has no timestamp yet.
func (t *Traffic) Next() Event {
	s := &t.sources[t.rnd.IntN(len(t.sources))]
	key, value := s.good(t.rnd)
	e := Event{Product: s.product}
	headers := append([]kgo.RecordHeader{{Key: idHeader, Value: strconv.AppendInt(nil, int64(t.n), 10)}}, s.headers...)
	t.n++
	if t.rnd.Float64() < t.bad {
		m := s.mutations[t.rnd.IntN(len(s.mutations))]
		e.Reason, e.Mutation = m.reason, m.name
		if m.header != "" {
			e.Product = router.Unmatched
			headers[1].Value = []byte(m.header)
		} else {
			value = m.apply(value)
		}
	}
	e.Record = &kgo.Record{Topic: s.topic, Key: key, Value: value, Headers: headers}
	return e
}

// --- sales ---------------------------------------------------------------

func sales() []source {
	order := source{
		product: "orders", topic: "shop.orders", good: order,
		mutations: append(malformed(),
			without("customer"), without("order_id"),
			with("total", `"12.50"`), with("currency", `"eur"`), with("items", `[]`),
			with("channel", `"fax"`), with("occurred_at", `"yesterday"`), with("event_id", `"4711"`),
			with("loyalty_points", `120`),
		),
	}
	refund := source{
		product: "refunds", topic: "shop.refunds", good: refund,
		mutations: append(malformed(),
			without("order_id"), without("amount"),
			with("amount", `0`), with("reason", `"bored"`), with("refund_id", `"R-1"`), with("event_type", `"refund.lost"`),
		),
	}
	// Three orders for each refund.
	return []source{order, order, order, refund}
}

var (
	people     = []string{"Ada", "Bo", "Weronika Zając", "José Ñuñez", "Lin", "Oluwaseun Adébáyò", "Søren Ågård"}
	currencies = []string{"EUR", "USD", "GBP", "SEK", "PLN"}
	channels   = []string{"web", "app", "store", "partner"}
	reasons    = []string{"damaged", "late", "wrong_item", "changed_mind", "fraud"}
)

func pick(r *rand.Rand, list []string) string { return list[r.IntN(len(list))] }

func uuid(r *rand.Rand) string {
	a, b := r.Uint64(), r.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", uint32(a), uint16(a>>32), uint16(a>>48)&0xfff, uint16(b)&0xfff, b>>16)
}

// moment is a time in the year before the demo's own fixed present: the same
// seed shall make the same bytes.
func moment(r *rand.Rand) string {
	present := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	return present.Add(-time.Duration(r.Int64N(int64(365 * 24 * time.Hour)))).Format("2006-01-02T15:04:05.000Z")
}

// cents is an amount of at least one cent, as JSON text.
func cents(r *rand.Rand, limit int) string {
	n := 1 + r.IntN(limit)
	return fmt.Sprintf("%d.%02d", n/100, n%100)
}

func order(r *rand.Rand) (key, value []byte) {
	customer := 1 + r.IntN(5000)
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"event_id":"%s","event_type":"order.placed","occurred_at":"%s","order_id":"ORD-%08d","channel":"%s",`,
		uuid(r), moment(r), r.IntN(100_000_000), pick(r, channels))
	fmt.Fprintf(&b, `"customer":{"id":%d,"email":"user%d@example.com","name":"%s","vip":%t},"items":[`,
		customer, customer, pick(r, people), r.IntN(10) == 0)
	for i := range 1 + r.IntN(5) {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"sku":"%c%c-%05d","qty":%d,"price":%s}`, 'A'+r.IntN(6), 'A'+r.IntN(6), r.IntN(100_000), 1+r.IntN(9), cents(r, 30_000))
	}
	fmt.Fprintf(&b, `],"total":%s,"currency":"%s","note":%s}`, cents(r, 500_000), pick(r, currencies),
		[]string{`null`, `"ring twice \"please\""`, `"leave it at the door"`}[r.IntN(3)])
	return fmt.Appendf(nil, "c-%06d", customer), b.Bytes()
}

func refund(r *rand.Rand) (key, value []byte) {
	id := r.IntN(100_000_000)
	value = fmt.Appendf(nil, `{"event_id":"%s","event_type":"refund.requested","occurred_at":"%s","refund_id":"REF-%08d","order_id":"ORD-%08d","reason":"%s","amount":%s,"currency":"%s"}`,
		uuid(r), moment(r), id, r.IntN(100_000_000), pick(r, reasons), cents(r, 100_000), pick(r, currencies))
	return fmt.Appendf(nil, "r-%08d", id), value
}

// --- mutations -----------------------------------------------------------

// malformed mutations break the JSON itself.
func malformed() []mutation {
	return []mutation{
		{name: "cut off", reason: router.MalformedJSON, apply: func(v []byte) []byte { return v[:len(v)-7] }},
		{name: "two values", reason: router.MalformedJSON, apply: func(v []byte) []byte { return append(bytes.Clone(v), " {}"...) }},
		{name: "not UTF-8", reason: router.MalformedJSON, apply: func(v []byte) []byte {
			return append([]byte("{\"\xff\":0,"), v[1:]...)
		}},
	}
}

// without drops a property that the schema requires.
func without(name string) mutation {
	return mutation{name: "without " + name, reason: router.SchemaViolation, apply: func(v []byte) []byte {
		return edit(v, func(object map[string]json.RawMessage) { delete(object, name) })
	}}
}

// with gives a property a value that the schema refuses.
func with(name, text string) mutation {
	return mutation{name: name + " is " + text, reason: router.SchemaViolation, apply: func(v []byte) []byte {
		return edit(v, func(object map[string]json.RawMessage) { object[name] = json.RawMessage(text) })
	}}
}

// edit changes the top level of an object that the traffic itself made.
func edit(v []byte, change func(map[string]json.RawMessage)) []byte {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(v, &object); err != nil {
		panic("demo: a good value is no JSON object: " + err.Error())
	}
	change(object)
	out, err := json.Marshal(object)
	if err != nil {
		panic("demo: a mutated value cannot be written: " + err.Error())
	}
	return out
}
