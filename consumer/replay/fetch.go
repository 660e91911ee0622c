package replay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/consumer/client"
)

// Fetch reads the one record at an offset. It leaves no trace in any group.
func Fetch(ctx context.Context, cfg *config.Config, topic string, partition int32, offset int64, more ...kgo.Opt) (*kgo.Record, error) {
	opts, err := client.Options(cfg)
	if err != nil {
		return nil, err
	}
	opts = append(opts, client.Read(cfg)...)
	cl, err := kgo.NewClient(append(opts, more...)...)
	if err != nil {
		return nil, fmt.Errorf("kafka: the client refuses these settings: %w", err)
	}
	defer cl.Close()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := cl.Ping(ctx); err != nil {
		return nil, fmt.Errorf("no broker answers at %v: %w", cfg.Kafka.Brokers, err)
	}
	if err := within(ctx, kadm.NewClient(cl), topic, partition, offset); err != nil {
		return nil, err
	}
	cl.AddConsumePartitions(map[string]map[int32]kgo.Offset{topic: {partition: kgo.NewOffset().At(offset)}})
	for {
		fetches := cl.PollRecords(ctx, 1)
		if err := fetches.Err(); err != nil {
			return nil, fmt.Errorf("read topic %s, partition %d, offset %d: %w", topic, partition, offset, err)
		}
		for it := fetches.RecordIter(); !it.Done(); {
			r := it.Next()
			if r.Offset == offset && !r.Attrs.IsControl() {
				return r, nil
			}
			return nil, fmt.Errorf("topic %s, partition %d has no record at offset %d: it was compacted away or belongs to a transaction", topic, partition, offset)
		}
	}
}

// within refuses an offset that a partition does not have.
func within(ctx context.Context, admin *kadm.Client, topic string, partition int32, offset int64) error {
	starts, err := admin.ListStartOffsets(ctx, topic)
	if err == nil {
		err = readable(starts)
	}
	if err != nil {
		return fmt.Errorf("read a record: %w", err)
	}
	ends, err := admin.ListCommittedOffsets(ctx, topic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return fmt.Errorf("read topic %s: %w", topic, err)
	}
	start, ok := starts.Lookup(topic, partition)
	end, _ := ends.Lookup(topic, partition)
	switch {
	case !ok:
		return fmt.Errorf("topic %s has no partition %d", topic, partition)
	case start.Offset == end.Offset:
		return fmt.Errorf("topic %s, partition %d is empty", topic, partition)
	case offset < start.Offset || offset >= end.Offset:
		return fmt.Errorf("topic %s, partition %d has the offsets %d to %d, not %d", topic, partition, start.Offset, end.Offset-1, offset)
	}
	return nil
}

// readable says which topic of a listing cannot be read, and why.
func readable(listed kadm.ListedOffsets) error {
	var err error
	listed.Each(func(o kadm.ListedOffset) {
		switch {
		case err != nil || o.Err == nil:
		case errors.Is(o.Err, kerr.UnknownTopicOrPartition):
			err = fmt.Errorf("topic %s does not exist: correct the name, or create it with sluice apply", o.Topic)
		default:
			err = fmt.Errorf("topic %s: %w", o.Topic, o.Err)
		}
	})
	return err
}
