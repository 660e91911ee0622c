package replay

import "github.com/twmb/franz-go/pkg/kgo"

// Record shows one of Kafka's records to the router.
type Record struct{ Kafka *kgo.Record }

// Key implements router.Record.
func (r Record) Key() []byte { return r.Kafka.Key }

// Value implements router.Record.
func (r Record) Value() []byte { return r.Kafka.Value }

// Header implements router.Record.
func (r Record) Header(name string) ([]byte, bool) {
	for i := len(r.Kafka.Headers) - 1; i >= 0; i-- {
		if r.Kafka.Headers[i].Key == name {
			return r.Kafka.Headers[i].Value, true
		}
	}
	return nil, false
}

// Size implements router.Record.
func (r Record) Size() int {
	n := len(r.Kafka.Key) + len(r.Kafka.Value)
	for i := range r.Kafka.Headers {
		n += len(r.Kafka.Headers[i].Key) + len(r.Kafka.Headers[i].Value)
	}
	return n
}
