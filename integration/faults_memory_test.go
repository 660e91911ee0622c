package integration

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/sluicedata/sluice/integration/internal/cluster"
	"github.com/sluicedata/sluice/integration/internal/ledger"
	"github.com/sluicedata/sluice/integration/internal/service"
)

// memoryFaults want more memory than there is.
var memoryFaults = []fault{
	{name: "1 MB records on 16 partitions in 256 MiB", real: true, run: littleMemory},
}

// limitMiB is how much memory the container has.
const limitMiB = 256

// littleMemory runs the service in a container that the kernel ends if it takes
// too much.
func littleMemory(t *trial) {
	t.needsDocker()
	t.begin(kafka)
	t.batchBytes.Store(2 << 20)
	inputs, outputs := t.config.Topics()
	for _, topic := range append(inputs, outputs...) {
		large := "2097152"
		if err := t.tryCreateWith(16, map[string]*string{"max.message.bytes": &large}, topic); err != nil {
			t.Fatal(err)
		}
	}
	t.follow()
	order := goodOrders(t.T, 1)[0].value
	random := rand.New(rand.NewPCG(8, 8))
	records := make([]record, times(100, 400))
	for i := range records {
		// White space says nothing, and this kind does not compress well.
		space := make([]byte, 1_000_000-len(order))
		for i := range space {
			space[i] = " \t\n\r"[random.IntN(4)]
		}
		records[i] = record{topic: "shop.orders", key: key(i), value: append(space, order...), want: ledger.Want{Topic: "sales.orders.v1"}}
	}
	t.scenario.send(records...)
	started := time.Now()
	p := t.contained()
	t.settle(p)
	t.took(time.Since(started))
	resident, err := t.counters(p)
	if err != nil {
		t.Fatal(err)
	}
	mib := resident("process_resident_memory_bytes", "", "") >> 20
	t.row.Injected = len(records)
	if oom, err := command(t.Context(), nil, "docker", "inspect", "--format", "{{.State.OOMKilled}} {{.RestartCount}}", t.containerName()); err != nil || oom != "false 0" {
		t.Errorf("the container: %s %v", oom, err)
	}
	t.proof("%d MB went through a container of %d MiB; %d MiB were resident at the end", len(records), limitMiB, mib)
	t.stop(p)
	t.close()
}

func (t *trial) containerName() string { return strings.TrimSuffix(t.prefix, "-") }

// contained runs the service in a container with little memory, in the network
// of this host. The image is the one that is there anyway.
func (t *trial) contained() *service.Process {
	t.Helper()
	file, err := t.config.Write(t.kafka.Seeds)
	if err != nil {
		t.Fatal(err)
	}
	limit := strconv.Itoa(limitMiB) + "m"
	p, err := service.StartCommand([]string{
		"docker", "run", "--name", t.containerName(), "--network", "host", "--user", strconv.Itoa(os.Getuid()),
		"--memory", limit, "--memory-swap", limit, "--volume", t.config.Folder + ":" + t.config.Folder + ":ro",
		"--volume", binary + ":/sluice:ro", "--entrypoint", "/sluice", cluster.Image, "run", "--config", file,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, _ = command(context.Background(), nil, "docker", "rm", "--force", t.containerName())
		p.Kill()
		if t.Failed() {
			t.Logf("the service's log:\n%s", p.Log())
		}
	})
	return p
}
