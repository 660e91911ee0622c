package integration

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/integration/internal/service"
	"github.com/sluicedata/sluice/integration/internal/storm"
)

// stormy is a scenario whose contracts change while records flow.
type stormy struct {
	*scenario
	contracts *storm.Contracts
	process   *service.Process

	mu    sync.Mutex
	books storm.Books
	where map[int]storm.Place // of records by their number
	found map[int][]storm.Outcome
	calm  progress // before the storm
	rough progress // in it
	began time.Time
	// recovery is from the end of the storm until every record had an outcome.
	recovery time.Duration
}

// progress is how records came out.
type progress struct {
	last      time.Time
	gap       time.Duration   // the longest time without any
	latencies []time.Duration // from the record's timestamp to the reader
}

func (p *progress) String() string {
	if len(p.latencies) == 0 {
		return "no records"
	}
	slices.Sort(p.latencies)
	at := func(q float64) time.Duration {
		return p.latencies[int(q*float64(len(p.latencies)-1))].Round(time.Millisecond)
	}
	return fmt.Sprintf("longest gap %s, latency p50 %s p99 %s max %s", p.gap.Round(time.Millisecond), at(.5), at(.99), at(1))
}

// beginStorm starts a build of the service on contracts of version 0.
func beginStorm(t *testing.T, build, delivery string, env ...string) *stormy {
	t.Helper()
	s := &stormy{
		scenario: beginOn(t, kafka, "sales", delivery), where: make(map[int]storm.Place), found: make(map[int][]storm.Outcome),
		books: storm.Books{Sent: make(map[storm.Place]storm.Input), Found: make(map[storm.Place][]storm.Outcome)},
	}
	folder := filepath.Join(s.config.Folder, "schemas")
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	var err error
	if s.contracts, err = storm.NewContracts(folder); err != nil {
		t.Fatal(err)
	}
	for i, p := range s.config.Products() {
		p["input"] = s.topic("events")
		p["match"] = map[string]any{"header": "product", "equals": storm.Products[i]}
		p["schema"] = "schemas/" + storm.Products[i] + ".json"
	}
	s.config.Set("unmatched", map[string]any{"action": "drop"})
	s.config.Set("interval", "20ms", "reload")
	if delivery == exactlyOnce {
		s.config.Set("instance_id", s.prefix+"1", "kafka")
	}
	s.createAll()
	s.listen()
	s.process = s.startWith(build, kafka.Seeds, env...)
	return s
}

// listen notes what comes to the outputs.
func (s *stormy) listen() {
	_, outputs := s.config.Topics()
	reader := s.connect(kgo.ConsumeTopics(outputs...), kgo.FetchMaxWait(50*time.Millisecond), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			fetches := reader.PollFetches(ctx)
			s.mu.Lock()
			now, p := time.Now(), &s.calm
			if !s.began.IsZero() {
				p = &s.rough
			}
			if !p.last.IsZero() && fetches.NumRecords() > 0 {
				p.gap = max(p.gap, now.Sub(p.last))
			}
			if fetches.NumRecords() > 0 {
				p.last = now
			}
			fetches.EachRecord(func(r *kgo.Record) { s.notice(r, now, p) })
			s.mu.Unlock()
		}
	}()
	s.Cleanup(func() {
		cancel()
		<-done
	})
}

// notice notes one record of an output. Called with mu held.
func (s *stormy) notice(r *kgo.Record, now time.Time, p *progress) {
	var o storm.Outcome
	number, stamp := -1, r.Timestamp
	for _, h := range r.Headers {
		text := string(h.Value)
		switch h.Key {
		case "number":
			number, _ = strconv.Atoi(text)
		case "sluice.reason":
			o.Dead = true
		case "sluice.schema":
			o.Version = text
		case "sluice.schema.sha256":
			o.Digest = text
		case "sluice.failed_at":
			o.Failed, _ = time.Parse(time.RFC3339Nano, text)
		case "sluice.source.timestamp":
			stamp, _ = time.Parse(time.RFC3339Nano, text)
		}
	}
	for i, product := range s.config.Products() {
		if r.Topic == product["output"] || r.Topic == product["dlq"] {
			o.Product = storm.Products[i]
		}
	}
	s.found[number] = append(s.found[number], o)
	p.latencies = append(p.latencies, now.Sub(stamp))
}

