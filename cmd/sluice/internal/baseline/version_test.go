package baseline

import "testing"

func TestMajorVersions(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]int{"1.2.0": 1, "v2": 2, "0.9.1": 0, "10.0.0-rc.1": 10, "3f9a0c12bd77": -1, "": -1, "one": -1} {
		if got := major(version); got != want {
			t.Errorf("major(%q) = %d, want %d", version, got, want)
		}
	}
	for _, c := range []struct {
		was, is string
		want    bool
	}{
		{"sales.orders.v1", "sales.orders.v2", true},
		{"sales.orders.v9", "sales.orders.v10", true},
		{"sales.orders.v2", "sales.orders.v1", false},
		{"sales.orders.v1", "sales.orders.v1", false},
		{"sales.orders.v1", "sales.refunds.v2", false},
		{"sales.orders", "sales.orders.v2", true},
		{"sales.orders", "sales.bookings", false},
	} {
		if got := isNewMajor(c.was, c.is); got != c.want {
			t.Errorf("isNewMajor(%q, %q) = %v", c.was, c.is, got)
		}
	}
	if got := nextTopic("a.v1") + " " + nextTopic("a"); got != "a.v2 a.v2" {
		t.Error(got)
	}
}
