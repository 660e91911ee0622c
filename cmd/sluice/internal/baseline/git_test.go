package baseline

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// commit makes a repository with one commit of the files and returns its
// folder.
func commit(t *testing.T, files map[string]string, links map[string]string) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("left out: git is not installed")
	}
	dir := write(t, files)
	for name, target := range links {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Skipf("left out: no symbolic links: %v", err)
		}
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"commit", "-q", "-m", "first"}} {
		cmd := exec.CommandContext(t.Context(), "git", append([]string{
			"-C", dir, "-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false",
		}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	return dir
}

// TestExtractTakesRegularFiles leaves links out: they could lead anywhere.
func TestExtractTakesRegularFiles(t *testing.T) {
	t.Parallel()
	r := &repository{
		dir:    commit(t, map[string]string{"sales/a/order.json": "{}", "other.json": "[]"}, map[string]string{"sales/link": "/etc"}),
		commit: "HEAD",
	}
	to := t.TempDir()
	for _, folder := range []string{"sales", "nowhere"} {
		if err := r.extract(t.Context(), folder, to); err != nil {
			t.Fatalf("%s: %v", folder, err)
		}
	}
	if text, err := os.ReadFile(filepath.Join(to, "sales", "a", "order.json")); err != nil || string(text) != "{}" {
		t.Errorf("%q %v", text, err)
	}
	for _, name := range []string{"sales/link", "other.json", "nowhere"} {
		if _, err := os.Lstat(filepath.Join(to, name)); !os.IsNotExist(err) {
			t.Errorf("%s was extracted: %v", name, err)
		}
	}
}

// TestRevisionHoldsWhatTheWorkTreeHeld compares with a commit after the work
// tree has moved on.
func TestRevisionHoldsWhatTheWorkTreeHeld(t *testing.T) {
	t.Parallel()
	dir := commit(t, map[string]string{
		"sales/sluice.yaml":    strings.Replace(domain, "order.json", "../contracts/order.json", 1),
		"contracts/order.json": order,
	}, nil)
	if err := os.RemoveAll(filepath.Join(dir, "contracts")); err != nil {
		t.Fatal(err)
	}
	e, err := loadBase(t.Context(), "HEAD", filepath.Join(dir, "sales", "sluice.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(e.sources) != 1 || e.sources[0].Version != "1.0.0" {
		t.Errorf("%+v", e.sources)
	}
}

func TestWithoutKafka(t *testing.T) {
	t.Parallel()
	file := filepath.Join(write(t, map[string]string{
		"sluice.yaml": "domain: sales\nkafka:\n  brokers: [kafka:9093]\n  sasl: {password_file: secret}\nproducts: []\n",
	}), "sluice.yaml")
	if err := withoutKafka(file); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil || strings.Contains(string(text), "secret") || !strings.Contains(string(text), "localhost:9092") || !strings.Contains(string(text), "domain: sales") {
		t.Errorf("%s %v", text, err)
	}
}
