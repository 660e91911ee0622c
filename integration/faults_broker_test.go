package integration

import (
	"context"
	"fmt"
	"os/exec"
	"time"

	"github.com/sluicedata/sluice/integration/internal/cluster"
)

// brokerFaults befall a broker of the trial's own.
var brokerFaults = []fault{
	{name: "broker killed, away for 30 s", real: true, run: brokerKilled},
	{name: "broker's disk full", real: true, run: diskFull},
}

// own begins the trial on a broker of its own, with its log on a disk if there
// is one.
func (t *trial) own(disk *cluster.Disk) *cluster.Cluster {
	t.T.Helper()
	volume := ""
	if disk != nil {
		volume = disk.Volume
	}
	ctx, cancel := context.WithTimeout(t.T.Context(), 2*time.Minute)
	defer cancel()
	broker, err := cluster.Own(ctx, volume)
	if err != nil {
		t.T.Fatal(err)
	}
	t.T.Cleanup(broker.Close)
	t.begin(broker)
	t.prepare()
	return broker
}

// needsDocker ends a trial where there is no Docker.
func (t *trial) needsDocker() {
	t.T.Helper()
	if _, err := exec.LookPath("docker"); err != nil || kafka.NoDocker != "" {
		t.T.Skip("no Docker, or no docker command: ", kafka.NoDocker)
	}
}

func brokerKilled(t *trial) {
	t.needsDocker()
	broker := t.own(nil)
	p := t.load(500)
	var flown int64
	for range times(1, 2) {
		flown += t.busy(p)
		if err := broker.Kill(t.ctx()); err != nil {
			t.Fatal(err)
		}
		t.injected()
		t.ready(false, "")
		t.hold(30 * time.Second)
		if err := broker.Restart(t.ctx()); err != nil {
			t.Fatal(err)
		}
		over := time.Now()
		t.ready(true, "")
		t.grow(200, p)
		t.inTime(over)
	}
	t.proof("not ready; %d records in flight at the kills", flown)
	t.recovers(p)
	t.close(p)
}

// diskFull fills the disk under the broker's log. Kafka stops when it cannot
// write its only log.
func diskFull(t *trial) {
	t.needsDocker()
	disk, err := cluster.NewDisk(t.T.Context(), runID+topicName(t.T.Name()), 128)
	if err != nil {
		t.T.Fatal(err)
	}
	t.T.Cleanup(disk.Remove)
	broker := t.own(disk)
	p := t.load(1000)
	if err := disk.Fill(t.ctx(), 1); err != nil {
		t.Fatal(err)
	}
	t.injected()
	full := time.Now()
	t.await("the broker to stop", func() (bool, string) {
		running, err := broker.Running(t.ctx())
		return err == nil && !running, fmt.Sprint(err)
	})
	t.ready(false, "")
	t.proof("the broker stopped by itself %s later; not ready", time.Since(full).Round(time.Second))
	t.hold(5 * time.Second)
	if err := disk.Free(t.ctx()); err != nil {
		t.Fatal(err)
	}
	if err := broker.Restart(t.ctx()); err != nil {
		t.Fatal(err)
	}
	over := time.Now()
	t.ready(true, "")
	t.grow(200, p)
	t.inTime(over)
	t.recovers(p)
	t.close(p)
}
