package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/sluicedata/sluice/router/deadletter"
)

const patience = 30 * time.Second

// kafka starts an embedded Kafka with topics of one partition each, and a
// client for it.
func kafka(t *testing.T, topics []string, opts ...kfake.Opt) (*kfake.Cluster, *kgo.Client) {
	t.Helper()
	c, err := kfake.NewCluster(append(opts, kfake.NumBrokers(1), kfake.SeedTopics(1, topics...))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	client, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return c, client
}

// running is a sluice run that a test has started.
type running struct {
	t      *testing.T
	stop   context.CancelFunc
	done   chan int
	stderr *output
	url    string
}

// runService starts run on a configuration and waits until it listens.
func runService(t *testing.T, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{t: t, stop: cancel, done: make(chan int, 1), stderr: new(output)}
	go func() {
		r.done <- run(ctx, append([]string{"run"}, args...), strings.NewReader(""), io.Discard, r.stderr)
	}()
	t.Cleanup(cancel)
	eventually(t, "the listener is up", func() bool {
		if address, ok := r.logged("http listening")["address"].(string); ok {
			r.url = "http://" + address
		}
		return r.url != ""
	})
	return r
}

// logged returns the fields of the first line with this message, or nil.
func (r *running) logged(message string) map[string]any {
	lines := bufio.NewScanner(strings.NewReader(r.stderr.String()))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line map[string]any
		if json.Unmarshal(lines.Bytes(), &line) == nil && line["message"] == message {
			return line
		}
	}
	return nil
}

// get asks the listener.
func (r *running) get(path string) (int, string) {
	r.t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(r.url + path)
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// end stops the service as a signal does and returns its exit code.
func (r *running) end() int {
	r.t.Helper()
	r.stop()
	select {
	case code := <-r.done:
		return code
	case <-time.After(patience):
		r.t.Fatalf("does not end; its log is\n%s", r.stderr)
		return 0
	}
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("not in %s: %s", patience, what)
		}
		<-tick.C
	}
}

