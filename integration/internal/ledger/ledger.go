// Package ledger keeps the books of a scenario: what was put into the input
// topics, what should become of it, and what was found in the output and
// dead-letter topics. It judges the service by the topics alone and shares no
// code with it; the names of dead-letter headers are written out here.
//
// It holds for every input record, at least once:
//   - it has an outcome, in one topic only, and the one that was planted;
//   - key and value are the same bytes, its headers are all there in their
//     order, its timestamp stands in the record or, of a dead letter, in the
//     header sluice.source.timestamp;
//   - a dead letter names its source and the planted reason;
//   - records of one input partition that went to one partition of a topic were
//     first seen there in the order of their offsets, and a key went to one
//     partition only.
//
// Records that come out more often are counted as duplicates; in the books of a
// service that delivers exactly once they are findings.
package ledger

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Header carries a record's number through the service.
const Header = "ledger-id"

// Want is the outcome that a record should have.
type Want struct {
	// Topic takes the record.
	Topic string
	// Reason of the dead letter; empty for a record that should be accepted.
	Reason string
	// Product that the dead letter names; not compared if empty.
	Product string
	// Cut is set for a dead letter that is too large for its topic: it has an
	// empty value, and the value's size and digest in headers.
	Cut bool
}

// place is one partition of a topic.
type place struct {
	topic     string
	partition int32
}

// planted is one input record and what was found of it.
type planted struct {
	want    Want
	key     []byte
	value   []byte
	headers []kgo.RecordHeader
	millis  int64
	// Known from the acknowledgement on.
	sent   bool
	from   place
	offset int64

	found int
	in    place // where it was first found
	at    int64
}

// Ledger is safe for concurrent use.
type Ledger struct {
	mu       sync.Mutex
	planted  []*planted
	outcomes int            // planted records that were found
	held     map[string]int // the same by topic
	findings []Finding
	read     map[place]int64 // offset after the last record that was read
	before   map[place]int64 // how many offsets topics of this name had before
	aborted  int64
	exactly  bool
}

// ExactlyOnce makes it a finding that a record comes out again. It is called
// before anything is entered.
func (l *Ledger) ExactlyOnce() { l.exactly = true }

// New makes empty books.
func New() *Ledger {
	return &Ledger{held: make(map[string]int), read: make(map[place]int64), before: make(map[place]int64)}
}

// Deleted notes that an output or dead-letter topic is gone: what was found in
// it counts, and the next topic of its name begins at offset 0.
func (l *Ledger) Deleted(topic string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for at, read := range l.read {
		if at.topic == topic {
			l.before[at] += read
			delete(l.read, at)
		}
	}
}

// Plant enters a record that is about to be produced, and gives it a last
// header with its number. The record's timestamp must be set.
func (l *Ledger) Plant(r *kgo.Record, want Want) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r.Headers = append(r.Headers, kgo.RecordHeader{Key: Header, Value: strconv.AppendInt(nil, int64(len(l.planted)), 10)})
	p := &planted{want: want, key: bytes.Clone(r.Key), value: bytes.Clone(r.Value), millis: r.Timestamp.UnixMilli()}
	for _, h := range r.Headers {
		p.headers = append(p.headers, kgo.RecordHeader{Key: h.Key, Value: bytes.Clone(h.Value)})
	}
	l.planted = append(l.planted, p)
}

// Sent notes where a planted record stands in its input.
func (l *Ledger) Sent(r *kgo.Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.find(r)
	if p == nil {
		l.add(Foreign, "a record was sent to %s that was never planted", r.Topic)
		return
	}
	p.sent, p.from, p.offset = true, place{r.Topic, r.Partition}, r.Offset
}

