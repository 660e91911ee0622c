package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// reloading is what /status says of reloads.
type reloading struct {
	Reload struct {
		Successful    bool `json:"successful"`
		RestartNeeded bool `json:"restart_needed"`
		Last          struct {
			Result, Trigger string
			Problems        []struct {
				File         string
				Line, Column int
			}
		}
	}
	Products []struct{ Schema string }
}

func (r *running) reloading() reloading {
	r.t.Helper()
	var s reloading
	_, body := r.get("/status")
	if err := json.Unmarshal([]byte(body), &s); err != nil || len(s.Products) != 1 {
		r.t.Fatalf("/status: %v %s", err, body)
	}
	return s
}

// TestContractsAreReloaded by a change of a file, a signal and a request; a
// broken one is refused with its place.
func TestContractsAreReloaded(t *testing.T) {
	t.Parallel()
	cluster, client := kafka(t, []string{"shop.orders", "sales.orders.v1", "sales.orders.v1.dlq"})
	brokers := cluster.ListenAddrs()
	files := serviceFiles(brokers[0])
	delete(files, "schemas/examples/valid/one.json")
	delete(files, "schemas/examples/invalid/no.json")
	files["sluice.yaml"] += "\nreload: { watch: false }\n"
	quiet := write(t, files)
	r := runService(t, "--config", filepath.Join(quiet, "sluice.yaml"))
	put := func(dir, schema string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "schemas", "order.json"), []byte(schema), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	inUse := func(r *running, version, trigger string) {
		t.Helper()
		eventually(t, version+" is in use", func() bool {
			s := r.reloading()
			return s.Products[0].Schema == "orders@"+version && s.Reload.Last.Trigger == trigger && s.Reload.Last.Result == "success"
		})
	}
	post := func(code int) {
		t.Helper()
		response, err := http.Post(r.url+"/-/reload", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := response.Body.Close(); err != nil || response.StatusCode != code {
			t.Errorf("POST /-/reload: %d, want %d", response.StatusCode, code)
		}
	}
	if s := r.reloading(); !s.Reload.Successful || s.Reload.Last.Result != "" {
		t.Errorf("before the first reload: %+v", s.Reload)
	}
	put(quiet, `{"version": "two", "type": "object"}`)
	post(http.StatusOK)
	inUse(r, "two", "request")

	put(quiet, "{\"version\": \"three\",\n \"type\": 3}")
	post(http.StatusUnprocessableEntity)
	s := r.reloading()
	if p := s.Reload.Last.Problems; s.Reload.Successful || len(p) != 1 || filepath.Base(p[0].File) != "order.json" || p[0].Line != 2 || p[0].Column != 10 ||
		s.Products[0].Schema != "orders@two" {
		t.Errorf("a broken contract: %+v", s)
	}
	_, metrics := r.get("/metrics")
	for _, want := range []string{
		`sluice_schema_last_reload_successful{domain="sales"} 0`,
		`sluice_schema_reloads_total{domain="sales",result="failure"} 1`,
		`sluice_schema_reloads_total{domain="sales",result="success"} 1`,
	} {
		if !strings.Contains(metrics, want+"\n") {
			t.Errorf("/metrics lacks %s", want)
		}
	}

	put(quiet, `{"version": "four", "required": ["name"]}`)
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	inUse(r, "four", "signal")
	produce(t, client, "shop.orders", `{"id":1}`, `{"name":1}`)
	bad := consume(t, brokers, "sales.orders.v1.dlq", 1)[0]
	for _, h := range bad.Headers {
		if h.Key == "sluice.schema" && string(h.Value) != "orders@four" {
			t.Errorf("judged by %s", h.Value)
		}
	}
	if code := r.end(); code != 0 {
		t.Errorf("exit code %d; its log is\n%s", code, r.stderr)
	}

	files["sluice.yaml"] = strings.Replace(files["sluice.yaml"], "watch: false", "interval: 20ms", 1)
	watched := write(t, files)
	r = runService(t, "--config", filepath.Join(watched, "sluice.yaml"))
	put(watched, `{"version": "five"}`)
	inUse(r, "five", "file")
	if err := os.WriteFile(filepath.Join(watched, "sluice.yaml"), []byte("domain: other\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a restart is needed", func() bool { return r.reloading().Reload.RestartNeeded })
	if r.logged("configuration file changed, restart to use it") == nil {
		t.Errorf("the log says nothing of it:\n%s", r.stderr)
	}
	if code := r.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}
