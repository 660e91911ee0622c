package pipe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/sluicedata/sluice/validate"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// judge takes records whose n is an integer.
func judge(t testing.TB, recordBytes int) func() Judge {
	t.Helper()
	s, err := validate.Compile([]byte(`{"type":"object","required":["n"],"properties":{"n":{"type":"integer"}}}`), validate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return BySchema(s, recordBytes)
}

// source is a nameless one.
func source(t testing.TB, r io.Reader) []*Source {
	t.Helper()
	s, err := NewSource("", r)
	if err != nil {
		t.Fatal(err)
	}
	return []*Source{s}
}

// piped runs text through and returns the three outputs.
func piped(t *testing.T, o Options, sources ...string) (good, bad, report string, sum Summary) {
	t.Helper()
	var g, b, r bytes.Buffer
	o.Good, o.Bad, o.Report = &g, &b, &r
	if o.Judge == nil {
		o.Judge = judge(t, o.RecordBytes)
	}
	for i, text := range sources {
		name := ""
		if len(sources) > 1 {
			name = fmt.Sprintf("f%d", i)
		}
		s, err := NewSource(name, strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		o.Sources = append(o.Sources, s)
	}
	sum, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return g.String(), b.String(), r.String(), sum
}

func verdicts(t *testing.T, lines string) (list []Verdict) {
	t.Helper()
	for line := range strings.Lines(lines) {
		var v Verdict
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		list = append(list, v)
	}
	return list
}

func TestLines(t *testing.T) {
	t.Parallel()
	in := "{\"n\":1}\n\n  \t\r\n{ \"n\" : 2 }\r\n{\"n\":\"x\"}\n{\"n\":\nnull\n\xff\n{\"n\":3,\"s\":\"<&>\"}"
	good, bad, report, sum := piped(t, Options{}, in)
	if want := "{\"n\":1}\n{ \"n\" : 2 }\r\n{\"n\":3,\"s\":\"<&>\"}\n"; good != want {
		t.Errorf("good %q, want %q", good, want)
	}
	if want := (Summary{Good: 3, Bad: 4, Blank: 2, Bytes: int64(len(in))}); sum != want {
		t.Errorf("%+v, want %+v", sum, want)
	}
	b := verdicts(t, bad)
	if len(b) != 4 {
		t.Fatalf("bad %s", bad)
	}
	if v := b[0]; v.Line != 5 || v.Reason != "schema_violation" || string(v.Record) != `{"n":"x"}` || v.Total != 1 || v.Violations[0].InstanceLocation != "/n" || v.Valid != nil {
		t.Errorf("%+v", v)
	}
	if v := b[1]; v.Line != 6 || v.Reason != "malformed_json" || v.Text == nil || *v.Text != `{"n":` || v.Offset == nil || v.Message == "" {
		t.Errorf("%+v", v)
	}
	if v := b[2]; v.Line != 7 || v.Reason != "schema_violation" || string(v.Record) != "null" {
		t.Errorf("%+v", v)
	}
	if v := b[3]; v.Line != 8 || v.Reason != "malformed_json" || string(v.Base64) != "\xff" {
		t.Errorf("%+v", v)
	}
	first, _, _ := strings.Cut(report, "\n")
	if first != `{"line":1,"valid":true}` {
		t.Errorf("report begins with %s", first)
	}
	var lines []int64
	for _, v := range verdicts(t, report) {
		lines = append(lines, v.Line)
		if v.Record != nil || v.Text != nil || v.Base64 != nil {
			t.Errorf("the report carries records: %+v", v)
		}
		if v.Valid == nil || *v.Valid != (v.Reason == "") {
			t.Errorf("%+v", v)
		}
	}
	if fmt.Sprint(lines) != "[1 4 5 6 7 8 9]" {
		t.Errorf("report on lines %v", lines)
	}
}

func TestRecordLimit(t *testing.T) {
	t.Parallel()
	fits := `{"n":1,"p":"` + strings.Repeat("x", 100-14) + `"}`
	if len(fits) != 100 {
		t.Fatal(len(fits))
	}
	long := fits + " "
	huge := strings.Repeat("y", 3<<20)
	good, bad, _, sum := piped(t, Options{RecordBytes: 100}, fits+"\n"+long+"\n"+huge+"\n"+fits+"\n"+huge)
	if good != fits+"\n"+fits+"\n" || sum.Bad != 3 {
		t.Errorf("%+v", sum)
	}
	b := verdicts(t, bad)
	for i, want := range []int64{101, 3 << 20, 3 << 20} {
		if v := b[i]; v.Reason != "limit_exceeded" || v.Bytes != want || v.Record != nil || v.Text != nil || *v.Offset != 100 || v.Message == "" {
			t.Errorf("%+v", v)
		}
	}
	if b[0].Line != 2 || b[1].Line != 3 || b[2].Line != 5 {
		t.Errorf("lines %d %d %d", b[0].Line, b[1].Line, b[2].Line)
	}
}

// TestOrder: many chunks on many workers come out as they went in.
func TestOrder(t *testing.T) {
	t.Parallel()
	var in, want strings.Builder
	for i := range 60_000 {
		if i%7 == 0 {
			fmt.Fprintf(&in, "{\"n\":\"%d\"}\n", i)
			continue
		}
		fmt.Fprintf(&in, "{\"n\":%d}\n", i)
		fmt.Fprintf(&want, "{\"n\":%d}\n", i)
	}
	good, bad, report, _ := piped(t, Options{Workers: 8}, in.String())
	if good != want.String() {
		t.Error("good records are out of order")
	}
	for i, v := range verdicts(t, bad) {
		if v.Line != int64(7*i+1) {
			t.Fatalf("bad record %d is of line %d", i, v.Line)
		}
	}
	for i, v := range verdicts(t, report) {
		if v.Line != int64(i+1) || *v.Valid == (i%7 == 0) {
			t.Fatalf("verdict %d is %+v", i, v)
		}
	}
}

func TestSources(t *testing.T) {
	t.Parallel()
	good, _, report, _ := piped(t, Options{}, "{\"n\":1}\n[]", "", "{\"n\":2}\n")
	if good != "{\"n\":1}\n{\"n\":2}\n" {
		t.Errorf("good %q", good)
	}
	v := verdicts(t, report)
	if len(v) != 3 || v[0].File != "f0" || v[1].File != "f0" || v[1].Line != 2 || v[2].File != "f2" || v[2].Line != 1 {
		t.Errorf("%+v", v)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestTrouble(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	endless := &repeat{line: []byte("{\"n\":1}\n")}
	if _, err := Run(t.Context(), Options{Judge: judge(t, 0), Good: failing{boom}, Sources: source(t, endless)}); !errors.Is(err, boom) {
		t.Errorf("write: %v", err)
	}
	var good bytes.Buffer
	s, err := NewSource("a", io.MultiReader(strings.NewReader("{\"n\":1}\n{\"n\":2"), iotest.ErrReader(boom)))
	if err != nil {
		t.Fatal(err)
	}
	sum, err := Run(t.Context(), Options{Judge: judge(t, 0), Good: &good, Sources: []*Source{s}})
	if !errors.Is(err, boom) || !strings.Contains(err.Error(), "read a: ") || sum != (Summary{Good: 1, Bytes: 8}) || good.String() != "{\"n\":1}\n" {
		t.Errorf("read: %v, %+v, %q", err, sum, good.String())
	}
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	defer w.Close()
	cancel()
	if _, err := Run(ctx, Options{Judge: judge(t, 0), Sources: source(t, r)}); !errors.Is(err, context.Canceled) {
		t.Errorf("ctx: %v", err)
	}
}

// repeat is an endless source, or one of n lines.
type repeat struct {
	line []byte
	n    int // left; 0 is endless
	at   int
}

func (r *repeat) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if r.at == len(r.line) {
			if r.n == 1 {
				return n, io.EOF
			}
			r.n--
			r.at = 0
		}
		c := copy(p[n:], r.line[r.at:])
		r.at += c
		n += c
	}
	return n, nil
}

// TestMemory: 200 MB go through, and the heap does not see it.
func TestMemory(t *testing.T) {
	line := []byte(`{"n":1,"p":"` + strings.Repeat("x", 100_000) + "\"}\n")
	peak := uint64(0)
	sum, err := Run(t.Context(), Options{
		Judge: judge(t, 1<<20), Good: io.Discard,
		Sources: source(t, &repeat{line: line, n: 2000}),
		Progress: func(Summary) {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapInuse)
		},
	})
	if err != nil || sum.Good != 2000 {
		t.Fatalf("%+v, %v", sum, err)
	}
	if peak > 64<<20 {
		t.Errorf("%d MB of heap", peak>>20)
	}
}

// TestStreams: a record that has come is judged although no more follow yet.
func TestStreams(t *testing.T) {
	t.Parallel()
	told := make(chan Summary, 100)
	r, w := io.Pipe()
	done := make(chan error)
	go func() {
		_, err := Run(t.Context(), Options{
			Judge: judge(t, 0), Sources: source(t, r), Progress: func(s Summary) { told <- s },
		})
		done <- err
	}()
	if _, err := io.WriteString(w, "{\"n\":1}\n{\"n\":"); err != nil {
		t.Fatal(err)
	}
	select {
	case s := <-told:
		if s.Good != 1 {
			t.Errorf("%+v", s)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("nothing was judged")
	}
	w.Close()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// TestBlocks: however a source hands out its bytes, its lines are those of the
// text, numbered from 1, and the good ones come out as they went in.
func TestBlocks(t *testing.T) {
	t.Parallel()
	const limit = 40
	lines := rapid.SampledFrom([]string{
		`{"n":1}`, `{"n":"x"}`, "", " \t", `{"n":2}` + "\r", "{", `{"n":3,"p":"` + strings.Repeat("y", 26) + `"}`,
		`{"n":4,"p":"` + strings.Repeat("y", 27) + `"}`, strings.Repeat("z", 3*limit), strings.Repeat(" ", limit), strings.Repeat(" ", limit+1),
	})
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(lines, 0, 40).Draw(t, "lines")
		text := strings.Join(list, "\n")
		var want, good, report bytes.Buffer
		bad := map[int64]bool{}
		for i, line := range list {
			switch {
			case len(line) > limit, strings.TrimSpace(line) != "" && !strings.HasPrefix(strings.TrimSpace(line), `{"n":`), strings.Contains(line, `"x"`):
				bad[int64(i+1)] = true
			case strings.TrimSpace(line) != "":
				want.WriteString(line + "\n")
			}
		}
		var in io.Reader = strings.NewReader(text)
		switch rapid.IntRange(0, 3).Draw(t, "reader") {
		case 0:
			in = iotest.OneByteReader(in)
		case 1:
			in = iotest.HalfReader(in)
		case 2:
			in = iotest.DataErrReader(in)
		}
		s, err := NewSource("", in)
		if err != nil {
			t.Fatal(err)
		}
		schema, err := validate.Compile([]byte(`{"required":["n"],"properties":{"n":{"type":"integer"}}}`), validate.Options{})
		if err != nil {
			t.Fatal(err)
		}
		sum, err := Run(context.Background(), Options{
			Judge: BySchema(schema, limit), RecordBytes: limit, Workers: 2, Good: &good, Report: &report, Sources: []*Source{s},
		})
		if err != nil || good.String() != want.String() || sum.Bad != int64(len(bad)) || sum.Bytes != int64(len(text)) {
			t.Fatalf("%q: %v, %+v, good %q, want %q, and bad lines %v", text, err, sum, good.String(), want.String(), bad)
		}
		for line := range strings.Lines(report.String()) {
			var v Verdict
			if err := json.Unmarshal([]byte(line), &v); err != nil || *v.Valid == bad[v.Line] {
				t.Fatalf("%q: %s, %v", text, line, err)
			}
		}
	})
}
