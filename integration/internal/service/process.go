// Package service runs the service as what it is in production: a process of
// its own, with a configuration file, that is asked over HTTP and ended by
// signals.
package service

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Build builds the command into a folder and returns the binary's path. Tags
// are build tags; the module's root is root.
func Build(ctx context.Context, root, folder, name string, tags ...string) (string, error) {
	var with []string
	if len(tags) > 0 {
		with = []string{"-tags", strings.Join(tags, ",")}
	}
	return build(ctx, root, filepath.Join(folder, name), with...)
}

func build(ctx context.Context, root, binary string, with ...string) (string, error) {
	args := append([]string{"build", "-o", binary}, with...)
	cmd := exec.CommandContext(ctx, "go", append(args, "./cmd/sluice")...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	return binary, nil
}

// Process is a running "sluice run".
type Process struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error // of Wait, once done is closed

	mu      sync.Mutex
	log     []string
	address string
	listens chan struct{}
}

// What is kept of the log for a failure.
const logLines, logLineBytes = 60, 600

// Start starts a binary on a configuration file, with variables added to the
// environment. Kill or Terminate it.
func Start(binary, config string, env ...string) (*Process, error) {
	return StartCommand([]string{binary, "run", "--config", config}, env...)
}

// StartCommand starts a command that runs the service and hands on its log and
// its signals, such as "docker run".
func StartCommand(command []string, env ...string) (*Process, error) {
	p := &Process{
		cmd:     exec.Command(command[0], command[1:]...), //nolint:gosec,noctx // the tests' own; signals end it
		done:    make(chan struct{}),
		listens: make(chan struct{}),
	}
	p.cmd.Env = append(append(os.Environ(), "GOMAXPROCS=2"), env...)
	// A test that dies takes its processes along.
	p.cmd.SysProcAttr = dieWithParent()
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", command[0], err)
	}
	go func() {
		p.follow(stderr)
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// follow reads the log to its end and finds the operations listener in it.
func (p *Process) follow(log io.Reader) {
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct{ Msg, Message, Address string }
		told := json.Unmarshal(lines.Bytes(), &line) == nil && line.Address != "" &&
			strings.Contains(line.Msg+line.Message, "http listening")
		p.mu.Lock()
		text := lines.Text()
		if p.log = append(p.log, text[:min(len(text), logLineBytes)]); len(p.log) > logLines {
			p.log = p.log[1:]
		}
		if told && p.address == "" {
			p.address = line.Address
			close(p.listens)
		}
		p.mu.Unlock()
	}
}

// Log returns the last lines of the log.
func (p *Process) Log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.log, "\n")
}

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Kill ends the process by SIGKILL: it has no chance to do anything.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // fails only if it has ended already
	<-p.done
}

// Terminate asks the process to stop by SIGTERM and waits for it. Its error is
// nil if it exited with code 0 in time.
func (p *Process) Terminate(within time.Duration) error {
	select {
	case <-p.done:
		return fmt.Errorf("the service had stopped before it was asked to: %w\n%s", errors.Join(p.err), p.Log())
	default:
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	timeout := time.NewTimer(within)
	defer timeout.Stop()
	select {
	case <-p.done:
		if p.err != nil {
			return fmt.Errorf("stopped by SIGTERM: %w\n%s", p.err, p.Log())
		}
		return nil
	case <-timeout.C:
		p.Kill()
		return fmt.Errorf("SIGTERM did not stop the service within %s\n%s", within, p.Log())
	}
}

// Signal sends the process a signal.
func (p *Process) Signal(s os.Signal) error { return p.cmd.Process.Signal(s) }

// Killed reports whether the process was ended by SIGKILL.
func (p *Process) Killed() bool {
	select {
	case <-p.done:
		status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
		return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
	default:
		return false
	}
}

// Status is what /status says, as far as scenarios look at it.
type Status struct {
	Ready  bool `json:"ready"`
	Checks []struct {
		Name   string `json:"name"`
		OK     bool   `json:"ok"`
		Detail string `json:"detail"`
	} `json:"checks"`
	Products []struct {
		Product      string `json:"product"`
		Consumed     int64  `json:"consumed"`
		Accepted     int64  `json:"accepted"`
		DeadLettered int64  `json:"dead_lettered"`
		Dropped      int64  `json:"dropped"`
		InFlight     int64  `json:"in_flight"`
		Released     int64  `json:"released"`
	} `json:"products"`
	Partitions []struct {
		Topic     string `json:"topic"`
		Partition int32  `json:"partition"`
		Held      bool   `json:"held"`
	} `json:"partitions"`
	InFlightRecords int64 `json:"in_flight_records"`
}

// Processed is how many records have an outcome.
func (s *Status) Processed() int64 {
	var n int64
	for _, p := range s.Products {
		n += p.Accepted + p.DeadLettered + p.Dropped
	}
	return n
}

// Status asks the process.
func (p *Process) Status(ctx context.Context) (Status, error) {
	var s Status
	body, _, err := p.Get(ctx, "/status")
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(body, &s); err != nil {
		return s, fmt.Errorf("/status: %w", err)
	}
	return s, nil
}

// PID is the number of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Get asks the operations listener for a path, once it listens.
func (p *Process) Get(ctx context.Context, path string) (body []byte, code int, err error) {
	return p.ask(ctx, http.MethodGet, path)
}

// Post does the same with what changes something.
func (p *Process) Post(ctx context.Context, path string) (body []byte, code int, err error) {
	return p.ask(ctx, http.MethodPost, path)
}

func (p *Process) ask(ctx context.Context, method, path string) (body []byte, code int, err error) {
	select {
	case <-p.listens:
	case <-p.done:
		return nil, 0, fmt.Errorf("the service has ended: %w", errors.Join(p.err))
	case <-ctx.Done():
		return nil, 0, fmt.Errorf("the service does not listen: %w\n%s", ctx.Err(), p.Log())
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://"+p.address+path, http.NoBody)
	if err != nil {
		return nil, 0, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, 0, err
	}
	defer response.Body.Close()
	body, err = io.ReadAll(response.Body)
	return body, response.StatusCode, err
}
