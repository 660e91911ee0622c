package consumer

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/config"
)

// delivery is how outcomes become final: by offsets that are committed after
// the acknowledgements (at_least_once.go), or by transactions
// (exactly_once.go). Everything else is the same for both.
type delivery interface {
	// connect makes the client that consumes and produces.
	connect(ctx context.Context) error
	// run works beside the poll loop until ctx ends.
	run(ctx context.Context)

	// The poll loop asks how many records it may poll for and for how long;
	// false ends it. What a poll brought is accepted before it is handed over,
	// or not, and comes again. A turn ends with turned. When the loop has ended,
	// finish makes final what it can until ctx ends.
	await(ctx context.Context) (records int, wait time.Duration, ok bool)
	accept(batches []polled, records int) bool
	turned()
	finish(ctx context.Context)

	// The emitter tells what was acknowledged and when, which batch has nothing
	// on its way any more, how many records a flight that failed has left at the
	// head of its lane's queue, and that a flight has had no answer for long.
	acked(entries []entry, over time.Time)
	settled(b *batch)
	failed(l *lane, flown, failed int, err error)
	overdue(since time.Duration)
	// carrier is the client that sends a flight.
	carrier(oversize bool) *kgo.Client

	// The group takes partitions away, by consent or not, and gives some; revoke
	// finishes what it can of those that go and reports whether that is all.
	revoke(ctx context.Context, going []*source) (finished bool)
	lost()
	assigned()

	// between runs f when no record may be on its way in a transaction.
	between(f func())
}

// newDelivery returns what the configuration asks for.
func newDelivery(c *Consumer) (delivery, error) {
	if c.cfg.Delivery == config.ExactlyOnce {
		return newExactlyOnce(c)
	}
	d := &atLeastOnce{Consumer: c, committing: make(chan struct{}, 1)}
	if err := kgo.ValidateOpts(d.clientOpts(d.batchBytes)...); err != nil {
		return nil, fmt.Errorf("kafka: the client refuses these settings: %w", err)
	}
	return d, nil
}
