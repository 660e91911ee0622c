package consumer

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/plugin/kprom"
	"go.uber.org/zap"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/consumer/client"
	"github.com/sluicedata/sluice/consumer/metrics"
	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/router/deadletter"
)

// Options is what a Consumer is made of. All but ClientOpts are required.
type Options struct {
	Config     *config.Config
	Table      *router.Table
	Logger     *zap.Logger
	Registerer prometheus.Registerer
	// Version of the service, for dead letters.
	Version string
	// ClientOpts are appended to the options of every Kafka client.
	ClientOpts []kgo.Opt
}

// Consumer is one member of a domain's group. Run may be called once.
type Consumer struct {
	cfg     *config.Config
	table   atomic.Pointer[router.Table]
	log     *zap.Logger
	metrics *metrics.Metrics
	encoder *deadletter.Encoder
	stamps  stamps

	delivery delivery
	base     []kgo.Opt // of every client
	// running consumes and produces; nil before the delivery has connected.
	// aside asks for topics and offsets, and may produce what is larger than
	// running's batches.
	running atomic.Pointer[kgo.Client]
	aside   *kgo.Client
	// registerer is for the metrics of running, which come and go with it.
	registerer prometheus.Registerer

	destinations map[string]*destination
	// outputs and deadLetters are the destinations by route index; nil where a
	// route has none.
	outputs, deadLetters []*destination

	sources sources
	budget  *budget
	holds   holds
	emitter *emitter
	health  health
	look    chan struct{} // wakes the topic watch
	unread  []string      // the topic watch's own: topics that do not tell their limit

	// The poll loop's own: lanes that a poll touched, entries that it drops, and
	// the size of recent records in bytes.
	touched     []*lane
	drops       []entry
	recordBytes int64

	failed  chan struct{}
	failure error
	once    sync.Once
}

// New makes a Consumer and proves its client options without connecting.
func New(o Options) (*Consumer, error) {
	c := &Consumer{
		cfg:          o.Config,
		log:          o.Logger.Named("consumer"),
		destinations: make(map[string]*destination),
		budget:       newBudget(int64(o.Config.Limits.InFlightBytes), int64(o.Config.Limits.InFlightRecords)),
		recordBytes:  1 << 10,
		failed:       make(chan struct{}),
		look:         make(chan struct{}, 1),
	}
	c.table.Store(o.Table)
	c.emitter = newEmitter(c)
	for _, topic := range o.Table.Outputs() {
		c.destinations[topic] = &destination{topic: topic}
	}
	routes := o.Table.Routes()
	c.outputs = make([]*destination, len(routes))
	c.deadLetters = make([]*destination, len(routes))
	for i, r := range routes {
		c.outputs[i], c.deadLetters[i] = c.destinations[r.Output], c.destinations[r.DLQ]
	}
	c.encoder = deadletter.NewEncoder(deadletter.Options{
		Domain: o.Config.Domain, Group: o.Config.Kafka.Group, Version: o.Version,
		Conventions: o.Config.DeadLetter.Headers,
		HeaderBytes: int(o.Config.Limits.DeadLetterHeaderBytes),
	})
	c.holds = holds{
		inputsOf: o.Table.InputsOf,
		pause:    func(topics ...string) { c.kafka().PauseFetchTopics(topics...) },
		resume:   func(topics ...string) { c.kafka().ResumeFetchTopics(topics...) },
		park:     c.budget.park,
	}
	base, err := client.Options(c.cfg)
	if err != nil {
		return nil, err
	}
	c.base = append(base, o.ClientOpts...)
	c.registerer = o.Registerer
	if c.delivery, err = newDelivery(c); err != nil {
		return nil, err
	}
	c.metrics = metrics.New(o.Registerer, metrics.Options{
		Routes: routes, Inputs: o.Table.Inputs(), Destinations: o.Table.Outputs(), Engines: engines(c.cfg),
		ProduceErrors: produceErrors, FetchErrors: fetchErrors,
	})
	metrics.RegisterGauges(o.Registerer, o.Table.Inputs(), c.gauges)
	return c, nil
}

// kafka is the client that consumes and produces.
func (c *Consumer) kafka() *kgo.Client { return c.running.Load() }

