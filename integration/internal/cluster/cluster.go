// Package cluster finds the Kafka that the scenarios run on.
//
// The environment decides, in this order: the brokers that SLUICE_BROKERS
// names; apache/kafka in a container of our own where Docker answers; else
// kfake, franz-go's broker for tests, inside the test process. With
// SLUICE_INTEGRATION=required a Kafka that is missing is an error instead, and
// SLUICE_INTEGRATION=kfake asks for kfake whatever there is.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Kind says where a Cluster comes from.
type Kind string

// The kinds of a Cluster.
const (
	// Named brokers come from SLUICE_BROKERS.
	Named Kind = "named brokers"
	// Docker is a container of our own.
	Docker Kind = "docker"
	// Fake is kfake.
	Fake Kind = "kfake"
)

// Cluster is a running Kafka.
type Cluster struct {
	Kind Kind
	// Seeds are its brokers, host:port.
	Seeds []string
	// Image is the container image of a Docker cluster.
	Image string
	// ID and Version are what the brokers themselves say, over Kafka's API.
	ID, Version string
	// SessionTimeout is the shortest that a consumer group may have.
	SessionTimeout time.Duration
	// NoDocker says why no container could be had; empty if Docker answers.
	NoDocker string

	container string // of a Docker cluster
	stop      func()
}

// Real reports whether the cluster is Apache Kafka, or at least no fake.
func (c *Cluster) Real() bool { return c.Kind != Fake }

// Name is the cluster for people.
func (c *Cluster) Name() string {
	switch c.Kind {
	case Docker:
		return c.Image + " in Docker"
	case Named:
		return "the brokers " + strings.Join(c.Seeds, ",")
	case Fake:
		return "kfake in the test process"
	}
	return string(c.Kind)
}

// Required reports whether the environment insists on a real Kafka.
func Required() bool { return os.Getenv("SLUICE_INTEGRATION") == "required" }

// Start finds or starts the cluster. Close it. Settings are variables of the
// image, NAME=value, for a broker that is started in a container.
func Start(ctx context.Context, settings ...string) (*Cluster, error) {
	noDocker := "SLUICE_INTEGRATION=kfake"
	switch mode := os.Getenv("SLUICE_INTEGRATION"); mode {
	case "kfake":
	case "", "required":
		noDocker = dockerTrouble(ctx)
	default:
		return nil, fmt.Errorf("SLUICE_INTEGRATION=%s: it is required, kfake or not set", mode)
	}
	c := &Cluster{SessionTimeout: 6 * time.Second, NoDocker: noDocker, stop: func() {}}
	switch named := os.Getenv("SLUICE_BROKERS"); {
	case named != "":
		c.Kind, c.Seeds = Named, strings.Split(named, ",")
	case noDocker == "":
		if err := c.startContainer(ctx, "", settings...); err != nil {
			return nil, err
		}
	case Required():
		return nil, fmt.Errorf("SLUICE_INTEGRATION=required needs a real Kafka: name one in SLUICE_BROKERS or start Docker, which says: %s", noDocker)
	default:
		if err := c.startFake(); err != nil {
			return nil, err
		}
	}
	if err := c.introduce(ctx); err != nil {
		c.Close()
		return nil, fmt.Errorf("%s: %w", c.Name(), err)
	}
	return c, nil
}

// Close stops what Start started.
func (c *Cluster) Close() { c.stop() }

func (c *Cluster) startFake() error {
	c.Kind, c.SessionTimeout = Fake, 1500*time.Millisecond
	fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.GroupMinSessionTimeout(time.Second))
	if err != nil {
		return fmt.Errorf("kfake: %w", err)
	}
	c.Seeds, c.stop = fake.ListenAddrs(), fake.Close
	return nil
}

// introduce asks the brokers who they are.
func (c *Cluster) introduce(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	client, err := kgo.NewClient(kgo.SeedBrokers(c.Seeds...))
	if err != nil {
		return err
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	metadata, err := admin.BrokerMetadata(ctx)
	if err != nil {
		return fmt.Errorf("ask for metadata: %w", err)
	}
	c.ID = metadata.Cluster
	versions, err := admin.ApiVersions(ctx)
	if err != nil {
		return fmt.Errorf("ask for API versions: %w", err)
	}
	var guesses []string
	for _, broker := range versions.Sorted() {
		if broker.Err != nil {
			return fmt.Errorf("ask broker %d for API versions: %w", broker.NodeID, broker.Err)
		}
		if guess := broker.VersionGuess(); !slices.Contains(guesses, guess) {
			guesses = append(guesses, guess)
		}
	}
	if c.Version = strings.Join(guesses, ", "); c.Version == "" {
		return errors.New("no broker told its API versions")
	}
	return nil
}
