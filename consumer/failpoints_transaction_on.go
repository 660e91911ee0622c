//go:build sluice_failpoints

package consumer

import (
	"context"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/router"
)

// spoilProducer breaks the choice of the client that sends a flight.
func (c *Consumer) spoilProducer(l *lane, producer *kgo.Client) *kgo.Client {
	if broken(deadLettersOutside) && l.flight[0].outcome == router.DeadLettered {
		return c.aside
	}
	return producer
}

// spoilAccept breaks what belongs to a transaction.
func (t *exactlyOnce) spoilAccept() {
	if broken(commitsOutside) {
		t.kafka().CommitOffsetsSync(context.Background(), t.kafka().UncommittedOffsets(), nil)
	}
}

// spoilEnd breaks the end of a transaction. What it returns is called when it
// has ended.
func (t *exactlyOnce) spoilEnd(ctx context.Context, how kgo.TransactionEndTry) (kgo.TransactionEndTry, func()) {
	switch {
	case how == kgo.TryCommit:
	case broken(commitsFailed):
		t.wait(ctx, func() bool { return t.left == 0 })
		return kgo.TryCommit, func() {}
	case broken(skipsAborted):
		polled := t.kafka().UncommittedOffsets()
		return how, func() { t.kafka().SetOffsets(polled) }
	}
	return how, func() {}
}
