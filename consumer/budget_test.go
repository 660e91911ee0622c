package consumer

import "testing"

func TestBudgetIsBoundedAlsoWhenInputsArePark(t *testing.T) {
	t.Parallel()
	b := newBudget(100, 10)
	room := func(wantBytes, wantRecords int64) {
		t.Helper()
		if bytes, records := b.room(); bytes != wantBytes || records != wantRecords {
			t.Errorf("room is %d bytes and %d records, want %d and %d", bytes, records, wantBytes, wantRecords)
		}
	}
	room(100, 10)
	b.take("a", 100, 4)
	room(0, 6)
	b.park("a", true) // its output is missing: the other inputs go on
	room(100, 10)
	b.take("b", 60, 2)
	room(40, 8)
	b.park("b", true)
	room(40, 10) // but never more than twice the limit in all
	b.park("a", false)
	room(0, 6)
	b.release("a", 100, 4)
	b.park("b", false)
	room(40, 8)
	b.release("b", 60, 2)
	room(100, 10)
	if bytes, records := b.used(); bytes != 0 || records != 0 {
		t.Errorf("%d bytes and %d records are still in use", bytes, records)
	}
}

func TestBudgetWakesWhoWaits(t *testing.T) {
	t.Parallel()
	b := newBudget(1, 1)
	b.take("a", 1, 1)
	freed := b.freed.wait()
	select {
	case <-freed:
		t.Fatal("woken before anything was freed")
	default:
	}
	b.release("a", 1, 1)
	<-freed
}
