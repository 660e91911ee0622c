package cluster

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Own starts a broker in a container for one scenario, which may break it.
// Docker must answer. Its log is in a volume if one is named, else in the
// container; both outlast Kill.
func Own(ctx context.Context, volume string) (*Cluster, error) {
	c := &Cluster{SessionTimeout: 6 * time.Second, stop: func() {}}
	if err := c.startContainer(ctx, volume); err != nil {
		return nil, err
	}
	return c, nil
}

// Kill ends the broker by SIGKILL.
func (c *Cluster) Kill(ctx context.Context) error {
	_, err := command(ctx, "kill", c.container)
	return err
}

// Running reports whether the broker's process runs.
func (c *Cluster) Running(ctx context.Context) (bool, error) {
	out, err := command(ctx, "inspect", "--format", "{{.State.Running}}", c.container)
	return out == "true", err
}

// Restart starts a broker that has ended, and waits until it answers.
func (c *Cluster) Restart(ctx context.Context) error {
	if _, err := command(ctx, "start", c.container); err != nil {
		return err
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(c.Seeds...))
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
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer after its restart: %w", c.Seeds[0], err)
		case <-retry.C:
		}
	}
}

// Disk is a volume in memory, of a size, with a container that keeps it while
// no broker does.
type Disk struct {
	// Volume is its name.
	Volume string
	keeper string
}

// NewDisk makes a disk. Remove it.
func NewDisk(ctx context.Context, name string, megabytes int) (*Disk, error) {
	d := &Disk{Volume: name}
	if _, err := command(ctx, "volume", "create", "--opt", "type=tmpfs", "--opt", "device=tmpfs",
		"--opt", fmt.Sprintf("o=size=%dm,mode=1777", megabytes), name); err != nil {
		return nil, err
	}
	keeper, err := command(ctx, "run", "--detach", "--rm", "--network", "none", "--user", "0",
		"--volume", name+":/disk", "--entrypoint", "sleep", Image, "3600")
	if err != nil {
		d.Remove()
		return nil, err
	}
	d.keeper = keeper
	return d, nil
}

// Fill fills the disk but for some megabytes.
func (d *Disk) Fill(ctx context.Context, but int) error {
	_, err := command(ctx, "exec", d.keeper, "sh", "-c",
		fmt.Sprintf("head -c $(( ($(df -Pk /disk | awk 'NR==2 {print $4}') - %d * 1024) * 1024 )) /dev/zero > /disk/filler", but))
	return err
}

// Free takes away what Fill has filled.
func (d *Disk) Free(ctx context.Context) error {
	_, err := command(ctx, "exec", d.keeper, "rm", "-f", "/disk/filler")
	return err
}

// Remove removes the disk; no broker uses it any more.
func (d *Disk) Remove() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if d.keeper != "" {
		_, _ = command(ctx, "rm", "--force", d.keeper)
	}
	_, _ = command(ctx, "volume", "rm", "--force", d.Volume)
}

// command runs the docker command.
func command(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "docker", args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, stderr.String())
	}
	return strings.TrimSpace(string(out)), nil
}
