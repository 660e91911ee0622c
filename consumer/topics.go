package consumer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/zap"

	"github.com/sluicedata/sluice/config"
)

const (
	// The topics that the service produces to are looked at this often, and
	// more often while one of them is missing.
	topicsEvery        = 30 * time.Second
	topicsEveryMissing = time.Second
	// defaultMaxMessageBytes is Kafka's default of max.message.bytes, for
	// clusters that do not let us read it.
	defaultMaxMessageBytes = 1048588
	topicWatch             = "topic"
	// A producer that is refused for this long after it began with a topic will
	// not find out by itself.
	refusedLong = 30 * time.Second
)

// watchTopics keeps partition counts and size limits of the destinations true,
// and holds the inputs of those that are missing.
func (c *Consumer) watchTopics(ctx context.Context) {
	for {
		c.lookAtProducers(ctx)
		wait := topicsEvery
		if !c.lookAtTopics(ctx) {
			wait = topicsEveryMissing
		}
		select {
		case <-ctx.Done():
			return
		case <-c.look:
		case <-time.After(wait):
		}
	}
}

// lookAtTopics asks the brokers for every destination and every input once. It
// reports whether all of them are there.
func (c *Consumer) lookAtTopics(ctx context.Context) bool {
	names := slices.Collect(maps.Keys(c.destinations))
	inputs := c.table.Load().Inputs()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	admin := kadm.NewClient(c.aside)
	found, err := details(ctx, admin, append(inputs[:len(inputs):len(inputs)], names...)...)
	if err != nil {
		// Brokers away: what is known stays; topics never seen stay held.
		for topic, d := range c.destinations {
			if d.partitions.Load() == 0 {
				c.holds.set(topic, topicWatch, "not seen yet: no broker answers")
			}
		}
		return false
	}
	limits := c.limits(ctx, admin, names)
	all := true
	var small []string
	for topic, d := range c.destinations {
		if why := missing(found, topic, "write"); why != "" {
			all = false
			if c.holds.set(topic, topicWatch, why) {
				c.log.Warn("topic cannot take records, the inputs that feed it wait", zap.String("topic", topic), zap.String("error", why))
			}
			continue
		}
		if !c.meet(d, found[topic].ID) {
			all = false
			continue
		}
		if c.learn(d, int32(len(found[topic].Partitions)), limits[topic]) {
			small = append(small, topic)
		}
		if c.holds.clear(topic, topicWatch) {
			c.log.Info("topic takes records, its inputs go on", zap.String("topic", topic))
		}
	}
	if len(small) > 0 {
		slices.Sort(small)
		c.log.Warn("dead-letter topics do not take the largest record that limits.record_bytes allows: larger dead letters are cut; raise max.message.bytes",
			zap.Strings("topics", small), zap.Int64("needed", c.recordLimit()))
	}
	c.lookAtEnds(ctx, admin, slices.DeleteFunc(slices.Clone(inputs), func(topic string) bool { return missing(found, topic, "read") != "" }))
	return c.lookAtInputs(found, inputs) && all
}

