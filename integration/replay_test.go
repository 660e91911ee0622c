package integration

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/integration/internal/ledger"
)

// TestReplay deploys a contract that is too strict, so that every order becomes
// a dead letter, mends it, and replays: with kills in mid-stream, until the
// dead-letter topic is drained and the product holds every record as it was.
func TestReplay(t *testing.T) {
	var note string
	t.Parallel()
	register(t, &note, "")
	notes := make([]string, 2)
	t.Run("deliveries", func(t *testing.T) {
		for i, delivery := range []string{"at_least_once", "exactly_once"} {
			t.Run(delivery, func(t *testing.T) { notes[i] = replayed(t, delivery) })
		}
	})
	note = strings.Join(notes, "; ")
}

// replayed runs the scenario with one guarantee.
func replayed(t *testing.T, delivery string) string {
	t.Helper()
	const orders = 900
	s := begin(t, "sales")
	s.config.Set("delivery", delivery)
	s.createAll()
	mend := s.breakContract()
	var sent []*kgo.Record
	for _, r := range goodOrders(t, orders) {
		sent = append(sent, s.plant(&r))
	}
	if err := s.client.ProduceSync(s.ctx(), sent...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	p := s.start()
	s.await("every order to be a dead letter", func() (bool, string) {
		s.alive(p)
		status := s.status(p)
		n := status.Processed()
		return n == orders, fmt.Sprintf("%d of %d are", n, orders)
	})
	s.stop(p)

	dlq, product := s.topic("sales.orders.v1.dlq"), s.topic("sales.orders.v1")
	from := s.firstOf(dlq)
	if code, answer := s.sluice("explain", "--from", from); code != 1 || !strings.Contains(answer, "schemas/order.json:") || !strings.Contains(answer, "^ required") {
		t.Errorf("explain %s before: %d %s", from, code, answer)
	}
	mend()
	if code, answer := s.sluice("explain", "--from", from); code != 0 || !strings.Contains(answer, "accepted") {
		t.Errorf("explain %s after: %d %s", from, code, answer)
	}
	if code, dry := s.replay(); code != 0 || dry.Applied || dry.Recovered != orders || dry.Left != orders || len(dry.Kinds) != 1 {
		t.Fatalf("the dry run: %d %+v", code, dry)
	}
	// At least once, a kill may find records sent and not committed. One finds
	// some committed, so that the last replay has less to do.
	s.killReplay("records", func() int64 { return s.committedTo(product) })
	s.killReplay("records", func() int64 { return s.committedTo(product) })
	s.killReplay("committed dead letters", func() int64 { return orders - s.lag(s.prefix+"sluice-replay", dlq) })
	code, last := s.replay("--apply")
	if code != 0 || last.Left != 0 || last.Recovered == 0 || last.Recovered == orders {
		t.Fatalf("the last replay: %d %+v", code, last)
	}
	if lag := s.lag(s.prefix+"sluice-replay", dlq); lag != 0 {
		t.Errorf("the dead-letter topic's lag is %d", lag)
	}
	again := compareReplayed(t, sent, s.readToEnd(product))
	if again > 0 && delivery == "exactly_once" {
		t.Errorf("%d records came more than once", again)
	}
	if n := len(s.readToEnd(dlq)); n != orders {
		t.Errorf("the dead-letter topic has %d records, want the %d that it had", n, orders)
	}
	return fmt.Sprintf("%s: %d dead letters recovered, 3 kills, %d duplicates", delivery, orders, again)
}

// breakContract makes the orders' contract ask for what no order has. What it
// returns puts the contract right.
func (s *scenario) breakContract() func() {
	s.Helper()
	file := filepath.Join(s.config.Folder, "schemas/order.json")
	good, err := os.ReadFile(file)
	if err != nil {
		s.Fatal(err)
	}
	write := func(text []byte) {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			s.Fatal(err)
		}
	}
	var schema map[string]any
	if err := json.Unmarshal(good, &schema); err != nil {
		s.Fatal(err)
	}
	required, _ := schema["required"].([]any)
	schema["required"] = append(required, "promised_by")
	bad, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		s.Fatal(err)
	}
	write(bad)
	// Who deploys such a thing has no fixtures, or they would tell.
	if err := os.RemoveAll(filepath.Join(s.config.Folder, "schemas/examples")); err != nil {
		s.Fatal(err)
	}
	return func() { write(good) }
}

// command is the binary with the scenario's configuration.
func (s *scenario) command(name string, args ...string) *exec.Cmd {
	s.Helper()
	file, err := s.config.Write(kafka.Seeds)
	if err != nil {
		s.Fatal(err)
	}
	cmd := exec.CommandContext(s.Context(), binary, append([]string{name, "--config", file}, args...)...)
	return cmd
}

// sluice runs a command and returns its exit code and what it printed.
func (s *scenario) sluice(name string, args ...string) (code int, answer string) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), patience)
	defer cancel()
	cmd := s.command(name, args...)
	stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })
	defer stop()
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == 1 {
		return 1, string(out)
	}
	if err != nil {
		s.Fatalf("%s %v: %v\n%s", name, args, err, stderr.String())
	}
	return 0, string(out)
}

