package cluster

import (
	"context"
	"fmt"
	"maps"
	"net"
	"strconv"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/testcontainers/testcontainers-go"
)

// Two starts two brokers in containers for one scenario. Docker must answer. The
// first is the controller, and coordinates all groups and transactions: the
// second has nothing but the partitions that are put on it. Seeds are in this
// order.
func Two(ctx context.Context) (*Cluster, error) {
	var addresses [2]string
	ports := make(map[string]int)
	for i, inside := range []string{"9092/tcp", "9192/tcp"} {
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		ports[inside], addresses[i] = port, net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	}
	first := settings(addresses[0])
	container1, stop1, err := run(ctx, ports, first, answering(addresses[0]))
	if err != nil {
		return nil, err
	}
	// While it is alone the topics of the coordinators can be nowhere else.
	if err := coordinate(ctx, addresses[0]); err != nil {
		stop1()
		return nil, fmt.Errorf("%s: %w", addresses[0], err)
	}
	second := settings(addresses[1])
	maps.Copy(second, map[string]string{
		"CLUSTER_ID":                 first["CLUSTER_ID"],
		"KAFKA_NODE_ID":              "2",
		"KAFKA_PROCESS_ROLES":        "broker",
		"KAFKA_LISTENERS":            "PLAINTEXT://:9192,INTERNAL://:9194",
		"KAFKA_ADVERTISED_LISTENERS": "PLAINTEXT://" + addresses[1] + ",INTERNAL://localhost:9194",
	})
	_, stop2, err := run(ctx, nil, second, answering(addresses[1]), testcontainers.WithHostConfigModifier(func(hc *container.HostConfig) {
		// Their localhost is one, and so are the ports that the first has opened.
		hc.NetworkMode = container.NetworkMode("container:" + container1)
	}))
	if err != nil {
		stop1()
		return nil, err
	}
	return &Cluster{
		Kind: Docker, Image: Image, Seeds: addresses[:], SessionTimeout: 6 * time.Second, container: container1,
		stop: func() { stop2(); stop1() },
	}, nil
}
