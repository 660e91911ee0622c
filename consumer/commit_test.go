package consumer

import "testing"

// TestASourceThatIsGoneIsNotCommitted commits for a partition that was let go
// after the commit had been asked for: its new owner may be further on.
func TestASourceThatIsGoneIsNotCommitted(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.send(goods("orders.in", 0, 30)...)
	m := b.start()
	b.caughtUp("orders.in")
	late := newSource("orders.in", 0)
	late.add(&batch{source: late, next: 4})
	m.delivery.(*atLeastOnce).commit(t.Context(), []*source{late})
	if at := b.committed("orders.in"); at[0] != 4 {
		t.Fatalf("committed are %v, want 4 in the first partition: the test proves nothing", at)
	}
	gone := newSource("orders.in", 0)
	gone.add(&batch{source: gone, next: 2})
	gone.gone.Store(true)
	m.delivery.(*atLeastOnce).commit(t.Context(), []*source{gone})
	if at := b.committed("orders.in"); at[0] != 4 {
		t.Errorf("committed are %v: a partition that is gone was committed", at)
	}
	m.stop()
}
