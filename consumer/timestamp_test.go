package consumer

import (
	"hash/crc32"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// sendStamped writes records with the timestamps, which the test's client
// could not, to partition 0 of an input.
func (b *bench) sendStamped(topic, value string, millis ...int64) {
	b.Helper()
	for _, ms := range millis {
		record := kmsg.Record{Key: []byte("k"), Value: []byte(value)}
		record.Length = int32(len(record.AppendTo(nil)) - 1) // without the length itself, which takes one byte
		batch := kmsg.RecordBatch{
			Magic: 2, PartitionLeaderEpoch: -1, ProducerID: -1, ProducerEpoch: -1, FirstSequence: -1,
			FirstTimestamp: ms, MaxTimestamp: ms, NumRecords: 1, Records: record.AppendTo(nil),
		}
		encoded := batch.AppendTo(nil)
		batch.Length = int32(len(encoded) - 12)
		batch.CRC = int32(crc32.Checksum(encoded[21:], crc32.MakeTable(crc32.Castagnoli)))
		request := kmsg.NewPtrProduceRequest()
		request.Acks, request.TimeoutMillis = -1, 5000
		partition := kmsg.NewProduceRequestTopicPartition()
		partition.Records = batch.AppendTo(nil)
		t := kmsg.NewProduceRequestTopic()
		t.Topic, t.TopicID, t.Partitions = topic, b.kafka.TopicInfo(topic).TopicID, []kmsg.ProduceRequestTopicPartition{partition}
		request.Topics = append(request.Topics, t)
		response, err := b.client.Broker(0).Request(b.Context(), request)
		if err != nil {
			b.Fatal(err)
		}
		if err := kerr.ErrorForCode(response.(*kmsg.ProduceResponse).Topics[0].Partitions[0].ErrorCode); err != nil {
			b.Fatal(err)
		}
	}
}

// TestTimestampsBeyondTheClient: the client would send them as others. Such a
// record is a dead letter, and its timestamp stands in it.
func TestTimestampsBeyondTheClient(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	micros := time.Date(2026, 3, 2, 9, 14, 7, 0, time.UTC).UnixMicro()
	b.sendStamped("orders.in", `{"id":1}`, 0, farthest, farthest+1, micros, 1_800_000_000_000)
	b.sendStamped("orders.in", `{}`, micros)
	m := b.start()
	b.caughtUp("orders.in")
	m.stop()
	var stamps []int64
	for _, r := range b.read("orders") {
		stamps = append(stamps, r.Timestamp.UnixMilli())
	}
	if want := []int64{0, farthest, 1_800_000_000_000}; !slices.Equal(stamps, want) {
		t.Errorf("outputs have the timestamps %v, want %v", stamps, want)
	}
	var reasons []string
	for _, r := range b.read("orders.dlq") {
		reason, stamp := header(r, "sluice.reason"), header(r, "sluice.source.timestamp")
		reasons = append(reasons, reason+" "+stamp)
	}
	first := time.UnixMilli(farthest + 1).UTC().Format(time.RFC3339Nano)
	second := strconv.FormatInt(micros, 10) // RFC 3339 ends with the year 9999
	want := []string{"produce_rejected " + first, "produce_rejected " + second, "schema_violation " + second}
	if !slices.Equal(reasons, want) {
		t.Errorf("dead letters are\n%s, want\n%s", strings.Join(reasons, "\n"), strings.Join(want, "\n"))
	}
	if p := m.product("orders"); p.Accepted != 3 || p.DeadLettered != 3 {
		t.Errorf("books %+v", p)
	}
}

// TestMillis gives the client's own conversion every kind of timestamp.
func TestMillis(t *testing.T) {
	t.Parallel()
	f := func(ms int64) {
		t.Helper()
		if got := millis(time.Unix(0, ms*1e6)); got != ms {
			t.Errorf("got %d, want %d", got, ms)
		}
	}
	for _, ms := range []int64{0, 1, -1, 1_800_000_000_000, farthest, farthest + 1, -farthest, -farthest - 1, 1<<57 - 1, -1 << 57} {
		f(ms)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		f(random.Int64N(1<<58) - 1<<57)
	}
}

func TestElapsed(t *testing.T) {
	t.Parallel()
	f := func(from, to int64, want time.Duration) {
		t.Helper()
		if got := elapsed(from, to); got != want {
			t.Errorf("from %d to %d: got %v, want %v", from, to, got, want)
		}
	}
	f(1000, 1250, 250*time.Millisecond)
	f(1250, 1000, 0)
	f(0, math.MaxInt64, time.Duration(farthest)*time.Millisecond)
	f(1_790_000_000_000_000, 1_790_000_000_000, 0)
}