// Found enters a record of an output or dead-letter topic. Each partition's
// records must come in their order. Of control records, by which transactions
// end, only the offset counts.
func (l *Ledger) Found(r *kgo.Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	here := place{r.Topic, r.Partition}
	// Readers of committed records pass over the others.
	l.aborted += r.Offset - l.read[here]
	l.read[here] = r.Offset + 1
	if r.Attrs.IsControl() {
		return
	}
	p := l.find(r)
	if p == nil {
		l.add(Foreign, "%s holds a record at partition %d offset %d that was never planted", r.Topic, r.Partition, r.Offset)
		return
	}
	p.found++
	if p.found == 1 {
		l.outcomes++
		l.held[r.Topic]++
		p.in, p.at = here, l.before[here]+r.Offset
	} else if p.in != here {
		l.add(TwoOutcomes, "%s is in %s and in %s", p, p.in, here)
	} else if l.exactly {
		l.add(Repeated, "%s is in %s again, at offset %d", p, here, r.Offset)
	}
	if r.Topic != p.want.Topic {
		l.add(Misrouted, "%s is in %s, want %s", p, r.Topic, p.want.Topic)
	}
	l.compare(p, r)
}

// compare compares a record that was found with the planted one.
func (l *Ledger) compare(p *planted, r *kgo.Record) {
	value := p.value
	if p.want.Cut {
		value = []byte{}
	}
	if !same(p.key, r.Key) || !same(value, r.Value) {
		l.add(Changed, "%s: key or value has other bytes in %s", p, r.Topic)
	}
	headers := r.Headers
	if len(headers) > len(p.headers) {
		headers = headers[:len(p.headers)]
	}
	if !slices.EqualFunc(headers, p.headers, func(a, b kgo.RecordHeader) bool {
		return a.Key == b.Key && same(a.Value, b.Value)
	}) {
		l.add(HeadersChanged, "%s: headers in %s are %s, want %s", p, r.Topic, names(r.Headers), names(p.headers))
		return
	}
	added := r.Headers[len(headers):]
	reason, isDeadLetter := last(added, "sluice.reason")
	if !isDeadLetter {
		if len(added) > 0 {
			l.add(HeadersChanged, "%s: %s holds headers that the source had not: %s", p, r.Topic, names(added))
		}
		if got := r.Timestamp.UnixMilli(); got != p.millis {
			l.add(TimestampChanged, "%s: timestamp in %s is %d, want %d", p, r.Topic, got, p.millis)
		}
		if p.want.Reason != "" {
			l.add(WrongReason, "%s: %s holds it without a reason, want %s", p, r.Topic, p.want.Reason)
		}
		return
	}
	l.compareDeadLetter(p, r.Topic, reason, added)
}

func (l *Ledger) compareDeadLetter(p *planted, topic, reason string, added []kgo.RecordHeader) {
	if reason != p.want.Reason {
		l.add(WrongReason, "%s: reason in %s is %q, want %q", p, topic, reason, p.want.Reason)
	}
	if product, _ := last(added, "sluice.product"); p.want.Product != "" && product != p.want.Product {
		l.add(WrongReason, "%s: product in %s is %q, want %q", p, topic, product, p.want.Product)
	}
	if stamp, _ := last(added, "sluice.source.timestamp"); !isMoment(stamp, p.millis) {
		l.add(TimestampChanged, "%s: sluice.source.timestamp in %s is %q, want %d", p, topic, stamp, p.millis)
	}
	size, cut := last(added, "sluice.value.size")
	digest, _ := last(added, "sluice.value.sha256")
	if cut != p.want.Cut || cut && (size != strconv.Itoa(len(p.value)) || digest != fmt.Sprintf("%x", sha256.Sum256(p.value))) {
		l.add(Changed, "%s: %s has sluice.value.size %q and sluice.value.sha256 %q", p, topic, size, digest)
	}
	if !p.sent {
		return // Report says so
	}
	for name, want := range map[string]string{
		"__dlq.errors.topic":     p.from.topic,
		"__dlq.errors.partition": strconv.Itoa(int(p.from.partition)),
		"__dlq.errors.offset":    strconv.FormatInt(p.offset, 10),
		"sluice.id":              fmt.Sprintf("%s/%d/%d", p.from.topic, p.from.partition, p.offset),
	} {
		if got, _ := last(added, name); got != want {
			l.add(WrongSource, "%s: %s in %s is %q, want %q", p, name, topic, got, want)
		}
	}
}

