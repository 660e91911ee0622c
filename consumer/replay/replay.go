package replay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/router"
)

// Destination is where recovered records go. The zero Destination is none.
type Destination uint8

// The destinations.
const (
	// ToProduct sends a record to its product's output, as the service would
	// have sent it.
	ToProduct Destination = iota + 1
	// ToInput sends a record to the input where it came from, for the service
	// to judge. Behind its headers it carries its origin.
	ToInput
)

// String returns the destination as the command line names it.
func (d Destination) String() string {
	switch d {
	case ToProduct:
		return "product"
	case ToInput:
		return "input"
	default:
		return "none"
	}
}

// ParseDestination returns the destination of a name, and false if there is
// none.
func ParseDestination(name string) (Destination, bool) {
	for _, d := range []Destination{ToProduct, ToInput} {
		if d.String() == name {
			return d, true
		}
	}
	return 0, false
}

// Options say what to replay. Config, Table and To are required.
type Options struct {
	Config *config.Config
	Table  *router.Table
	// Version of the service, for dead letters.
	Version string
	// Apply sends. Without it everything is judged and nothing changes.
	Apply bool
	To    Destination
	// Topics to read; empty are the dead-letter topics of the configuration,
	// those of the selected product only if there is one.
	Topics    []string
	Selection Selection
	// Limit ends the replay after so many selected dead letters; 0 is no limit.
	Limit int64
	// Patch is applied to values before they are judged; nil is none.
	Patch *Patch
	// MaxAttempts is how often a record may fail before it is parked; 0 is no
	// limit.
	MaxAttempts int
	// Park is the parking topic; empty is the dead-letter topic's name and
	// ".parked".
	Park string
	// Rate bounds how many records are sent in a second; 0 is no bound.
	Rate int
	// Progress, unless nil, hears how many offsets have been read, of all.
	Progress func(read, all int64)
	// ClientOpts are appended to the options of the Kafka client.
	ClientOpts []kgo.Opt
}

// ParkedSuffix makes the name of a dead-letter topic that of its parking topic.
const ParkedSuffix = ".parked"

// Group is the consumer group whose offsets say where replays go on.
func Group(cfg *config.Config) string { return cfg.Kafka.Group + "-" + config.ReplayInstance }

// ErrInterrupted is the error of a replay whose context has ended. What it has
// settled is committed; the next one goes on from there.
var ErrInterrupted = errors.New("interrupted: run it again to go on")

// grace is how long a replay that is interrupted may take to settle its chunk.
const grace = 20 * time.Second

// Run replays. The result tells what has been settled, also beside an error.
func Run(ctx context.Context, o Options) (*Result, error) {
	started := time.Now()
	r, err := open(ctx, &o)
	if err != nil {
		return nil, err
	}
	defer r.client.Close()
	err = r.run(ctx)
	r.result.Seconds = time.Since(started).Seconds()
	r.result.sum()
	r.result.Left = int64(len(r.chunk.items)) // judged, and not sent
	if o.Apply {
		r.result.Left += r.result.StillBad + r.moved
	}
	for _, p := range r.partitions {
		r.result.Left += p.left()
	}
	return r.result, err
}

// run reads to the end, settling chunk by chunk.
func (r *replay) run(ctx context.Context) error {
	finishing, release := outlive(ctx, grace)
	defer release()
	err := r.readAll(ctx, finishing)
	if err != nil && !errors.Is(err, ErrInterrupted) {
		return err
	}
	// The last records may have been skipped ones, or none of anybody's.
	if cerr := r.settle(finishing); cerr != nil {
		return cerr
	}
	return err
}

// outlive returns a context that ends a while after another has.
func outlive(ctx context.Context, by time.Duration) (context.Context, func()) {
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(by, cancel) })
	return late, func() {
		stop()
		cancel()
	}
}

// readAll reads every partition to its end or until the limit. A record is
// judged when it is read and settled with its chunk.
func (r *replay) readAll(ctx, finishing context.Context) error {
	for !r.done() {
		if ctx.Err() != nil {
			return ErrInterrupted
		}
		fetches, err := r.poll(ctx)
		if err != nil {
			return err
		}
		for it := fetches.RecordIter(); !it.Done() && !r.full(); {
			record := it.Next()
			p := r.partitions[partition{record.Topic, record.Partition}]
			if p.read() || record.Offset < p.next {
				continue
			}
			r.changed[partition{record.Topic, record.Partition}] = p
			if record.Offset >= p.end {
				p.finish()
				continue
			}
			r.take(p, record)
			if r.chunk.full(r.rate) {
				if err := r.settle(finishing); err != nil {
					return err
				}
				r.report()
				if ctx.Err() != nil {
					return ErrInterrupted
				}
			}
		}
		if err := r.settle(finishing); err != nil {
			return err
		}
		r.report()
	}
	return nil
}

// take moves on to a record, judges it if it is open, and adds it to the chunk
// if something is to be sent.
func (r *replay) take(p *progress, record *kgo.Record) {
	p.arrive(record.Offset)
	if record.Attrs.IsControl() {
		p.settle(record.Offset)
		return
	}
	if !p.open(record.Offset) {
		return // an earlier replay has settled it
	}
	if r.unknown[partition{record.Topic, record.Partition}] && time.Since(record.Timestamp) > forgetting {
		r.result.MayRepeat = true
	}
	it := r.judge.judge(record)
	if it.fate == Skipped {
		if !r.o.Apply || p.canLeave(record.Offset) {
			p.leave(record.Offset)
			r.result.add(it)
			return
		}
		it.send, it.pinned = r.judge.copy(record, record.Topic), true
		r.moved++
	} else {
		r.handled++
	}
	if !r.o.Apply {
		p.leave(record.Offset)
		r.result.add(it)
		return
	}
	p.settle(record.Offset)
	r.chunk.add(it)
}

// forgetting is how long brokers keep the offsets of a group without members by
// default (offsets.retention.minutes).
const forgetting = 7 * 24 * time.Hour

// full reports whether the limit is reached.
func (r *replay) full() bool { return r.o.Limit > 0 && r.handled >= r.o.Limit }

// done reports whether there is nothing more to read.
func (r *replay) done() bool {
	if r.full() {
		return true
	}
	for _, p := range r.partitions {
		if !p.read() {
			return false
		}
	}
	return true
}

// report tells how far the replay is.
func (r *replay) report() {
	if r.o.Progress == nil {
		return
	}
	var read int64
	for _, p := range r.partitions {
		read += p.next - p.start
	}
	r.o.Progress(min(read, r.total), r.total)
}

// missing is the error for a topic that is needed and not there.
func missing(topic, mend string) error {
	return fmt.Errorf("topic %s does not exist: %s", topic, mend)
}
