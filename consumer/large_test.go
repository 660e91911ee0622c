package consumer

import (
	"bytes"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// TestALargeDeadLetterIsWholeWhereItsTopicTakesIt sends a record over
// limits.record_bytes, whose dead-letter topic has room for it.
func TestALargeDeadLetterIsWholeWhereItsTopicTakesIt(t *testing.T) {
	t.Parallel()
	b := newBench(t, "orders.in", "orders.dlq")
	b.create("orders.in", map[string]string{"max.message.bytes": "10000000"})
	b.create("orders.dlq", map[string]string{"max.message.bytes": "10000000"})
	large, err := kgo.NewClient(kgo.SeedBrokers(b.kafka.ListenAddrs()...), kgo.ProducerBatchMaxBytes(10_000_000),
		kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchCompression(kgo.NoCompression()))
	if err != nil {
		t.Fatal(err)
	}
	defer large.Close()
	value := []byte(noise(5_000_000))
	if err := large.ProduceSync(t.Context(), &kgo.Record{Topic: "orders.in", Value: value}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	m := b.start()
	b.caughtUp("orders.in")
	m.stop()
	letters := b.read("orders.dlq")
	if len(letters) != 1 || header(letters[0], "sluice.reason") != "limit_exceeded" {
		t.Fatalf("%d dead letters, want one for its size", len(letters))
	}
	if !bytes.Equal(letters[0].Value, value) {
		t.Errorf("the dead letter holds %d bytes of %d; its topic takes them", len(letters[0].Value), len(value))
	}
}
