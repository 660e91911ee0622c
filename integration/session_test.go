package integration

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/integration/internal/service"
)

const (
	// Orders of the shop: each batch has as many from every channel.
	batchOfOrders = 500
	channels      = 5
)

// TestSession is docs/session.md: a domain team's first day and first mishap,
// from init to a drained dead-letter topic. Every command of the document is
// run, and the document says what they answered; -update writes it anew.
func TestSession(t *testing.T) {
	s := newSession(t)

	s.say("# A session",
		"What a domain team types, from nothing to a running gate, and through a mishap: a contract that is too narrow is deployed, good orders become dead letters, and all of them are recovered. "+
			"`go test ./integration -run TestSession -update` has written this page by running these commands on a Kafka; the test holds that they still answer so.",
		"## Begin",
		"The team has a file of sample records from the shop's topic.")
	s.file("orders.ndjson", strings.Join(s.orders(0, 200), "\n")+"\n")
	s.run(0, "head -n 2 orders.ndjson", "head", "-n", "2", "orders.ndjson")
	s.sluice(0, "init", "--domain", s.domain, "--product", "orders", "--input", s.input, "--from", "orders.ndjson", "--brokers", strings.Join(kafka.Seeds, ","))
	s.say("The configuration without its comments, and the beginning of the contract, which is a draft for the team to review:")
	s.run(0, `grep -v "#" sluice.yaml`, "grep", "-v", "#", "sluice.yaml")
	s.run(0, "head -n 32 schemas/orders.json", "head", "-n", "32", "schemas/orders.json")
	s.sluice(0, "check")
	s.run(0, `git init -q && git add . && git commit -qm "orders: a first contract"`, "sh", "-c", `git init -q && git add . && git commit -qm "orders: a first contract"`)

	s.say("## Run", "The raw topic is the shop's and exists. What is missing are the topics of the product.")
	s.sluice(1, "plan")
	s.sluice(0, "apply")
	s.serve()
	s.say(fmt.Sprintf("The shop sends %d orders.", batchOfOrders))
	s.send(0)
	s.metrics(batchOfOrders, 0)

	s.say("## A change that breaks", "Somebody believes that the stores are closed, and removes their channel from the contract. The fixtures hold no order of a store, so that they do not object:")
	s.run(0, `sed -i '/"store",/d' schemas/orders.json`, "sed", "-i", `/"store",/d`, "schemas/orders.json")
	s.sluice(0, "check")
	s.say("In the domain's CI the contract is compared with that of the main branch, and the change does not pass:")
	s.sluice(1, "check", "--base", "HEAD")

	s.say("## Deployed all the same", "The change is copied to the service by hand, past the CI. The service takes it over while it runs, "+
		fmt.Sprintf("and the shop sends %d more orders.", batchOfOrders))
	s.takeOver()
	s.send(batchOfOrders)
	s.metrics(2*batchOfOrders-batchOfOrders/channels, batchOfOrders/channels)
	s.say("The alert about the product's good ratio fires. A dry run of `replay` says of what kind the dead letters are, and that today's contract would not take them:")
	s.sluice(1, "replay")
	s.say("One of them, and why:")
	s.sluice(1, "explain", "--from", fmt.Sprintf("%s.orders.v1.dlq:%d:0", s.domain, s.partitionWithDeadLetters()))

	s.say("## Mend", "The stores are open. The contract is taken back, and the service takes it over again.")
	s.run(0, "git checkout -q schemas/orders.json", "git", "checkout", "-q", "schemas/orders.json")
	s.sluice(0, "check")
	s.takeOver()
	s.sluice(0, "replay")
	s.sluice(0, "replay", "--apply")
	s.say("The dead-letter topic is drained: there is nothing left to replay.")
	s.sluice(0, "replay")
	s.drained()
	s.compare("docs/session.md")
}

// orders are lines of the shop, each with a number of its own.
func (*session) orders(from, to int) []string {
	var list []string
	for i := from; i < to; i++ {
		channel := []string{"web", "app", "web", "store", "partner"}[i%channels]
		list = append(list, fmt.Sprintf(`{"order_id":"ORD-%08d","placed_at":"2026-01-31T12:%02d:%02dZ","channel":%q,"total":%d.%02d,"currency":%q}`,
			10_000_000+i, i/60%60, i%60, channel, 5+i%90, i%100, []string{"EUR", "USD"}[i%2]))
	}
	return list
}

// send sends a batch of orders and waits until they have an outcome.
func (s *session) send(from int) {
	s.Helper()
	for i, line := range s.orders(from, from+batchOfOrders) {
		key := fmt.Sprintf("ORD-%08d", 10_000_000+from+i)
		s.client.Produce(s.ctx(), &kgo.Record{Topic: s.input, Key: []byte(key), Value: []byte(line)}, func(_ *kgo.Record, err error) {
			if err != nil {
				s.Error(err)
			}
		})
	}
	if err := s.client.Flush(s.ctx()); err != nil {
		s.Fatal(err)
	}
	s.sent += batchOfOrders
	s.await("the orders to have an outcome", func() (bool, string) {
		status := s.status(s.process)
		n := status.Processed()
		return n == int64(s.sent) && status.InFlightRecords == 0, fmt.Sprintf("%d of %d have one", n, s.sent)
	})
}

