package integration

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"

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
	name, err := image()
	if err != nil {
		t.T.Fatal(err)
	}
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
	n := 0
	next := func(i int) record {
		n++
		// White space says nothing, and this kind does not compress well.
		space := make([]byte, 1_000_000-len(order))
		for i := range space {
			space[i] = " \t\n\r"[random.IntN(4)]
		}
		return record{topic: "shop.orders", key: key(i), value: append(space, order...), want: ledger.Want{Topic: "sales.orders.v1"}}
	}
	all := times(100, 400)
	records := make([]record, all)
	for i := range records {
		records[i] = next(i)
	}
	t.scenario.send(records...)
	p := t.contained(name)
	t.traffic = t.scenario.traffic(func(i int) record { return next(i) }, 1)
	t.settle(p)
	resident, err := t.counters(p)
	if err != nil {
		t.Fatal(err)
	}
	mib := resident("process_resident_memory_bytes", "", "") >> 20
	t.recovers(p)
	t.row.Injected = n
	if oom, err := command(t.Context(), nil, "docker", "inspect", "--format", "{{.State.OOMKilled}} {{.RestartCount}}", t.containerName()); err != nil || oom != "false 0" {
		t.Errorf("the container: %s %v", oom, err)
	}
	t.proof("%d MB went through a container of %d MiB; %d MiB were resident at the end", n, limitMiB, mib)
	t.close(p)
}

func (t *trial) containerName() string { return strings.TrimSuffix(t.prefix, "-") }

// contained runs the image with little memory, in the network of this host.
func (t *trial) contained(image string) *service.Process {
	t.Helper()
	file, err := t.config.Write(t.kafka.Seeds)
	if err != nil {
		t.Fatal(err)
	}
	limit := strconv.Itoa(limitMiB) + "m"
	p, err := service.StartCommand([]string{
		"docker", "run", "--name", t.containerName(), "--network", "host", "--user", strconv.Itoa(os.Getuid()),
		"--memory", limit, "--memory-swap", limit, "--volume", t.config.Folder + ":" + t.config.Folder + ":ro",
		image, "run", "--config", file,
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
