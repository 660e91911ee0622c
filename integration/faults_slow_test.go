package integration

import (
	"context"
	"fmt"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/sluicedata/sluice/integration/internal/cluster"
	"github.com/sluicedata/sluice/integration/internal/proxy"
	"github.com/sluicedata/sluice/integration/internal/service"
)

// slowDeadLetters has one dead-letter topic on a broker of its own, the way to
// which becomes slow: at first it answers late, then it takes less than there is
// to send, so that the input of the topic has to wait.
func slowDeadLetters(t *trial) {
	t.needsDocker()
	ctx, cancel := context.WithTimeout(t.T.Context(), 3*time.Minute)
	defer cancel()
	brokers, err := cluster.Two(ctx)
	if err != nil {
		t.T.Fatal(err)
	}
	t.T.Cleanup(brokers.Close)
	t.begin(brokers)
	const topic = "sales.orders.v1.dlq"
	inputs, outputs := t.config.Topics()
	for _, other := range append(inputs, outputs...) {
		node := int32(1)
		if other == t.topic(topic) {
			node = 2
		}
		t.createOn(node, other)
	}
	t.follow()
	t.through()
	t.config.Set("compression", "none", "kafka")
	t.config.Set("in_flight_records", slowlyMost, "limits")
	t.slow = true
	p := t.load(300)

	slow := brokers.Seeds[1]
	before := t.families(p)
	t.addTo(slow, proxy.Latency(2*time.Second))
	n := t.others(15 * time.Second)
	took, usual := t.flights(before, p, topic), t.flights(before, p, "sales.refunds.v1")
	if took < time.Second || usual > took/4 {
		t.Errorf("a flight to the topic took %s, to another %s", took, usual)
	}
	told := fmt.Sprintf("a flight took %s, elsewhere %s; %d records of the other product came out in 15 s",
		took.Round(100*time.Millisecond), usual.Round(time.Millisecond), n)
	if t.delivery == atLeastOnce {
		// A transaction has all or nothing, so that all products go as slowly as
		// this topic does.
		t.addTo(slow, proxy.Bandwidth(20))
		t.ready(false, t.topic(topic))
		told += fmt.Sprintf("; with 20 kB/s /readyz named the topic, and %d of the other came out", t.flows(100))
		t.inFlight(p)
	}
	t.proof("%s", told)
	if err := t.honest(); err != nil {
		t.Error(err)
	}
	t.way.Heal()
	over := time.Now()
	t.ready(true, "")
	t.took(time.Since(over))
	t.grow(100, p)
	t.recovers(p)
	// What has not been acknowledged when the way is spoilt is sent again, which
	// idempotent producers do without a copy.
	t.once(p)
}

// createOn makes a topic whose partitions are on one broker.
func (t *trial) createOn(node int32, topic string) {
	t.Helper()
	request := kmsg.NewPtrCreateTopicsRequest()
	request.TimeoutMillis = 15_000
	made := kmsg.NewCreateTopicsRequestTopic()
	made.Topic, made.NumPartitions, made.ReplicationFactor = topic, -1, -1
	for i := range int32(partitions) {
		assigned := kmsg.NewCreateTopicsRequestTopicReplicaAssignment()
		assigned.Partition, assigned.Replicas = i, []int32{node}
		made.ReplicaAssignment = append(made.ReplicaAssignment, assigned)
	}
	request.Topics = append(request.Topics, made)
	response, err := request.RequestWith(t.ctx(), t.client)
	if err == nil {
		err = kerr.ErrorForCode(response.Topics[0].ErrorCode)
	}
	if err != nil {
		t.Fatalf("create %s on broker %d: %v", topic, node, err)
	}
}

// addTo spoils the way to one broker.
func (t *trial) addTo(broker string, toxic proxy.Toxic) {
	t.Helper()
	if err := t.way.AddTo(broker, toxic); err != nil {
		t.Fatal(err)
	}
	t.injected()
}

// flights is how long those to a topic took on average since the metrics before.
func (t *trial) flights(before map[string]*dto.MetricFamily, p *service.Process, topic string) time.Duration {
	t.Helper()
	total := func(families map[string]*dto.MetricFamily) (sum float64, n uint64) {
		for _, m := range families["sluice_produce_duration_seconds"].GetMetric() {
			if has(m, "destination", t.topic(topic)) {
				sum, n = m.GetHistogram().GetSampleSum(), m.GetHistogram().GetSampleCount()
			}
		}
		return sum, n
	}
	sum, n := total(before)
	now, all := total(t.families(p))
	if all == n {
		t.Errorf("no flight to %s ended", topic)
		return 0
	}
	return time.Duration((now - sum) / float64(all-n) * float64(time.Second))
}

// others counts the records of the other product that come out while a fault
// lasts.
func (t *trial) others(lasts time.Duration) int {
	t.Helper()
	refunds := func() int { return t.books.Held(t.topic("sales.refunds.v1")) }
	before := refunds()
	t.hold(lasts)
	t.inFlight(t.single)
	n := refunds() - before
	if n == 0 {
		t.Error("the other product does not flow")
	}
	return n
}
