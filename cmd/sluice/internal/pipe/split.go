package pipe

import (
	"bufio"
	"context"
	"errors"
	"io"
	"sync"
)

// A chunk is closed when it has so many bytes or lines. It is what a worker
// takes at once: large enough to pay for the hand-over, small enough to share
// work out.
const (
	chunkBytes = 128 << 10
	chunkLines = 1024
)

// chunk is a run of lines of one source and what became of them.
type chunk struct {
	source *Source
	text   []byte // the lines, one after another, without their ends
	lines  []line
	done   chan struct{} // closed when it has been judged

	goodOut, badOut, reportOut []byte
	good, bad, blank, bytes    int64
}

// line is one record in a chunk.
type line struct {
	number     int64 // in its source, from 1
	start, end int   // in text
	// size of the line if it is over the limit and not in text; else 0.
	size int64
}

func (c *chunk) reset(s *Source) {
	*c = chunk{
		source: s, text: c.text[:0], lines: c.lines[:0],
		goodOut: c.goodOut[:0], badOut: c.badOut[:0], reportOut: c.reportOut[:0],
	}
}

func (c *chunk) full() bool { return len(c.text) >= chunkBytes || len(c.lines) >= chunkLines }

// split reads the sources into chunks and gives them to next.
func split(ctx context.Context, o *Options, pool *sync.Pool, next func(*chunk) error) error {
	in := bufio.NewReaderSize(nil, 256<<10)
	for i := range o.Sources {
		s := &o.Sources[i]
		in.Reset(s)
		number := int64(0)
		for {
			c := pool.Get().(*chunk)
			c.reset(s)
			var err error
			for err == nil && !c.full() {
				number++
				err = c.read(in, number, o.RecordBytes)
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if len(c.lines) > 0 || c.blank > 0 {
				if err := next(c); err != nil {
					return err
				}
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return errRead(s, err)
			}
		}
	}
	return nil
}

// read adds the next line. With an error, what came before it has been added.
func (c *chunk) read(in *bufio.Reader, number int64, limit int) error {
	l := line{number: number, start: len(c.text)}
	size := int64(0)
	for {
		part, err := in.ReadSlice('\n')
		c.bytes += int64(len(part))
		if err == nil {
			part = part[:len(part)-1]
		}
		size += int64(len(part))
		if size <= int64(limit) {
			c.text = append(c.text, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		l.end = len(c.text)
		switch {
		case size > int64(limit):
			c.text = c.text[:l.start]
			l.end, l.size = l.start, size
			c.lines = append(c.lines, l)
		case !blank(c.text[l.start:]):
			c.lines = append(c.lines, l)
		case err == nil:
			c.blank++
		}
		return err
	}
}

// blank reports whether a line is white space, as JSON has it, alone.
func blank(line []byte) bool {
	for _, b := range line {
		if b != ' ' && b != '\t' && b != '\r' {
			return false
		}
	}
	return true
}
