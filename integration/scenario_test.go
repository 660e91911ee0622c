package integration

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/integration/internal/cluster"
	"github.com/sluicedata/sluice/integration/internal/ledger"
	"github.com/sluicedata/sluice/integration/internal/report"
	"github.com/sluicedata/sluice/integration/internal/service"
)

// patience is how long a scenario waits for one condition. It is far more than
// any takes on a machine that is not overloaded.
var patience = 60 * time.Second

// The deliveries.
const (
	atLeastOnce = "at_least_once"
	exactlyOnce = "exactly_once"
)

// partitions of every topic, unless a scenario says otherwise.
const partitions = 4

// scenario is one test with topics, a group and books of its own.
type scenario struct {
	*testing.T
	kafka    *cluster.Cluster
	delivery string
	prefix   string
	client   *kgo.Client
	reader   *kgo.Client // of the outputs, see follow
	admin    *kadm.Client
	books    *ledger.Ledger
	config   *service.Config
	clock    int64 // milliseconds of the last planted record
	note     string
	// batchBytes bounds what is sent to the inputs in one batch.
	batchBytes atomic.Int32
}

// inBoth runs a scenario with each delivery, as one scenario of the report.
func inBoth(t *testing.T, scenario func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	register(t, new(string), "")
	for _, delivery := range deliveries {
		t.Run(delivery, scenario)
	}
}

// deliveryOf is what inBoth has put into the name of a test.
func deliveryOf(t *testing.T) string {
	if strings.Contains(t.Name()+"/", "/"+exactlyOnce+"/") {
		return exactlyOnce
	}
	return atLeastOnce
}

// register makes the test a scenario of the report. Subtests are parts of one:
// their notes are added to its own.
func register(t *testing.T, note *string, on string) {
	t.Helper()
	if whole, part, ok := strings.Cut(t.Name(), "/"); ok {
		t.Cleanup(func() {
			scenarios.Lock()
			defer scenarios.Unlock()
			if *note != "" {
				scenarios.notes[whole] = append(scenarios.notes[whole], part+": "+*note)
			}
		})
		return
	}
	started := time.Now()
	t.Cleanup(func() {
		scenarios.Lock()
		defer scenarios.Unlock()
		notes := scenarios.notes[t.Name()]
		if *note != "" {
			notes = append(notes, *note)
		}
		slices.Sort(notes)
		s := report.Scenario{
			Name: t.Name(), On: on, Note: strings.Join(notes, "; "), Seconds: time.Since(started).Round(100 * time.Millisecond).Seconds(),
		}
		switch {
		case t.Failed():
			s.Result = report.Failed
		case t.Skipped():
			s.Result = report.LeftOut
		default:
			s.Result = report.Passed
		}
		scenarios.list = append(scenarios.list, s)
	})
}

// begin begins a scenario on an example domain. It runs beside others.
func begin(t *testing.T, domain string) *scenario {
	t.Helper()
	t.Parallel()
	return beginOn(t, kafka, domain, deliveryOf(t))
}

// beginOn begins a scenario on a cluster, with a delivery.
func beginOn(t *testing.T, on *cluster.Cluster, domain, delivery string) *scenario {
	t.Helper()
	s := &scenario{T: t, kafka: on, delivery: delivery, books: ledger.New(), clock: time.Now().Add(-time.Minute).UnixMilli()}
	register(t, &s.note, "")
	s.prefix = runID + topicName(strings.TrimPrefix(t.Name(), "Test")) + "-"
	var err error
	if s.config, err = service.Example(domain, t.TempDir(), s.prefix); err != nil {
		t.Fatal(err)
	}
	s.config.Set("session_timeout", on.SessionTimeout.String(), "kafka")
	s.config.Set("commit_interval", "200ms")
	s.config.Set("delivery", delivery)
	if delivery == exactlyOnce {
		s.books.ExactlyOnce()
		// The same after a restart; of other members another.
		s.config.Set("instance_id", "${MEMBER:first}", "kafka")
	}
	s.batchBytes.Store(900_000)
	s.client = s.connect(kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.ProducerBatchMaxBytesFn(func(string) int32 { return s.batchBytes.Load() }),
		kgo.MaxBufferedRecords(200_000), kgo.UnknownTopicRetries(-1))
	s.admin = kadm.NewClient(s.client)
	return s
}