// lookAtProducers stops the service if a producer was refused an id, or its id
// has failed, for good: it fails everything from then on, whatever the brokers
// would say. A new process begins with a new one.
func (c *Consumer) lookAtProducers(ctx context.Context) {
	if len(c.holds.list()) == 0 || c.cfg.Delivery == config.ExactlyOnce { // whose transactions tell
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for _, producer := range []*kgo.Client{c.kafka(), c.aside} {
		_, _, err := producer.ProducerID(ctx)
		if ke, ok := errors.AsType[*kerr.Error](err); ok && !ke.Retriable {
			c.fail(fmt.Errorf("produce: the producer id has failed: restart: %w", err))
		}
	}
}

// lookAtInputs notes which inputs are missing. The client says nothing of them:
// to it a topic that is not there may yet come.
func (c *Consumer) lookAtInputs(found kadm.TopicDetails, inputs []string) bool {
	all := true
	for _, topic := range inputs {
		why := missing(found, topic, "read")
		all = all && why == ""
		switch changed := c.health.inputMissing(topic, why); {
		case changed && why != "":
			c.log.Warn("input topic cannot be read", zap.String("topic", topic), zap.String("error", why))
		case changed:
			c.log.Info("input topic is there", zap.String("topic", topic))
			c.kafka().ForceMetadataRefresh()
		}
	}
	return all
}

// lookAtEnds notes how far the owned partitions reach. Fetches tell it too, but
// not of inputs that wait for an output: their lag must be seen to grow.
func (c *Consumer) lookAtEnds(ctx context.Context, admin *kadm.Client, inputs []string) {
	ends, err := admin.ListCommittedOffsets(ctx, inputs...)
	if err != nil {
		return // told by the polls
	}
	for _, src := range c.sources.all() {
		if end, ok := ends.Lookup(src.topic, src.partition); ok && end.Err == nil {
			src.mu.Lock()
			src.highWatermark = max(src.highWatermark, end.Offset)
			src.mu.Unlock()
		}
	}
}

// missing is why a topic cannot be used for an operation, or empty.
func missing(found kadm.TopicDetails, topic, operation string) string {
	detail, ok := found[topic]
	switch {
	case !ok, errors.Is(detail.Err, kerr.UnknownTopicOrPartition), detail.Err == nil && len(detail.Partitions) == 0:
		return "does not exist"
	case detail.Err != nil:
		return reason(detail.Err, operation)
	default:
		return ""
	}
}

// meet notes which topic stands behind a destination's name. kgo speaks of
// topics by their id and refuses one that was deleted and created again until
// it is made to forget the old one. Records of it that are out fail, are held
// and sent again.
//
// Forgetting starts the sequence numbers of the idempotent producer anew, and a
// broker that has seen them from this producer takes the next batches for
// copies and drops them. So a producer forgets a topic only when brokers refuse
// the id that it has and the id has become another since it began: once. See
// outdated for the exception.
//
// It reports whether the answer is to be believed: a broker that lags behind
// still tells of a topic that others have seen deleted.
func (c *Consumer) meet(d *destination, id kadm.TopicID) bool {
	none := kadm.TopicID{}
	if id == none {
		return true
	}
	if slices.Contains(d.former, id) {
		return false
	}
	if d.id != none && d.id != id {
		d.former = append(d.former, d.id)
		c.log.Warn("topic was deleted and created again", zap.String("topic", d.topic))
	}
	d.id = id
	c.renew(d, &d.small, c.kafka)
	c.renew(d, &d.large, func() *kgo.Client { return c.aside })
	return true
}

// renew makes a producer forget a topic of which it has an id that is gone.
func (c *Consumer) renew(d *destination, k *knowledge, producer func() *kgo.Client) {
	if k.id == (kadm.TopicID{}) {
		k.id, k.begun = d.id, time.Now()
	}
	if !k.outdated(d.id, time.Now()) {
		return
	}
	k.refused.Store(false)
	k.acked.Store(false)
	k.id, k.begun = d.id, time.Now()
	c.delivery.between(func() {
		// Half of a flight must not meet the old topic and half the new one.
		d.closed.Store(true)
		c.emitter.launching.Lock()
		c.emitter.launching.Unlock() //nolint:staticcheck // waits for the launch under way; later ones see closed
		producer().PurgeTopicsFromProducing(d.topic)
		d.closed.Store(false)
		for _, l := range d.all() {
			c.emitter.ring(l)
		}
	})
}

// outdated reports whether the producer should begin anew with the topic that
// has this id now. One that began with it and is refused all the same was told
// of the old one by a broker that lagged behind: where nothing was acknowledged
// since, nothing can be taken for a copy.
func (k *knowledge) outdated(id kadm.TopicID, now time.Time) bool {
	if !k.refused.Load() {
		return false
	}
	return k.id != id || !k.acked.Load() && now.Sub(k.begun) > refusedLong
}

// learn takes over what the cluster says of a topic that exists. It reports
// whether that is news of a dead-letter topic too small for the largest record.
func (c *Consumer) learn(d *destination, partitions int32, maxBytes int64) (small bool) {
	before := d.partitions.Load()
	if partitions < before {
		if d.counted != (kadm.TopicID{}) && d.counted == d.id {
			return false // of a broker that has not heard of the later ones
		}
		c.fail(fmt.Errorf("topic %s was created again with %d partitions instead of %d: restart to spread keys over them in order",
			d.topic, partitions, before))
		return false
	}
	d.counted = d.id
	if maxBytes == 0 { // not told this time
		maxBytes = cmp.Or(d.maxBytes.Load(), defaultMaxMessageBytes)
	}
	changed := d.maxBytes.Swap(maxBytes) != maxBytes
	small = changed && maxBytes < c.recordLimit() && slices.Contains(c.deadLetters, d)
	if batch := min(maxBytes, c.recordLimit()); changed && d.oneBatch {
		d.batchBytes.Store(batch)
	} else {
		d.batchBytes.CompareAndSwap(0, batch)
	}
	if partitions > before {
		d.grow(partitions)
	}
	return small
}

// recordLimit is what the largest record takes in a batch of its own.
func (c *Consumer) recordLimit() int64 { return int64(c.cfg.Limits.DeadLetterBytes()) }

// limits returns max.message.bytes of the topics; topics whose configuration
// may not be read are absent.
func (c *Consumer) limits(ctx context.Context, admin *kadm.Client, names []string) map[string]int64 {
	limits := make(map[string]int64, len(names))
	configs, unread := settings(ctx, admin, names...)
	c.tellUnread(unread)
	for _, rc := range configs {
		if rc.Err != nil {
			continue
		}
		if d := c.destinations[rc.Name]; d != nil {
			d.learnStamps(rc.Configs)
		}
		for _, kv := range rc.Configs {
			if kv.Key == "max.message.bytes" {
				if n, err := strconv.ParseInt(kv.MaybeValue(), 10, 64); err == nil {
					limits[rc.Name] = n
				}
			}
		}
	}
	return limits
}
