package consumer

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/zap"

	"github.com/sluicedata/sluice/router"
)

const (
	// A flight that trouble held up is tried again after this, doubled each
	// time up to the maximum.
	retryMin = 250 * time.Millisecond
	retryMax = 5 * time.Second
	// The first flight of a lane is one record, and those after it double. A
	// broker that knows nothing of a producer takes any sequence number from
	// it: were the first batch of many refused, the second, under way by then,
	// would be taken and overtake it. Brokers forget producers that are idle
	// (producer.id.expiration.ms, a day by default).
	forgottenAfter = time.Hour
	// A flight without an answer for this long counts as trouble: its topic
	// has no leader, or the brokers are away.
	overdueAfter = 5 * time.Second
)

// emitter sends lanes' flights. One goroutine runs it; others wake it with a
// lane that has something to do.
type emitter struct {
	*Consumer

	mu    sync.Mutex
	ready []*lane
	wake  chan struct{}
	sweep chan struct{} // withdraw what belongs to sources that are gone
	known map[*lane]struct{}

	launching barrier
	// overdueAfter is how long a flight may take before it counts as trouble.
	overdueAfter time.Duration
}

func newEmitter(c *Consumer) *emitter {
	return &emitter{
		Consumer: c,
		wake:     make(chan struct{}, 1),
		sweep:    make(chan struct{}, 1),
		known:    make(map[*lane]struct{}),

		overdueAfter: overdueAfter,
	}
}

// ring asks the emitter to look at a lane. It never blocks.
func (e *emitter) ring(l *lane) {
	e.mu.Lock()
	e.ready = append(e.ready, l)
	e.mu.Unlock()
	signal(e.wake)
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// run emits until ctx ends. Flights that are out then still settle.
func (e *emitter) run(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var lanes []*lane
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.wake:
			e.mu.Lock()
			lanes, e.ready = e.ready, lanes[:0]
			e.mu.Unlock()
			for _, l := range lanes {
				e.step(l)
			}
			clear(lanes)
		case <-e.sweep:
			for l := range e.known {
				l.gather()
				l.queue = withdraw(l.queue, e.release)
			}
		case <-tick.C:
			for l := range e.known {
				e.watch(l)
			}
		}
	}
}

// step concludes a flight that has landed and launches the next one.
func (e *emitter) step(l *lane) {
	e.known[l] = struct{}{}
	if l.landed.Swap(false) {
		e.conclude(l)
	}
	if l.flying || time.Now().Before(l.retryAt) {
		return
	}
	l.gather()
	e.launching.Lock()
	defer e.launching.Unlock()
	if l.destination.closed.Load() {
		return // whoever closed it rings
	}
	if time.Since(l.over) > forgottenAfter {
		l.window = 1
	}
	for len(l.queue) > 0 {
		oversize := l.next()
		if l.flight = withdraw(l.flight, e.release); len(l.flight) > 0 {
			e.launch(l, oversize)
			return
		}
	}
	// What was held is another member's now: nothing is left to try with, so
	// the next record finds out how the topic is.
	e.unhold(l)
}

// launch sends the lane's flight.
func (e *emitter) launch(l *lane, oversize bool) {
	producer := e.spoilProducer(l, e.delivery.carrier(oversize))
	l.large = producer == e.aside
	l.flying, l.launched, l.left = true, time.Now(), len(l.flight)
	// NOTE: the flight lands when the last of its records is heard of, which
	// may be before this loop ends; nothing of the lane may be read after that.
	// kgo calls the promise from one goroutine, so it only notes and counts:
	// the records are accounted for together, in conclude.
	flight := l.flight
	promise := func(r *kgo.Record, err error) {
		if l.land(r, err) {
			l.over = time.Now()
			l.landed.Store(true)
			e.ring(l)
		}
	}
	for i := range flight {
		producer.Produce(context.Background(), flight[i].record, promise)
	}
	reach(afterProduce)
}

