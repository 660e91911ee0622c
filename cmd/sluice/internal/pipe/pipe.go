// Package pipe judges lines of JSON by a schema: text in, text out.
//
// It reads newline-delimited JSON, one record a line, from any number of
// sources after another, and writes good records as they came, bad ones with
// their violations, or one verdict for each. Lines are judged on all cores,
// their order is kept, and memory is bounded whatever the size of the input:
// by the chunks in flight, a few for each core, and by the limit on a record.
//
// Lines of white space alone are no records: they are counted and passed over,
// but keep their line number. A carriage return before the newline is white
// space to JSON and stays where it is. A line over the limit is
// limit_exceeded; its rest is read and thrown away.
package pipe

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"sync"

	"github.com/sluicedata/sluice/validate"
)

// Source is where records come from.
type Source struct {
	// Name stands in verdicts as "file"; empty leaves it out.
	Name string
	io.Reader
}

// Options direct Run.
type Options struct {
	// Schema judges.
	Schema *validate.Schema
	// Sources are read one after another.
	Sources []Source
	// Good takes the good records, Bad the bad ones with their violations, and
	// Report a verdict for each. Nil ones are not written.
	Good, Bad, Report io.Writer
	// RecordBytes bounds a record; default 1 MiB.
	RecordBytes int
	// Workers judge at once; default one for each core.
	Workers int
	// Progress is told now and then how far things are. Nil is not told.
	Progress func(Summary)
}

// Summary counts what went through.
type Summary struct {
	Good, Bad, Blank int64
	// Bytes that were read, line ends included.
	Bytes int64
}

// Run judges all records of all sources. The error is about reading and
// writing, or ctx's; a bad record is none. When ctx ends, Run returns at once
// and leaves a source that blocks to itself.
func Run(ctx context.Context, o Options) (Summary, error) {
	if o.RecordBytes <= 0 {
		o.RecordBytes = validate.DefaultLimits().DocumentBytes
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // the reader ends with it
	var (
		order   = make(chan *chunk, 2*o.Workers) // bounds the chunks in flight
		work    = make(chan *chunk, 2*o.Workers)
		pool    = sync.Pool{New: func() any { return new(chunk) }}
		failed  error // set before order is closed
		workers sync.WaitGroup
	)
	for range o.Workers {
		workers.Go(func() {
			j := judge{o: &o}
			for c := range work {
				j.judge(c)
				close(c.done)
			}
		})
	}
	go func() {
		defer close(order)
		defer close(work)
		failed = split(ctx, &o, &pool, func(c *chunk) error {
			c.done = make(chan struct{})
			select {
			case order <- c:
				work <- c // a worker will take it
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()

	var sum Summary
	for {
		var c *chunk
		select {
		case c = <-order:
		case <-ctx.Done():
			return sum, ctx.Err()
		}
		if c == nil { // the sources are at their end
			workers.Wait()
			return sum, failed
		}
		<-c.done
		if err := c.write(&o); err != nil {
			return sum, err
		}
		sum.add(c)
		if o.Progress != nil {
			o.Progress(sum)
		}
		pool.Put(c)
	}
}

func (s *Summary) add(c *chunk) {
	s.Good += c.good
	s.Bad += c.bad
	s.Blank += c.blank
	s.Bytes += c.bytes
}

// write writes what the judge made of a chunk.
func (c *chunk) write(o *Options) error {
	for _, out := range []struct {
		w    io.Writer
		data []byte
		what string
	}{{o.Good, c.goodOut, "good records"}, {o.Bad, c.badOut, "bad records"}, {o.Report, c.reportOut, "the report"}} {
		if out.w == nil || len(out.data) == 0 {
			continue
		}
		if _, err := out.w.Write(out.data); err != nil {
			return fmt.Errorf("write %s: %w", out.what, err)
		}
	}
	return nil
}

// errRead wraps an error of a source.
func errRead(s *Source, err error) error {
	if s.Name == "" {
		return fmt.Errorf("read: %w", err)
	}
	return fmt.Errorf("read %s: %w", s.Name, err)
}
