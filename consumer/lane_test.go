package consumer

import (
	"errors"
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/router"
)

// testLane is a lane with n small records queued.
func testLane(n int) *lane {
	d := &destination{topic: "out"}
	d.batchBytes.Store(1000)
	d.grow(1)
	l := d.lane(0)
	src := newSource("in", 0)
	b := &batch{source: src}
	b.left.Store(int64(n))
	for i := range n {
		l.push(entry{record: &kgo.Record{Value: fmt.Append(nil, i)}, batch: b, offset: int64(i), size: 10, route: &router.Route{}})
	}
	l.gather()
	return l
}

func offsets(list []entry) []int64 {
	o := []int64{}
	for _, e := range list {
		o = append(o, e.offset)
	}
	return o
}

func same(t *testing.T, what string, got []entry, want ...int64) {
	t.Helper()
	if fmt.Sprint(offsets(got)) != fmt.Sprint(want) {
		t.Errorf("%s holds offsets %v, want %v", what, offsets(got), want)
	}
}

func TestAFlightTakesEverythingInOrder(t *testing.T) {
	t.Parallel()
	l := testLane(3)
	if l.next() {
		t.Error("small records are called oversize")
	}
	same(t, "flight", l.flight, 0, 1, 2)
	same(t, "queue", l.queue)
}

func TestAWindowCutsTheFlight(t *testing.T) {
	t.Parallel()
	l := testLane(5)
	l.window = 2
	l.next()
	same(t, "flight", l.flight, 0, 1)
	same(t, "queue", l.queue, 2, 3, 4)
}

func TestAnOversizeRecordFliesAlone(t *testing.T) {
	t.Parallel()
	l := testLane(4)
	l.queue[2].size = 1001
	if l.next() {
		t.Error("the flight before the oversize record is called oversize")
	}
	same(t, "flight", l.flight, 0, 1)
	if !l.next() {
		t.Error("the oversize record is not called so")
	}
	same(t, "flight", l.flight, 2)
	if l.next() {
		t.Error("the flight after the oversize record is called oversize")
	}
	same(t, "flight", l.flight, 3)
}

func TestFailedRecordsStandBeforeWhatCameLater(t *testing.T) {
	t.Parallel()
	l := testLane(4)
	l.window = 3
	l.next()
	l.left = len(l.flight)
	// kgo may fail a record before one that was sent earlier.
	for _, i := range []int{2, 0, 1} {
		var err error
		if i > 0 {
			err = kerr.NotLeaderForPartition
		}
		if last := l.land(l.flight[i].record, err); last != (i == 1) {
			t.Errorf("after record %d the flight is over: %v", i, last)
		}
	}
	if n := l.requeue(); n != 2 {
		t.Errorf("%d records failed, want 2", n)
	}
	same(t, "flight", l.flight, 0)
	same(t, "queue", l.queue, 1, 2, 3)
}

func TestWithdrawTakesOnlyWhatIsGone(t *testing.T) {
	t.Parallel()
	l := testLane(4)
	gone := &batch{source: newSource("in", 1)}
	gone.source.gone.Store(true)
	l.queue[0].batch, l.queue[2].batch = gone, gone
	var released []int64
	l.queue = withdraw(l.queue, func(e *entry) { released = append(released, e.offset) })
	same(t, "queue", l.queue, 1, 3)
	if fmt.Sprint(released) != "[0 2]" {
		t.Errorf("released %v, want 0 and 2", released)
	}
}

func TestClassify(t *testing.T) {
	t.Parallel()
	f := func(err error, want trouble) {
		t.Helper()
		if got := classify(fmt.Errorf("wrapped: %w", err)); got != want {
			t.Errorf("%v is %d, want %d", err, got, want)
		}
	}
	f(kerr.MessageTooLarge, refused)
	f(kerr.InvalidTimestamp, refused)
	f(kerr.InvalidRecord, refused)
	f(kerr.UnknownTopicOrPartition, passing)
	f(kerr.UnknownTopicID, passing)
	f(kerr.TopicAuthorizationFailed, passing)
	f(kerr.NotLeaderForPartition, passing)
	f(errors.New("something new"), passing)
	f(kerr.SaslAuthenticationFailed, fatal)
	f(kerr.GroupAuthorizationFailed, fatal)
	f(kerr.FencedInstanceID, fatal)
	f(kgo.ErrClientClosed, stopping)
}

func TestHoldsPauseWhatFeedsATopicAndNoMore(t *testing.T) {
	t.Parallel()
	paused := map[string]bool{}
	h := holds{
		inputsOf: func(topic string) []string {
			return map[string][]string{"out.a": {"in.a", "in.shared"}, "out.b": {"in.shared"}}[topic]
		},
		pause: func(topics ...string) { paused[topics[0]] = true },
		resume: func(topics ...string) {
			delete(paused, topics[0])
		},
		park: func(string, bool) {},
	}
	want := func(inputs ...string) {
		t.Helper()
		if len(paused) != len(inputs) {
			t.Errorf("paused are %v, want %v", paused, inputs)
		}
		for _, in := range inputs {
			if !paused[in] || !h.isPaused(in) {
				t.Errorf("%s is not paused", in)
			}
		}
	}
	h.set("out.a", "partition 0", "X")
	h.set("out.a", "partition 1", "Y")
	h.set("out.b", "topic", "Z")
	want("in.a", "in.shared")
	h.clear("out.a", "partition 0")
	want("in.a", "in.shared")
	h.clear("out.a", "partition 1")
	want("in.shared")
	h.clear("out.b", "topic")
	h.clear("out.b", "topic")
	want()
}

func TestKeysGoWhereJavaPutsThem(t *testing.T) {
	t.Parallel()
	d := &destination{topic: "out"}
	d.grow(10)
	// Utils.toPositive(Utils.murmur2(key)) % 10 of Apache Kafka's clients, from
	// the hashes in its own UtilsTest: murmur2("21") = -973932308,
	// murmur2("foobar") = -790332482, murmur2("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8") = -58897971.
	java := func(hash int32) int32 { return (hash & 0x7fffffff) % 10 }
	for key, hash := range map[string]int32{"21": -973932308, "foobar": -790332482, "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971} {
		if got := partition(d, &kgo.Record{Key: []byte(key)}, 3); got != java(hash) {
			t.Errorf("key %s goes to %d, want %d", key, got, java(hash))
		}
	}
	if got := partition(d, &kgo.Record{}, 13); got != 3 {
		t.Errorf("a record without key of input partition 13 goes to %d, want 3", got)
	}
	if a, b := partition(d, &kgo.Record{Key: []byte{}}, 1), partition(d, &kgo.Record{Key: []byte{}}, 2); a != b {
		t.Errorf("an empty key is no key: partitions %d and %d", a, b)
	}
}
