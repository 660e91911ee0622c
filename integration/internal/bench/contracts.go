package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/sluicedata/sluice/integration/internal/service"
)

// contracts are many products on one input, of which few have records.
type contracts struct {
	*bench
	group, folder string
	version       int
}

func (c *contracts) input() string { return c.group + ".in" }

// topics are the input, the dead-letter topic and the outputs.
func (c *contracts) topics() []string {
	all := []string{c.input(), c.group + ".dlq"}
	for i := range c.products {
		all = append(all, fmt.Sprintf("%s.p%d", c.group, i))
	}
	return all
}

func (c *contracts) create(ctx context.Context) error {
	if err := c.createWith(ctx, bounded(), c.partitions, c.input()); err != nil {
		return err
	}
	for some := range slices.Chunk(c.topics()[1:], 100) {
		if err := c.createWith(ctx, bounded(), 1, some...); err != nil {
			return err
		}
	}
	return nil
}

// write writes the configuration and the contracts, which all reference one
// document.
func (c *contracts) write(delivery string) (file string, err error) {
	if err := os.MkdirAll(c.folder, 0o700); err != nil {
		return "", err
	}
	products := make([]map[string]any, c.products)
	for i := range products {
		name := fmt.Sprintf("p%d", i)
		products[i] = map[string]any{
			"name": name, "input": c.input(), "match": map[string]any{"header": "product", "equals": name},
			"schema": name + ".json", "output": fmt.Sprintf("%s.%s", c.group, name), "dlq": c.group + ".dlq",
		}
		if err := c.put(name+".json", `{"version": "0", "$ref": "order.schema.json"}`); err != nil {
			return "", err
		}
	}
	if err := c.put("order.schema.json", string(orderSchema)); err != nil {
		return "", err
	}
	kafka := map[string]any{"brokers": c.kafka.Seeds, "group": c.group, "compression": c.codec}
	if delivery == "exactly_once" {
		kafka["instance_id"] = "only"
	}
	text, err := yaml.Marshal(map[string]any{
		"domain": "bench", "delivery": delivery, "kafka": kafka, "products": products,
		"http": map[string]any{"listen": "127.0.0.1:0"}, "reload": map[string]any{"watch": false},
		"unmatched": map[string]any{"action": "drop"},
	})
	if err != nil {
		return "", err
	}
	return filepath.Join(c.folder, "sluice.yaml"), c.put("sluice.yaml", string(text))
}

// put exchanges a file.
func (c *contracts) put(name, text string) error {
	file := filepath.Join(c.folder, name)
	if err := os.WriteFile(file+".new", []byte(text), 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

// storm changes a contract, or what all of them reference, and has the service
// reload, again and again.
func (c *contracts) storm(ctx context.Context, p *service.Process) error {
	tick := time.NewTicker(reloadEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			// What is left behind is whole.
			return c.change(false)
		}
		c.version++
		broken := c.version%3 == 0
		if err := c.change(broken); err != nil {
			return err
		}
		_, code, err := p.Post(ctx, "/-/reload")
		if ctx.Err() != nil {
			continue
		}
		if want := map[bool]int{false: http.StatusOK, true: http.StatusUnprocessableEntity}[broken]; err != nil || code != want {
			return fmt.Errorf("reload of version %d answered %d, want %d: %w", c.version, code, want, errors.Join(err))
		}
	}
}

func (c *contracts) change(broken bool) error {
	if c.all {
		text := strings.Replace(string(orderSchema), "{", fmt.Sprintf(`{"$comment": "%d",`, c.version), 1)
		if broken {
			text = `{"type": 7}`
		}
		return c.put("order.schema.json", text)
	}
	reference := "order.schema.json"
	if broken {
		reference = "nowhere.json"
	}
	return c.put("p0.json", fmt.Sprintf(`{"version": "%d", "$ref": %q}`, c.version, reference))
}