// takeOver waits until the service judges by the contract as it lies there.
func (s *session) takeOver() {
	s.Helper()
	digest := s.digest()
	s.await("the service to take the contract over", func() (bool, string) {
		body, _, err := s.process.Get(s.ctx(), "/metrics")
		if err != nil {
			s.Fatal(err)
		}
		return strings.Contains(string(body), `digest="`+digest+`"`), "it judges by another"
	})
}

// digest is that of the contract, as check says.
func (s *session) digest() string {
	s.Helper()
	out, _ := s.output(binary, "check", "--json")
	var answer struct {
		Contracts []struct {
			SHA256 string `json:"sha256"`
		}
	}
	if err := json.Unmarshal([]byte(out), &answer); err != nil || len(answer.Contracts) != 1 {
		s.Fatalf("check --json: %v %s", err, out)
	}
	return answer.Contracts[0].SHA256
}

// partitionWithDeadLetters is the first partition of the dead-letter topic that
// has a record.
func (s *session) partitionWithDeadLetters() int32 {
	s.Helper()
	ends, err := s.admin.ListEndOffsets(s.ctx(), s.domain+".orders.v1.dlq")
	if err != nil {
		s.Fatal(err)
	}
	for p := range int32(partitions) {
		if o, ok := ends.Lookup(s.domain+".orders.v1.dlq", p); ok && o.Offset > 0 {
			return p
		}
	}
	s.Fatal("there are no dead letters")
	return 0
}

// drained holds what the document ends with: the product has every order once,
// and replay's group has read the dead-letter topic to its end.
func (s *session) drained() {
	s.Helper()
	output, dlq := s.domain+".orders.v1", s.domain+".orders.v1.dlq"
	reader := s.connect(kgo.ConsumeTopics(output), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	seen := map[string]int{}
	for len(seen) < s.sent {
		fetches := reader.PollFetches(s.ctx())
		if err := fetches.Err(); err != nil {
			s.Fatalf("the product holds %d orders: %v", len(seen), err)
		}
		fetches.EachRecord(func(r *kgo.Record) { seen[string(r.Value)]++ })
	}
	for _, line := range s.orders(0, s.sent) {
		if seen[line] != 1 {
			s.Errorf("%s is in the product %d times", line, seen[line])
		}
	}
	group := "sluice-" + s.domain + "-replay"
	lags, err := s.admin.Lag(s.ctx(), group)
	if err != nil {
		s.Fatal(err)
	}
	lags.Each(func(l kadm.DescribedGroupLag) {
		if total := l.Lag.TotalByTopic()[dlq]; l.Error() != nil || total.Lag != 0 {
			s.Errorf("the lag of %s is %d, %v", group, total.Lag, l.Error())
		}
	})
}

// serve starts the service as the document says, beside the others of this
// machine: on a free port.
func (s *session) serve() {
	s.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, "sluice.yaml"))
	if err != nil {
		s.Fatal(err)
	}
	s.hidden("run.yaml", string(text)+"http: { listen: 127.0.0.1:0 }\nlog: { format: json }\nreload: { interval: 100ms }\n")
	if s.process, err = service.Start(binary, filepath.Join(s.dir, "run.yaml")); err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() {
		s.process.Kill()
		if s.Failed() {
			s.Logf("the service's log:\n%s", s.process.Log())
		}
	})
	s.show("sluice run &", "", 0)
	s.await("the service to be ready", func() (bool, string) { return s.status(s.process).Ready, "not ready" })
	body, code, err := s.process.Get(s.ctx(), "/readyz")
	if err != nil || code != 200 {
		s.Fatalf("/readyz: %d %v", code, err)
	}
	s.show("sluice health --ready", string(body), 0)
}

// metrics shows the outcomes and holds them to what they should be.
func (s *session) metrics(accepted, deadLettered int) {
	s.Helper()
	body, _, err := s.process.Get(s.ctx(), "/metrics")
	if err != nil {
		s.Fatal(err)
	}
	var lines strings.Builder
	for line := range strings.Lines(string(body)) {
		if strings.HasPrefix(line, "sluice_records_processed_total") && !strings.Contains(line, `"dropped"`) {
			lines.WriteString(line)
		}
	}
	for outcome, n := range map[string]int{"accepted": accepted, "dead_lettered": deadLettered} {
		if want := fmt.Sprintf("outcome=%q,product=\"orders\"} %d\n", outcome, n); !strings.Contains(lines.String(), want) {
			s.Errorf("%swant %s", lines.String(), want)
		}
	}
	s.show(`curl -s http://127.0.0.1:9464/metrics | grep processed_total | grep -v dropped | grep -v "#"`, lines.String(), 0)
}
