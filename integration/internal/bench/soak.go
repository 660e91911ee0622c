package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sluicedata/sluice/integration/internal/service"
)

const (
	// A soak looks at the service so often, and prints a row a minute.
	soakSample = 10 * time.Second
	// What brokers may keep of bounded topics; more means that they do not
	// delete, and that the disk fills up.
	mostStored = 12 << 30
	// A trend is judged when a soak has lasted so long: memory may grow by this
	// share, or by these MiB, over the last three quarters of it.
	judgedFrom               = 10 * time.Minute
	growthShare, growthLeast = 0.10, 16.0
)

// sample is one look.
type sample struct {
	at               time.Duration // since the start
	processed, lag   int64
	rss, heap        float64 // MiB
	goroutines, kept float64 // and MiB that brokers keep
}

// soak runs the service at full load for a long time and watches its memory.
func soak(ctx context.Context, b *bench) error {
	for _, delivery := range b.names("at_least_once") {
		if err := b.soakOnce(ctx, delivery); err != nil {
			return fmt.Errorf("%s: %w", delivery, err)
		}
	}
	return nil
}

func (b *bench) soakOnce(ctx context.Context, delivery string) error {
	group := b.prefix + "soak-" + delivery
	t := topics{input: group + ".in", output: group + ".out", dlq: group + ".dlq"}
	if err := b.createWith(ctx, bounded(), b.partitions, t.input, t.output, t.dlq); err != nil {
		return err
	}
	defer b.forget(context.WithoutCancel(ctx), t.input, t.output, t.dlq)
	profile := b.profile
	if profile == "" {
		profile = "balanced"
	}
	file, err := b.config(delivery, group, profile, t, 0)
	if err != nil {
		return err
	}
	p, err := b.serve(ctx, file)
	if err != nil {
		return err
	}
	defer p.Kill()
	feed := b.newFeeder(t.input, nil)
	feeding, stop := context.WithTimeout(ctx, time.Duration(b.minutes*float64(time.Minute)))
	defer stop()
	fed := make(chan error, 1)
	go func() { fed <- feed.run(feeding) }()
	go follow(feeding, p, feed)
	fmt.Printf("\n%s for %g minutes, at most %d records ahead\n\n", delivery, b.minutes, b.ahead)
	samples, err := b.sample(feeding, p, feed, t)
	stop()
	if err := errors.Join(err, <-fed, ctx.Err()); err != nil {
		return err
	}
	if err := b.balance(ctx, p, feed, t, delivery); err != nil {
		return err
	}
	return errors.Join(trend(samples), p.Terminate(time.Minute))
}

// follow tells the feeder how much has come out.
func follow(ctx context.Context, p *service.Process, feed *feeder) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for ctx.Err() == nil {
		if status, err := p.Status(ctx); err == nil {
			feed.out.Store(status.Processed())
		}
		<-tick.C
	}
}

// sample looks at the service until ctx ends.
func (b *bench) sample(ctx context.Context, p *service.Process, feed *feeder, t topics) (all []sample, err error) {
	fmt.Println("| minute | records/s | lag | RSS MiB | at most | heap MiB | goroutines | kept by brokers MiB |")
	fmt.Println("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
	tick := time.NewTicker(soakSample)
	defer tick.Stop()
	row, started := 0, time.Now()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			b.tellMinute(all[row:])
			return all, nil
		}
		s, err := b.look(ctx, p, feed, t)
		if err != nil {
			if ctx.Err() != nil {
				continue
			}
			return all, err
		}
		s.at = time.Since(started)
		all = append(all, s)
		if len(all)-row > int(time.Minute/soakSample) {
			b.tellMinute(all[row:])
			row = len(all) - 1
		}
	}
}

