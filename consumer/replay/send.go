package replay

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/router/deadletter"
)

// sender sends the items of a chunk and finds those that brokers refuse.
type sender struct {
	client  *kgo.Client
	admin   *kadm.Client
	judge   *judge
	offsets *offsets
	limit   int64 // largest batch of the client
	topics  map[string]topic
}

// topic is what a sender must know of a destination.
type topic struct {
	partitions int32
	maxBytes   int64 // of a batch
}

// defaultMaxBytes is Kafka's max.message.bytes where a topic's is not known.
const defaultMaxBytes = 1048588

// sent is an item and what the broker said.
type sent struct {
	item *item
	err  error
}

// send sends items, those of each partition in their order, and returns from
// the first that failed on those that are not acknowledged. Batches stay below
// what the topics take; what is larger alone travels alone.
func (s *sender) send(ctx context.Context, items []*item) ([]sent, error) {
	for len(items) > 0 {
		n, err := s.batch(ctx, items)
		if err != nil {
			return nil, err
		}
		failed, err := s.flush(ctx, items[:n])
		if err != nil {
			return nil, err
		}
		if len(failed) > 0 {
			for _, it := range items[n:] {
				failed = append(failed, sent{it, errNotSent})
			}
			return failed, nil
		}
		items = items[n:]
	}
	return nil, nil
}

// batch counts the items to send at once and gives each its partition.
func (s *sender) batch(ctx context.Context, items []*item) (int, error) {
	bytes := make(map[string]int64)
	for n, it := range items {
		t, err := s.topic(ctx, it.send.Topic)
		if err != nil {
			return 0, err
		}
		size := int64(deadletter.WireSize(it.send))
		if bytes[it.send.Topic] += size; n > 0 && bytes[it.send.Topic] > t.maxBytes {
			return n, nil
		}
		it.send.Partition = place(it, t.partitions)
		if size > t.maxBytes {
			return n + 1, nil
		}
	}
	return len(items), nil
}

// keyed chooses partitions as the Java producer does for records with a key:
// murmur2 over the key's bytes.
var keyed = kgo.StickyKeyPartitioner(nil).ForTopic("")

// place returns the partition for an item: by its key, as the service does, or
// where it came from.
func place(it *item, partitions int32) int32 {
	from := max(it.send.Partition, 0)
	switch {
	case partitions <= 1:
		return 0
	case it.pinned && from < partitions:
		return from
	case it.send.Key == nil:
		return from % partitions
	default:
		return int32(keyed.Partition(it.send, int(partitions)))
	}
}

// topic finds out about a destination.
func (s *sender) topic(ctx context.Context, name string) (topic, error) {
	if t, ok := s.topics[name]; ok {
		return t, nil
	}
	listed, err := s.admin.ListTopics(ctx, name)
	if err != nil {
		return topic{}, fmt.Errorf("look for topic %s: %w", name, err)
	}
	found := listed[name]
	if errors.Is(found.Err, kerr.UnknownTopicOrPartition) {
		return topic{}, missing(name, "create it (for parked dead letters another can be named with --park), then run it again to go on")
	}
	if found.Err != nil {
		return topic{}, fmt.Errorf("look for topic %s: %w", name, found.Err)
	}
	t := topic{partitions: int32(len(found.Partitions)), maxBytes: defaultMaxBytes}
	// Who may not read a topic's settings takes Kafka's default for its own.
	if configs, err := s.admin.DescribeTopicConfigs(ctx, name); err == nil {
		if rc, err := configs.On(name, nil); err == nil {
			for _, c := range rc.Configs {
				if n, err := strconv.ParseInt(c.MaybeValue(), 10, 64); err == nil && c.Key == "max.message.bytes" {
					t.maxBytes = n
				}
			}
		}
	}
	t.maxBytes = min(t.maxBytes, s.limit)
	s.topics[name] = t
	return t, nil
}

// errNotSent is the error of items that wait behind one that failed.
var errNotSent = errors.New("not sent")

// flush sends items at once and returns those that the broker does not take.
// After an error nothing is known of them.
//
// kgo's RecordDeliveryTimeout is no help in waiting: it counts from a record's
// timestamp, and these are old.
func (s *sender) flush(ctx context.Context, items []*item) ([]sent, error) {
	errs := make([]error, len(items))
	var acks sync.WaitGroup
	acks.Add(len(items))
	for i, it := range items {
		// A copy: the client writes offsets and more into what it sends.
		record := *it.send
		s.client.Produce(ctx, &record, func(_ *kgo.Record, err error) {
			errs[i] = err
			acks.Done()
		})
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := s.client.Flush(waiting); err != nil {
		return nil, fmt.Errorf("brokers acknowledge nothing: %w: look at them, then run it again to go on", err)
	}
	acks.Wait()
	var failed []sent
	for i, err := range errs {
		if err != nil {
			failed = append(failed, sent{items[i], err})
		}
	}
	return failed, nil
}

// refused reports whether a broker will not have these very records.
func refused(err error) bool {
	return errors.Is(err, kerr.MessageTooLarge) || errors.Is(err, kerr.RecordListTooLarge) ||
		errors.Is(err, kerr.InvalidTimestamp) || errors.Is(err, kerr.InvalidRecord)
}

// trouble returns the first error that is nobody's refusal.
func trouble(failed []sent) error {
	for _, f := range failed {
		if !refused(f.err) && !errors.Is(f.err, errNotSent) {
			return fmt.Errorf("send to topic %s: %w", f.item.send.Topic, f.err)
		}
	}
	return nil
}

// replace puts another record in the place of one that the broker refuses: a
// dead letter for a record, a smaller one for a dead letter. A dead letter that
// is refused all the same ends the replay.
func (s *sender) replace(f sent) error {
	it := f.item
	if it.fate == Recovered {
		s.judge.refuse(it, reasonName(f.err))
		return nil
	}
	if errors.Is(f.err, kerr.MessageTooLarge) || errors.Is(f.err, kerr.RecordListTooLarge) {
		limit := min(s.topics[it.send.Topic].maxBytes, int64(deadletter.WireSize(it.send))-1)
		if smaller, ok := s.judge.encoder.Shrink(it.send, int(limit)); ok {
			smaller.Topic, smaller.Partition = it.send.Topic, it.send.Partition
			it.send = smaller
			return nil
		}
	}
	return fmt.Errorf("topic %s refuses a dead letter: %w: raise its max.message.bytes, then run it again to go on", it.send.Topic, f.err)
}

// reasonName is Kafka's name of an error.
func reasonName(err error) string {
	if ke, ok := errors.AsType[*kerr.Error](err); ok {
		return ke.Message
	}
	return "CLIENT"
}