// conclude settles what a flight that has landed brought home, and draws the
// consequences of what failed.
func (e *emitter) conclude(l *lane) {
	l.flying = false
	flown, err := len(l.flight), l.failure
	l.failure = nil
	failed := l.requeue()
	if len(l.flight) > 0 {
		l.knowledge().acked.Store(true)
	}
	e.delivery.acked(l.flight, l.over)
	clear(l.flight)
	l.flight = l.flight[:0]
	e.metrics.Produced(l.destination.topic, l.over.Sub(l.launched))
	if err == nil {
		l.attempt = 0
		l.window = min(2*l.window, 1<<20)
		e.unhold(l)
		return
	}
	if !errors.Is(err, kgo.ErrAborting) { // ours
		e.metrics.ProduceError(l.destination.topic, name(err))
	}
	e.delivery.failed(l, flown, failed, err)
}

// hold keeps the lane's records, says why, and tries again later. The inputs
// that feed the topic pause meanwhile.
func (e *emitter) hold(l *lane, err error) {
	e.holdFor(l, err, min(retryMin<<min(l.attempt, 10), retryMax))
}

func (e *emitter) holdFor(l *lane, err error, wait time.Duration) {
	wait += rand.N(wait/4 + 1)
	l.attempt++
	l.window = 1
	l.retryAt = time.Now().Add(wait)
	if broken(stalls) {
		l.retryAt = time.Now().Add(time.Hour)
	}
	time.AfterFunc(wait+time.Millisecond, func() { e.ring(l) })
	if errors.Is(err, kerr.UnknownTopicID) {
		l.knowledge().refused.Store(true)
	}
	if ke, ok := errors.AsType[*kerr.Error](err); unknown(err) || ok && !ke.Retriable {
		signal(e.look)
	}
	if !l.held {
		l.held = true
		e.log.Warn("output refused, holding its records",
			zap.String("topic", l.destination.topic), zap.Int32("partition", l.partition), zap.String("error", name(err)))
	}
	e.holds.set(l.destination.topic, l.holder(), reason(err, "write"))
}

func (e *emitter) unhold(l *lane) {
	if !l.held && !l.overdue {
		return
	}
	if l.held {
		e.log.Info("output takes records again",
			zap.String("topic", l.destination.topic), zap.Int32("partition", l.partition))
	}
	l.held, l.overdue = false, false
	e.holds.clear(l.destination.topic, l.holder())
}

// knowledge is that of the producer of the last flight.
func (l *lane) knowledge() *knowledge {
	if l.large {
		return &l.destination.large
	}
	return &l.destination.small
}

func (l *lane) holder() string { return fmt.Sprintf("partition %d", l.partition) }

// watch holds the inputs of a lane whose flight gets no answer.
func (e *emitter) watch(l *lane) {
	if !l.flying || time.Since(l.launched) < e.overdueAfter {
		return
	}
	if !l.overdue {
		l.overdue = true
		e.holds.set(l.destination.topic, l.holder(), "no acknowledgement for "+e.overdueAfter.String())
	}
	e.delivery.overdue(time.Since(l.launched))
}

// reject deals with the record at the head of the lane, which the broker
// refused although it came alone. On its way to an output it becomes a dead
// letter; a dead letter is cut until it fits.
func (e *emitter) reject(l *lane, err error) {
	head := &l.queue[0]
	if head.outcome == router.DeadLettered {
		smaller, ok := e.shrink(l, head, err)
		if !ok {
			e.hold(l, err)
			return
		}
		head.record = smaller
		head.size = int32(wireSize(smaller))
		return
	}
	rejected := *head
	l.skip(1)
	to := e.refuse(&rejected, err)
	to.push(rejected)
	e.ring(to)
}

// release lets go of an entry whose partition has another owner by now.
func (e *emitter) release(en *entry) {
	e.metrics.Released(en.route.Index)
	e.finish(en.batch, 1)
}