// topicName makes a part of a topic's name of a test's.
func topicName(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(name))
}

// leaveOut ends the scenario and says why it cannot be had.
func (s *scenario) leaveOut(format string, args ...any) {
	s.Helper()
	s.note = fmt.Sprintf(format, args...)
	s.Skip(s.note)
}

// connect makes a client that is closed with the scenario.
func (s *scenario) connect(opts ...kgo.Opt) *kgo.Client {
	s.Helper()
	client, err := kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(s.kafka.Seeds...), kgo.MetadataMinAge(250 * time.Millisecond),
		// What stands before a dead broker may take connections and close them.
		kgo.AlwaysRetryEOF(),
	}, opts...)...)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(client.Close)
	return client
}

// settings of a topic.
type settings map[string]string

// create makes topics, without the prefix in their names. They are deleted
// with the scenario.
func (s *scenario) create(with settings, topics ...string) {
	s.Helper()
	full := make([]string, len(topics))
	for i, topic := range topics {
		full[i] = s.topic(topic)
	}
	if err := s.tryCreate(with, full...); err != nil {
		s.Fatal(err)
	}
}

func (s *scenario) tryCreate(with settings, topics ...string) error {
	configs := make(map[string]*string)
	for k, v := range with {
		configs[k] = &v
	}
	return s.tryCreateWith(partitions, configs, topics...)
}

func (s *scenario) tryCreateWith(partitions int32, configs map[string]*string, topics ...string) error {
	answers, err := s.admin.CreateTopics(s.ctx(), partitions, -1, configs, topics...)
	if err != nil {
		return fmt.Errorf("create topics: %w", err)
	}
	for _, a := range answers.Sorted() {
		if a.Err != nil {
			return fmt.Errorf("create topic %s: %w %s", a.Topic, a.Err, a.ErrMessage)
		}
	}
	// The controller has them; the broker that others ask hears of them a
	// moment later.
	s.await("the broker to know the topics", func() (bool, string) {
		known, err := s.admin.ListTopics(s.ctx(), topics...)
		if err != nil {
			return false, err.Error()
		}
		for _, topic := range topics {
			if t := known[topic]; t.Err != nil || len(t.Partitions) != int(partitions) {
				return false, fmt.Sprintf("%s: %v, %d partitions", topic, t.Err, len(t.Partitions))
			}
			for _, p := range known[topic].Partitions {
				if p.Err != nil || p.Leader < 0 {
					return false, fmt.Sprintf("%s partition %d: leader %d, %v", topic, p.Partition, p.Leader, p.Err)
				}
			}
		}
		return true, ""
	})
	s.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_, _ = s.admin.DeleteTopics(ctx, topics...) // a courtesy to named clusters
	})
	return nil
}

// createAll makes every topic of the configuration that is not there.
func (s *scenario) createAll() {
	s.Helper()
	inputs, outputs := s.config.Topics()
	for _, topic := range append(inputs, outputs...) {
		// A topic that the scenario made itself keeps its settings.
		if err := s.tryCreate(nil, topic); err != nil && !strings.Contains(err.Error(), kerr.TopicAlreadyExists.Message) {
			s.Fatal(err)
		}
	}
}

func (s *scenario) topic(name string) string { return s.prefix + name }

// ctx ends when patience does.
func (s *scenario) ctx() context.Context {
	ctx, cancel := context.WithTimeout(s.Context(), patience)
	s.Cleanup(cancel)
	return ctx
}

// record is a record to send and what should become of it.
type record struct {
	topic   string // without the prefix, like want.Topic
	key     []byte
	value   []byte
	headers []kgo.RecordHeader
	stamp   time.Time // the next millisecond if zero
	want    ledger.Want
}

