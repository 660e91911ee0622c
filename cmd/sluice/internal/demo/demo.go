// Package demo runs sluice on traffic of its own: an embedded Kafka (or real
// brokers), the example domains, records of which a known share is broken, a
// live view, and at the end books that are checked.
//
// The books are read back from the topics by a client of their own. What a
// record should become is known from the mutation that made it, so the demo
// fails where the gate judges wrongly, loses, invents or repeats a record.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/consumer"
	"github.com/sluicedata/sluice/schemas/examples"
)

// Service is a running gate of one domain.
type Service interface {
	// Status is the consumer's.
	Status() consumer.Status
	// Address is where the operations listener is bound.
	Address() string
	// Wait returns when the service has stopped.
	Wait() error
}

// ErrBooks is wrapped by the error of books that do not balance: the gate was
// wrong, not the demo unable to run.
var ErrBooks = errors.New("the books do not balance")

// Options direct Run.
type Options struct {
	// Domains are example domains, by name.
	Domains []string
	// Brokers of a real cluster; empty embeds one.
	Brokers []string
	// TrafficOnly sends traffic and runs no gate. It needs Brokers.
	TrafficOnly bool
	// For ends the traffic after this long; zero goes on until ctx ends.
	For time.Duration
	// Rate of records a second for each domain, and the share of broken ones.
	Rate int
	Bad  float64
	// Seed makes the traffic: the same seed, the same records.
	Seed uint64
	// Label may change what is planted in an event before it is sent. It is for
	// tests, which plant wrong labels and want to see the books find them.
	Label func(*Event)
	// Out takes what people read; Terminal says that it is a terminal.
	Out      io.Writer
	Terminal bool
	// Start starts the gate of a domain on its configuration, stops it when
	// ctx ends, and fails where the service would refuse to start. The index is
	// the domain's in Domains.
	Start func(ctx context.Context, index int, cfg *config.Config) (Service, error)

	keep time.Duration // retention of the topics that are made
}

// domain is one example domain while the demo runs.
type domain struct {
	cfg     *config.Config
	traffic *Traffic
	books   *books // nil where no gate runs
	before  int    // records that were written to the topics and deleted again before the demo
	service Service
}

// quiet is how long the books wait for records that do not come.
const quiet = 30 * time.Second

// Run runs the demo until Options.For is over or ctx ends. It returns an error
// if anything could not run or the books do not balance.
func Run(ctx context.Context, o Options) error {
	folder, err := os.MkdirTemp("", "sluice-demo-")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	o.keep = retention
	if len(o.Brokers) == 0 {
		if o.TrafficOnly {
			return errors.New("traffic alone needs brokers to send it to: name them with --brokers")
		}
		cluster, err := embedded()
		if err != nil {
			return err
		}
		defer cluster.Close()
		o.Brokers, o.keep = cluster.ListenAddrs(), retentionEmbedded
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(o.Brokers...), kgo.ClientID("sluice-demo"),
		kgo.MaxBufferedRecords(4*maxBuffered), kgo.UnknownTopicRetries(-1), kgo.MetadataMinAge(250*time.Millisecond))
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer client.Close()
	domains, err := o.prepare(ctx, client, folder)
	if err != nil {
		return err
	}
	if o.TrafficOnly {
		return o.trafficOnly(ctx, client, domains)
	}
	return o.gate(ctx, client, domains)
}

