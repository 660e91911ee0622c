package service

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/goccy/go-yaml"

	"github.com/sluicedata/sluice/schemas/examples"
)

// Config is a domain's configuration on its way to a process: the tree of its
// YAML. It is not config.Config: what the service reads is a file, as a user
// writes it.
type Config struct {
	// Folder holds sluice.yaml and the schemas.
	Folder string
	// Prefix stands before the name of every topic.
	Prefix string
	root   map[string]any
}

// Example writes an example domain into a folder and puts prefix before the
// name of its topics and its group, so that every scenario has its own.
func Example(domain, folder, prefix string) (*Config, error) {
	if err := examples.Write(domain, folder); err != nil {
		return nil, err
	}
	c := &Config{Folder: folder, Prefix: prefix}
	text, err := os.ReadFile(c.file())
	if err != nil {
		return nil, err
	}
	if err := yaml.Unmarshal(text, &c.root); err != nil {
		return nil, fmt.Errorf("example %s: %w", domain, err)
	}
	c.rename()
	c.Set("group", prefix+"sluice", "kafka")
	c.Set("listen", "127.0.0.1:0", "http")
	c.Set("format", "json", "log")
	return c, nil
}

// rename gives every topic the prefix.
func (c *Config) rename() {
	for _, product := range c.Products() {
		for _, key := range []string{"input", "output", "dlq"} {
			if name, ok := product[key].(string); ok {
				product[key] = c.Prefix + name
			}
		}
	}
	if unmatched, ok := c.root["unmatched"].(map[string]any); ok {
		unmatched["topic"] = c.Prefix + fmt.Sprint(unmatched["topic"])
	}
}

// Products are the products of the configuration; changes count.
func (c *Config) Products() []map[string]any {
	list, _ := c.root["products"].([]any)
	products := make([]map[string]any, 0, len(list))
	for _, p := range list {
		if product, ok := p.(map[string]any); ok {
			products = append(products, product)
		}
	}
	return products
}

// Set sets a key, below the mappings that path names.
func (c *Config) Set(key string, value any, path ...string) {
	at := c.root
	for _, name := range path {
		below, ok := at[name].(map[string]any)
		if !ok {
			below = make(map[string]any)
			at[name] = below
		}
		at = below
	}
	at[key] = value
}

// Topics are all topics of the configuration: inputs, and what the service
// produces to.
func (c *Config) Topics() (inputs, outputs []string) {
	seen := make(map[string]bool)
	add := func(list *[]string, name any) {
		if topic, ok := name.(string); ok && topic != "" && !seen[topic] {
			seen[topic] = true
			*list = append(*list, topic)
		}
	}
	for _, product := range c.Products() {
		add(&inputs, product["input"])
		add(&outputs, product["output"])
		add(&outputs, product["dlq"])
	}
	if unmatched, ok := c.root["unmatched"].(map[string]any); ok {
		add(&outputs, unmatched["topic"])
	}
	return inputs, outputs
}

// Write writes sluice.yaml for a cluster and returns its path.
func (c *Config) Write(brokers []string) (string, error) {
	c.Set("brokers", brokers, "kafka")
	text, err := yaml.Marshal(c.root)
	if err != nil {
		return "", fmt.Errorf("write the configuration: %w", err)
	}
	return c.file(), os.WriteFile(c.file(), text, 0o600)
}

func (c *Config) file() string { return filepath.Join(c.Folder, "sluice.yaml") }
