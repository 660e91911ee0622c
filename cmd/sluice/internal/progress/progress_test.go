package progress

import (
	"bytes"
	"testing"
	"time"
)

func TestBar(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	now, columns := time.Unix(0, 0), 200
	b := newBar(&out, func() time.Time { return now }, func() int { return columns })
	f := func(s State, want string) {
		t.Helper()
		out.Reset()
		b.Update(func() State { return s })
		if out.String() != want {
			t.Errorf("%q, want %q", out.String(), want)
		}
	}
	now = now.Add(2 * time.Second)
	f(State{Done: 500e6, Total: 2000e6, Unit: Bytes, Note: "7 records"}, "\r[######------------------]  25%  250 MB/s  6s left  7 records\x1b[K")
	f(State{Done: 600e6, Total: 2000e6, Unit: Bytes}, "") // too soon
	now = now.Add(2 * time.Second)
	f(State{Done: 4e9, Unit: Bytes, Note: "8 records"}, "\r4 GB  1 GB/s  8 records\x1b[K")
	now, columns = now.Add(time.Second), 10
	f(State{Done: 3000, Total: 2000, Unit: Bytes}, "\r[########\x1b[K")
	out.Reset()
	b.Clear()
	if out.String() != "\r\x1b[K" {
		t.Errorf("%q", out.String())
	}
	var none *Bar
	none.Update(nil)
	none.Clear()
	if New(&out) != nil {
		t.Error("a buffer is taken for a terminal")
	}
}

func TestBytes(t *testing.T) {
	t.Parallel()
	for n, want := range map[float64]string{0: "0 B", 999: "999 B", 1500: "1.5 kB", 123456789: "123 MB", 1e12: "1e+03 GB"} {
		if got := Bytes(n); got != want {
			t.Errorf("%v: %q, want %q", n, got, want)
		}
	}
}