// produce sends values to a topic and waits for the acknowledgements.
func produce(t *testing.T, client *kgo.Client, topic string, values ...string) {
	t.Helper()
	for _, v := range values {
		r := &kgo.Record{Topic: topic, Key: []byte("k"), Value: []byte(v)}
		if err := client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

// consume reads n records of a topic from its beginning.
func consume(t *testing.T, brokers []string, topic string, n int, opts ...kgo.Opt) []*kgo.Record {
	t.Helper()
	client, err := kgo.NewClient(append(opts, kgo.SeedBrokers(brokers...), kgo.ConsumeTopics(topic))...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var records []*kgo.Record
	for len(records) < n {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			t.Fatalf("%s holds %d records, want %d", topic, len(records), n)
		}
		records = append(records, fetches.Records()...)
	}
	return records
}

// TestRunFromRawTopicToProduct runs the README's service: good records reach
// the product, a bad one its dead-letter topic, the listener tells of it, a
// stop commits all of it and exits 0, and the next start reads nothing again.
func TestRunFromRawTopicToProduct(t *testing.T) {
	t.Parallel()
	cluster, client := kafka(t, []string{"shop.orders", "sales.orders.v1", "sales.orders.v1.dlq"})
	brokers := cluster.ListenAddrs()
	file := filepath.Join(write(t, serviceFiles(brokers[0])), "sluice.yaml")
	produce(t, client, "shop.orders", `{"id":1}`, `{"id":0}`, `{"id":2}`, `not JSON`)

	r := runService(t, "--config", file)
	accepted := consume(t, brokers, "sales.orders.v1", 2)
	if string(accepted[0].Value) != `{"id":1}` || string(accepted[1].Value) != `{"id":2}` {
		t.Errorf("accepted %s and %s", accepted[0].Value, accepted[1].Value)
	}
	var reasons []string
	for _, d := range consume(t, brokers, "sales.orders.v1.dlq", 2) {
		envelope, err := deadletter.Decode(d)
		if err != nil {
			t.Fatal(err)
		}
		reasons = append(reasons, envelope.Reason.String()+" "+string(d.Value))
	}
	if got := strings.Join(reasons, ", "); got != `schema_violation {"id":0}, malformed_json not JSON` {
		t.Errorf("dead letters are %s", got)
	}
	eventually(t, "ready", func() bool { code, _ := r.get("/readyz"); return code == http.StatusOK })
	for _, args := range [][]string{{"health", "--url", r.url}, {"health", "--ready", "--url", r.url}} {
		if code, stdout, stderr := sluice(t, args...); code != 0 {
			t.Errorf("%v: %d %s%s", args, code, stdout, stderr)
		}
	}
	var status struct {
		Products []struct{ Product, Output string }
	}
	_, body := r.get("/status")
	if err := json.Unmarshal([]byte(body), &status); err != nil || len(status.Products) != 1 || status.Products[0].Output != "sales.orders.v1" {
		t.Errorf("/status: %v %s", err, body)
	}
	_, metrics := r.get("/metrics")
	for _, want := range []string{
		`sluice_records_consumed_total{domain="sales",product="orders"} 4`,
		`sluice_records_processed_total{domain="sales",outcome="accepted",product="orders"} 2`,
		`sluice_records_processed_total{domain="sales",outcome="dead_lettered",product="orders"} 2`,
		`sluice_records_rejected_total{domain="sales",keyword="minimum",product="orders",reason="schema_violation"} 1`,
		`sluice_ready{domain="sales"} 1`,
	} {
		if !strings.Contains(metrics, want+"\n") {
			t.Errorf("/metrics lacks %s", want)
		}
	}
	if code := r.end(); code != 0 {
		t.Fatalf("exit code %d; its log is\n%s", code, r.stderr)
	}
	if r.logged("stopping") == nil || r.logged("stopped") == nil {
		t.Errorf("the log says nothing of the stop:\n%s", r.stderr)
	}

	committed, err := kadm.NewClient(client).FetchOffsets(t.Context(), "sluice-sales")
	if o, _ := committed.Lookup("shop.orders", 0); err != nil || o.At != 4 {
		t.Errorf("committed %d, want 4: %v", o.At, err)
	}
	produce(t, client, "shop.orders", `{"id":3}`)
	again := runService(t, "--config", file, "--log-level", "debug")
	if got := consume(t, brokers, "sales.orders.v1", 3); len(got) != 3 || string(got[2].Value) != `{"id":3}` {
		t.Errorf("after the second start the product holds %d records", len(got))
	}
	if code := again.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestRunWithoutBrokersWaitsAndStops(t *testing.T) {
	t.Parallel()
	file := filepath.Join(write(t, serviceFiles("127.0.0.1:1")), "sluice.yaml")
	r := runService(t, "--config", file)
	if code, body := r.get("/healthz"); code != 200 {
		t.Errorf("/healthz: %d %s", code, body)
	}
	if code, body := r.get("/readyz"); code != 503 || !strings.Contains(body, "127.0.0.1:1") {
		t.Errorf("/readyz: %d %s", code, body)
	}
	if code, _, stderr := sluice(t, "health", "--ready", "--url", r.url); code != exitFound || !strings.Contains(stderr, "not ready") {
		t.Errorf("health --ready: %d %q", code, stderr)
	}
	if code := r.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// TestRunWithoutTopicsNamesThem starts before the topics are made, as a stranger
// does: the log and the probe name what is missing, and the service goes on by
// itself when it is there.
func TestRunWithoutTopicsNamesThem(t *testing.T) {
	t.Parallel()
	cluster, client := kafka(t, nil)
	r := runService(t, "--config", filepath.Join(write(t, serviceFiles(cluster.ListenAddrs()[0])), "sluice.yaml"))
	for _, topic := range []string{"sales.orders.v1", "sales.orders.v1.dlq", "shop.orders"} {
		eventually(t, "/readyz names "+topic, func() bool {
			code, body := r.get("/readyz")
			return code == 503 && strings.Contains(body, topic+": does not exist")
		})
		if !strings.Contains(r.stderr.String(), `"topic":"`+topic+`"`) {
			t.Errorf("the log does not name %s:\n%s", topic, r.stderr)
		}
	}
	_, err := kadm.NewClient(client).CreateTopics(t.Context(), 1, 1, nil, "shop.orders", "sales.orders.v1", "sales.orders.v1.dlq")
	if err != nil {
		t.Fatal(err)
	}
	produce(t, client, "shop.orders", `{"id":1}`)
	consume(t, cluster.ListenAddrs(), "sales.orders.v1", 1)
	eventually(t, "ready", func() bool { code, _ := r.get("/readyz"); return code == 200 })
	if code := r.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestRunOnATakenAddress(t *testing.T) {
	t.Parallel()
	first := runService(t, "--config", filepath.Join(write(t, serviceFiles("127.0.0.1:1")), "sluice.yaml"))
	files := serviceFiles("127.0.0.1:1")
	files["sluice.yaml"] = strings.Replace(files["sluice.yaml"], "127.0.0.1:0", strings.TrimPrefix(first.url, "http://"), 1)
	code, _, stderr := sluice(t, "run", "--config", filepath.Join(write(t, files), "sluice.yaml"))
	if code != exitCannotRun || !strings.Contains(stderr, "http.listen") {
		t.Errorf("%d %q", code, stderr)
	}
	first.end()
}

func TestPprofIsServedByFlag(t *testing.T) {
	t.Parallel()
	file := filepath.Join(write(t, serviceFiles("127.0.0.1:1")), "sluice.yaml")
	without, with := runService(t, "--config", file), runService(t, "--config", file, "--pprof")
	if code, _ := without.get("/debug/pprof/"); code != http.StatusNotFound {
		t.Errorf("without --pprof: %d", code)
	}
	if code, _ := with.get("/debug/pprof/"); code != http.StatusOK {
		t.Errorf("with --pprof: %d", code)
	}
	without.end()
	with.end()
}

// TestNothingSecretGetsOut lets canaries through the service (a password, and
// the keys, values, headers and property names of records, good and bad) and
// looks for them wherever the service speaks, its log at level debug.
func TestNothingSecretGetsOut(t *testing.T) {
	t.Parallel()
	const password, canary = "canary-password-8f1c", "canary-content-4d2e"
	topics := []string{"shop.orders", "sales.orders.v1", "sales.orders.v1.dlq"}
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, topics...),
		kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-256", "sluice", password))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	brokers := cluster.ListenAddrs()
	files := serviceFiles(brokers[0])
	files["password"] = password + "\n"
	files["sluice.yaml"] = strings.Replace(files["sluice.yaml"], "http:\n",
		"  sasl: {mechanism: SCRAM-SHA-256, username: sluice, password_file: password}\nhttp:\n", 1)
	file := filepath.Join(write(t, files), "sluice.yaml")
	login := kgo.SASL(scram.Auth{User: "sluice", Pass: password}.AsSha256Mechanism())
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), login)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	values := []string{
		`{"id":1}`, `{"id":"` + canary + `"}`, `{"` + canary + `":1}`, `{"id":1,"` + canary + `":"` + canary + `"}`,
		canary, `{"id":1} ` + canary, `"` + canary + "\xff\"", `{"id":1,"id":"` + canary + `"}`, "",
		strings.Repeat(`{"`+canary+`":`, 80) + "1" + strings.Repeat("}", 80),
	}
	for _, v := range values {
		r := &kgo.Record{Topic: "shop.orders", Key: []byte(canary), Value: []byte(v), Headers: []kgo.RecordHeader{{Key: canary, Value: []byte(canary)}}}
		if err := client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	r := runService(t, "--config", file, "--log-level", "debug")
	dead := consume(t, brokers, "sales.orders.v1.dlq", len(values)-1, login)
	said := map[string]string{}
	for _, path := range []string{"/", "/metrics", "/healthz", "/readyz", "/readyz?verbose", "/status", "/loglevel"} {
		_, said[path] = r.get(path)
	}
	if code := r.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	said["log"] = r.stderr.String()
	if !strings.Contains(said["log"], `"level":"debug"`) {
		t.Error("the log shows nothing of level debug: it proves little")
	}
	_, said["check"], _ = sluice(t, "check", "--json", "--config", file)
	for where, text := range said {
		for _, c := range []string{password, canary} {
			if i := strings.Index(text, c); i >= 0 {
				t.Errorf("%s shows %s: …%s…", where, c, text[max(0, i-200):min(len(text), i+100)])
			}
		}
	}
	for _, d := range dead {
		for _, h := range d.Headers {
			switch {
			case h.Key == canary: // the source's own
			case h.Key == "sluice.violations": // may hold property names
			case strings.Contains(string(h.Value), canary) || strings.Contains(string(h.Value), password):
				t.Errorf("dead letter of %s: header %s is %s", d.Value, h.Key, h.Value)
			}
		}
		if text := fmt.Sprintf("%s", d.Headers); strings.Contains(text, password) {
			t.Errorf("dead letter of %s shows the password", d.Value)
		}
	}
}

// TestRefusedCredentialsStopTheService holds that the service does not go on
// trying where only a person can help.
func TestRefusedCredentialsStopTheService(t *testing.T) {
	t.Parallel()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-256", "sluice", "right"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	// The embedded Kafka only cuts the connection; a broker says why.
	cluster.ControlKey(int16(kmsg.SASLAuthenticate), func(r kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		response := r.ResponseKind().(*kmsg.SASLAuthenticateResponse)
		response.ErrorCode = kerr.SaslAuthenticationFailed.Code
		return response, nil, true
	})
	files := serviceFiles(cluster.ListenAddrs()[0])
	files["sluice.yaml"] = strings.Replace(files["sluice.yaml"], "http:\n",
		"  sasl: {mechanism: SCRAM-SHA-256, username: sluice, password: canary-wrong}\nhttp:\n", 1)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	code, stdout, stderr := sluiceUntil(ctx, "run", "--config", filepath.Join(write(t, files), "sluice.yaml"))
	if code != exitCannotRun || stdout != "" || !strings.Contains(stderr, "service failed") {
		t.Errorf("%d %q %s", code, stdout, stderr)
	}
	if strings.Contains(stderr, "canary-wrong") {
		t.Errorf("the log shows the password:\n%s", stderr)
	}
}

// held is how many records a topic holds.
func held(t *testing.T, client *kgo.Client, topic string) int {
	t.Helper()
	ends, err := kadm.NewClient(client).ListEndOffsets(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	ends.Each(func(o kadm.ListedOffset) { n += int(o.Offset) })
	return n
}
