package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/integration/internal/cluster"
)

// bench is what all runs share.
type bench struct {
	options
	kafka         *cluster.Cluster
	folder        string
	service, self string // binaries
	events        orders
	prefix        string
	client        *kgo.Client
	admin         *kadm.Client
}

func (b *bench) open() (err error) {
	b.client, err = kgo.NewClient(kgo.SeedBrokers(b.kafka.Seeds...), kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)),
		kgo.ProducerBatchCompression(kgo.SnappyCompression()), kgo.ProducerLinger(0))
	if err != nil {
		return err
	}
	b.admin = kadm.NewClient(b.client)
	return nil
}

func (b *bench) close() { b.client.Close() }

// size is about how long a record is.
func (b *bench) size() int {
	n := 0
	for i := range int64(100) {
		_, value := b.events.record(i, time.Now())
		n += len(value)
	}
	return n / 100
}

// copyCommand is the argument by which this program runs as the bare copy.
const copyCommand = "copy-as-candidate"

// topics of one run.
type topics struct{ input, output, dlq string }

func (b *bench) create(ctx context.Context, names ...string) error {
	return b.createWith(ctx, nil, b.partitions, names...)
}

func (b *bench) createWith(ctx context.Context, settings map[string]*string, partitions int, names ...string) error {
	responses, err := b.admin.CreateTopics(ctx, int32(partitions), 1, settings, names...)
	if err != nil {
		return err
	}
	return responses.Error()
}

// forget deletes topics; that it cannot is nobody's trouble.
func (b *bench) forget(ctx context.Context, names ...string) {
	_, _ = b.admin.DeleteTopics(ctx, names...)
}

// config writes the configuration of one run and returns its file.
func (b *bench) config(candidate, group, profile string, t topics, member int) (string, error) {
	schema := filepath.Join(b.folder, "order.schema.json")
	if err := os.WriteFile(schema, orderSchema, 0o600); err != nil {
		return "", err
	}
	delivery := candidate
	if candidate == "copy" {
		delivery = "at_least_once"
	}
	kafka := map[string]any{"brokers": b.kafka.Seeds, "group": group, "compression": b.codec}
	if delivery == "exactly_once" {
		kafka["instance_id"] = fmt.Sprintf("member-%d", member)
	}
	root := map[string]any{
		"domain": "bench", "delivery": delivery, "profile": profile, "kafka": kafka,
		"http": map[string]any{"listen": "127.0.0.1:0"},
		"products": []map[string]any{{
			"name": "orders", "input": t.input, "schema": schema, "output": t.output, "dlq": t.dlq,
		}},
	}
	if b.interval > 0 {
		root["commit_interval"] = b.interval.String()
	}
	text, err := yaml.Marshal(root)
	if err != nil {
		return "", err
	}
	file := filepath.Join(b.folder, fmt.Sprintf("%s-%d.yaml", group, member))
	return file, os.WriteFile(file, text, 0o600)
}

// startMembers starts the members of a candidate's group.
func (b *bench) startMembers(candidate, group, profile string, t topics) (members, error) {
	var all members
	for i := range b.members {
		file, err := b.config(candidate, group, profile, t, i)
		if err == nil {
			var p *process
			if p, err = b.start(candidate, file); err == nil {
				all = append(all, p)
			}
		}
		if err != nil {
			_, _ = all.stop()
			return nil, err
		}
	}
	return all, nil
}

// members of one group.
type members []*process

// stop ends all of them and returns what they took together.
func (m members) stop() (all usage, failed error) {
	for _, p := range m {
		u, err := p.stop()
		all.cpu, all.rss, failed = all.cpu+u.cpu, all.rss+u.rss, errors.Join(failed, err)
	}
	return all, failed
}

// alive returns an error once one of them has ended by itself.
func (m members) alive() error {
	for _, p := range m {
		if err := p.alive(); err != nil {
			return err
		}
	}
	return nil
}

// process is one of them.
type process struct {
	cmd  *exec.Cmd
	log  *os.File
	done chan error
}

func (b *bench) start(candidate, file string) (*process, error) {
	cmd := exec.Command(b.service, "run", "--config", file) //nolint:noctx // a signal ends it
	if candidate == "copy" {
		cmd = exec.Command(b.self, copyCommand, file) //nolint:noctx // a signal ends it
	}
	log, err := os.Create(file + ".log")
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	p := &process{cmd: cmd, log: log, done: make(chan error, 1)}
	go func() { p.done <- cmd.Wait() }()
	return p, nil
}

// usage is what a process took in its whole life.
type usage struct {
	cpu time.Duration
	rss int64 // bytes, at its peak
}

// stop ends the process by SIGTERM.
func (p *process) stop() (usage, error) {
	defer func() { _ = p.log.Close() }()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return usage{}, fmt.Errorf("%w\n%s", err, p.told())
	}
	select {
	case err := <-p.done:
		if err != nil {
			return usage{}, fmt.Errorf("%w\n%s", err, p.told())
		}
	case <-time.After(time.Minute):
		_ = p.cmd.Process.Kill()
		return usage{}, errors.New("it did not stop within a minute")
	}
	state := p.cmd.ProcessState
	u := usage{cpu: state.UserTime() + state.SystemTime()}
	if r, ok := state.SysUsage().(*syscall.Rusage); ok {
		u.rss = r.Maxrss << 10 // Linux counts in KiB
	}
	return u, nil
}

// alive returns an error once the process has ended by itself.
func (p *process) alive() error {
	select {
	case err := <-p.done:
		p.done <- err
		return fmt.Errorf("it has ended: %w\n%s", errors.Join(err), p.told())
	default:
		return nil
	}
}

func (p *process) told() string {
	text, _ := os.ReadFile(p.log.Name())
	return string(text[max(0, len(text)-2000):])
}
