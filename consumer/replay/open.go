package replay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/time/rate"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/consumer/client"
	"github.com/sluicedata/sluice/router/deadletter"
)

// partition is one partition of a topic.
type partition struct {
	topic string
	id    int32
}

// replay is one run.
type replay struct {
	o          *Options
	client     *kgo.Client
	admin      *kadm.Client
	judge      *judge
	sender     *sender
	offsets    *offsets
	partitions map[partition]*progress
	total      int64 // offsets to read

	chunk   chunk
	changed map[partition]*progress // since the last commit
	unknown map[partition]bool      // those of which the group had no offset
	handled int64                   // selected dead letters
	moved   int64                   // skipped ones that found no room in the metadata
	rate    *rate.Limiter           // nil if there is no bound
	idle    time.Time               // since when nothing has come
	result  *Result
}

// open connects, and finds out where to begin and where to end.
func open(ctx context.Context, o *Options) (*replay, error) {
	r := &replay{
		o: o, judge: newJudge(o), partitions: make(map[partition]*progress), changed: make(map[partition]*progress),
		unknown: make(map[partition]bool),
		result:  newResult(o),
	}
	if o.Rate > 0 {
		r.rate = rate.NewLimiter(rate.Limit(o.Rate), o.Rate)
	}
	topics := o.topics()
	if len(topics) == 0 {
		return nil, fmt.Errorf("product %s has no dead-letter topic: name a product of the configuration, or topics to read", o.Selection.Product)
	}
	r.result.Topics = topics
	if err := r.connect(); err != nil {
		return nil, err
	}
	if err := r.position(ctx, topics); err != nil {
		r.client.Close()
		return nil, err
	}
	return r, nil
}

// topics are the topics to read, sorted.
func (o *Options) topics() []string {
	topics := slices.Clone(o.Topics)
	if len(topics) == 0 {
		for _, route := range o.Table.Routes() {
			if route.DLQ != "" && (o.Selection.Product == "" || o.Selection.Product == route.Product) {
				topics = append(topics, route.DLQ)
			}
		}
	}
	slices.Sort(topics)
	return slices.Compact(topics)
}

func newJudge(o *Options) *judge {
	j := &judge{
		table: o.Table, inputs: make(map[string]bool), selection: o.Selection, to: o.To,
		maxAttempts: o.MaxAttempts, park: o.Park, now: time.Now,
	}
	for _, topic := range o.Table.Inputs() {
		j.inputs[topic] = true
	}
	if o.Patch != nil {
		j.patcher = newPatcher(o.Config, o.Patch)
	}
	j.encoder = deadletter.NewEncoder(deadletter.Options{
		Domain: o.Config.Domain, Group: Group(o.Config), Version: o.Version,
		Conventions: o.Config.DeadLetter.Headers,
		HeaderBytes: int(o.Config.Limits.DeadLetterHeaderBytes),
	})
	return j
}

// connect makes the client, which reads and, to apply, sends.
func (r *replay) connect() error {
	opts, err := client.Options(r.o.Config)
	if err != nil {
		return err
	}
	opts = append(opts, client.Read(r.o.Config)...)
	group, transactional := Group(r.o.Config), r.o.Config.Delivery == config.ExactlyOnce
	if r.o.Apply {
		most := func(string) int32 { return int32(batchBytes(r.o.Config)) }
		opts = append(opts, client.Produce(r.o.Config, most, 2*chunkRecords)...)
		opts = append(opts,
			// A chunk is sent when all of it is there. One request at a time: if
			// the broker refuses a batch, no later one of its partition is taken.
			kgo.ManualFlushing(), kgo.MaxProduceRequestsInflightPerBroker(1))
		if transactional {
			opts = append(opts, kgo.TransactionalID(group))
		}
	}
	if r.client, err = kgo.NewClient(append(opts, r.o.ClientOpts...)...); err != nil {
		return fmt.Errorf("kafka: the client refuses these settings: %w", err)
	}
	r.admin = kadm.NewClient(r.client)
	r.offsets = &offsets{
		client: r.client, admin: r.admin, group: group, transactional: transactional && r.o.Apply,
		known: make(map[partition]committed),
	}
	r.sender = &sender{
		client: r.client, admin: r.admin, judge: r.judge, offsets: r.offsets,
		limit: batchBytes(r.o.Config), topics: make(map[string]topic),
	}
	return nil
}

