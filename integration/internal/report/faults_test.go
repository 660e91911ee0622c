package report

import (
	"strings"
	"testing"
	"time"
)

func TestTable(t *testing.T) {
	t.Parallel()
	table := Table([]Fault{
		{Name: "b", Delivery: "at_least_once", Injected: 3, In: 40, Lost: 1, Misrouted: 2, Reordered: 3, Other: 4, Duplicated: 5, Recovery: 1250 * time.Millisecond, Proof: "7 resets"},
		{Name: "a", Delivery: "exactly_once"},
	})
	lines := strings.Split(table, "\n")
	if len(lines) != 5 || !strings.HasPrefix(lines[2], "| a | exactly once |") ||
		lines[3] != "| b | at least once | 3 | 40 | 1 | 2 | 3 | 4 | 5 | 1.2 s | 7 resets |" {
		t.Error(table)
	}
}

// TestInsert replaces rows that ran again and keeps the others.
func TestInsert(t *testing.T) {
	t.Parallel()
	empty := "before\n" + Begin + End + "\nafter\n"
	first, err := Insert(empty, []Fault{{Name: "b", Delivery: "at_least_once", Injected: 1}, {Name: "a", Delivery: "at_least_once"}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Insert(first, []Fault{{Name: "b", Delivery: "exactly_once"}, {Name: "b", Delivery: "at_least_once", Injected: 2}})
	want := "before\n" + Begin + Table([]Fault{
		{Name: "a", Delivery: "at_least_once"}, {Name: "b", Delivery: "at_least_once", Injected: 2}, {Name: "b", Delivery: "exactly_once"},
	}) + End + "\nafter\n"
	if err != nil || got != want {
		t.Errorf("got %v\n%s, want\n%s", err, got, want)
	}
	if _, err := Insert("no marks", nil); err == nil {
		t.Error("a document without marks is taken")
	}
}
