package metrics

import (
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sluicedata/sluice/router"
)

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("sluice_"+name, help, labels, nil)
}

var (
	consumedDesc      = desc("records_consumed_total", "Records polled from the inputs.", "product")
	consumedBytesDesc = desc("consumed_bytes_total", "Bytes of keys, values and headers polled from the inputs.", "product")
	processedDesc     = desc("records_processed_total", "Records with an outcome, counted at the acknowledgement.", "product", "outcome")
	producedBytesDesc = desc("produced_bytes_total", "Bytes produced and acknowledged, before compression.", "product", "outcome")
	releasedDesc      = desc("records_released_total", "Records that were in flight when their partition went to another member.", "product")
	rejectedDesc      = desc("records_rejected_total", "Dead letters, by reason and keyword of the first violation.", "product", "reason", "keyword")
	panicsDesc        = desc("validator_panics_total", "Records that the validator failed on.", "product")
	endToEndDesc      = desc("end_to_end_latency_seconds", "From the source record's timestamp to the acknowledgement of its output or dead letter.", "product", "outcome")
	processingDesc    = desc("processing_latency_seconds", "From the poll of a record to the acknowledgement of its output or dead letter.", "product")
	sizeDesc          = desc("record_size_bytes", "Sizes of the records polled from the inputs: key, value and headers.", "product")
	productDesc       = desc("product_info", "The data products of this service; always 1.", "product", "input", "output", "dlq")
	schemaDesc        = desc("schema_info", "The contracts in use; always 1.", "product", "version", "digest", "engine")
	sloDesc           = desc("product_slo_ratio", "Share of the records that a product promises to be good (slo good_ratio), or in time (slo latency_p99).", "product", "slo")
	sloLatencyDesc    = desc("product_slo_latency_seconds", "Within which time a record is in time.", "product")

	readyDesc           = desc("ready", "Whether the service is ready.")
	inflightRecordsDesc = desc("inflight_records", "Records polled and not settled.")
	inflightBytesDesc   = desc("inflight_bytes", "Bytes polled and not settled.")
	backPressureDesc    = desc("back_pressure", "Whether polling waits for room.")
	lastPollDesc        = desc("last_poll_timestamp_seconds", "When the last poll returned.")
	lastCommitDesc      = desc("last_commit_timestamp_seconds", "When offsets were last committed.")
	heldDesc            = desc("held_partitions", "Owned input partitions that are not read for now, because an output or the partition itself is in trouble.", "topic")
	assignedDesc        = desc("assigned_partitions", "Input partitions that this member owns.", "topic")
	lagDesc             = desc("consumer_lag_records", "Records behind the end of an owned partition at the last fetch.", "topic", "partition")
	lagSecondsDesc      = desc("consumer_lag_seconds", "Age of the last record that was settled of an owned partition; 0 when all are.", "topic", "partition")
)

// books collects the per-product counters.
type books Metrics

// Describe implements prometheus.Collector.
func (b *books) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		consumedDesc, consumedBytesDesc, processedDesc, producedBytesDesc, releasedDesc, rejectedDesc, panicsDesc, endToEndDesc, processingDesc, sizeDesc,
		productDesc, schemaDesc, sloDesc, sloLatencyDesc,
	} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (b *books) Collect(ch chan<- prometheus.Metric) {
	// Metrics are made under the locks and sent without them, and a lock is held
	// for one product at a time: neither a slow scrape nor a thousand products
	// may hold up the loop.
	var made []prometheus.Metric
	add := func(m prometheus.Metric) { made = append(made, m) }
	count := func(d *prometheus.Desc, n int64, labels ...string) {
		add(prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...))
	}
	routes := *b.routes.Load()
	for i := range b.settled {
		b.settling.Lock()
		p, name := &b.settled[i], routes[i].Product
		for _, o := range router.Outcomes() {
			count(processedDesc, p.records[o], name, o.String())
			if o != router.Dropped {
				count(producedBytesDesc, p.bytes[o], name, o.String())
				add(p.endToEnd[o].metric(endToEndDesc, name, o.String()))
			}
		}
		for r, n := range p.rejected {
			count(rejectedDesc, n, name, r.reason.String(), r.keyword)
		}
		count(releasedDesc, p.released, name)
		count(panicsDesc, p.panics, name)
		add(p.processing.metric(processingDesc, name))
		b.settling.Unlock()
	}
	for i := range b.polled {
		b.polling.Lock()
		c, name := &b.polled[i], routes[i].Product
		count(consumedDesc, c.records, name)
		count(consumedBytesDesc, c.bytes, name)
		add(c.sizes.metric(sizeDesc, name))
		b.polling.Unlock()
	}
	for _, m := range made {
		ch <- m
	}
	for _, r := range routes {
		b.info(ch, r)
	}
}