// replayResult is what "sluice replay --json" prints, as far as the scenario
// looks at it.
type replayResult struct {
	Applied   bool
	Recovered int64
	Left      int64
	Kinds     []struct{ Reason string }
}

func (s *scenario) replay(args ...string) (code int, r replayResult) {
	s.Helper()
	code, answer := s.sluice("replay", append([]string{"--product", "orders", "--json"}, args...)...)
	if err := json.Unmarshal([]byte(answer), &r); err != nil {
		s.Fatalf("%v: %s", err, answer)
	}
	return code, r
}

// killReplay starts a slow replay and kills it when a count has grown.
func (s *scenario) killReplay(what string, done func() int64) {
	s.Helper()
	before := done()
	cmd := s.command("replay", "--product", "orders", "--apply", "--rate", "100")
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		s.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	s.await("the replay to be in mid-stream", func() (bool, string) {
		select {
		case err := <-ended:
			s.Fatalf("the replay has ended: %v\n%s", err, out.String())
		default:
		}
		now := done()
		return now > before, fmt.Sprintf("%d %s, %d before", now, what, before)
	})
	_ = cmd.Process.Kill() // fails only if it has ended already
	<-ended
}

// firstOf names a record of a topic.
func (s *scenario) firstOf(topic string) string {
	s.Helper()
	all := s.readToEnd(topic)
	if len(all) == 0 {
		s.Fatalf("%s is empty", topic)
	}
	return fmt.Sprintf("%s:%d:%d", topic, all[0].Partition, all[0].Offset)
}

// lag is how far a group is behind a topic's ends.
func (s *scenario) lag(group, topic string) int64 {
	s.Helper()
	ends, err := s.admin.ListCommittedOffsets(s.ctx(), topic)
	if err != nil {
		s.Fatal(err)
	}
	offsets, err := s.admin.FetchOffsets(s.ctx(), group)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		s.Fatal(err)
	}
	lag := int64(0)
	ends.Each(func(end kadm.ListedOffset) {
		at, _ := offsets.Lookup(topic, end.Partition)
		lag += end.Offset - at.At
	})
	return lag
}

// committedTo counts the offsets of a topic that a reader of committed records
// may see.
func (s *scenario) committedTo(topic string) (n int64) {
	s.Helper()
	ends, err := s.admin.ListCommittedOffsets(s.ctx(), topic)
	if err != nil {
		s.Fatal(err)
	}
	ends.Each(func(end kadm.ListedOffset) { n += end.Offset })
	return n
}

// readToEnd returns the committed records of a topic, partition by partition. It
// waits for transactions that have not quite ended: a broker answers before it
// has written to every partition that one is committed.
func (s *scenario) readToEnd(topic string) []*kgo.Record {
	s.Helper()
	ends, err := s.admin.ListEndOffsets(s.ctx(), topic)
	if err != nil {
		s.Fatal(err)
	}
	begin, open := make(map[int32]kgo.Offset), make(map[int32]int64)
	ends.Each(func(end kadm.ListedOffset) {
		if end.Offset > 0 {
			begin[end.Partition], open[end.Partition] = kgo.NewOffset().AtStart(), end.Offset
		}
	})
	reader, err := kgo.NewClient(kgo.SeedBrokers(kafka.Seeds...), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: begin}))
	if err != nil {
		s.Fatal(err)
	}
	defer reader.Close()
	var all []*kgo.Record
	for ctx := s.ctx(); len(open) > 0; {
		fetches := reader.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			s.Fatal(err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			if r.Offset+1 >= open[r.Partition] {
				delete(open, r.Partition)
			}
			if !r.Attrs.IsControl() {
				all = append(all, r)
			}
		})
	}
	slices.SortStableFunc(all, func(a, b *kgo.Record) int { return int(a.Partition - b.Partition) })
	return all
}

// compareReplayed holds what the product has equal to what was sent, byte for
// byte, first appearances in the order of each key. It returns how many came
// again.
func compareReplayed(t *testing.T, sent, found []*kgo.Record) (again int) {
	t.Helper()
	text := func(r *kgo.Record) string {
		return fmt.Sprintf("%q %q %q %d", r.Key, r.Value, r.Headers, r.Timestamp.UnixMilli())
	}
	id := func(r *kgo.Record) string {
		for _, h := range r.Headers {
			if h.Key == ledger.Header {
				return string(h.Value)
			}
		}
		return ""
	}
	want := make(map[string]*kgo.Record)
	for _, r := range sent {
		want[id(r)] = r
	}
	seen := make(map[string]bool)
	last := make(map[string]int64) // source offset by key
	for _, r := range found {
		source := want[id(r)]
		switch {
		case source == nil:
			t.Errorf("offset %d was never sent: %s", r.Offset, text(r))
			continue
		case seen[id(r)]:
			again++
			continue
		case text(r) != text(source):
			t.Errorf("found %s, sent %s", text(r), text(source))
		}
		seen[id(r)] = true
		if r.Key != nil {
			if at, ok := last[string(r.Key)]; ok && at > source.Offset {
				t.Errorf("key %s goes back from %d to %d", r.Key, at, source.Offset)
			}
			last[string(r.Key)] = source.Offset
		}
	}
	if len(seen) != len(sent) {
		t.Errorf("%d of %d records came back", len(seen), len(sent))
	}
	return again
}