// plant enters a record into the books and returns what to produce.
func (s *scenario) plant(r *record) *kgo.Record {
	s.clock++
	stamp := r.stamp
	if stamp.IsZero() {
		stamp = time.UnixMilli(s.clock)
	}
	k := &kgo.Record{Topic: s.topic(r.topic), Key: r.key, Value: r.value, Headers: append([]kgo.RecordHeader(nil), r.headers...), Timestamp: stamp}
	want := r.want
	want.Topic = s.topic(want.Topic)
	s.books.Plant(k, want)
	return k
}

// send plants and produces records and waits until the inputs have them.
func (s *scenario) send(records ...record) {
	s.Helper()
	for i := range records {
		s.produce(&records[i])
	}
	if err := s.client.Flush(s.ctx()); err != nil {
		s.Fatalf("send records: %v", err)
	}
}

// produce plants and produces a record and does not wait.
func (s *scenario) produce(r *record) {
	s.client.Produce(context.WithoutCancel(s.Context()), s.plant(r), func(k *kgo.Record, err error) {
		switch {
		case err == nil:
			s.books.Sent(k)
		case errors.Is(err, kgo.ErrClientClosed): // the scenario has ended
		default:
			s.Errorf("send a record to %s: %v", k.Topic, err)
		}
	})
}

// follow enters what comes to the outputs into the books until the scenario
// ends.
func (s *scenario) follow() {
	s.Helper()
	_, outputs := s.config.Topics()
	s.reader = s.connect(kgo.ConsumeTopics(outputs...), kgo.FetchMaxWait(100*time.Millisecond),
		// The end of a transaction takes an offset too: see readOn.
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(), kgo.MetadataMaxAge(time.Second))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			s.reader.PollFetches(ctx).EachRecord(s.books.Found)
		}
	}()
	s.Cleanup(func() {
		cancel()
		<-done
	})
}

// start starts the service, straight to the cluster.
func (s *scenario) start() *service.Process {
	s.Helper()
	return s.startWith(binary, s.kafka.Seeds)
}

// startWith starts a build of the service on brokers, with variables added to
// its environment.
func (s *scenario) startWith(build string, brokers []string, env ...string) *service.Process {
	s.Helper()
	file, err := s.config.Write(brokers)
	if err != nil {
		s.Fatal(err)
	}
	p, err := service.Start(build, file, env...)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() {
		p.Kill()
		if s.Failed() {
			s.Logf("the service's log:\n%s", p.Log())
		}
	})
	return p
}

// await waits for a condition, which says what it still waits for.
func (s *scenario) await(what string, met func() (ok bool, now string)) {
	s.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, now := met()
		if ok {
			return
		}
		if s.Failed() {
			s.FailNow()
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			s.Fatalf("waited %s for %s: %s", patience, what, now)
		}
	}
}

// status asks a process that should be alive.
func (s *scenario) status(p *service.Process) service.Status {
	s.Helper()
	status, err := p.Status(s.ctx())
	if err != nil {
		s.Fatal(err)
	}
	return status
}

// settle waits until every planted record has an outcome.
func (s *scenario) settle(processes ...*service.Process) {
	s.Helper()
	s.await("every record to have an outcome", func() (bool, string) {
		for _, p := range processes {
			s.alive(p)
		}
		n := s.books.Missing()
		return n == 0, fmt.Sprintf("%d records have none", n)
	})
}

// alive fails the scenario if a process has ended by itself.
func (s *scenario) alive(p *service.Process) {
	s.Helper()
	select {
	case <-p.Done():
		s.Fatal("the service has ended")
	default:
	}
}

// stop stops a process by SIGTERM, which must end with code 0.
func (s *scenario) stop(p *service.Process) {
	s.Helper()
	if err := p.Terminate(40 * time.Second); err != nil {
		s.Fatal(err)
	}
}

// readOn waits until the books hold everything that the outputs hold now, and
// every transaction in them has ended.
func (s *scenario) readOn() {
	s.Helper()
	_, outputs := s.config.Topics()
	ends, err := s.admin.ListEndOffsets(s.ctx(), outputs...)
	if err != nil {
		s.Fatal(err)
	}
	s.await("the outputs to be read", func() (bool, string) {
		behind := ""
		ends.Each(func(o kadm.ListedOffset) {
			if o.Err == nil && !s.books.ReadTo(o.Topic, o.Partition, o.Offset) {
				behind = fmt.Sprintf("%s partition %d is not read to %d", o.Topic, o.Partition, o.Offset)
			}
		})
		return behind == "", behind
	})
}

