package deploy_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// May have no data while nothing is wrong.
var emptyInCalm = []string{
	"sluice-domain / annotation Alerts",  // nothing fires within seconds
	"sluice-product / annotation Alerts", // nothing fires within seconds
}

// TestEveryQueryHasData runs the demo, in which one domain is well and another
// gets a bad deploy, has a Prometheus scrape it and executes every query of
// dashboards and rules: each has data, no alert but DeadLetterSpike waits to
// fire, and that one only for the domain with the bad deploy.
func TestEveryQueryHasData(t *testing.T) {
	if testing.Short() {
		t.Skip("runs two services and a Prometheus for half a minute")
	}
	binary := tool(t, "prometheus", "no query was executed")
	sluice := build(t)
	ports := freePorts(t, 3)
	background(t, sluice, "demo", "--domain", "sales", "--rate", "200", "--bad", "0.02", "--listen", ports[0])
	background(t, sluice, "demo", "--domain", "code-hosting", "--rate", "400", "--bad", "0.9", "--listen", ports[1])
	p := startPrometheus(t, binary, ports[2], ruleFiles(t), ports[:2])

	ctx, cancel := context.WithTimeout(t.Context(), 55*time.Second)
	defer cancel()
	v := values{"price": "0.10", "domain": "sales", "product": "orders", "instance": strings.ReplaceAll(ports[0], ".", `\\.`)}
	var pending []query
	for _, d := range dashboards(t) {
		for _, q := range d.queries() {
			if !slices.Contains(emptyInCalm, q.where) {
				pending = append(pending, q)
			}
		}
		for _, x := range d.Templating.List {
			if x.Type == "query" {
				p.hasValues(ctx, t, d.UID+" / $"+x.Name, fill(x.Definition, v))
			}
		}
	}
	for _, r := range allRules(t) {
		if r.Record != "" && strings.Contains(r.Expr, "refunds") == strings.Contains(r.Labels["product"], "refunds") {
			pending = append(pending, query{where: "rule " + r.Record, expr: r.Record, instant: true})
		}
	}
	const spike = `ALERTS{alertname="SluiceDeadLetterSpike", domain="code-hosting"}`
	pending = append(pending, query{where: "bad deploy", expr: spike, instant: true})
	p.haveData(ctx, t, pending, v)
	for _, where := range emptyInCalm {
		t.Logf("may be empty: %s", where)
	}
	p.rulesAreWell(ctx, t)
	// Good ratio of 0.999 and two in a hundred bad: the demo breaks that promise
	// on purpose. Nothing else may even wait to fire.
	calm := `ALERTS{alertname!~"SluiceGoodRatioBurn|SluiceLatencyBurn", domain="sales"} or ALERTS{domain="code-hosting", alertname!="SluiceDeadLetterSpike"}`
	if n, err := p.data(ctx, calm, true); err != nil || n > 0 {
		var alerts any
		err = errors.Join(err, p.get(ctx, "/api/v1/alerts", nil, &alerts))
		t.Errorf("%d alerts wait to fire in calm, %v: %v", n, err, alerts)
	}
}

