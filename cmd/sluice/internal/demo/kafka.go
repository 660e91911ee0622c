package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/config"
)

// What the demo's topics are made with where they do not exist yet.
const (
	partitions = 4
	// A record at the limit of 1 MiB and the headers of its dead letter.
	maxMessageBytes = 1<<20 + 80<<10
	// An embedded Kafka keeps everything in memory, so it forgets what is
	// older than the books need; real brokers keep a little more.
	retention, retentionEmbedded = 10 * time.Minute, time.Minute
)

// embedded starts a Kafka inside this process.
func embedded() (*kfake.Cluster, error) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.BrokerConfigs(map[string]string{
		"log.cleaner.backoff.ms":           "5000",
		"group.initial.rebalance.delay.ms": "0",
	}))
	if err != nil {
		return nil, fmt.Errorf("embedded Kafka: %w", err)
	}
	return cluster, nil
}

// makeTopics creates the topics of a domain that do not exist yet. It waits for
// brokers that are still starting, and says so.
func makeTopics(ctx context.Context, client *kgo.Client, cfg *config.Config, keep time.Duration, out io.Writer) error {
	admin := kadm.NewClient(client)
	settings := map[string]*string{
		"retention.ms":      kadm.StringPtr(strconv.FormatInt(keep.Milliseconds(), 10)),
		"max.message.bytes": kadm.StringPtr(strconv.Itoa(maxMessageBytes)),
	}
	said := false
	for ctx.Err() == nil {
		attempt, cancel := context.WithTimeout(ctx, 10*time.Second)
		answers, err := admin.CreateTopics(attempt, partitions, -1, settings, topics(cfg)...)
		cancel()
		if err == nil {
			for _, a := range answers.Sorted() {
				if a.Err != nil && !errors.Is(a.Err, kerr.TopicAlreadyExists) {
					err = fmt.Errorf("%s: %w", a.Topic, a.Err)
				}
			}
		}
		if err == nil || !kerr.IsRetriable(err) && isKafka(err) {
			return wrap("create topics", err)
		}
		if !said && ctx.Err() == nil {
			said = true
			fmt.Fprintf(out, "waiting for %s: %v\n", strings.Join(cfg.Kafka.Brokers, ", "), err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
	return wrap("create topics", context.Cause(ctx))
}

// written is how many records were ever written to the topics of a domain, and
// held how many of them are left.
func written(ctx context.Context, client *kgo.Client, cfg *config.Config) (written, held int, err error) {
	admin := kadm.NewClient(client)
	starts, err := admin.ListStartOffsets(ctx, topics(cfg)...)
	if err == nil {
		err = starts.Error()
	}
	if err != nil {
		return 0, 0, wrap("list offsets", err)
	}
	ends, err := admin.ListEndOffsets(ctx, topics(cfg)...)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return 0, 0, wrap("list offsets", err)
	}
	ends.Each(func(end kadm.ListedOffset) {
		start, _ := starts.Lookup(end.Topic, end.Partition)
		written += int(end.Offset)
		held += int(end.Offset - start.Offset)
	})
	return written, held, nil
}

// isKafka reports whether a broker itself gave this error.
func isKafka(err error) bool {
	_, ok := errors.AsType[*kerr.Error](err)
	return ok
}

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// topics returns every topic of a domain once.
func topics(cfg *config.Config) []string {
	seen := make(map[string]bool)
	var all []string
	add := func(names ...string) {
		for _, n := range names {
			if n != "" && !seen[n] {
				seen[n] = true
				all = append(all, n)
			}
		}
	}
	for _, p := range cfg.Products {
		add(p.Input...)
		add(p.Output, p.DLQ)
	}
	add(cfg.Unmatched.Topic)
	return all
}

// maxBuffered bounds what waits for the brokers. The client's own bound is
// higher: at it, Produce would wait and could not be interrupted.
const maxBuffered = 50_000

// flushTimeout is how long the last records may take to be acknowledged.
const flushTimeout = 10 * time.Second

// send produces a domain's traffic at a rate in records a second until ctx
// ends, then waits for the acknowledgements.
func send(ctx context.Context, client *kgo.Client, traffic *Traffic, rate int, plant func(*Event)) error {
	started := time.Now()
	var failed error
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for sent := 0; ctx.Err() == nil; {
		due := int(time.Since(started).Seconds() * float64(rate))
		for ; sent < due && client.BufferedProduceRecords() < maxBuffered; sent++ {
			e := traffic.Next()
			plant(&e)
			client.Produce(context.WithoutCancel(ctx), e.Record, func(_ *kgo.Record, err error) {
				if err != nil && failed == nil {
					failed = err // promises run one after the other, and before Flush returns
				}
			})
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	flush, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTimeout)
	defer cancel()
	if err := client.Flush(flush); err != nil {
		return fmt.Errorf("send traffic: %d records without an acknowledgement after %s: do the brokers answer?",
			client.BufferedProduceRecords(), flushTimeout)
	}
	return wrap("send traffic", failed)
}