// clientOpts are the options of the consuming and producing client. batchBytes
// gives the largest batch for a topic.
func (c *Consumer) clientOpts(batchBytes func(topic string) int32) []kgo.Opt {
	opts := append([]kgo.Opt{}, c.base...)
	opts = append(opts, client.Consume(c.cfg, c.table.Load().Inputs())...)
	// The budget bounds what is buffered; kgo's own bound must never block.
	opts = append(opts, client.Produce(c.cfg, batchBytes, 4*c.cfg.Limits.InFlightRecords)...)
	return append(opts,
		// Of each client its own: what is under way in an old one still counts.
		kgo.WithHooks(&c.health, &c.emitter.launching, kprom.NewMetrics("sluice_kafka", kprom.Registerer(c.registerer))),
		kgo.WithLogger(logger{c.log.Named("kafka")}),
		kgo.OnPartitionsAssigned(c.assigned),
		kgo.OnPartitionsRevoked(c.revoked),
		kgo.OnPartitionsLost(c.lost),
		kgo.AdjustFetchOffsetsFn(c.positions),
	)
}

// batchBytes is the largest batch that the client makes for a topic: what the
// topic takes, and no more than a record may need.
func (c *Consumer) batchBytes(topic string) int32 {
	if d := c.destinations[topic]; d != nil {
		if n := d.batchBytes.Load(); n > 0 {
			return int32(n)
		}
	}
	return defaultMaxMessageBytes
}

// asideBytes is the same for the records that go aside: the topic may take more
// than a batch needs, and what is over its limit may fit compressed, which only
// the broker knows.
func (c *Consumer) asideBytes(topic string) int32 {
	most := 2 * c.recordLimit()
	if d := c.destinations[topic]; d != nil {
		most = max(most, d.maxBytes.Load())
	}
	return int32(min(most, 1<<30))
}

// Run consumes until ctx ends, then finishes what is in flight, commits, leaves
// the group and returns nil; or until trouble that needs a person, which it
// returns. A stop that does not finish within shutdown_timeout leaves the rest
// unmarked: it comes again at the next start.
func (c *Consumer) Run(ctx context.Context) error {
	defer c.health.draining.Store(true)
	if err := c.connect(ctx); err != nil {
		return err
	}
	if ctx.Err() != nil {
		if c.kafka() != nil { // it has joined the group, or is about to
			c.health.draining.Store(true)
			c.leave()
		}
		return nil
	}
	running, cancel := context.WithCancel(ctx)
	defer cancel()
	background, stop := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { c.emitter.run(background) })
	work.Go(func() { c.delivery.run(background) })
	work.Go(func() { c.watchTopics(background) })
	loop := make(chan struct{})
	go func() {
		defer close(loop)
		c.loop(running)
	}()
	c.log.Info("consuming", zap.Strings("topics", c.table.Load().Inputs()), zap.String("group", c.cfg.Kafka.Group))
	select {
	case <-ctx.Done():
	case <-c.failed:
	}
	c.health.draining.Store(true)
	ending, over := context.WithTimeout(context.Background(), c.cfg.ShutdownTimeout*8/10)
	cancel()
	<-loop
	c.delivery.finish(ending)
	over()
	stop()
	c.leave()
	work.Wait()
	if c.hasFailed() {
		return c.failure
	}
	return nil
}

// hasFailed reports whether the service stops for a reason that needs a person.
func (c *Consumer) hasFailed() bool {
	select {
	case <-c.failed:
		return true
	default:
		return false
	}
}

// engines are those that judge, by product.
func engines(cfg *config.Config) map[string]string {
	of := make(map[string]string, len(cfg.Products))
	for i := range cfg.Products {
		of[cfg.Products[i].Name] = string(cfg.Products[i].Engine)
	}
	return of
}

// fail stops the service for a reason that needs a person. The first wins.
func (c *Consumer) fail(err error) {
	c.once.Do(func() {
		c.failure = err
		close(c.failed)
	})
}

func (c *Consumer) gauges() metrics.Gauges {
	s := c.Status()
	g := metrics.Gauges{
		Ready: s.Ready, BackPressure: s.BackPressure,
		InFlightRecords: s.InFlightRecords, InFlightBytes: s.InFlightBytes,
		LastPoll: s.LastPoll, LastCommit: s.LastCommit,
	}
	for _, p := range s.Partitions {
		lag := int64(-1)
		if p.HighWatermark >= 0 && p.Committed >= 0 {
			lag = max(0, p.HighWatermark-p.Committed)
		}
		g.Partitions = append(g.Partitions, metrics.Partition{
			Topic: p.Topic, Partition: p.Partition, Held: p.Held, Lag: lag, LagTime: lagTime(lag, p.lastSettled),
		})
	}
	return g
}

// lagTime is how old the last settled record is, 0 when nothing is behind it,
// and negative while unknown.
func lagTime(lag int64, settled time.Time) time.Duration {
	switch {
	case lag == 0:
		return 0
	case lag < 0, settled.IsZero():
		return -1
	default:
		return max(0, time.Since(settled))
	}
}