// TestFaultsHaveData provokes what is empty in calm: one output may not be
// written to any more, one lacks replicas, which the client keeps to itself, and
// a partition may not be read. Alerts do not wait before they fire here.
func TestFaultsHaveData(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a service and a Prometheus")
	}
	binary := tool(t, "prometheus", "no fault was provoked")
	const forbidden, lacking = "sales.refunds.v1.dlq", "sales.orders.v1.dlq"
	kafka, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2,
		"shop.orders", "sales.orders.v1", lacking, "shop.refunds", "sales.refunds.v1", forbidden))
	if err != nil {
		t.Fatal(err)
	}
	defer kafka.Close()
	client, err := kgo.NewClient(kgo.SeedBrokers(kafka.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for _, input := range []string{"shop.orders", "shop.refunds"} {
		if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: input, Value: []byte("no JSON")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	kafka.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: forbidden, Err: kerr.TopicAuthorizationFailed, Count: -1},
		kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: lacking, Err: kerr.NotEnoughReplicas, Count: -1},
		kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Topic: "shop.orders", Partitions: []int32{1}, Err: kerr.TopicAuthorizationFailed, Count: -1})

	ports := freePorts(t, 2)
	t.Setenv("SLUICE_BROKERS", kafka.ListenAddrs()[0])
	t.Setenv("SLUICE_HTTP_LISTEN", ports[0])
	background(t, build(t), "run", "--config", "../schemas/examples/sales/sluice.yaml")
	hasty := filepath.Join(t.TempDir(), "sluice.yml")
	text, err := os.ReadFile("prometheus/rules/sluice.yml")
	if err != nil {
		t.Fatal(err)
	}
	text = regexp.MustCompile(`(?m)^ +for: \w+\n`).ReplaceAll(text, nil)
	if err := os.WriteFile(hasty, text, 0o600); err != nil {
		t.Fatal(err)
	}
	p := startPrometheus(t, binary, ports[1], []string{hasty}, ports[:1])

	ctx, cancel := context.WithTimeout(t.Context(), 55*time.Second)
	defer cancel()
	var pending []query
	for _, d := range dashboards(t) {
		for _, q := range d.queries() {
			if slices.Contains(emptyInCalm, q.where) {
				pending = append(pending, q)
			}
		}
	}
	if len(pending) != len(emptyInCalm) {
		t.Errorf("%d queries may be empty and only %d of them exist", len(emptyInCalm), len(pending))
	}
	for _, alert := range []string{
		`alertname="SluiceNotReady"`, `alertname="SluiceProduceErrors", destination="` + forbidden + `"`, `alertname="SluiceStuck", product="orders"`,
	} {
		pending = append(pending, query{where: alert, expr: `ALERTS{alertstate="firing", domain="sales", ` + alert + `}`, instant: true})
	}
	p.haveData(ctx, t, pending, values{"domain": "sales", "product": "orders"})
}

// build returns a sluice that was built from the sources.
func build(t *testing.T) string {
	t.Helper()
	sluice := filepath.Join(t.TempDir(), "sluice")
	if out, err := command(t, "go", "build", "-o", sluice, "../cmd/sluice"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return sluice
}

// freePorts returns addresses on this host that nothing listens on.
func freePorts(t *testing.T, n int) (addresses []string) {
	t.Helper()
	for range n {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		addresses = append(addresses, l.Addr().String())
	}
	return addresses
}

// background runs a program until the test ends and shows what it wrote if the
// test failed.
func background(t *testing.T, name string, args ...string) {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(name, args...)
	c.Stdout, c.Stderr = log, log
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGTERM)
		kill := time.AfterFunc(20*time.Second, func() { _ = c.Process.Kill() })
		_ = c.Wait()
		kill.Stop()
		_ = log.Close()
		if text, err := os.ReadFile(log.Name()); err == nil && t.Failed() {
			t.Logf("%s %s:\n%s", name, strings.Join(args, " "), text[max(0, len(text)-4000):])
		}
	})
}

// prometheusServer is a running Prometheus.
type prometheusServer struct{ address string }

