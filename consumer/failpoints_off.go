//go:build !sluice_failpoints

package consumer

import "github.com/twmb/franz-go/pkg/kgo"

// reach does nothing.
func reach(failpoint) {}

// broken is false, and what depends on it is not compiled.
func broken(defect) bool { return false }

// spoil does nothing.
func (c *Consumer) spoil(*entry, *kgo.Record) {}

// spoilStaged does nothing.
func (c *Consumer) spoilStaged(*lane) {}
