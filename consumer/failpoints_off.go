//go:build !sluice_failpoints

package consumer

import (
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
