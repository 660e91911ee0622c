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

func TestInsert(t *testing.T) {
	t.Parallel()
	got, err := Insert("before\n"+Begin+"old\n"+End+"\nafter\n", "new\n")
	if want := "before\n" + Begin + "new\n" + End + "\nafter\n"; err != nil || got != want {
		t.Errorf("got %q %v", got, err)
	}
	if _, err := Insert("no marks", "new"); err == nil {
		t.Error("a document without marks is taken")
	}
}
