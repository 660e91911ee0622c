package cluster

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"
	"github.com/testcontainers/testcontainers-go/wait"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Image is the Kafka that a Docker cluster runs.
const Image = "apache/kafka:4.3.1"

// dockerTrouble says why containers cannot be had, or nothing if they can.
func dockerTrouble(ctx context.Context) (trouble string) {
	// testcontainers panics where it finds no engine to talk to.
	defer func() {
		if r := recover(); r != nil {
			trouble = fmt.Sprint(r)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	publishedHere()
	log.SetDefault(quiet{})
	provider, err := testcontainers.NewDockerProvider()
	if err != nil {
		return err.Error()
	}
	defer provider.Close()
	if err := provider.Health(ctx); err != nil {
		return err.Error()
	}
	return ""
}

// quiet keeps the engine's comings and goings out of the tests' output; errors
// come as errors.
type quiet struct{}

// Printf implements log.Logger.
func (quiet) Printf(string, ...any) {}

// publishedHere tells testcontainers where containers' ports are. Inside of a
// container it looks for them at the gateway, which is wrong for an engine that
// runs in the same container; such an engine's bridge is an interface of ours.
func publishedHere() {
	const override = "TESTCONTAINERS_HOST_OVERRIDE"
	if _, err := net.InterfaceByName("docker0"); err == nil && os.Getenv(override) == "" {
		_ = os.Setenv(override, "127.0.0.1") // fails only for a name that is none
	}
}

// startContainer runs a broker of one node, with its log on a volume if one is
// named, and settings beside the usual. It allows everybody everything but what
// an ACL forbids.
func (c *Cluster) startContainer(ctx context.Context, volume string, more ...string) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	c.Kind, c.Image, c.Seeds = Docker, Image, []string{address}
	env := settings(address)
	env["KAFKA_AUTHORIZER_CLASS_NAME"] = "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
	env["KAFKA_ALLOW_EVERYONE_IF_NO_ACL_FOUND"] = "true"
	for _, setting := range more {
		name, value, _ := strings.Cut(setting, "=")
		env[name] = value
	}
	var with []testcontainers.ContainerCustomizer
	if volume != "" {
		with = append(with, testcontainers.WithMounts(testcontainers.VolumeMount(volume, logDir)))
	}
	if c.container, c.stop, err = broker(ctx, port, env, answering(address), with...); err != nil {
		return err
	}
	if err := coordinate(ctx, address); err != nil {
		c.stop()
		return fmt.Errorf("%s: %w", address, err)
	}
	return nil
}

// coordinate has the broker make the topics of its coordinators, for groups and
// for transactions, which it does when it is first asked for one.
func coordinate(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	client, err := kgo.NewClient(kgo.SeedBrokers(address), kgo.TransactionalID("first"))
	if err != nil {
		return err
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	retry := time.NewTicker(100 * time.Millisecond)
	defer retry.Stop()
	for {
		_, _, err := client.ProducerID(ctx)
		if err == nil {
			_, err = admin.FetchOffsets(ctx, "first")
		}
		if err == nil || errors.Is(err, kerr.GroupIDNotFound) {
			return nil
		}
		select {
		case <-retry.C:
		case <-ctx.Done():
			return fmt.Errorf("wait for the coordinators: %w", err)
		}
	}
}

// broker runs a container whose port 9092 is a port of this host. That one is
// chosen beforehand: it stands in the addresses that the broker advertises, and
// one chosen by the engine could change with a restart.
func broker(ctx context.Context, port int, env map[string]string, ready wait.Strategy, with ...testcontainers.ContainerCustomizer) (id string, stop func(), err error) {
	return run(ctx, map[string]int{"9092/tcp": port}, env, ready, with...)
}

// run runs a container, whose ports are those of this host, and returns its id
// and what stops it.
func run(ctx context.Context, ports map[string]int, env map[string]string, ready wait.Strategy, with ...testcontainers.ContainerCustomizer) (id string, stop func(), err error) {
	bindings := make(network.PortMap)
	for inside, port := range ports {
		bindings[network.MustParsePort(inside)] = []network.PortBinding{{HostIP: netip.MustParseAddr("127.0.0.1"), HostPort: strconv.Itoa(port)}}
	}
	kafka, err := testcontainers.Run(ctx, Image, append([]testcontainers.ContainerCustomizer{
		testcontainers.WithExposedPorts(slices.Collect(maps.Keys(ports))...),
		testcontainers.WithHostConfigModifier(func(hc *container.HostConfig) { hc.PortBindings = bindings }),
		testcontainers.WithEnv(env),
		testcontainers.WithWaitStrategyAndDeadline(2*time.Minute, ready),
	}, with...)...)
	stop = func() {
		// Not the caller's context: it may have ended, the container must go.
		_ = testcontainers.TerminateContainer(kafka)
	}
	if err != nil {
		stop()
		return "", func() {}, fmt.Errorf("start %s: %w", Image, err)
	}
	return kafka.GetContainerID(), stop, nil
}

// logDir holds the broker's log in its container.
const logDir = "/tmp/kraft-combined-logs"

// settings are all of the broker's: one variable drops the image's defaults.
func settings(advertised string) map[string]string {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails
	return map[string]string{
		"CLUSTER_ID":                           base64.RawURLEncoding.EncodeToString(id),
		"KAFKA_NODE_ID":                        "1",
		"KAFKA_PROCESS_ROLES":                  "broker,controller",
		"KAFKA_CONTROLLER_QUORUM_VOTERS":       "1@localhost:9093",
		"KAFKA_LISTENERS":                      "PLAINTEXT://:9092,CONTROLLER://:9093,INTERNAL://:9094",
		"KAFKA_ADVERTISED_LISTENERS":           "PLAINTEXT://" + advertised + ",INTERNAL://localhost:9094",
		"KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT",
		// Transactions make a broker speak to itself, and from inside of the
		// container the port of the host leads nowhere.
		"KAFKA_INTER_BROKER_LISTENER_NAME":                       "INTERNAL",
		"KAFKA_CONTROLLER_LISTENER_NAMES":                        "CONTROLLER",
		"KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR":                 "1",
		"KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS":                     "4",
		"KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR":         "1",
		"KAFKA_TRANSACTION_STATE_LOG_MIN_ISR":                    "1",
		"KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS":             "4",
		"KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR": "1",
		"KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR":            "1",
		"KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS":                 "0",
		"KAFKA_AUTO_CREATE_TOPICS_ENABLE":                        "false",
		"KAFKA_LOG_DIRS":                                         logDir,
	}
}

// answering waits until a client gets an answer. The log says "started"
// earlier than that, and says it again after a restart.
func answering(address string, opts ...kgo.Opt) wait.Strategy {
	return &answers{address, append([]kgo.Opt{kgo.SeedBrokers(address)}, opts...)}
}

type answers struct {
	address string
	opts    []kgo.Opt
}

// WaitUntilReady implements wait.Strategy.
func (a *answers) WaitUntilReady(ctx context.Context, target wait.StrategyTarget) error {
	client, err := kgo.NewClient(a.opts...)
	if err != nil {
		return err
	}
	defer client.Close()
	retry := time.NewTicker(100 * time.Millisecond)
	defer retry.Stop()
	for {
		attempt, cancel := context.WithTimeout(ctx, 5*time.Second)
		err := client.Ping(attempt)
		cancel()
		if err == nil {
			return nil
		}
		state, stateErr := target.State(ctx)
		if stateErr == nil && !state.Running {
			return fmt.Errorf("the container has stopped with code %d", state.ExitCode)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer: %w", a.address, err)
		case <-retry.C:
		}
	}
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // nothing waits here
	if err != nil {
		return 0, fmt.Errorf("look for a free port: %w", err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
