package config

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
)

// Load reads a sluice.yaml. What it returns is complete and checked. An error
// is a Problems with everything that is wrong.
func Load(path string) (*Config, error) {
	data, err := readAtMost(path, maxFileBytes)
	if err != nil {
		r := newReport(path)
		r.add(place{}, "", err.what, err.mend)
		return nil, r.err()
	}
	return load(path, data, os.LookupEnv)
}

// load is Load of a file that has been read, with variables from lookup.
func load(path string, data []byte, lookup func(string) (string, bool)) (*Config, error) {
	r := newReport(path)
	c := Default()
	c.File = path
	if root := parse(data, r); root != nil {
		d := &decoder{report: r, lookup: lookup}
		d.value(root, reflect.ValueOf(&c).Elem(), "")
		c.derive(r)
		c.resolve(r)
		c.check(r)
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	c.Warnings = r.warnings
	return &c, nil
}

// derive fills in what follows from what the file says.
func (c *Config) derive(r *report) {
	if c.Domain != "" {
		if !r.has("kafka.group") {
			c.Kafka.Group = "sluice-" + c.Domain
		}
		if !r.has("kafka.client_id") {
			c.Kafka.ClientID = "sluice-" + c.Domain
		}
	}
	c.tune(r)
	if c.Delivery == ExactlyOnce && !r.has("commit_interval") {
		c.CommitInterval = transactionInterval
	}
	// Whoever describes the transport security wants it.
	if r.has("kafka.tls") && !r.has("kafka.tls.enabled") {
		c.Kafka.TLS.Enabled = true
	}
	for i := range c.Products {
		p := &c.Products[i]
		if p.Output != "" && !r.has(product(i)+".dlq") {
			p.DLQ = p.Output + ".dlq"
		}
		p.inherit(c.Contract)
		p.Topics.inherit(c.Topics)
	}
}

// inherit takes from the service what the product does not say itself.
func (c *Contract) inherit(from Contract) {
	if c.Engine == "" {
		c.Engine = from.Engine
	}
	if c.Formats == "" {
		c.Formats = from.Formats
	}
	if c.DefaultDialect == "" {
		c.DefaultDialect = from.DefaultDialect
	}
	if c.DuplicateNames == "" {
		c.DuplicateNames = from.DuplicateNames
	}
}

// product is the path of a product.
func product(i int) string { return fmt.Sprintf("products[%d]", i) }

// readAtMost reads a regular file of bounded size.
func readAtMost(path string, limit int64) ([]byte, *mistake) {
	cannot := func(err error) *mistake {
		return &mistake{"cannot be read (" + reason(err) + ")", "name a file that exists and that sluice may read"}
	}
	// Opening a named pipe would wait for a writer that may never come.
	info, err := os.Stat(path)
	if err != nil {
		return nil, cannot(err)
	}
	if !info.Mode().IsRegular() {
		return nil, &mistake{"is not a regular file", "name a file"}
	}
	file, err := os.Open(filepath.Clean(path))
	if err != nil {
		return nil, cannot(err)
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, cannot(err)
	}
	if int64(len(data)) > limit {
		return nil, &mistake{fmt.Sprintf("is larger than %v", Bytes(limit)), "make it smaller"}
	}
	return data, nil
}