// balance closes the books, after every process has stopped: nothing may be
// wrong with them.
func (s *scenario) balance() ledger.Report {
	s.Helper()
	s.readOn()
	r := s.books.Report()
	if err := r.Err(); err != nil {
		s.Fatal(err)
	}
	s.note = r.String()
	return r
}

// committed are the group's offsets.
func (s *scenario) committed() kadm.OffsetResponses {
	s.Helper()
	offsets, err := s.admin.FetchOffsets(s.ctx(), s.prefix+"sluice")
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) { // nobody has joined it yet
		s.Fatal(err)
	}
	return offsets
}

// honest checks that the group's offsets promise nothing that the outputs do
// not hold: no record below a committed offset is without an outcome.
func (s *scenario) honest() error {
	s.Helper()
	committed := s.committed() // before the outputs are read
	check := func() (err error) {
		committed.Each(func(o kadm.OffsetResponse) {
			if first, ok := s.books.FirstWithout(o.Topic, o.Partition); ok && o.At > first {
				err = fmt.Errorf("%s partition %d is committed to offset %d, but offset %d has no outcome", o.Topic, o.Partition, o.At, first)
			}
		})
		return err
	}
	if s.delivery == atLeastOnce {
		s.readOn()
		return check()
	}
	// The transaction that a killed process has left open hides the end of the
	// outputs, and the offsets of one that is committed can be seen before all
	// of its records. They come within moments or never.
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(10 * time.Second); ; <-tick.C {
		if err := check(); err == nil || time.Now().After(deadline) {
			return err
		}
	}
}

// caughtUp checks that the group's offsets are at the ends of the inputs.
func (s *scenario) caughtUp() {
	s.Helper()
	inputs, _ := s.config.Topics()
	ends, err := s.admin.ListEndOffsets(s.ctx(), inputs...)
	if err != nil {
		s.Fatal(err)
	}
	committed := s.committed()
	ends.Each(func(end kadm.ListedOffset) {
		at, ok := committed.Lookup(end.Topic, end.Partition)
		if end.Offset > 0 && (!ok || at.At != end.Offset) {
			s.Errorf("%s partition %d ends at %d and is committed to %d", end.Topic, end.Partition, end.Offset, at.At)
		}
	})
}

// idle waits until the service has heard of everything that it sent: readers
// see a record before the service knows of its acknowledgement.
func (s *scenario) idle(p *service.Process) service.Status {
	s.Helper()
	var status service.Status
	s.await("the service to be idle", func() (bool, string) {
		status = s.status(p)
		inFlight := status.InFlightRecords
		for _, product := range status.Products {
			inFlight = max(inFlight, product.InFlight)
		}
		return inFlight == 0, fmt.Sprintf("%d records are in flight", inFlight)
	})
	return status
}

// countsAgree compares the service's own counts with the books, when every
// record has its outcome: consumed = accepted + dead-lettered + dropped, for
// each product and in all.
func (s *scenario) countsAgree(process *service.Process) {
	s.Helper()
	var consumed, accepted, deadLettered int64
	for _, p := range s.idle(process).Products {
		if p.Consumed != p.Accepted+p.DeadLettered+p.Dropped+p.Released {
			s.Errorf("%s: consumed %d, but accepted %d, dead-lettered %d, dropped %d, released %d",
				p.Product, p.Consumed, p.Accepted, p.DeadLettered, p.Dropped, p.Released)
		}
		consumed, accepted, deadLettered = consumed+p.Consumed-p.Released, accepted+p.Accepted, deadLettered+p.DeadLettered
	}
	r := s.books.Report()
	if int64(r.Inputs) != consumed || int64(r.Accepted) != accepted || int64(r.DeadLettered) != deadLettered {
		s.Errorf("the service counts %d = %d + %d, the topics hold %s", consumed, accepted, deadLettered, r)
	}
}
