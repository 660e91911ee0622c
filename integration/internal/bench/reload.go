package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/sluicedata/sluice/integration/internal/service"
)

const (
	// Contracts change so often in a window with reloads; each third is broken.
	reloadEvery = 100 * time.Millisecond
	// Records may wait so long for a reload.
	mostPause = 50 * time.Millisecond
	// So many of the products have records: they are what is watched.
	busy = 4
)

// window is what one stretch of time showed.
type window struct {
	reloads     bool
	rate        float64
	gaps        []time.Duration // between two looks at which more had come out, sorted
	well, badly float64         // reloads
	took        time.Duration   // one on average
	pause       time.Duration   // a bound on how long a swap kept records waiting
}

// reloading alternates windows without and with reloads, at full load.
func reloading(ctx context.Context, b *bench) error {
	for _, delivery := range b.names("at_least_once") {
		if err := b.reloadOnce(ctx, delivery); err != nil {
			return fmt.Errorf("%s: %w", delivery, err)
		}
	}
	return nil
}

func (b *bench) reloadOnce(ctx context.Context, delivery string) error {
	c := &contracts{bench: b, group: b.prefix + "reload-" + delivery, folder: filepath.Join(b.folder, delivery)}
	if err := c.create(ctx); err != nil {
		return err
	}
	defer b.forget(context.WithoutCancel(ctx), c.topics()...)
	file, err := c.write(delivery)
	if err != nil {
		return err
	}
	p, err := b.serve(ctx, file)
	if err != nil {
		return err
	}
	defer p.Kill()
	feed := b.newFeeder(c.input(), func(i int, r *kgo.Record) {
		r.Headers = []kgo.RecordHeader{{Key: "product", Value: fmt.Append(nil, "p", i%busy)}}
	})
	feeding, stop := context.WithCancel(ctx)
	fed := make(chan error, 1)
	go func() { fed <- feed.run(feeding) }()
	list, err := c.windows(ctx, p, feed)
	stop()
	if err := errors.Join(err, <-fed); err != nil {
		return fmt.Errorf("%w\n%s", err, p.Log())
	}
	if err := p.Terminate(time.Minute); err != nil {
		return err
	}
	return b.tellWindows(delivery, list)
}

func (c *contracts) windows(ctx context.Context, p *service.Process, feed *feeder) (list []window, err error) {
	for { // a thousand topics take their time
		status, err := p.Status(ctx)
		if err != nil {
			return nil, err
		}
		if status.Processed() > 0 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	// The first is to get warm, and thrown away.
	for i := -1; i < 2*c.runs; i++ {
		before, err := scrape(ctx, p)
		if err != nil {
			return nil, err
		}
		w := window{reloads: i%2 == 1}
		lasting, cancel := context.WithTimeout(ctx, time.Duration(c.seconds)*time.Second)
		stormed := make(chan error, 1)
		go func() {
			if !w.reloads {
				stormed <- nil
				return
			}
			stormed <- c.storm(lasting, p)
		}()
		err = c.watchGaps(lasting, feed, &w)
		cancel()
		if err := errors.Join(err, <-stormed, ctx.Err()); err != nil {
			return nil, err
		}
		after, err := scrape(ctx, p)
		if err != nil {
			return nil, err
		}
		w.read(before, after)
		if i >= 0 {
			list = append(list, w)
		}
	}
	return list, nil
}

// watchGaps asks for the ends of the outputs, again and again.
func (c *contracts) watchGaps(ctx context.Context, feed *feeder, w *window) error {
	ask := kmsg.NewPtrListOffsetsRequest()
	ask.ReplicaID = -1
	for _, topic := range c.topics()[1 : 2+busy] {
		t := kmsg.NewListOffsetsRequestTopic()
		t.Topic = topic
		latest := kmsg.NewListOffsetsRequestTopicPartition()
		latest.Timestamp = -1
		t.Partitions = append(t.Partitions, latest)
		ask.Topics = append(ask.Topics, t)
	}
	started, first := time.Now(), int64(-1)
	var last time.Time
	var seen int64
	for {
		answer, err := ask.RequestWith(ctx, c.client)
		if ctx.Err() != nil {
			if len(w.gaps) == 0 {
				return errors.New("nothing came out")
			}
			slices.Sort(w.gaps)
			w.rate = float64(seen-first) / last.Sub(started).Seconds()
			return nil
		}
		if err != nil {
			return err
		}
		now, n := time.Now(), int64(0)
		for _, t := range answer.Topics {
			n += t.Partitions[0].Offset
		}
		feed.out.Store(n)
		if n == seen {
			continue
		}
		if first < 0 {
			started, first = now, n
		} else {
			w.gaps = append(w.gaps, now.Sub(last))
		}
		last, seen = now, n
	}
}

// read takes what the service counts of its reloads.
func (w *window) read(before, after series) {
	more := func(name string) float64 { return after[name] - before[name] }
	w.well, w.badly = more(`sluice_schema_reloads_total{result="success"}`), more(`sluice_schema_reloads_total{result="failure"}`)
	const swap = "sluice_schema_swap_pause_seconds"
	if n := more(swap + "_count"); n > 0 {
		w.took = seconds(more("sluice_schema_reload_duration_seconds_sum") / (w.well + w.badly))
		w.pause = time.Hour
		for name := range after {
			var le float64
			if _, err := fmt.Sscanf(name, swap+`_bucket{le="%g"}`, &le); err == nil && le < 3600 && more(name) == n {
				w.pause = min(w.pause, seconds(le))
			}
		}
	}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// tellWindows prints what the windows showed and judges the swaps.
func (b *bench) tellWindows(delivery string, list []window) error {
	what := "one contract changes"
	if b.all {
		what = "all contracts change"
	}
	fmt.Printf("\n%s, %d products, %s each %s in every other window of %d s; milliseconds between records that came out\n\n",
		delivery, b.products, what, reloadEvery, b.seconds)
	fmt.Println("| reloads | windows | records/s | gap p50 | p99 | p99.9 | longest, median of the windows | longest of all | reloads, refused | one took | and kept records waiting, at most |")
	fmt.Println("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
	var worst time.Duration
	for _, on := range []bool{false, true} {
		some := slices.DeleteFunc(slices.Clone(list), func(w window) bool { return w.reloads != on })
		gap := func(q float64) float64 {
			return median(some, func(w window) float64 { return ms(w.gaps[int(q*float64(len(w.gaps)-1))]) })
		}
		longest, well, badly := time.Duration(0), 0.0, 0.0
		for _, w := range some {
			longest, worst = max(longest, w.gaps[len(w.gaps)-1]), max(worst, w.pause)
			well, badly = well+w.well, badly+w.badly
		}
		reloads := "off | "
		if on {
			reloads = "on | "
		}
		fmt.Printf("| %s%d | %.0f | %.1f | %.1f | %.1f | %.1f | %.1f | %.0f, %.0f | %.1f | %.2f |\n", reloads, len(some),
			median(some, func(w window) float64 { return w.rate }), gap(.5), gap(.99), gap(.999), gap(1), ms(longest), well, badly,
			median(some, func(w window) float64 { return ms(w.took) }), ms(worst))
	}
	if worst > mostPause {
		return fmt.Errorf("a swap kept records waiting for %s or nearly so, want %s at most", worst, mostPause)
	}
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