// flow sends records at a rate until ctx ends, and returns how many.
func (s *stormy) flow(ctx context.Context, rate int) int {
	n := 0
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for started := time.Now(); ctx.Err() == nil; <-tick.C {
		for ; n < int(time.Since(started).Seconds()*float64(rate)); n++ {
			in := storm.Input{Product: storm.Products[rand.IntN(2)], X: rand.IntN(10), Y: rand.IntN(10)}
			number := n
			s.client.Produce(context.WithoutCancel(ctx), &kgo.Record{
				Topic: s.topic("events"), Key: fmt.Appendf(nil, "k%d", n%61), Timestamp: time.Now(),
				Value:   fmt.Appendf(nil, `{"number":%d,"x":%d,"y":%d,"text":%q}`, n, in.X, in.Y, strings.Repeat("x", 200)),
				Headers: []kgo.RecordHeader{{Key: "product", Value: []byte(in.Product)}, {Key: "number", Value: strconv.AppendInt(nil, int64(n), 10)}},
			}, func(r *kgo.Record, err error) {
				if err != nil {
					s.Errorf("send: %v", err)
					return
				}
				s.mu.Lock()
				defer s.mu.Unlock()
				at := storm.Place{Partition: r.Partition, Offset: r.Offset}
				s.where[number], s.books.Sent[at] = at, in
			})
		}
	}
	return n
}

// rage changes the contracts each 100 ms until ctx ends: every third change is
// broken, every sixth for as long as it takes to write the other half.
func (s *stormy) rage(ctx context.Context) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for i := 1; ctx.Err() == nil; i++ {
		<-tick.C
		var err error
		switch {
		case i%6 == 0:
			err = s.contracts.Half(60 * time.Millisecond)
		case i%3 == 0:
			err = s.contracts.Break()
		default:
			err = s.contracts.Publish()
		}
		if err != nil {
			s.Error(err)
			return
		}
	}
}

// run lets records flow, calm at first and then in the storm, waits for their
// outcomes and returns what is wrong with them.
func (s *stormy) run(calm, rough time.Duration, rate int) (wrong []string, versions int) {
	s.Helper()
	s.await("the service to be ready", func() (bool, string) {
		status, err := s.process.Status(s.ctx())
		return err == nil && status.Ready, fmt.Sprintf("ready: %t, %v", status.Ready, err)
	})
	flowing, dry := context.WithTimeout(s.Context(), calm+rough)
	defer dry()
	sent := make(chan int, 1)
	go func() { sent <- s.flow(flowing, rate) }()
	s.await("the calm to be over", func() (bool, string) {
		deadline, _ := flowing.Deadline()
		return time.Until(deadline) < rough, "calm"
	})
	s.mu.Lock()
	s.began = time.Now()
	s.mu.Unlock()
	s.rage(flowing)
	over := time.Now()
	n := <-sent
	if err := s.client.Flush(s.ctx()); err != nil {
		s.Fatal(err)
	}
	s.await("every record to have an outcome", func() (bool, string) {
		s.alive(s.process)
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.found) >= n, fmt.Sprintf("%d of %d records have one", len(s.found), n)
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.recovery = time.Since(over)
	for number, outcomes := range s.found {
		s.books.Found[s.where[number]] = outcomes
	}
	return s.contracts.Judge(s.books)
}

// reloads reads how many reloads the service counts.
func (s *stormy) reloads(result string) int {
	s.Helper()
	return s.metric(`sluice_schema_reloads_total\{[^}]*result="` + result + `"\}`)
}

// pauses reads how many swaps kept records waiting no longer than a bound of
// their histogram's, in seconds, and how many there were.
func (s *stormy) pauses(bound string) (within, all int) {
	s.Helper()
	const swap = `sluice_schema_swap_pause_seconds_`
	return s.metric(swap + `bucket\{[^}]*le="` + bound + `"\}`), s.metric(swap + `count\{[^}]*\}`)
}

// metric reads one number from /metrics.
func (s *stormy) metric(pattern string) int {
	s.Helper()
	body, _, err := s.process.Get(s.ctx(), "/metrics")
	if err != nil {
		s.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^` + pattern + ` (\d+)$`).FindSubmatch(body)
	if m == nil {
		s.Fatalf("/metrics has no %s", pattern)
	}
	n, _ := strconv.Atoi(string(m[1]))
	return n
}