func (b *bench) look(ctx context.Context, p *service.Process, feed *feeder, t topics) (s sample, err error) {
	status, err := p.Status(ctx)
	if err != nil {
		return s, err
	}
	metrics, err := scrape(ctx, p)
	if err != nil {
		return s, err
	}
	s.processed, s.lag = status.Processed(), feed.sent.Load()-status.Processed()
	s.heap, s.goroutines = metrics["go_memstats_heap_inuse_bytes"]/(1<<20), metrics["go_goroutines"]
	if s.rss, err = resident(p); err != nil {
		return s, err
	}
	kept, err := b.stored(ctx, t.input, t.output, t.dlq)
	if s.kept = kept / (1 << 20); kept > mostStored {
		err = errors.Join(err, fmt.Errorf("the brokers keep %.0f MiB of topics that are bounded: set log.retention.check.interval.ms to some seconds", s.kept))
	}
	return s, err
}

// tellMinute prints a row of samples, of which the first ended the row before.
func (b *bench) tellMinute(list []sample) {
	if len(list) < 2 {
		return
	}
	first, last := list[0], list[len(list)-1]
	most := 0.0
	for _, s := range list[1:] {
		most = max(most, s.rss)
	}
	fmt.Printf("| %.1f | %.0f | %d | %.0f | %.0f | %.0f | %.0f | %.0f |\n", last.at.Minutes(),
		float64(last.processed-first.processed)/(last.at-first.at).Seconds(), last.lag, last.rss, most, last.heap, last.goroutines, last.kept)
}

// balance waits for the last records and compares what went in with what came
// out, as the service counts and as topics hold it.
func (b *bench) balance(ctx context.Context, p *service.Process, feed *feeder, t topics, delivery string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	sent, bad := feed.sent.Load(), feed.sentBad.Load()
	for {
		status, err := p.Status(ctx)
		if err != nil {
			return fmt.Errorf("%d records were sent and not all came out: %w", sent, err)
		}
		if n := status.Processed(); n < sent {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		product := status.Products[0]
		fmt.Printf("\n%d records sent, %d of them bad; %d accepted, %d dead-lettered\n", sent, bad, product.Accepted, product.DeadLettered)
		if product.Accepted != sent-bad || product.DeadLettered != bad {
			return errors.New("the service counts otherwise")
		}
		break
	}
	if delivery != "at_least_once" {
		return nil // marks of transactions take offsets too
	}
	ends, err := b.admin.ListEndOffsets(ctx, t.output, t.dlq)
	if err != nil {
		return err
	}
	held := make(map[string]int64)
	for topic, partitions := range ends {
		for _, end := range partitions {
			held[topic] += end.Offset
		}
	}
	if held[t.output] != sent-bad || held[t.dlq] != bad {
		return fmt.Errorf("the topics hold %d and %d", held[t.output], held[t.dlq])
	}
	return nil
}

// trend judges memory over the last three quarters of a soak.
func trend(all []sample) error {
	late := all[len(all)/4:]
	if len(late) < 3 {
		return nil
	}
	slope, mean := line(late)
	span := late[len(late)-1].at - late[0].at
	least, most := late[0].rss, late[0].rss
	for _, s := range late {
		least, most = min(least, s.rss), max(most, s.rss)
	}
	fmt.Printf("memory over the last %s: %.0f MiB on average, %.0f to %.0f, a trend of %+.1f MiB an hour\n",
		span.Round(time.Second), mean, least, most, slope*3600)
	if grown := slope * span.Seconds(); all[len(all)-1].at >= judgedFrom-soakSample && grown > max(growthLeast, growthShare*mean) {
		return fmt.Errorf("it grew by %.0f MiB", grown)
	}
	return nil
}

// line fits a line to the memory of samples: MiB a second, and the mean.
func line(list []sample) (slope, mean float64) {
	n := float64(len(list))
	var x, y, xx, xy float64
	for _, s := range list {
		t := s.at.Seconds()
		x, y, xx, xy = x+t, y+s.rss, xx+t*t, xy+t*s.rss
	}
	return (n*xy - x*y) / (n*xx - x*x), y / n
}
