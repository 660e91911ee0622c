package ledger

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// loop is a gate in memory: inputs of two partitions, an output and a
// dead-letter topic of two. Tests break it in one place each.
type loop struct {
	books  *Ledger
	inputs []*kgo.Record
	output []*kgo.Record // what the loop produced, in order
	next   map[place]int64
}

const (
	input  = "in"
	output = "out"
	dlq    = "out.dlq"
)

// newLoop plants 40 records, every tenth of them bad.
func newLoop() *loop {
	l := &loop{books: New(), next: make(map[place]int64)}
	offsets := make(map[int32]int64)
	for i := range 40 {
		r := &kgo.Record{
			Topic: input, Partition: int32(i % 2),
			Key: fmt.Appendf(nil, "key-%d", i%4), Value: fmt.Appendf(nil, `{"n":%d}`, i),
			Headers:   []kgo.RecordHeader{{Key: "a", Value: []byte("1")}, {Key: "a", Value: nil}},
			Timestamp: time.UnixMilli(int64(1_000_000 + i)),
		}
		want := Want{Topic: output}
		if i%10 == 3 {
			want = Want{Topic: dlq, Reason: "schema_violation", Product: "things"}
		}
		l.books.Plant(r, want)
		r.Offset = offsets[r.Partition]
		offsets[r.Partition]++
		l.books.Sent(r)
		l.inputs = append(l.inputs, r)
		l.output = append(l.output, process(r, want))
	}
	return l
}

// process is what a right gate makes of a record.
func process(r *kgo.Record, want Want) *kgo.Record {
	out := *r
	out.Topic = want.Topic
	out.Headers = slices.Clone(r.Headers)
	if want.Reason == "" {
		return &out
	}
	add := func(name, value string) {
		out.Headers = append(out.Headers, kgo.RecordHeader{Key: name, Value: []byte(value)})
	}
	add("__dlq.errors.topic", r.Topic)
	add("__dlq.errors.partition", strconv.Itoa(int(r.Partition)))
	add("__dlq.errors.offset", strconv.FormatInt(r.Offset, 10))
	add("sluice.id", fmt.Sprintf("%s/%d/%d", r.Topic, r.Partition, r.Offset))
	add("sluice.product", want.Product)
	add("sluice.reason", want.Reason)
	add("sluice.source.timestamp", r.Timestamp.UTC().Format(time.RFC3339Nano))
	out.Timestamp = time.UnixMilli(9_000_000)
	return &out
}

// close gives the output its offsets and closes the books.
func (l *loop) close() Report {
	for _, r := range l.output {
		at := place{r.Topic, r.Partition}
		r.Offset = l.next[at]
		l.next[at]++
		l.books.Found(r)
	}
	return l.books.Report()
}

func TestARightLoopBalances(t *testing.T) {
	t.Parallel()
	r := newLoop().close()
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	if got, want := r.String(), "40 in = 36 accepted + 4 dead-lettered, 0 lost, 0 duplicates"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if r.Topics[output] != 36 || r.Topics[dlq] != 4 {
		t.Errorf("topics %v", r.Topics)
	}
}

// TestDuplicatesAreCounted repeats a run of records, as a restart does.
func TestDuplicatesAreCounted(t *testing.T) {
	t.Parallel()
	l := newLoop()
	var again []*kgo.Record
	for _, r := range l.output[10:20] {
		repeated := *r
		again = append(again, &repeated)
	}
	l.output = slices.Insert(l.output, 20, again...)
	r := l.close()
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	if r.Duplicates != 10 {
		t.Errorf("%d duplicates, want 10", r.Duplicates)
	}
}