// prepare writes the examples to a folder, reads them and makes their topics.
func (o *Options) prepare(ctx context.Context, client *kgo.Client, folder string) ([]*domain, error) {
	domains := make([]*domain, 0, len(o.Domains))
	for _, name := range o.Domains {
		d, err := load(filepath.Join(folder, name), name, o)
		if err != nil {
			return nil, err
		}
		if err := makeTopics(ctx, client, d.cfg, o.keep, o.Out); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if d.books != nil {
			n, held, err := written(ctx, client, d.cfg)
			d.before = n
			if err == nil && held > 0 {
				err = fmt.Errorf("the topics hold %d records already, and the books need topics of their own: "+
					"delete those of an earlier demo, or send with --traffic-only to a gate that runs", held)
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
		domains = append(domains, d)
	}
	return domains, nil
}

// load writes an example to a folder and reads its configuration.
func load(folder, name string, o *Options) (*domain, error) {
	if err := examples.Write(name, folder); err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	cfg, err := config.Load(filepath.Join(folder, "sluice.yaml"))
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	cfg.Kafka.Brokers = o.Brokers
	traffic, err := NewTraffic(name, o.Seed, o.Bad)
	if err != nil {
		return nil, err
	}
	d := &domain{cfg: cfg, traffic: traffic}
	if !o.TrafficOnly {
		d.books = newBooks(cfg)
	}
	return d, nil
}

// trafficOnly is the source of records for a gate that runs elsewhere.
func (o *Options) trafficOnly(ctx context.Context, client *kgo.Client, domains []*domain) error {
	fmt.Fprintf(o.Out, "sending to %s: %d records/s of each of %s, %.1f %% of them broken, seed %d\n",
		strings.Join(o.Brokers, ", "), o.Rate, strings.Join(o.Domains, ", "), 100*o.Bad, o.Seed)
	err := o.sendAll(ctx, client, domains)
	for _, d := range domains {
		fmt.Fprintf(o.Out, "%s: %d records sent\n", d.cfg.Domain, d.traffic.n)
	}
	return err
}

// sendAll sends the traffic of all domains until Options.For is over or ctx
// ends.
func (o *Options) sendAll(ctx context.Context, client *kgo.Client, domains []*domain) error {
	if o.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.For)
		defer cancel()
	}
	errs := make([]error, len(domains))
	var work sync.WaitGroup
	for i, d := range domains {
		work.Go(func() {
			errs[i] = send(ctx, client, d.traffic, o.Rate, func(e *Event) {
				if o.Label != nil {
					o.Label(e)
				}
				if d.books != nil {
					d.books.plant(*e)
				}
			})
		})
	}
	work.Wait()
	return errors.Join(errs...)
}

// gate runs the gates under the traffic, shows them, and closes the books.
func (o *Options) gate(ctx context.Context, client *kgo.Client, domains []*domain) error {
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	reading, stopReading := context.WithCancel(context.WithoutCancel(ctx))
	var readers sync.WaitGroup
	defer func() {
		stop()
		for _, d := range domains {
			if d.service != nil {
				_ = d.service.Wait() // what it says is returned below
			}
		}
		stopReading()
		readers.Wait()
	}()
	for i, d := range domains {
		reader, err := kgo.NewClient(kgo.SeedBrokers(o.Brokers...), kgo.ConsumeTopics(topics(d.cfg)...),
			kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.FetchMaxWait(250*time.Millisecond))
		if err != nil {
			return fmt.Errorf("demo: %w", err)
		}
		readers.Go(func() {
			defer reader.Close()
			d.books.read(reading, reader)
		})
		service, err := o.Start(serving, i, d.cfg)
		if err != nil {
			return fmt.Errorf("%s: %w", d.cfg.Domain, err)
		}
		d.service = service
		fmt.Fprintf(o.Out, "%-13s http://%s/status  http://%s/metrics\n", d.cfg.Domain, service.Address(), service.Address())
	}
	fmt.Fprintf(o.Out, "%d records/s for each domain, %.1f %% of them broken, seed %d\n\n", o.Rate, 100*o.Bad, o.Seed)
	sent := make(chan error, 1)
	go func() { sent <- o.sendAll(ctx, client, domains) }()
	err := o.watch(domains, sent)
	// What was sent is on its way through the gates.
	for _, d := range domains {
		d.books.await(quiet, 0)
	}
	stop()
	for _, d := range domains {
		err = errors.Join(err, d.service.Wait())
	}
	return errors.Join(err, o.closeBooks(context.WithoutCancel(ctx), client, domains))
}

// closeBooks reads the topics, in which nobody writes any more, to their ends.
func (o *Options) closeBooks(ctx context.Context, client *kgo.Client, domains []*domain) error {
	ctx, cancel := context.WithTimeout(ctx, quiet)
	defer cancel()
	var errs []error
	fmt.Fprintln(o.Out)
	for _, d := range domains {
		n, _, err := written(ctx, client, d.cfg)
		d.books.await(quiet, n-d.before)
		errs = append(errs, err, d.books.close(o.Out, d.service.Status().Products))
	}
	return errors.Join(errs...)
}

// watch shows the services until the traffic ends.
func (o *Options) watch(domains []*domain, sent <-chan error) error {
	v := newView(o.Out, o.Terminal)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	names, states := make([]string, len(domains)), make([]consumer.Status, len(domains))
	for i, d := range domains {
		names[i] = d.cfg.Domain
	}
	for {
		select {
		case err := <-sent:
			return err
		case <-tick.C:
			for i, d := range domains {
				states[i] = d.service.Status()
			}
			v.show(names, states)
		}
	}
}
