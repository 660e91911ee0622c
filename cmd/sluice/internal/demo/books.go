package demo

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/consumer"
	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/router/deadletter"
)

// books hold what was planted and what a reader of its own finds in the topics
// while the demo runs. They take eight bytes per event.
type books struct {
	domain string
	inputs map[string]bool
	// products by the topic of their good records.
	outputs map[string]string

	mu      sync.Mutex
	planted []planted
	counts  []*count
	index   map[string]uint16 // of a product's count
	found   int               // records read back so far
	strange []string          // what should not be in a topic, the first few
	odd     int
}

// planted is one event, by its number.
type planted struct {
	count  uint16 // of its product
	reason router.Reason
	seen   uint8 // times that an outcome was found, up to 255
	read   bool  // it was found in its input
}

// count is one line of the summary.
type count struct {
	product              string
	sent, bad, read      int // planted, of them broken, and found in the input
	accepted, deadLetter int // found in output and dead-letter topics
	wrong, twice         int
}

func newBooks(cfg *config.Config) *books {
	b := &books{domain: cfg.Domain, inputs: map[string]bool{}, outputs: map[string]string{}, index: map[string]uint16{}}
	for _, p := range cfg.Products {
		for _, in := range p.Input {
			b.inputs[in] = true
		}
		b.outputs[p.Output] = p.Name
	}
	return b
}

// plant notes an event before it is sent.
func (b *books) plant(e Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := b.of(e.Product)
	b.planted = append(b.planted, planted{count: i, reason: e.Reason})
	c := b.counts[i]
	c.sent++
	if e.Reason != 0 {
		c.bad++
	}
}

func (b *books) of(product string) uint16 {
	i, ok := b.index[product]
	if !ok {
		i = uint16(len(b.counts))
		b.index[product] = i
		b.counts = append(b.counts, &count{product: product})
	}
	return i
}

// read consumes every topic from its beginning until ctx ends.
func (b *books) read(ctx context.Context, client *kgo.Client) {
	for ctx.Err() == nil {
		fetches := client.PollFetches(ctx)
		b.mu.Lock()
		fetches.EachRecord(b.find)
		b.mu.Unlock()
	}
}

// find books one record that was read back.
func (b *books) find(r *kgo.Record) {
	b.found++
	id := -1
	for _, h := range r.Headers {
		if h.Key == idHeader {
			if n, err := strconv.Atoi(string(h.Value)); err == nil {
				id = n
			}
		}
	}
	if id < 0 || id >= len(b.planted) {
		b.wonder("%s holds a record that nobody sent", r.Topic)
		return
	}
	p := &b.planted[id]
	c := b.counts[p.count]
	if b.inputs[r.Topic] {
		if p.read {
			b.wonder("%s holds event %d twice", r.Topic, id)
		}
		p.read = true
		c.read++
		return
	}
	if p.seen > 0 {
		c.twice++
	}
	p.seen = min(p.seen, 254) + 1
	if product, ok := b.outputs[r.Topic]; ok {
		c.accepted++
		if p.reason != 0 || product != c.product {
			c.wrong++
			b.wonder("event %d of %s went to %s, planted was %s", id, c.product, r.Topic, name(p.reason))
		}
		return
	}
	c.deadLetter++
	envelope, err := deadletter.Decode(r)
	switch {
	case err != nil:
		c.wrong++
		b.wonder("event %d of %s is no dead letter that can be read: %v", id, c.product, err)
	case envelope.Reason != p.reason || envelope.Product != c.product:
		c.wrong++
		b.wonder("event %d of %s is a dead letter of %s (%s), planted was %s", id, c.product, envelope.Product, name(envelope.Reason), name(p.reason))
	}
}

// name is what was planted, in words.
func name(r router.Reason) string {
	if r == 0 {
		return "a good record"
	}
	return r.String()
}

func (b *books) wonder(format string, args ...any) {
	b.odd++
	if len(b.strange) < 5 {
		b.strange = append(b.strange, fmt.Sprintf(format, args...))
	}
}

// await waits until every planted event was found in its input and has an
// outcome, and at least n records were found, or until nothing more was
// found for as long as quiet.
func (b *books) await(quiet time.Duration, n int) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	last, since := -1, time.Now()
	for {
		complete, found := b.progress()
		if found != last {
			last, since = found, time.Now()
		}
		if complete && found >= n || time.Since(since) > quiet {
			return
		}
		<-tick.C
	}
}

func (b *books) progress() (complete bool, found int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	complete = !slices.ContainsFunc(b.planted, func(p planted) bool { return p.seen == 0 || !p.read })
	return complete, b.found
}

// close compares the books with the service's own counts, prints them, and
// returns an error unless they balance.
func (b *books) close(w io.Writer, products []consumer.ProductStatus) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	service := make(map[string]consumer.ProductStatus)
	for _, p := range products {
		service[p.Product] = p
	}
	missing := 0
	for i := range b.planted {
		if b.planted[i].seen == 0 {
			missing++
		}
	}
	var wrongs []string
	check := func(ok bool, format string, args ...any) {
		if !ok {
			wrongs = append(wrongs, fmt.Sprintf(format, args...))
		}
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "%s\tsent\tof them broken\taccepted\tdead letters\twrong\ttwice\t\n", b.domain)
	var all count
	for _, c := range slices.SortedFunc(slices.Values(b.counts), func(a, b *count) int { return strings.Compare(a.product, b.product) }) {
		product, s := c.product, service[c.product]
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t\n", product, c.sent, c.bad, c.accepted, c.deadLetter, c.wrong, c.twice)
		all.sent, all.bad, all.accepted, all.deadLetter = all.sent+c.sent, all.bad+c.bad, all.accepted+c.accepted, all.deadLetter+c.deadLetter
		all.wrong, all.twice = all.wrong+c.wrong, all.twice+c.twice
		check(c.read == c.sent, "%s: %d were sent but the input holds %d", product, c.sent, c.read)
		check(int64(c.sent) == s.Consumed, "%s: %d were sent but the service consumed %d", product, c.sent, s.Consumed)
		check(s.Consumed == s.Accepted+s.DeadLettered+s.Dropped, "%s: the service consumed %d but accepted %d and dead-lettered %d",
			product, s.Consumed, s.Accepted, s.DeadLettered)
		check(int64(c.accepted) == s.Accepted && int64(c.deadLetter) == s.DeadLettered,
			"%s: the topics hold %d accepted and %d dead letters, the service counted %d and %d",
			product, c.accepted, c.deadLetter, s.Accepted, s.DeadLettered)
		check(c.deadLetter == c.bad, "%s: %d records were broken but %d are dead letters", product, c.bad, c.deadLetter)
	}
	fmt.Fprintf(t, "all\t%d\t%d\t%d\t%d\t%d\t%d\t\n", all.sent, all.bad, all.accepted, all.deadLetter, all.wrong, all.twice)
	if err := t.Flush(); err != nil {
		return err
	}
	check(all.sent > 0, "nothing was sent")
	check(missing == 0, "%d records have no outcome", missing)
	check(b.odd == 0, "%d records are not where they were planted to go", b.odd)
	check(all.twice == 0, "%d records came out twice", all.twice)
	wrongs = append(wrongs, b.strange...)
	if len(wrongs) == 0 {
		fmt.Fprintf(w, "books balance: %d in = %d accepted + %d dead letters, every verdict as planted\n\n", all.sent, all.accepted, all.deadLetter)
		return nil
	}
	for _, wrong := range wrongs {
		fmt.Fprintln(w, "  "+wrong)
	}
	return fmt.Errorf("%s: %w, the reasons stand above", b.domain, ErrBooks)
}
