// Package pipe judges lines of JSON: text in, text out.
//
// It reads newline-delimited JSON, one record a line, from any number of
// sources after another, and writes good records as they came, bad ones with
// their violations, or one verdict for each. A Judge decides: by a schema, or
// as the service of a domain would.
//
// Sources are read in blocks that end with a line. Blocks are judged on all
// cores and written in the order of reading, and memory is bounded whatever the
// size of the input: by the blocks in flight, a few for each core, and by the
// limit on a record. What a source has is judged at once: a slow one is not
// waited for.
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

	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/validate"
)

// Judge decides what becomes of a record. It is one worker's and may be reused
// from line to line.
type Judge interface {
	// Decide judges a line of this size. A line over the limit is nil.
	Decide(line []byte, size int64) router.Decision
}

// Options direct Run.
type Options struct {
	// Judge makes the judge of a worker.
	Judge func() Judge
	// Product is whose records are good; those that another product takes are
	// left out. Empty stands for all.
	Product string
	// Named puts product, outcome and fingerprint into verdicts.
	Named bool
	// Sources are read one after another.
	Sources []*Source
	// Good takes the good records, Bad the bad ones with their violations, and
	// Report a verdict for each. Nil ones are not written.
	Good, Bad, Report io.Writer
	// Profile is filled with what the input is like, unless it is nil.
	Profile *Profile
	// RecordBytes bounds a record; default 1 MiB.
	RecordBytes int
	// Workers judge at once; default one for each core.
	Workers int
	// Progress is told now and then how far things are. Nil is not told.
	Progress func(Summary)
}

// Summary counts what went through.
type Summary struct {
	// Good records were accepted, Bad ones would be dead letters. Dropped ones
	// a policy throws away, and Other ones belong to another product.
	Good, Bad, Dropped, Other int64
	// Blank lines are no records.
	Blank int64
	// Bytes of lines, line ends included.
	Bytes int64
}

// Records is how many there were.
func (s *Summary) Records() int64 { return s.Good + s.Bad + s.Dropped + s.Other }

func (s *Summary) add(more *Summary) {
	s.Good += more.Good
	s.Bad += more.Bad
	s.Dropped += more.Dropped
	s.Other += more.Other
	s.Blank += more.Blank
	s.Bytes += more.Bytes
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
		order   = make(chan *block, 2*o.Workers) // bounds the blocks in flight
		work    = make(chan *block, 2*o.Workers)
		failed  error // set before order is closed
		workers sync.WaitGroup
		crew    = make([]*worker, o.Workers)
	)
	for i := range crew {
		crew[i] = newWorker(&o)
		workers.Go(func() {
			for b := range work {
				crew[i].judge(b)
				close(b.done)
			}
		})
	}
	r := reader{o: &o}
	go func() {
		defer close(order)
		defer close(work)
		failed = r.read(ctx, func(b *block) error {
			select {
			case order <- b:
				work <- b // a worker will take it
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()

	var sum Summary
	for {
		var b *block
		select {
		case b = <-order:
		case <-ctx.Done():
			return sum, ctx.Err()
		}
		if b == nil { // the sources are at their end
			workers.Wait()
			if o.Profile != nil {
				for _, w := range crew {
					o.Profile.merge(w.profile)
				}
				o.Profile.finish(&o, sum)
			}
			return sum, failed
		}
		<-b.done
		if err := b.write(&o); err != nil {
			return sum, err
		}
		sum.add(&b.Summary)
		if o.Progress != nil {
			o.Progress(sum)
		}
		r.blocks.Put(b)
	}
}

// write writes what a worker made of a block.
func (b *block) write(o *Options) error {
	for _, out := range []struct {
		w    io.Writer
		data []byte
		what string
	}{{o.Good, b.good, "good records"}, {o.Bad, b.bad, "bad records"}, {o.Report, b.report, "the report"}} {
		if out.w == nil || len(out.data) == 0 {
			continue
		}
		if _, err := out.w.Write(out.data); err != nil {
			return fmt.Errorf("write %s: %w", out.what, err)
		}
	}
	return nil
}
