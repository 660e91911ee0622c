package schemas_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/schemas"
)

// loader returns a loader of the service in a folder that has loaded it once.
func loader(t *testing.T, dir string, change ...func(*config.Config)) (*schemas.Loader, *schemas.Set) {
	t.Helper()
	cfg, err := config.Load(filepath.Join(dir, "sluice.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range change {
		f(cfg)
	}
	l := schemas.NewLoader(cfg)
	set, err := l.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if l.Changed() {
		t.Fatal("changed, and nobody wrote")
	}
	return l, set
}

const (
	orderSchema = `{"type": "object", "properties": {"line": {"$ref": "line.json"}}}`
	lineSchema  = `{"type": "integer"}`
)

// shop has an order with a reference, and a refund that stands alone.
func shop(t *testing.T) string {
	t.Helper()
	return service(t, map[string]string{
		"a/order.json": orderSchema, "a/line.json": lineSchema, "b/refund.json": anything,
		"a/examples/valid/line.json": `{"line": 1}`, "b/examples/valid/r.ndjson": "1\n2\n",
	}, "a/order.json", "b/refund.json")
}

func TestUnchangedContractsAreTakenOver(t *testing.T) {
	t.Parallel()
	dir := shop(t)
	l, first := loader(t, dir)
	f := func(what string, order, refund bool, fixtures int) {
		t.Helper()
		if !l.Changed() {
			t.Errorf("%s: not noticed", what)
		}
		next, err := l.Load(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		same := func(product string) bool { return next.Contract(product).Schema == first.Contract(product).Schema }
		if same("p0") != order || same("p1") != refund {
			t.Errorf("%s: order taken over: %t, refund: %t", what, same("p0"), same("p1"))
		}
		if got := len(next.Fixtures("p1")); got != fixtures || next.Contract("p1").Fixtures != fixtures {
			t.Errorf("%s: %d fixtures, want %d", what, got, fixtures)
		}
		if order == (next.Contract("p0").SHA256 != first.Contract("p0").SHA256) {
			t.Errorf("%s: the digest is %s", what, next.Contract("p0").SHA256)
		}
		if l.Changed() {
			t.Errorf("%s: still changed after a load", what)
		}
		first = next
	}
	write(t, dir, "a/line.json", `{"type": "number"}`)
	f("a document that is referenced", false, true, 2)
	write(t, dir, "b/refund.json", anything+"\n")
	f("a schema", true, false, 2)
	write(t, dir, "b/examples/valid/r.ndjson", "1\n2\n3\n")
	f("a fixture", true, true, 3)
	write(t, dir, "b/examples/invalid/x.json", "no JSON")
	f("a new fixture", true, true, 4)
	if err := os.Rename(filepath.Join(dir, "b/examples/valid"), filepath.Join(dir, "b/examples/.gone")); err != nil {
		t.Fatal(err)
	}
	f("fixtures that are gone", true, true, 1)
}

// TestFixturesOfTakenOverContracts: a fixture that has changed is judged, and
// one that has changed sides too.
func TestFixturesOfTakenOverContracts(t *testing.T) {
	t.Parallel()
	dir := shop(t)
	l, _ := loader(t, dir)
	f := func(want string) {
		t.Helper()
		set, err := l.Load(t.Context())
		if set != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q", err, want)
		}
	}
	write(t, dir, "a/examples/valid/line.json", `{"line": "1"}`)
	f("a/examples/valid/line.json:1:10: products[0].schema: valid fixture is rejected")
	f("a/examples/valid/line.json:1:10: products[0].schema: valid fixture is rejected") // is not forgotten
	write(t, dir, "a/examples/valid/line.json", `{"line": 1}`)
	write(t, dir, "a/examples/invalid/line.json", `{"line": 1}`)
	f("a/examples/invalid/line.json:1:1: products[0].schema: invalid fixture is accepted")
	if err := os.Remove(filepath.Join(dir, "a/examples/invalid/line.json")); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Load(t.Context()); err != nil {
		t.Errorf("all is well again, and still %v", err)
	}
}

func TestChangesAreNoticed(t *testing.T) {
	t.Parallel()
	f := func(what string, change func(dir string) error) {
		t.Helper()
		dir := shop(t)
		l, _ := loader(t, dir)
		mark := l.Mark()
		if err := change(dir); err != nil {
			t.Fatal(err)
		}
		if !l.Changed() {
			t.Errorf("%s: not noticed", what)
		}
		if what != "the same size and time" && l.Mark() == mark {
			t.Errorf("%s: the mark is the same", what)
		}
	}
	order := func(dir string) string { return filepath.Join(dir, "a/order.json") }
	f("removed", func(dir string) error { return os.Remove(order(dir)) })
	f("another file by rename", func(dir string) error {
		write(t, dir, "new.json", orderSchema+" ")
		return os.Rename(filepath.Join(dir, "new.json"), order(dir))
	})
	f("the same size and time", func(dir string) error {
		info, err := os.Stat(order(dir))
		if err != nil {
			return err
		}
		write(t, dir, "a/order.json", strings.Replace(orderSchema, "object", "string", 1))
		return os.Chtimes(order(dir), info.ModTime(), info.ModTime())
	})
	f("a new fixture", func(dir string) error {
		write(t, dir, "b/examples/invalid/x.json", "")
		return nil
	})
	f("rights", func(dir string) error { return os.Chmod(order(dir), 0o600) })
}

// TestOldFilesAreNotReadToLook: where a file was old when it was read, its time
// tells; only those just written are compared by content.
func TestOldFilesAreNotReadToLook(t *testing.T) {
	t.Parallel()
	dir := shop(t)
	file := filepath.Join(dir, "a/order.json")
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(file, old, old); err != nil {
		t.Fatal(err)
	}
	l, _ := loader(t, dir)
	write(t, dir, "a/order.json", strings.Replace(orderSchema, "object", "string", 1))
	if err := os.Chtimes(file, old, old); err != nil {
		t.Fatal(err)
	}
	if l.Changed() {
		t.Error("the file was read although its size and time are the same")
	}
}

// TestAMountedConfigMapIsExchanged: Kubernetes shows a ConfigMap as links into
// a folder, and exchanges all of it by renaming one link. The links are those
// of the mount: schemas that lie in a folder of their own are behind one link.
func TestAMountedConfigMapIsExchanged(t *testing.T) {
	t.Parallel()
	f := func(below, schema string, links ...string) {
		t.Helper()
		files := make(map[string]string)
		for version, line := range map[string]string{"..1": "integer", "..2": "number"} {
			at := filepath.Join("m", version, below)
			files[filepath.Join(at, "order.json")] = orderSchema
			files[filepath.Join(at, "line.json")] = `{"type": "` + line + `"}`
			files[filepath.Join(at, "examples/valid/order/1.json")] = `{"line": 1}`
		}
		dir := service(t, files, schema)
		at := func(name string) string { return filepath.Join(dir, "m", name) }
		point := func(to string) {
			t.Helper()
			if err := errors.Join(os.Symlink(to, at("..tmp")), os.Rename(at("..tmp"), at("..data"))); err != nil {
				t.Fatal(err)
			}
		}
		point("..1")
		for _, name := range links {
			if err := os.Symlink("..data/"+name, at(name)); err != nil {
				t.Fatal(err)
			}
		}
		l, first := loader(t, dir)
		if first.Contract("p0").Fixtures != 1 {
			t.Errorf("%s: %d fixtures, want 1", schema, first.Contract("p0").Fixtures)
		}
		point("..2")
		if !l.Changed() {
			t.Fatalf("%s: the exchange is not noticed", schema)
		}
		second, err := l.Load(t.Context())
		if err != nil || l.Changed() {
			t.Fatalf("%s: %v, or changed again", schema, err)
		}
		if first.Contract("p0").SHA256 == second.Contract("p0").SHA256 {
			t.Errorf("%s: the digest is the same", schema)
		}
	}
	f("", "m/order.json", "order.json", "line.json", "examples")
	f("schemas", "m/schemas/order.json", "schemas")
}

// TestWhatALoadMissesIsWatched: a schema arrives before what it references, and
// is mended by the arrival.
func TestWhatALoadMissesIsWatched(t *testing.T) {
	t.Parallel()
	dir := shop(t)
	l, _ := loader(t, dir)
	write(t, dir, "a/order.json", `{"$ref": "later.json"}`)
	for range 2 {
		if _, err := l.Load(t.Context()); err == nil || !strings.Contains(err.Error(), "later.json does not exist") {
			t.Fatalf("error is %v", err)
		}
		if l.Changed() {
			t.Error("changed, and nobody wrote")
		}
	}
	write(t, dir, "a/later.json", anything)
	if !l.Changed() {
		t.Error("the missing document has come unnoticed")
	}
	if _, err := l.Load(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestALoadThatEndsEarly says why, and goes on watching all files.
func TestALoadThatEndsEarly(t *testing.T) {
	t.Parallel()
	dir := shop(t)
	l, _ := loader(t, dir)
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if set, err := l.Load(ctx); set != nil || !errors.Is(err, cause) {
		t.Errorf("error is %v", err)
	}
	write(t, dir, "b/refund.json", anything+" ")
	if !l.Changed() {
		t.Error("a file that the load did not come to is not watched")
	}
}

func TestContractsHaveABoundTogether(t *testing.T) {
	t.Parallel()
	dir := shop(t)
	size := int64(len(orderSchema + lineSchema + anything + `{"line": 1}` + "1\n2\n"))
	l, _ := loader(t, dir, func(c *config.Config) { c.Limits.ContractsBytes = config.Bytes(size) })
	write(t, dir, "b/examples/valid/r.ndjson", "1\n2\n\n")
	_, err := l.Load(t.Context())
	problems, ok := errors.AsType[config.Problems](err)
	if !ok || len(problems) != 1 || !strings.HasSuffix(problems[0].File, "b/examples/valid/r.ndjson") ||
		!strings.Contains(problems[0].Mend, "limits.contracts_bytes") {
		t.Errorf("error is %v", err)
	}
}
