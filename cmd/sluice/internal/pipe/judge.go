package pipe

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/sluicedata/sluice/router"
)

// worker judges blocks.
type worker struct {
	o       *Options
	decider Judge
	profile *Profile // nil if nobody asks
	buf     bytes.Buffer
	encoder *json.Encoder
}

func newWorker(o *Options) *worker {
	w := &worker{o: o, decider: o.Judge()}
	if o.Profile != nil {
		w.profile = newProfile()
	}
	w.encoder = json.NewEncoder(&w.buf)
	w.encoder.SetEscapeHTML(false)
	return w
}

// judge judges the lines of a block. Good ones move together at the beginning
// of its text, where they are written from.
func (w *worker) judge(b *block) {
	if b.long > 0 {
		w.line(b, nil, b.first, b.long)
		return
	}
	kept := 0
	number := b.first
	for at := 0; at < len(b.text); number++ {
		end, next := len(b.text), len(b.text)
		if n := bytes.IndexByte(b.text[at:], '\n'); n >= 0 {
			end, next = at+n, at+n+1
		}
		line := b.text[at:end]
		if len(line) <= w.o.RecordBytes && blank(line) {
			b.Blank++
		} else if w.line(b, line, number, int64(len(line))) && w.o.Good != nil {
			if kept != at {
				copy(b.text[kept:], b.text[at:next])
			}
			kept += next - at
		}
		at = next
	}
	b.good = b.text[:kept]
	if kept > 0 && b.good[kept-1] != '\n' {
		b.good = append(b.good, '\n')
		b.text = b.good // which may have grown
	}
}

// line judges one line and reports whether its record is to be passed on.
func (w *worker) line(b *block, line []byte, number, size int64) bool {
	if size > int64(w.o.RecordBytes) {
		line = nil
	}
	d := w.decider.Decide(line, size)
	good := false
	switch {
	case d.Outcome == router.DeadLettered:
		b.Bad++
	case d.Outcome == router.Dropped:
		b.Dropped++
	case w.o.Product != "" && d.Route.Product != w.o.Product:
		b.Other++
	default:
		b.Good++
		good = true
	}
	if w.profile != nil {
		w.profile.add(b.source, number, size, &d)
	}
	if d.Outcome == router.Accepted {
		if w.o.Report != nil {
			b.report = w.accepted(b.report, b.source, number, &d)
		}
		return good
	}
	if w.o.Report == nil && w.o.Bad == nil {
		return false
	}
	v := verdict(&d, w.o.Named)
	v.File, v.Line = b.source.Name, number
	if w.o.Report != nil {
		no := false
		v.Valid = &no
		b.report = w.append(b.report, &v)
		v.Valid = nil
	}
	if w.o.Bad != nil && d.Outcome == router.DeadLettered {
		v.carry(line, size)
		b.bad = w.append(b.bad, &v)
	}
	return false
}

// accepted appends the verdict on an accepted record, which most are: what the
// encoder would write, without its cost.
func (w *worker) accepted(out []byte, s *Source, number int64, d *router.Decision) []byte {
	out = append(out, '{')
	if s.Name != "" {
		out = append(append(append(out, `"file":`...), s.quoted()...), ',')
	}
	out = strconv.AppendInt(append(out, `"line":`...), number, 10)
	if w.o.Named {
		// The name of a product needs no escapes.
		out = append(append(append(out, `,"product":"`...), d.Route.Product...), `","outcome":"accepted"`...)
	}
	return append(out, ",\"valid\":true}\n"...)
}

// append adds v as a line of JSON.
func (w *worker) append(out []byte, v *Verdict) []byte {
	w.buf.Reset()
	if err := w.encoder.Encode(v); err != nil {
		// Only a RawMessage can fail, and this one has been looked at.
		panic(err)
	}
	return append(out, w.buf.Bytes()...)
}

// blank reports whether a line is white space, as JSON has it, alone.
func blank(line []byte) bool {
	for _, c := range line {
		if c != ' ' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}
