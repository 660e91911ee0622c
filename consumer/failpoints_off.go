//go:build !sluice_failpoints

package consumer

import (
	"context"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/router"
)

// reach does nothing.
func reach(failpoint) {}

// broken is false, and what depends on it is not compiled.
func broken(defect) bool { return false }

// spoil does nothing.
func (c *Consumer) spoil(*entry, *kgo.Record) {}

// spoilStaged does nothing.
func (c *Consumer) spoilStaged(*lane) {}

// swapped does nothing.
func (c *Consumer) swapped(*router.Table) {}

// halve does nothing.
func (c *Consumer) halve(_ string, _ record, d router.Decision) router.Decision { return d }

// spoilProducer returns what it is given.
func (c *Consumer) spoilProducer(_ *lane, producer *kgo.Client) *kgo.Client { return producer }

// spoilAccept does nothing.
func (t *exactlyOnce) spoilAccept() {}

// spoilEnd returns what it is given, and what does nothing.
func (t *exactlyOnce) spoilEnd(_ context.Context, how kgo.TransactionEndTry) (kgo.TransactionEndTry, func()) {
	return how, func() {}
}
