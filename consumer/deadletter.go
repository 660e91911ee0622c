package consumer

import (
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/router/deadletter"
)

// encodeRefused builds the dead letter of an accepted record that cannot be
// produced, or that the output's broker refused for good.
func (c *Consumer) encodeRefused(e *entry, src *source, topic string, err error) *kgo.Record {
	return c.stamps.set(c.encoder.Encode(e.record,
		deadletter.Source{Topic: src.topic, Partition: src.partition, Offset: e.offset, Timestamp: time.UnixMilli(e.stamp)},
		deadletter.Failure{
			Product: e.route.Product, Schema: e.route.Schema, SchemaSHA256: e.route.SchemaSHA256,
			Reason: router.ProduceRejected, Stage: router.StageProduce,
			Message: "the record cannot be produced to " + e.route.Output + ": " + name(err),
		}, topic, time.Now()), e.stamp)
}

// shrink returns a smaller dead letter in place of one that the broker called
// too large, and false if the broker's objection is another or nothing is left
// to cut.
func (c *Consumer) shrink(l *lane, e *entry, err error) (*kgo.Record, bool) {
	if !tooLarge(err) {
		return nil, false
	}
	limit := min(l.destination.maxBytes.Load(), int64(e.size)-1)
	return c.encoder.Shrink(e.record, int(limit))
}

// tooLarge reports whether a broker refused records for their size.
func tooLarge(err error) bool {
	return errors.Is(err, kerr.MessageTooLarge) || errors.Is(err, kerr.RecordListTooLarge)
}

// wireSize is at most what the record takes in a batch of its own,
// uncompressed.
func wireSize(r *kgo.Record) int64 { return int64(deadletter.WireSize(r)) }
