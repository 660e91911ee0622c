package integration

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// counts are numbers of records or bytes by what they are of.
type counts map[string]int64

// TestMetricsAreWhatTopicsHold compares, for each product, what the service
// exposes with what a reader of its own finds in the topics: records and bytes
// consumed, outcomes, and each dead letter's reason and keyword.
func TestMetricsAreWhatTopicsHold(t *testing.T) {
	s := begin(t, "sales")
	s.createAll()
	s.follow()
	records := sales(t, 2000)
	s.send(records...)
	p := s.start()
	s.settle(p)
	s.idle(p)

	topics := make(counts)
	for _, product := range []string{"orders", "refunds"} {
		for _, r := range s.read("shop." + product) {
			topics["consumed "+product]++
			topics["bytes "+product] += int64(kept(r))
		}
		topics["accepted "+product] += int64(len(s.read("sales." + product + ".v1")))
		for _, r := range s.read("sales." + product + ".v1.dlq") {
			topics["dead_lettered "+product]++
			topics[why(t, r)+" "+product]++
		}
	}
	body, _, err := p.Get(s.ctx(), "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	exposed := make(counts)
	for _, m := range series(string(body)) {
		product := " " + m.labels["product"]
		var name string
		switch m.name {
		case "sluice_records_consumed_total":
			name = "consumed"
		case "sluice_consumed_bytes_total":
			name = "bytes"
		case "sluice_records_processed_total":
			name = m.labels["outcome"]
		case "sluice_records_rejected_total":
			name = m.labels["reason"] + "/" + m.labels["keyword"]
		case "sluice_records_released_total":
			name = "released"
		case "sluice_consumer_lag_records":
			name, product = "lag", ""
		default:
			continue
		}
		if m.value != 0 {
			exposed[name+product] += int64(m.value)
		}
	}
	if !maps.Equal(exposed, topics) {
		t.Errorf("the service exposes\n%v, the topics hold\n%v", exposed, topics)
	}
	if topics["dead_lettered orders"] == 0 || topics["accepted refunds"] == 0 || len(topics) < 12 {
		t.Errorf("the topics hold too little to compare: %v", topics)
	}
	s.stop(p)
	s.note = fmt.Sprintf("%d numbers are equal", len(topics))
}

// kept are the bytes that a record is counted with.
func kept(r *kgo.Record) int {
	n := len(r.Key) + len(r.Value)
	for _, h := range r.Headers {
		n += len(h.Key) + len(h.Value)
	}
	return n
}

// why is the reason of a dead letter and the keyword of its first violation.
func why(t *testing.T, r *kgo.Record) string {
	t.Helper()
	var reason string
	var violations []struct{ Keyword string }
	for _, h := range r.Headers {
		switch h.Key {
		case "sluice.reason":
			reason = string(h.Value)
		case "sluice.violations":
			if err := json.Unmarshal(h.Value, &violations); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(violations) == 0 {
		return reason + "/"
	}
	return reason + "/" + violations[0].Keyword
}

// read returns what a topic holds now.
func (s *scenario) read(topic string) []*kgo.Record {
	s.Helper()
	topic = s.topic(topic)
	ends, err := s.admin.ListEndOffsets(s.ctx(), topic)
	if err != nil {
		s.Fatal(err)
	}
	left, from := int64(0), make(map[int32]kgo.Offset)
	ends.Each(func(o kadm.ListedOffset) {
		left += o.Offset
		from[o.Partition] = kgo.NewOffset().At(0)
	})
	reader := s.connect(kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: from}), kgo.KeepControlRecords())
	var list []*kgo.Record
	for left > 0 {
		fetches := reader.PollFetches(s.ctx())
		if err := fetches.Err(); err != nil {
			s.Fatalf("read %s: %v", topic, err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			left--
			if !r.Attrs.IsControl() {
				list = append(list, r)
			}
		})
	}
	return list
}

// sample is a series of /metrics.
type sample struct {
	name   string
	labels map[string]string
	value  float64
}

var (
	seriesForm = regexp.MustCompile(`(?m)^(\w+)\{(.*)\} (\S+)$`)
	labelForm  = regexp.MustCompile(`(\w+)="((?:[^"\\]|\\.)*)"`)
)

func series(text string) (list []sample) {
	for _, m := range seriesForm.FindAllStringSubmatch(text, -1) {
		value, err := strconv.ParseFloat(m[3], 64)
		if err != nil {
			continue
		}
		labels := make(map[string]string)
		for _, l := range labelForm.FindAllStringSubmatch(m[2], -1) {
			labels[l[1]] = strings.ReplaceAll(l[2], `\\`, `\`)
		}
		list = append(list, sample{m[1], labels, value})
	}
	return list
}