// patience is how long brokers may take to acknowledge a record.
const patience = 2 * time.Minute

// batchBytes is the largest batch, uncompressed, that a record may need.
func batchBytes(cfg *config.Config) int64 {
	return min(2*(int64(cfg.Limits.RecordBytes)+int64(cfg.Limits.DeadLetterHeaderBytes))+64<<10, 1<<30)
}

// position finds the partitions, where the group stands and where they end.
func (r *replay) position(ctx context.Context, topics []string) error {
	asking, cancel := context.WithTimeout(ctx, patience/4)
	defer cancel()
	if err := r.client.Ping(asking); err != nil {
		return fmt.Errorf("no broker answers at %v: %w", r.o.Config.Kafka.Brokers, err)
	}
	starts, err := r.admin.ListStartOffsets(asking, topics...)
	if err == nil {
		err = readable(starts)
	}
	if err != nil {
		return fmt.Errorf("read the dead-letter topics: %w", err)
	}
	if err := r.offsets.load(asking, topics); err != nil {
		return err
	}
	ends, err := r.admin.ListCommittedOffsets(asking, topics...)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return fmt.Errorf("read the ends of %v: %w", topics, err)
	}
	begin := make(map[string]map[int32]kgo.Offset)
	for _, start := range starts.Offsets().Sorted() {
		end, _ := ends.Lookup(start.Topic, start.Partition)
		p, err := r.begin(partition{start.Topic, start.Partition}, start.At, end.Offset)
		if err != nil {
			return err
		}
		if !p.read() {
			if begin[start.Topic] == nil {
				begin[start.Topic] = make(map[int32]kgo.Offset)
			}
			begin[start.Topic][start.Partition] = kgo.NewOffset().At(p.next)
		}
	}
	r.client.AddConsumePartitions(begin)
	r.idle = time.Now()
	return nil
}

// begin finds where a partition begins.
func (r *replay) begin(id partition, start, end int64) (*progress, error) {
	at := r.offsets.known[id]
	if at.offset < 0 || at.offset > end { // none, or the topic was made anew
		at = committed{offset: start}
		r.unknown[id] = true
	}
	p, err := newProgress(at.offset, at.metadata, end)
	if err != nil {
		return nil, fmt.Errorf("group %s, topic %s, partition %d: %w", r.offsets.group, id.topic, id.id, err)
	}
	if start > p.next { // retention has taken what lies before
		p.arrive(min(start, end) - 1)
		p.settle(min(start, end) - 1)
		p.start = p.next
	}
	r.partitions[id] = p
	r.total += max(0, p.end-p.start)
	return p, nil
}

// quiet is how long nothing may come from a topic that should have more.
const quiet = time.Minute

// poll returns what comes next.
func (r *replay) poll(ctx context.Context) (kgo.Fetches, error) {
	waiting, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	fetches := r.client.PollRecords(waiting, chunkRecords)
	var err error
	fetches.EachError(func(topic string, partition int32, cause error) {
		if !errors.Is(cause, context.DeadlineExceeded) && !errors.Is(cause, context.Canceled) {
			err = fmt.Errorf("read topic %s, partition %d: %w", topic, partition, cause)
		}
	})
	switch {
	case err != nil:
		return nil, err
	case fetches.NumRecords() > 0:
		r.idle = time.Now()
	case time.Since(r.idle) > quiet:
		return nil, fmt.Errorf("nothing has come from %v for %s, and there should be more: look at the brokers, then run it again to go on", r.result.Topics, quiet)
	case ctx.Err() == nil:
		return fetches, r.expire(ctx)
	}
	return fetches, nil
}

// expire moves on where retention has taken what was to be read.
func (r *replay) expire(ctx context.Context) error {
	starts, err := r.admin.ListStartOffsets(ctx, r.result.Topics...)
	if err != nil {
		return fmt.Errorf("read the beginnings of %v: %w", r.result.Topics, err)
	}
	for id, p := range r.partitions {
		if start, ok := starts.Lookup(id.topic, id.id); ok && start.Err == nil && start.Offset >= p.end && !p.read() {
			p.finish()
			r.changed[id] = p
		}
	}
	return nil
}
