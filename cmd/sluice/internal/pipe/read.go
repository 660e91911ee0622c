package pipe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
)

// blockBytes is how much is read at once: large enough to pay for the
// hand-over to a worker, small enough to share work out.
const blockBytes = 256 << 10

// block is a run of whole lines of one source, and what became of them.
type block struct {
	source *Source
	// text holds the lines with their ends; the last line of a source may have
	// none. A worker leaves the good lines in it, as good.
	text []byte
	// first is the number of the first line, from 1.
	first int64
	// long is the size of the block's only line, if that is over the limit and
	// not in text; else 0.
	long int64
	done chan struct{} // closed when it has been judged

	good, bad, report []byte
	Summary
}

// reader reads sources into blocks.
type reader struct {
	o      *Options
	blocks sync.Pool
}

func (r *reader) block(s *Source, first int64) *block {
	b, ok := r.blocks.Get().(*block)
	if !ok {
		b = &block{text: make([]byte, 0, blockBytes)}
	}
	*b = block{source: s, first: first, text: b.text[:0], bad: b.bad[:0], report: b.report[:0], done: make(chan struct{})}
	return b
}

// read gives the blocks of all sources to next.
func (r *reader) read(ctx context.Context, next func(*block) error) error {
	for i, s := range r.o.Sources {
		s.order = i
		if err := r.source(ctx, s, next); err != nil {
			return err
		}
	}
	return nil
}

// source reads one source. A block leaves as soon as a read has brought the end
// of a line; what stands behind it begins the next one.
func (r *reader) source(ctx context.Context, s *Source, next func(*block) error) error {
	b := r.block(s, 1)
	for {
		whole, err := r.fill(ctx, b) // a line or more
		last := errors.Is(err, io.EOF)
		if err != nil && !last {
			return errRead(s, err)
		}
		var after *block
		if last {
			whole = len(b.text)
		} else {
			lines := int64(1)
			if b.long == 0 {
				lines = int64(bytes.Count(b.text[:whole], []byte{'\n'}))
			}
			after = r.block(s, b.first+lines)
			after.text = append(after.text, b.text[whole:]...)
		}
		b.text = b.text[:whole]
		b.Bytes = int64(whole)
		if b.long > 0 {
			b.Bytes, b.text = b.long, b.text[:0]
			if !last {
				b.Bytes++ // its end
			}
		}
		if b.Bytes > 0 {
			if err := next(b); err != nil {
				return err
			}
		}
		if last {
			return nil
		}
		b = after
	}
}

// fill reads until the block has the end of a line, and returns where behind it
// the block is to be cut. With io.EOF all of it is the source's last. A line
// that grows over the limit is measured and thrown away: then long is set.
func (r *reader) fill(ctx context.Context, b *block) (int, error) {
	seen := 0 // has no end of a line
	for {
		if at := bytes.LastIndexByte(b.text[seen:], '\n'); at >= 0 {
			return seen + at + 1, ctx.Err()
		}
		seen = len(b.text)
		if seen > r.o.RecordBytes {
			return r.skip(ctx, b)
		}
		if cap(b.text)-seen < blockBytes/4 {
			b.text = slices.Grow(b.text, max(blockBytes, seen))
		}
		n, err := b.source.Read(b.text[seen:cap(b.text)])
		b.text = b.text[:seen+n]
		if err != nil && bytes.IndexByte(b.text[seen:], '\n') < 0 {
			return len(b.text), err
		}
		if err := ctx.Err(); err != nil {
			return 0, err
		}
	}
}

// skip reads to the end of a line that is over the limit. What the block holds
// is the line's beginning. It returns where the next line begins.
func (*reader) skip(ctx context.Context, b *block) (int, error) {
	for {
		b.long += int64(len(b.text))
		n, err := b.source.Read(b.text[:cap(b.text)])
		b.text = b.text[:n]
		if at := bytes.IndexByte(b.text, '\n'); at >= 0 {
			b.long += int64(at)
			return at + 1, ctx.Err()
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			b.long += int64(n)
			return n, err
		}
	}
}

// errRead wraps an error of a source.
func errRead(s *Source, err error) error {
	if s.Name == "" {
		return fmt.Errorf("read: %w", err)
	}
	return fmt.Errorf("read %s: %w", s.Name, err)
}