// TestABrokenLoopIsFound breaks the loop in every way that the ledger knows and
// wants exactly that finding.
func TestABrokenLoopIsFound(t *testing.T) {
	t.Parallel()
	f := func(name string, want Kind, count int, spoil func(l *loop)) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLoop()
			spoil(l)
			r := l.close()
			if r.Err() == nil {
				t.Fatal("the books balance")
			}
			if got := r.Count(want); got != count || len(r.Findings) != count {
				t.Errorf("got %d of %q, want %d and nothing else: %v", got, want, count, r.Err())
			}
		})
	}
	// Record 13 of the output is a dead letter, 14 is accepted.
	const letter, good = 13, 14
	f("loses a record", Lost, 1, func(l *loop) { l.output = slices.Delete(l.output, good, good+1) })
	f("loses a dead letter", Lost, 1, func(l *loop) { l.output = slices.Delete(l.output, letter, letter+1) })
	f("loses the last record", Lost, 1, func(l *loop) { l.output = l.output[:len(l.output)-1] })
	f("misroutes a record", Misrouted, 1, func(l *loop) { l.output[good].Topic = "elsewhere"; l.output[good].Key = nil; l.plantedKey(good) })
	f("gives a record two outcomes", TwoOutcomes, 1, func(l *loop) {
		twice := *l.output[good]
		twice.Partition = 1 - twice.Partition
		l.output = append(l.output, &twice)
	})
	f("swaps two records of a partition", Reordered, 1, func(l *loop) {
		l.output[10], l.output[12] = l.output[12], l.output[10]
	})
	// One finding for each step back: 14 12 10.
	f("swaps two records of a key", Reordered, 2, func(l *loop) {
		l.output[10], l.output[14] = l.output[14], l.output[10]
	})
	f("moves a key", KeyMoved, 1, func(l *loop) { l.output[36].Partition = 1 - l.output[36].Partition })
	f("changes a byte", Changed, 1, func(l *loop) {
		l.output[good].Value = slices.Clone(l.output[good].Value)
		l.output[good].Value[2] ^= 1
	})
	f("makes an empty value of none", Changed, 1, func(l *loop) { l.nullValue(good); l.output[good].Value = []byte{} })
	f("drops a header", HeadersChanged, 1, func(l *loop) { l.output[good].Headers = l.output[good].Headers[1:] })
	f("drops a duplicate header of a dead letter", HeadersChanged, 1, func(l *loop) {
		l.output[letter].Headers = slices.Delete(l.output[letter].Headers, 1, 2)
	})
	f("swaps headers", HeadersChanged, 1, func(l *loop) {
		h := l.output[good].Headers
		h[0], h[1] = h[1], h[0]
	})
	f("adds a header", HeadersChanged, 1, func(l *loop) {
		l.output[good].Headers = append(l.output[good].Headers, kgo.RecordHeader{Key: "x"})
	})
	f("stamps a record anew", TimestampChanged, 1, func(l *loop) { l.output[good].Timestamp = time.UnixMilli(5) })
	f("forgets the timestamp of a dead letter", TimestampChanged, 1, func(l *loop) { l.drop(letter, "sluice.source.timestamp") })
	f("gives a wrong reason", WrongReason, 1, func(l *loop) { l.set(letter, "sluice.reason", "malformed_json") })
	f("names a wrong product", WrongReason, 1, func(l *loop) { l.set(letter, "sluice.product", "others") })
	f("names a wrong source", WrongSource, 1, func(l *loop) { l.set(letter, "__dlq.errors.offset", "4711") })
	f("repeats a source", WrongSource, 1, func(l *loop) { l.set(letter, "sluice.id", "in/0/0") })
	f("invents a record", Foreign, 1, func(l *loop) {
		l.output = append(l.output, &kgo.Record{Topic: output, Value: []byte("{}")})
	})
	f("is given a record that nobody planted", Foreign, 1, func(l *loop) { l.books.Sent(&kgo.Record{Topic: input}) })
}

// TestCutDeadLetters: a value that had to go leaves its size and digest behind.
func TestCutDeadLetters(t *testing.T) {
	t.Parallel()
	const letter = 13
	const digest = "1531ac3ea28dd6ce7fdbb4b53fd4e5bdfcbd1f02d8e40f58ca5a20ed1b7c4c5c"
	f := func(name string, want int, size string, spoil func(l *loop)) {
		t.Helper()
		l := newLoop()
		l.books.planted[letter].want.Cut = true
		value := l.books.planted[letter].value
		l.output[letter].Value = []byte{}
		l.output[letter].Headers = append(l.output[letter].Headers,
			kgo.RecordHeader{Key: "sluice.value.size", Value: []byte(size)},
			kgo.RecordHeader{Key: "sluice.value.sha256", Value: fmt.Appendf(nil, "%x", sha256.Sum256(value))})
		spoil(l)
		if r := l.close(); r.Count(Changed) != want || len(r.Findings) != want {
			t.Errorf("%s: want %d changed: %v", name, want, r.Err())
		}
	}
	f("right", 0, "8", func(*loop) {})
	f("a wrong size", 1, "9", func(*loop) {})
	f("a wrong digest", 1, "8", func(l *loop) { l.set(letter, "sluice.value.sha256", digest) })
	f("null instead of empty", 1, "8", func(l *loop) { l.output[letter].Value = nil })
	f("cut without need", 2, "8", func(l *loop) { l.books.planted[letter].want.Cut = false })
}

