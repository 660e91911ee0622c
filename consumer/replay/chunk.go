package replay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/time/rate"

	"github.com/sluicedata/sluice/router/deadletter"
)

// A chunk is settled when it has so many records or bytes.
const (
	chunkRecords = 2000
	chunkBytes   = 8 << 20
)

// chunk is what is sent and committed together.
type chunk struct {
	items []*item
	bytes int
}

func (c *chunk) add(it *item) {
	c.items = append(c.items, it)
	c.bytes += deadletter.WireSize(it.send)
}

// full reports whether a chunk should be settled. At a bounded rate it is small
// enough to be sent at once.
func (c *chunk) full(r *rate.Limiter) bool {
	most := chunkRecords
	if r != nil {
		most = min(most, r.Burst())
	}
	return len(c.items) >= most || c.bytes >= chunkBytes
}

// settle sends the chunk and commits what has changed since the last one.
func (r *replay) settle(ctx context.Context) error {
	if !r.o.Apply {
		return nil
	}
	changed := make(map[partition]committed)
	for id, p := range r.changed {
		at, metadata := p.commit()
		if c := (committed{at, metadata}); c != r.offsets.known[id] {
			changed[id] = c
		}
	}
	items := r.chunk.items
	if len(items) == 0 && len(changed) == 0 {
		return nil
	}
	if r.rate != nil && len(items) > 0 {
		if err := r.rate.WaitN(ctx, len(items)); err != nil {
			return fmt.Errorf("wait for the rate: %w", err)
		}
	}
	var err error
	switch {
	case len(items) == 0:
		err = r.offsets.commit(ctx, changed)
	case r.offsets.transactional:
		err = r.sender.transaction(ctx, items, changed)
	default:
		if err = r.sender.deliver(ctx, items); err == nil {
			err = r.offsets.commit(ctx, changed)
		}
	}
	if err != nil {
		return err
	}
	for _, it := range items {
		r.result.add(it)
	}
	r.chunk = chunk{}
	clear(r.changed)
	return nil
}

// deliver sends items at least once. Of those that a broker refuses together it
// sends each half again, until the one that is refused stands alone.
func (s *sender) deliver(ctx context.Context, items []*item) error {
	failed, err := s.send(ctx, items)
	if err == nil {
		err = trouble(failed)
	}
	if err != nil || len(failed) == 0 {
		return err
	}
	if len(items) == 1 {
		if err := s.replace(failed[0]); err != nil {
			return err
		}
		return s.deliver(ctx, items)
	}
	rest := make([]*item, len(failed))
	for i, f := range failed {
		rest[i] = f.item
	}
	half := max(1, len(rest)/2)
	if err := s.deliver(ctx, rest[:half]); err != nil {
		return err
	}
	return s.deliver(ctx, rest[half:])
}

// transaction sends items and commits offsets, all or nothing. If a broker
// refuses some, they are found in transactions that are aborted, replaced, and
// all is sent anew.
func (s *sender) transaction(ctx context.Context, items []*item, changed map[partition]committed) error {
	for {
		failed, err := s.try(ctx, items, changed)
		if err != nil || len(failed) == 0 {
			return err
		}
		culprits, err := s.find(ctx, items)
		if err != nil {
			return err
		}
		for _, f := range culprits {
			if err := s.replace(f); err != nil {
				return err
			}
		}
	}
}

// try sends items in a transaction, which it commits with offsets if all are
// taken, and aborts if not or if there are no offsets.
func (s *sender) try(ctx context.Context, items []*item, changed map[partition]committed) (failed []sent, err error) {
	if err := s.client.BeginTransaction(); err != nil {
		return nil, fmt.Errorf("begin a transaction: %w", err)
	}
	failed, err = s.send(ctx, items)
	if err == nil {
		err = trouble(failed)
	}
	commit := err == nil && len(failed) == 0 && len(changed) > 0
	if commit {
		err = s.offsets.join(ctx, changed)
	}
	if err != nil {
		// A courtesy to readers of the topics: the next replay would do it.
		ending, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		_ = s.client.EndTransaction(ending, kgo.TryAbort)
		return nil, taken(err)
	}
	if err := s.client.EndTransaction(ctx, kgo.TransactionEndTry(commit)); err != nil {
		return nil, taken(fmt.Errorf("end a transaction: %w: run it again, it goes on behind the last one that took effect", err))
	}
	if commit {
		s.offsets.remember(changed)
	}
	return failed, nil
}

// taken names the cause of a producer that another one has fenced.
func taken(err error) error {
	if errors.Is(err, kerr.ProducerFenced) || errors.Is(err, kerr.InvalidProducerEpoch) {
		return fmt.Errorf("%w (%w)", errTaken, err)
	}
	return err
}

// find returns the items that are refused even alone.
func (s *sender) find(ctx context.Context, items []*item) ([]sent, error) {
	failed, err := s.try(ctx, items, nil)
	if err != nil || len(failed) == 0 {
		return nil, err
	}
	if len(items) == 1 {
		return failed, nil
	}
	half := len(items) / 2
	first, err := s.find(ctx, items[:half])
	if err != nil {
		return nil, err
	}
	second, err := s.find(ctx, items[half:])
	return append(first, second...), err
}
