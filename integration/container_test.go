package integration

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// What the image is told that it is. The gate builds the same beforehand, so
// that the layers are there.
const imageVersion, imageRevision = "1.2.3-test", "0123abc"

var built atomic.Bool

// image is built once for all tests that need it.
var image = sync.OnceValues(func() (string, error) {
	built.Store(true)
	name := "sluice:" + strings.TrimSuffix(runID, "-")
	_, err := command(context.Background(), nil, "docker", "build", "--quiet", "--tag", name,
		"--build-arg", "VERSION="+imageVersion, "--build-arg", "REVISION="+imageRevision, ".")
	return name, err
})

// removeImage removes what image has built, if it has.
func removeImage() {
	if built.Load() {
		name, _ := image()
		_, _ = command(context.Background(), nil, "docker", "image", "rm", "--force", name)
	}
}

// command runs a program in the module's root.
func command(ctx context.Context, env []string, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 8*time.Minute) // an image on a busy machine
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = root, append(os.Environ(), env...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return string(out), fmt.Errorf("%s: %w\n%s%s", strings.Join(cmd.Args, " "), err, out, stderr.String())
	}
	return strings.TrimSpace(string(out)), nil
}

// containers makes the test a scenario that needs Docker and its command line.
func containers(t *testing.T, note *string, on string) string {
	t.Helper()
	t.Parallel()
	register(t, note, on)
	leaveOut := func(why string) {
		*note = why
		t.Skip(why)
	}
	if kafka.NoDocker != "" {
		leaveOut("no Docker: " + strings.Join(strings.Fields(kafka.NoDocker), " "))
	}
	if _, err := exec.LookPath("docker"); err != nil {
		leaveOut("no docker command")
	}
	name, err := image()
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// TestImage builds the container image and looks at what came out.
func TestImage(t *testing.T) {
	var note string
	name := containers(t, &note, "Docker alone")
	run := func(args ...string) (string, error) {
		return command(t.Context(), nil, "docker", append([]string{"run", "--rm", "--read-only", "--network=none", name}, args...)...)
	}
	version, err := run("version")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(version, imageVersion) || !strings.Contains(version, imageRevision) {
		t.Errorf("version says %q, want version and revision of the build", version)
	}
	user, err := command(t.Context(), nil, "docker", "image", "inspect", "--format", "{{.Config.User}}", name)
	if err != nil || user != "65532:65532" {
		t.Errorf("it runs as %q, want nobody in particular, 65532:65532 (%v)", user, err)
	}
	// Nothing answers in this container: health must say so by its exit code.
	if out, err := run("health"); err == nil {
		t.Errorf("health of a container without a service: %s", out)
	}
	// There is no shell to be had in it.
	if out, err := command(t.Context(), nil, "docker", "run", "--rm", "--entrypoint", "/bin/sh", name, "-c", "true"); err == nil {
		t.Errorf("the image has a shell: %s", out)
	}
	size, err := command(t.Context(), nil, "docker", "image", "inspect", "--format", "{{.Size}}", name)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := strconv.Atoi(size); err != nil || n > 60<<20 {
		t.Errorf("the image has %s bytes, want at most 60 MiB", size)
	}
	note = fmt.Sprintf("%s bytes, %s", size, version)
}

// compose is the compose file under a project name and ports of its own.
type compose struct {
	t    *testing.T
	name []string
	env  []string
}

func (c *compose) run(args ...string) (string, error) {
	return command(context.WithoutCancel(c.t.Context()), c.env, c.name[0], append(c.name[1:], args...)...)
}

// composeCommand is the plugin of the docker command, or the program that came
// before it.
func composeCommand(ctx context.Context) []string {
	if _, err := command(ctx, nil, "docker", "compose", "version"); err == nil {
		return []string{"docker", "compose"}
	}
	if _, err := exec.LookPath("docker-compose"); err == nil {
		return []string{"docker-compose"}
	}
	return nil
}

// TestCompose starts the system of docker-compose.yml, all but Grafana, waits
// until Prometheus has seen records flow through it, and has its dashboards and
// alerts looked at.
func TestCompose(t *testing.T) {
	var note string
	name := containers(t, &note, "the Kafka of docker-compose.yml")
	program := composeCommand(t.Context())
	if program == nil {
		note = "no docker compose"
		t.Skip(note)
	}
	ports := freePorts(t, 3)
	c := &compose{t: t, name: append(program, "--project-name", strings.TrimSuffix(runID, "-")), env: []string{
		"SLUICE_IMAGE=" + name,
		"SLUICE_COMPOSE_KAFKA_PORT=" + ports[0],
		"SLUICE_COMPOSE_HTTP_PORT=" + ports[1],
		"SLUICE_COMPOSE_PROMETHEUS_PORT=" + ports[2],
	}}
	t.Cleanup(func() {
		if t.Failed() {
			logs, _ := c.run("logs", "--no-color", "--tail", "30")
			t.Log(logs)
		}
		if _, err := c.run("down", "--volumes", "--timeout", "20"); err != nil {
			t.Error(err)
		}
	})
	if _, err := c.run("up", "--detach", "kafka", "source", "sluice", "prometheus"); err != nil {
		t.Fatal(err)
	}
	prometheus := "http://127.0.0.1:" + ports[2]
	wait(t, "Prometheus to scrape sluice", func() (bool, string) {
		var targets struct {
			Data struct {
				ActiveTargets []struct{ Health, LastError string }
			}
		}
		err := fetch(t.Context(), prometheus+"/api/v1/targets", &targets)
		up := err == nil && len(targets.Data.ActiveTargets) == 1 && targets.Data.ActiveTargets[0].Health == "up"
		return up, fmt.Sprint(targets, err)
	})
	counted := func(outcome string) float64 {
		n, err := query(t.Context(), prometheus, `sum(sluice_records_processed_total{outcome="`+outcome+`"})`)
		if err != nil {
			return -1
		}
		return n
	}
	wait(t, "records of both outcomes to flow", func() (bool, string) {
		accepted, letters := counted("accepted"), counted("dead_lettered")
		return accepted >= 500 && letters >= 5, fmt.Sprintf("%g accepted, %g dead letters", accepted, letters)
	})
	accepted := counted("accepted")
	wait(t, "more records to flow", func() (bool, string) {
		now := counted("accepted")
		return now >= accepted+200, fmt.Sprintf("%g accepted, %g a moment ago", now, accepted)
	})
	for _, product := range []string{"orders", "refunds"} {
		n, err := query(t.Context(), prometheus, `sum(sluice_records_processed_total{domain="sales",outcome="accepted",product="`+product+`"})`)
		if err != nil || n == 0 {
			t.Errorf("%s: %g accepted, %v", product, n, err)
		}
	}
	// The image's own health check, and who it runs as.
	id, err := c.run("ps", "--quiet", "sluice")
	if err != nil {
		t.Fatal(err)
	}
	wait(t, "the health check to pass", func() (bool, string) {
		health, err := command(t.Context(), nil, "docker", "inspect", "--format", "{{.State.Health.Status}}", id)
		return health == "healthy", fmt.Sprint(health, err)
	})
	// From this host, through the port that the compose file opens.
	held, clusterID := held(t, "127.0.0.1:"+ports[0], "sales.orders.v1", "sales.refunds.v1")
	if float64(held) < accepted {
		t.Errorf("the output topics hold %d records, Prometheus had counted %g", held, accepted)
	}
	// Calm, and then a bad deploy: make observe-check waits until the alert fires,
	// this until it is about to.
	watched, err := command(t.Context(), c.env, "go", "test", "./deploy", "-run", "^TestRunningSystem$", "-count=1", "-v",
		"-running", "127.0.0.1:"+ports[2], "-plant", strings.Join(append(slices.Clone(c.name), "up", "--detach", "bad-deploy"), " "), "-rings", "pending")
	if err != nil || !strings.Contains(watched, "SluiceDeadLetterSpike is pending") {
		t.Errorf("%v\n%s", err, watched)
	}
	note = fmt.Sprintf("Prometheus counted %g accepted records and %g dead letters of cluster %s", counted("accepted"), counted("dead_lettered"), clusterID)
}

// held is how many records topics hold, and the id of the cluster.
func held(t *testing.T, broker string, topics ...string) (n int64, clusterID string) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(broker))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	admin := kadm.NewClient(client)
	ends, err := admin.ListEndOffsets(ctx, topics...)
	if err != nil {
		t.Fatal(err)
	}
	ends.Each(func(o kadm.ListedOffset) { n += o.Offset })
	metadata, err := admin.BrokerMetadata(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return n, metadata.Cluster
}

// wait waits for a condition outside of a scenario's topics.
func wait(t *testing.T, what string, met func() (ok bool, now string)) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, now := met()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited for %s: %s", what, now)
		}
		<-tick.C
	}
}

// query asks Prometheus for one number; no series is 0.
func query(ctx context.Context, prometheus, expression string) (float64, error) {
	var answer struct {
		Data struct {
			Result []struct{ Value [2]any }
		}
	}
	if err := fetch(ctx, prometheus+"/api/v1/query?query="+url.QueryEscape(expression), &answer); err != nil {
		return 0, err
	}
	if len(answer.Data.Result) == 0 {
		return 0, nil
	}
	return strconv.ParseFloat(fmt.Sprint(answer.Data.Result[0].Value[1]), 64)
}

// fetch reads JSON over HTTP.
func fetch(ctx context.Context, from string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, from, http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", from, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(into)
}

// freePorts are ports of this host that nothing listens on.
func freePorts(t *testing.T, n int) []string {
	t.Helper()
	ports := make([]string, n)
	for i := range ports {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		ports[i] = strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	}
	return ports
}
