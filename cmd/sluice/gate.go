package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/consumer"
	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/schemas"
)

// gate is all of a domain's service that can be made without a broker. That a
// gate exists is what check means by "no problems".
type gate struct {
	cfg    *config.Config
	loader *schemas.Loader // has loaded set
	set    *schemas.Set
	table  *router.Table
}

// load makes the gate that a configuration file describes.
func load(path string) (*gate, error) {
	if err := readable(path); err != nil {
		return nil, err
	}
	cfg, err := config.Load(path)
	if err != nil {
		return nil, err
	}
	return compile(cfg)
}

// compile makes the gate of a configuration that has been loaded.
func compile(cfg *config.Config) (*gate, error) {
	loader := schemas.NewLoader(cfg)
	set, err := loader.Load(context.Background())
	if err != nil {
		return nil, err
	}
	table, err := router.Compile(cfg, set)
	if err != nil {
		return nil, err
	}
	return &gate{cfg: cfg, loader: loader, set: set, table: table}, nil
}

// prove makes a consumer and throws it away: its making proves the settings of
// the Kafka client, offline.
func (g *gate) prove() error {
	_, err := consumer.New(consumer.Options{
		Config: g.cfg, Table: g.table,
		Logger: zap.NewNop(), Registerer: prometheus.NewRegistry(), Version: currentBuild().Version,
	})
	return err
}

// readable tells a configuration that cannot be had, which is nobody's
// mistake in it, from one with problems.
func readable(path string) error {
	const mend = "name the domain's configuration with --config"
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("configuration: %w: %s", err, mend)
	}
	defer func() { _ = f.Close() }()
	if _, err := f.Read(make([]byte, 1)); err != nil && err != io.EOF {
		return fmt.Errorf("configuration: %w: %s", err, mend)
	}
	return nil
}
