package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/cmd/sluice/internal/explain"
	"github.com/sluicedata/sluice/cmd/sluice/internal/pipe"
	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/consumer/replay"
	"github.com/sluicedata/sluice/router/deadletter"
	"github.com/sluicedata/sluice/schemas"
)

// explain gets the record that the flags name and explains it.
func (o *explainOptions) explain(ctx context.Context, g *gate, files []string, stdin io.Reader) (*explain.Explanation, error) {
	if err := o.check(g.cfg, files); err != nil {
		return nil, err
	}
	sources, err := schemas.Sources(g.cfg)
	if err != nil {
		return nil, err
	}
	what := explain.Options{
		Table: g.table, Sources: sources, Product: o.product,
		Confluent: func(product string) bool { return confluent(g.cfg, product) },
	}
	if o.from != "" {
		what.Record, what.Letter, err = o.fetch(ctx, g.cfg)
	} else {
		what.Record, err = o.read(ctx, g.cfg, files, stdin)
	}
	if err != nil {
		return nil, err
	}
	if o.topic != "" {
		what.Record.Topic = o.topic
	}
	return explain.Explain(what)
}

// check refuses flags that contradict each other or the configuration.
func (o *explainOptions) check(cfg *config.Config, files []string) error {
	if o.from != "" && (len(files) > 0 || o.key != nil || len(o.headers) > 0 || o.line != 0) {
		return errors.New("--from names a whole record: leave file, --key, --header and --line out")
	}
	var products, inputs []string
	for i := range cfg.Products {
		products = append(products, cfg.Products[i].Name)
		inputs = append(inputs, cfg.Products[i].Input...)
	}
	slices.Sort(inputs)
	inputs = slices.Compact(inputs)
	if o.product != "" && !slices.Contains(products, o.product) {
		return fmt.Errorf("--product %q: there is no such product in %s: choose one of %s", o.product, cfg.File, strings.Join(products, ", "))
	}
	if o.topic != "" && !slices.Contains(inputs, o.topic) {
		return fmt.Errorf("--topic %q: no product of %s reads it: choose one of %s", o.topic, cfg.File, strings.Join(inputs, ", "))
	}
	if o.topic == "" && o.from == "" {
		if o.product != "" {
			inputs = cfg.Products[slices.Index(products, o.product)].Input[:1]
		}
		if len(inputs) > 1 {
			return fmt.Errorf("say where the record comes from with --topic: one of %s", strings.Join(inputs, ", "))
		}
		o.topic = inputs[0]
	}
	return nil
}

// fetch reads a record from Kafka; a dead letter becomes the record that it was.
func (o *explainOptions) fetch(ctx context.Context, cfg *config.Config) (*kgo.Record, *deadletter.Envelope, error) {
	parts := strings.Split(o.from, ":")
	if len(parts) != 3 {
		return nil, nil, fmt.Errorf("--from %q: write TOPIC:PARTITION:OFFSET", o.from)
	}
	partition, err := strconv.ParseInt(parts[1], 10, 32)
	offset, oerr := strconv.ParseInt(parts[2], 10, 64)
	if err != nil || oerr != nil || partition < 0 || offset < 0 {
		return nil, nil, fmt.Errorf("--from %q: write TOPIC:PARTITION:OFFSET, the last two as numbers", o.from)
	}
	r, err := replay.Fetch(ctx, cfg, parts[0], int32(partition), offset)
	if err != nil {
		return nil, nil, err
	}
	if slices.ContainsFunc(cfg.Products, func(p config.Product) bool { return slices.Contains(p.Input, r.Topic) }) {
		return r, nil, nil // a replayed record has its origin behind its headers too
	}
	letter, err := deadletter.Decode(r)
	if errors.Is(err, deadletter.ErrNone) {
		return r, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	source, err := letter.Restore()
	if err != nil {
		return nil, nil, fmt.Errorf("%w. It says of itself: %s, %s", err, letter.Reason, letter.Message)
	}
	return source, &letter, nil
}

// read makes a record of a value from a file or stdin.
func (o *explainOptions) read(ctx context.Context, cfg *config.Config, files []string, stdin io.Reader) (*kgo.Record, error) {
	name := "stdin"
	if len(files) > 0 && files[0] != "-" {
		file, err := openRecord(files[0])
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }()
		name, stdin = files[0], file
	}
	value, err := readAll(ctx, stdin)
	switch {
	case errors.Is(err, context.Canceled):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if o.line > 0 {
		lines := bytes.SplitN(bytes.TrimSuffix(value, []byte("\n")), []byte("\n"), o.line+1)
		if len(lines) < o.line {
			return nil, fmt.Errorf("%s has %s, not %d", name, count(len(lines), "line"), o.line)
		}
		value = bytes.TrimSuffix(lines[o.line-1], []byte("\r"))
	}
	if product := o.byTopic(cfg); confluent(cfg, product) && (len(value) == 0 || value[0] != 0) {
		value = append(make([]byte, 5), value...) // the registry's prefix, which files lack
	}
	r := &kgo.Record{Topic: o.topic, Value: value}
	if o.key != nil {
		r.Key = append([]byte{}, *o.key...)
	}
	for _, h := range o.headers {
		name, value, ok := strings.Cut(h, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("--header %q: write NAME=VALUE", h)
		}
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: name, Value: []byte(value)})
	}
	return r, nil
}

// maxFileBytes is as much as is read of a file.
const maxFileBytes = 1 << 30

// readAll reads to the end, or until ctx ends: a terminal may have no end.
func readAll(ctx context.Context, r io.Reader) ([]byte, error) {
	type result struct {
		text []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		text, err := io.ReadAll(io.LimitReader(r, maxFileBytes))
		done <- result{text, err}
	}()
	select {
	case got := <-done:
		return got.text, got.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// openRecord opens a file that holds a record, or one on each line. Only names
// tell that it is compressed: a record may begin like an archive.
func openRecord(name string) (io.ReadCloser, error) {
	switch filepath.Ext(name) {
	case ".gz", ".zst":
		return pipe.Open(name)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := file.Stat(); err == nil && info.IsDir() {
		_ = file.Close()
		return nil, fmt.Errorf("%s is a folder: name a file in it", name)
	}
	return file, nil
}

// byTopic is the product that is named, or the first of the topic.
func (o *explainOptions) byTopic(cfg *config.Config) string {
	for i := range cfg.Products {
		if p := &cfg.Products[i]; p.Name == o.product || o.product == "" && slices.Contains(p.Input, o.topic) {
			return p.Name
		}
	}
	return ""
}

// confluent reports whether a product's values have the registry's prefix.
func confluent(cfg *config.Config, product string) bool {
	for i := range cfg.Products {
		if cfg.Products[i].Name == product {
			return cfg.Products[i].WireFormat == config.WireConfluent
		}
	}
	return false
}