func startPrometheus(t *testing.T, binary, address string, rules, targets []string, flags ...string) prometheusServer {
	t.Helper()
	dir := t.TempDir()
	files := ""
	for _, f := range rules {
		path, err := filepath.Abs(f)
		if err != nil {
			t.Fatal(err)
		}
		files += strconv.Quote(path) + ","
	}
	config := fmt.Sprintf(`global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
rule_files: [%s]
scrape_configs:
  - job_name: sluice
    static_configs: [{targets: [%s]}]
`, files, strings.Join(targets, ","))
	file := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	background(t, binary, append(flags, "--config.file="+file, "--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+address, "--log.level=warn")...)
	return prometheusServer{address}
}

// refusal is why Prometheus does not execute a query.
type refusal string

// Error implements error.
func (r refusal) Error() string { return string(r) }

// get asks Prometheus and decodes the data of its answer.
func (p prometheusServer) get(ctx context.Context, path string, params url.Values, data any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.address+path+"?"+params.Encode(), http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var answer struct {
		Status, Error string
		Data          json.RawMessage
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return err
	}
	if answer.Status != "success" {
		return refusal(answer.Error)
	}
	return json.Unmarshal(answer.Data, data)
}

// data returns how many series with a number a query has.
func (p prometheusServer) data(ctx context.Context, expr string, instant bool) (n int, err error) {
	now := time.Now()
	params := url.Values{"query": {expr}, "time": {now.Format(time.RFC3339Nano)}}
	path := "/api/v1/query"
	if !instant {
		path = "/api/v1/query_range"
		params.Set("start", now.Add(-15*time.Second).Format(time.RFC3339Nano))
		params.Set("end", now.Format(time.RFC3339Nano))
		params.Set("step", "1")
	}
	var answer struct {
		Result []struct {
			Value  []any
			Values [][]any
		}
	}
	if err := p.get(ctx, path, params, &answer); err != nil {
		return 0, err
	}
	for _, series := range answer.Result {
		if series.Value != nil {
			series.Values = append(series.Values, series.Value)
		}
		if slices.ContainsFunc(series.Values, func(sample []any) bool { return len(sample) == 2 && sample[1] != "NaN" }) {
			n++
		}
	}
	return n, nil
}

// haveData waits until every query has a number.
func (p prometheusServer) haveData(ctx context.Context, t *testing.T, queries []query, v values) {
	t.Helper()
	pending := slices.Clone(queries)
	for len(pending) > 0 {
		var why []string
		pending = slices.DeleteFunc(pending, func(q query) bool {
			n, err := p.data(ctx, fill(q.expr, v), q.instant)
			if err == nil && n > 0 {
				return true
			}
			if refused := new(refusal); errors.As(err, refused) {
				t.Errorf("%s: %v: %s", q.where, err, fill(q.expr, v))
				return true
			}
			why = append(why, fmt.Sprintf("%s: %d series with numbers, %v: %s", q.where, n, err, fill(q.expr, v)))
			return false
		})
		select {
		case <-ctx.Done():
			t.Fatalf("%d of %d queries have no data:\n%s", len(why), len(queries), strings.Join(why, "\n"))
		case <-time.After(500 * time.Millisecond): // Prometheus tells nobody of a scrape
		}
	}
	t.Logf("%d queries have data", len(queries))
}

// hasValues waits until a variable that is label_values(selector, label) has
// something to choose from.
func (p prometheusServer) hasValues(ctx context.Context, t *testing.T, where, definition string) {
	t.Helper()
	inner := strings.TrimSuffix(strings.TrimPrefix(definition, "label_values("), ")")
	at := strings.LastIndex(inner, ",")
	path := "/api/v1/label/" + strings.TrimSpace(inner[at+1:]) + "/values"
	for {
		var found []string
		err := p.get(ctx, path, url.Values{"match[]": {inner[:at]}}, &found)
		if err == nil && len(found) > 0 {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s has no values: %v: %s", where, err, definition)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// rulesAreWell wants every rule loaded, and evaluated without an error.
func (p prometheusServer) rulesAreWell(ctx context.Context, t *testing.T) {
	t.Helper()
	for {
		var loaded struct {
			Groups []struct {
				Rules []struct{ Name, Health, LastError string }
			}
		}
		if err := p.get(ctx, "/api/v1/rules", nil, &loaded); err != nil {
			t.Fatal(err)
		}
		n, waiting := 0, 0
		for _, g := range loaded.Groups {
			for _, r := range g.Rules {
				n++
				switch r.Health {
				case "ok":
				case "unknown": // its group has not had its turn yet
					waiting++
				default:
					t.Errorf("rule %s is %s: %s", r.Name, r.Health, r.LastError)
				}
			}
		}
		if waiting == 0 {
			if want := len(allRules(t)); n != want {
				t.Errorf("%d rules are loaded, want %d", n, want)
			}
			t.Logf("%d rules are loaded and well", n)
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%d of %d rules were not evaluated", waiting, n)
		case <-time.After(500 * time.Millisecond): // Prometheus tells nobody of an evaluation
		}
	}
}
