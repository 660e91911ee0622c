package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/sluicedata/sluice/integration/internal/service"
)

// serve starts the service for a run that asks it questions.
func (b *bench) serve(ctx context.Context, file string) (*service.Process, error) {
	p, err := service.Start(b.service, file, fmt.Sprintf("GOMAXPROCS=%d", b.procs()))
	if err != nil {
		return nil, err
	}
	for ready := false; !ready; {
		status, err := p.Status(ctx)
		if err != nil {
			p.Kill()
			return nil, fmt.Errorf("%w\n%s", err, p.Log())
		}
		if ready = status.Ready; !ready {
			time.Sleep(100 * time.Millisecond)
		}
	}
	return p, nil
}

// procs is how many processors the service may use.
func (b *bench) procs() int {
	if b.cores > 0 {
		return b.cores
	}
	return runtime.NumCPU()
}

// series are the values of /metrics, by name and labels without the domain.
type series map[string]float64

func scrape(ctx context.Context, p *service.Process) (series, error) {
	body, _, err := p.Get(ctx, "/metrics")
	if err != nil {
		return nil, err
	}
	s := make(series)
	for line := range strings.Lines(string(body)) {
		name, value, ok := cutLast(strings.TrimSpace(line))
		if !ok || strings.HasPrefix(name, "#") {
			continue
		}
		if v, err := strconv.ParseFloat(value, 64); err == nil {
			s[strings.Replace(strings.Replace(name, `domain="bench",`, "", 1), `{domain="bench"}`, "", 1)] = v
		}
	}
	return s, nil
}

func cutLast(line string) (before, after string, ok bool) {
	i := strings.LastIndexByte(line, ' ')
	if i < 0 {
		return "", "", false
	}
	return line[:i], line[i+1:], true
}

// resident is what the process has in memory now, in MiB.
func resident(p *service.Process) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(string(text), "VmRSS:")
	var kB float64
	if _, err := fmt.Sscan(after, &kB); err != nil {
		return 0, fmt.Errorf("memory of the service: %w", err)
	}
	return kB / 1024, nil
}

// bounded are the settings of a topic of which brokers keep little, however
// much is written.
func bounded() map[string]*string {
	text := func(s string) *string { return &s }
	return map[string]*string{
		"retention.bytes": text(strconv.Itoa(128 << 20)), "segment.bytes": text(strconv.Itoa(32 << 20)),
		"file.delete.delay.ms": text("1000"),
	}
}
