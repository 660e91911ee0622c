package integration

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/integration/internal/cluster"
)

// delivery is a line of the octokit data: a payload that GitHub publishes as an
// example, and the verdict that two independent validators agree on.
type delivery struct {
	ID     string          `json:"id"`
	Event  string          `json:"event"`
	Expect string          `json:"expect"`
	Data   json.RawMessage `json:"data"`
}

// TestOctokit judges every example payload that GitHub's webhooks have, as
// published in @octokit/webhooks-examples: each must meet its expected verdict.
// Formats assert here, as they do by default. The data is not in this
// repository: it is looked for beside it.
func TestOctokit(t *testing.T) {
	s := begin(t, "code-hosting")
	file := filepath.Join(root, "..", "shared", "data", "octokit-webhooks", "instances.jsonl")
	deliveries, err := readDeliveries(file)
	if err != nil {
		if cluster.Required() {
			t.Fatal(err)
		}
		s.leaveOut("no octokit data: %v", err)
	}
	s.config.Set("formats", "assert")
	s.createAll()
	s.follow()
	products := make(map[string]*[2]int)
	for i, d := range deliveries {
		n := products[d.Event]
		if n == nil {
			n = new([2]int)
			products[d.Event] = n
		}
		reason := ""
		switch d.Expect {
		case "valid":
			n[0]++
		case "invalid":
			reason = "schema_violation"
			n[1]++
		default:
			t.Fatalf("%s: expect is %q", d.ID, d.Expect)
		}
		// The very bytes of the line, ten times: records of one batch and of
		// several.
		for range 10 {
			r := webhook(i, d.Event, nil, reason)
			r.value = d.Data
			s.produce(&r)
		}
	}
	if err := s.client.Flush(s.ctx()); err != nil {
		t.Fatal(err)
	}
	p := s.start()
	s.settle(p)
	status := s.idle(p)
	s.stop(p)
	report := s.balance()
	// The service's own counts, per product.
	for _, product := range status.Products {
		want := products[product.Product]
		if want == nil {
			want = new([2]int)
		}
		if product.Accepted != int64(10*want[0]) || product.DeadLettered != int64(10*want[1]) {
			t.Errorf("%s: the service counts %d accepted and %d dead letters, want %d and %d",
				product.Product, product.Accepted, product.DeadLettered, 10*want[0], 10*want[1])
		}
	}
	// And the topics', per product and in all.
	for _, event := range slices.Sorted(maps.Keys(products)) {
		want := products[event]
		t.Logf("%-28s %3d accepted, %3d dead letters", event, 10*want[0], 10*want[1])
		if got := report.Topics[s.topic(outputOf(event))]; got != 10*want[0] {
			t.Errorf("%s: its topic holds %d records, want %d", event, got, 10*want[0])
		}
	}
	if report.Duplicates != 0 {
		t.Errorf("%d duplicates without any trouble", report.Duplicates)
	}
	s.note = fmt.Sprintf("%d payloads of %d events, ten times each: %d accepted, %d dead letters, each as expected",
		len(deliveries), len(products), report.Accepted, report.DeadLettered)
}

func readDeliveries(file string) ([]delivery, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var list []delivery
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		var d delivery
		if err := json.Unmarshal(lines.Bytes(), &d); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		list = append(list, d)
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s is empty", file)
	}
	return list, nil
}
