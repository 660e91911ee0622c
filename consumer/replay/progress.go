package replay

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
)

// maxHoles bounds the stretches that a partition's metadata lists. Brokers
// take 4096 bytes (offset.metadata.max.bytes); a hole and the settled stretch
// behind it take 10 bytes at most unless they are longer than 2^35, before
// base64 makes 4 of 3.
const maxHoles = 256

// metadataPrefix begins the metadata of the group's offsets.
const metadataPrefix = "sluice-replay/1 "

// span is a stretch of offsets, its end excluded.
type span struct{ from, to int64 }

// progress knows which offsets of a partition are settled. Offsets before the
// first hole are, and so are those between holes; from high on all is open.
type progress struct {
	start int64 // where the run begins
	next  int64 // everything before it has been read in this run
	end   int64 // the run ends before it
	high  int64
	// holes are open stretches before high, in order, none adjacent.
	holes []span
}

// newProgress continues at a committed offset with its metadata.
func newProgress(at int64, metadata string, end int64) (*progress, error) {
	p := &progress{start: at, next: at, high: at, end: end}
	text, ok := strings.CutPrefix(metadata, metadataPrefix)
	if !ok {
		return p, nil // another tool set the offset: all behind it is open
	}
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, errMetadata
	}
	for len(data) > 0 {
		open, n := binary.Uvarint(data)
		if n <= 0 {
			return nil, errMetadata
		}
		done, m := binary.Uvarint(data[n:])
		if m <= 0 || open == 0 || done == 0 || open > 1<<62 || done > 1<<62 {
			return nil, errMetadata
		}
		data = data[n+m:]
		p.holes = append(p.holes, span{p.high, p.high + int64(open)})
		p.high += int64(open + done)
	}
	return p, nil
}

var errMetadata = errors.New("the metadata of the group's offset is broken: set the offset anew with kafka-consumer-groups.sh --reset-offsets")

// commit returns the offset to commit and its metadata.
func (p *progress) commit() (at int64, metadata string) {
	holes, high := p.holes, p.high
	if n := len(holes); n > 0 && holes[n-1].to == high { // open like all behind it
		holes, high = holes[:n-1], holes[n-1].from
	}
	if len(holes) == 0 {
		return high, ""
	}
	var data []byte
	for i, h := range holes {
		done := high
		if i+1 < len(holes) {
			done = holes[i+1].from
		}
		data = binary.AppendUvarint(data, uint64(h.to-h.from))
		data = binary.AppendUvarint(data, uint64(done-h.to))
	}
	return holes[0].from, metadataPrefix + base64.RawURLEncoding.EncodeToString(data)
}

// arrive moves on to an offset that was read. What lies between does not
// exist: compaction, transaction markers and aborted records leave gaps.
func (p *progress) arrive(offset int64) {
	p.settleSpan(span{p.next, offset})
	p.next = offset + 1
}

// finish settles what lies between the last record and the end.
func (p *progress) finish() {
	p.settleSpan(span{p.next, p.end})
	p.next = max(p.next, p.end)
}

// read reports whether the run has come to its end.
func (p *progress) read() bool { return p.next >= p.end }

// open reports whether an offset is not settled.
func (p *progress) open(offset int64) bool {
	if offset >= p.high {
		return true
	}
	i, inside := p.hole(offset)
	return inside && p.holes[i].from <= offset
}

// hole returns the first hole that ends behind an offset.
func (p *progress) hole(offset int64) (int, bool) {
	i, _ := slices.BinarySearchFunc(p.holes, offset, func(h span, o int64) int {
		if h.to <= o {
			return -1
		}
		return 1
	})
	return i, i < len(p.holes)
}

// canLeave reports whether an offset may be left open without another stretch
// that later ones may split off.
func (p *progress) canLeave(offset int64) bool {
	if len(p.holes) < maxHoles {
		return true
	}
	if offset >= p.high {
		n := len(p.holes)
		return p.holes[n-1].to == offset
	}
	i, inside := p.hole(offset)
	return inside && p.holes[i].from < offset
}

// leave leaves an open offset as it is.
func (p *progress) leave(offset int64) {
	if offset < p.high {
		return
	}
	if n := len(p.holes); n > 0 && p.holes[n-1].to == offset {
		p.holes[n-1].to++
	} else {
		p.holes = append(p.holes, span{offset, offset + 1})
	}
	p.high = offset + 1
}

// settle settles an offset.
func (p *progress) settle(offset int64) { p.settleSpan(span{offset, offset + 1}) }

// settleSpan relies on the order of reading: no span begins behind high.
func (p *progress) settleSpan(s span) {
	if s.from >= s.to {
		return
	}
	for i, inside := p.hole(s.from); inside && i < len(p.holes) && p.holes[i].from < s.to; {
		h := p.holes[i]
		var rest []span
		if h.from < s.from {
			rest = append(rest, span{h.from, s.from})
		}
		if h.to > s.to {
			rest = append(rest, span{s.to, h.to})
		}
		p.holes = slices.Replace(p.holes, i, i+1, rest...)
		if h.from < s.from {
			i++
		}
	}
	p.high = max(p.high, s.to)
}

// left counts the open offsets before the end.
func (p *progress) left() int64 {
	n := max(0, p.end-p.high)
	for _, h := range p.holes {
		n += h.to - h.from
	}
	return n
}