func (b *books) info(ch chan<- prometheus.Metric, r *router.Route) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	one := func(d *prometheus.Desc, labels ...string) { gauge(d, 1, labels...) }
	for _, input := range r.Inputs {
		one(productDesc, r.Product, input, r.Output, r.DLQ)
	}
	if r.Schema != "" {
		one(schemaDesc, r.Product, r.Version, r.SchemaSHA256, b.engines[r.Product])
	}
	if r.GoodRatio > 0 {
		gauge(sloDesc, r.GoodRatio, r.Product, "good_ratio")
	}
	if s := r.LatencyP99.Seconds(); s > 0 {
		gauge(sloDesc, .99, r.Product, "latency_p99")
		gauge(sloLatencyDesc, s, r.Product)
	}
}

// Gauges is what a scrape finds at the moment.
type Gauges struct {
	Ready, BackPressure            bool
	InFlightRecords, InFlightBytes int64
	LastPoll, LastCommit           time.Time
	Partitions                     []Partition
}

// Partition is an owned input partition. Lag and LagTime are negative while
// unknown.
type Partition struct {
	Topic     string
	Partition int32
	Held      bool
	Lag       int64
	LagTime   time.Duration
}

// RegisterGauges registers a collector that asks for the gauges at each
// scrape. Partitions that are not owned any more are gone from the next one.
func RegisterGauges(reg prometheus.Registerer, inputs []string, now func() Gauges) {
	reg.MustRegister(&gauges{inputs: inputs, now: now})
}

type gauges struct {
	inputs []string
	now    func() Gauges
}

// Describe implements prometheus.Collector.
func (g *gauges) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		readyDesc, inflightRecordsDesc, inflightBytesDesc, backPressureDesc, lastPollDesc, lastCommitDesc, assignedDesc, heldDesc, lagDesc, lagSecondsDesc,
	} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (g *gauges) Collect(ch chan<- prometheus.Metric) {
	now := g.now()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(readyDesc, truth(now.Ready))
	gauge(backPressureDesc, truth(now.BackPressure))
	gauge(inflightRecordsDesc, float64(now.InFlightRecords))
	gauge(inflightBytesDesc, float64(now.InFlightBytes))
	gauge(lastPollDesc, seconds(now.LastPoll))
	gauge(lastCommitDesc, seconds(now.LastCommit))
	assigned, held := make(map[string]int), make(map[string]int)
	for _, p := range now.Partitions {
		assigned[p.Topic]++
		if p.Held {
			held[p.Topic]++
		}
		if p.Lag >= 0 {
			gauge(lagDesc, float64(p.Lag), p.Topic, strconv.Itoa(int(p.Partition)))
		}
		if p.LagTime >= 0 {
			gauge(lagSecondsDesc, p.LagTime.Seconds(), p.Topic, strconv.Itoa(int(p.Partition)))
		}
	}
	for _, topic := range g.inputs {
		gauge(assignedDesc, float64(assigned[topic]), topic)
		gauge(heldDesc, float64(held[topic]), topic)
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// seconds is a time as Prometheus has it; 0 for never.
func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMicro()) / 1e6
}

// latencyBuckets are wide enough for a drain after an outage and hold every
// promised latency, so that its share can be read exactly.
func latencyBuckets(routes []*router.Route) []float64 {
	buckets := []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 60, 600}
	for _, r := range routes {
		if s := r.LatencyP99.Seconds(); s > 0 {
			buckets = append(buckets, s)
		}
	}
	slices.Sort(buckets)
	return slices.Compact(buckets)
}