// TestBadRecordsAreAccepted: a gate that lets everything through.
func TestBadRecordsAreAccepted(t *testing.T) {
	t.Parallel()
	l := newLoop()
	for i, r := range l.inputs {
		l.output[i] = process(r, Want{Topic: output})
	}
	r := l.close()
	if r.Count(Misrouted) != 4 || r.Count(WrongReason) != 4 {
		t.Errorf("want 4 misrouted without a reason: %v", r.Err())
	}
}

func TestARecordThatWasNotSent(t *testing.T) {
	t.Parallel()
	l := newLoop()
	l.books.Plant(&kgo.Record{Topic: input}, Want{Topic: output})
	if r := l.close(); r.Count(NotSent) != 1 {
		t.Errorf("want one not sent: %v", r.Err())
	}
}

// TestFirstWithout follows the lowest offset that has no outcome.
func TestFirstWithout(t *testing.T) {
	t.Parallel()
	l := newLoop()
	f := func(partition int32, want int64, wantOK bool) {
		t.Helper()
		if got, ok := l.books.FirstWithout(input, partition); got != want || ok != wantOK {
			t.Errorf("partition %d: got %d %v, want %d %v", partition, got, ok, want, wantOK)
		}
	}
	for i, at := range map[int]int64{0: 0, 4: 1, 2: 2} {
		l.output[i].Offset = at
	}
	f(0, 0, true)
	l.books.Found(l.output[0]) // offset 0 of partition 0
	f(0, 1, true)
	l.books.Found(l.output[4]) // offset 2: a gap stays
	f(0, 1, true)
	l.books.Found(l.output[2])
	f(0, 3, true)
	f(1, 0, true)
	f(7, 0, false)
	if found, all := l.books.Outcomes(); found != 3 || all != 40 || l.books.Missing() != 37 {
		t.Errorf("%d of %d found, %d missing", found, all, l.books.Missing())
	}
	if !l.books.ReadTo(output, 0, 3) || l.books.ReadTo(output, 0, 4) || l.books.ReadTo(output, 1, 1) {
		t.Error("partition 0 of the output was read up to offset 2, partition 1 not at all")
	}
}

func TestErrShowsExamples(t *testing.T) {
	t.Parallel()
	l := newLoop()
	l.output = nil
	err := l.close().Err()
	if err == nil || !strings.Contains(err.Error(), "40 lost") || strings.Count(err.Error(), "\n  lost:") != 3 {
		t.Errorf("got %v", err)
	}
}

func (l *loop) set(i int, name, value string) {
	for j := range l.output[i].Headers {
		if l.output[i].Headers[j].Key == name {
			l.output[i].Headers[j].Value = []byte(value)
		}
	}
}

func (l *loop) drop(i int, name string) {
	l.output[i].Headers = slices.DeleteFunc(l.output[i].Headers, func(h kgo.RecordHeader) bool { return h.Key == name })
}

// plantedKey takes the key of a planted record away, and nullValue its value.
func (l *loop) plantedKey(i int) { l.books.planted[i].key = nil }
func (l *loop) nullValue(i int)  { l.books.planted[i].value = nil }

// TestADeletedTopic: offsets begin anew in the topic that takes its place, and
// order goes on over both.
func TestADeletedTopic(t *testing.T) {
	t.Parallel()
	f := func(name string, want int, spoil func(l *loop)) {
		t.Helper()
		l := newLoop()
		spoil(l)
		for i, r := range l.output {
			if i == 20 {
				l.books.Deleted(output)
				delete(l.next, place{output, 0})
				delete(l.next, place{output, 1})
			}
			at := place{r.Topic, r.Partition}
			r.Offset = l.next[at]
			l.next[at]++
			l.books.Found(r)
		}
		if r := l.books.Report(); r.Count(Reordered) != want || len(r.Findings) != want {
			t.Errorf("%s: want %d reordered: %v", name, want, r.Err())
		}
	}
	f("right", 0, func(*loop) {})
	f("swapped", 1, func(l *loop) { l.output[18], l.output[20] = l.output[20], l.output[18] })
}

// TestControlRecords only move on what was read.
func TestControlRecords(t *testing.T) {
	t.Parallel()
	l := newLoop()
	r := &kgo.Record{Topic: output, Offset: 9, Attrs: kgo.NewRecordAttrs(kgo.RecordAttrsOpts{Control: true})}
	l.books.Found(r)
	if !l.books.ReadTo(output, 0, 10) {
		t.Error("the offset of a control record is not read")
	}
	if r := l.close(); r.Err() != nil {
		t.Error(r.Err())
	}
}