// Missing is how many planted records have no outcome yet.
func (l *Ledger) Missing() int {
	found, all := l.Outcomes()
	return all - found
}

// Outcomes is how many planted records have an outcome, and how many there are.
func (l *Ledger) Outcomes() (found, planted int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.outcomes, len(l.planted)
}

// Held is how many planted records were found in a topic first.
func (l *Ledger) Held(topic string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held[topic]
}

// ReadTo reports whether everything below an offset was entered.
func (l *Ledger) ReadTo(topic string, partition int32, offset int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.read[place{topic, partition}] >= offset
}

// FirstWithout returns the lowest offset of an input partition whose record
// has no outcome, and false if all have one.
func (l *Ledger) FirstWithout(topic string, partition int32) (offset int64, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.planted {
		if p.found == 0 && p.from == (place{topic, partition}) && (!ok || p.offset < offset) {
			offset, ok = p.offset, true
		}
	}
	return offset, ok
}

// Report closes the books.
func (l *Ledger) Report() Report {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := Report{Inputs: len(l.planted), Aborted: l.aborted, Topics: make(map[string]int), Findings: slices.Clone(l.findings)}
	for _, p := range l.planted {
		switch {
		case !p.sent:
			r.add(NotSent, "%s was never acknowledged by its input", p)
		case p.found == 0:
			r.add(Lost, "%s has no outcome", p)
			continue
		}
		if p.found == 0 {
			continue
		}
		r.Topics[p.in.topic]++
		r.Duplicates += p.found - 1
		if p.want.Reason == "" {
			r.Accepted++
		} else {
			r.DeadLettered++
		}
	}
	r.order(l.planted)
	return r
}

// order checks the first appearances of what each partition received.
func (r *Report) order(all []*planted) {
	type lane struct{ from, in place }
	lanes := make(map[lane][]*planted)
	keys := make(map[string]place)
	for _, p := range all {
		if p.found == 0 {
			continue
		}
		// What a broker refused comes to the dead letters when it was refused,
		// after records that were bad from the start.
		if p.want.Reason != "produce_rejected" {
			at := lane{p.from, p.in}
			lanes[at] = append(lanes[at], p)
		}
		if p.key == nil {
			continue
		}
		key := p.in.topic + "\x00" + string(p.key)
		if before, ok := keys[key]; !ok {
			keys[key] = p.in
		} else if before != p.in {
			r.add(KeyMoved, "%s: its key is in %s and in %s", p, before, p.in)
		}
	}
	for at, list := range lanes {
		slices.SortFunc(list, func(a, b *planted) int { return cmp.Compare(a.at, b.at) })
		for i := 1; i < len(list); i++ {
			if list[i].offset < list[i-1].offset {
				r.add(Reordered, "%s comes after offset %d in %s", list[i], list[i-1].offset, at.in)
			}
		}
	}
}

func (l *Ledger) add(kind Kind, format string, args ...any) {
	l.findings = append(l.findings, Finding{kind, fmt.Sprintf(format, args...)})
}

// find returns the planted record that a record's last ledger header names.
func (l *Ledger) find(r *kgo.Record) *planted {
	text, ok := last(r.Headers, Header)
	if !ok {
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n >= len(l.planted) {
		return nil
	}
	return l.planted[n]
}

func (p *planted) String() string {
	id, _ := last(p.headers, Header)
	if !p.sent {
		return "record " + id
	}
	return fmt.Sprintf("record %s (%s offset %d)", id, p.from, p.offset)
}

func (p place) String() string { return fmt.Sprintf("%s/%d", p.topic, p.partition) }

// same compares bytes and tells an empty value from none.
func same(a, b []byte) bool { return bytes.Equal(a, b) && (a == nil) == (b == nil) }

func last(headers []kgo.RecordHeader, name string) (string, bool) {
	for _, h := range slices.Backward(headers) {
		if h.Key == name {
			return string(h.Value), true
		}
	}
	return "", false
}

func names(headers []kgo.RecordHeader) string {
	list := make([]string, len(headers))
	for i, h := range headers {
		list[i] = h.Key
	}
	return "[" + strings.Join(list, " ") + "]"
}
