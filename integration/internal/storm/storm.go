// Package storm changes the contracts of a running service many times a second
// and judges, by the topics alone, whether each record was judged by one whole
// version of them that was in use.
//
// A version n refuses records whose x or whose y is n modulo 10: x by the schema
// of the product, y by a document that both products reference. So every dead
// letter can be held to the version that it names, and a product's schema of one
// version beside the shared document of another has a digest that no version has.
package storm

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Products are those that the contracts are for, in the order of the
// configuration. Records choose by a header of this name.
var Products = []string{"orders", "refunds"}

// files of a version, by name.
func files(version int) map[string]string {
	f := map[string]string{"shared.json": fmt.Sprintf(`{"$comment": "%d", "not": {"const": %d}}`, version, version%10)}
	for _, product := range Products {
		f[product+".json"] = fmt.Sprintf(`{
  "$comment": "contract of %s",
  "version": "%d",
  "type": "object",
  "required": ["x", "y"],
  "properties": {"x": {"type": "integer", "not": {"const": %d}}, "y": {"$ref": "shared.json"}}
}
`, product, version, version%10)
	}
	return f
}

// refuses says what a version says of a record.
func refuses(version, x, y int) bool { return x == version%10 || y == version%10 }

// digest is what dead letters must name, by the rule that users are told: that
// of the list which sha256sum prints.
func digest(files map[string]string, product string) string {
	list := ""
	for _, name := range []string{product + ".json", "shared.json"} {
		list += fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(files[name])), name)
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(list)))
}

// Contracts are the versions in a folder, as Kubernetes mounts a ConfigMap:
// names are links through ..data, and a version comes by exchanging that link.
type Contracts struct {
	folder string

	mu       sync.Mutex
	last     int
	versions map[string]version // by product and digest
	broken   int
}

type version struct {
	number int
	since  time.Time // it may be in use since
}

// NewContracts puts version 0 into a folder, which is empty or not there.
func NewContracts(folder string) (*Contracts, error) {
	c := &Contracts{folder: folder, last: -1, versions: make(map[string]version)}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	for name := range files(0) {
		if err := os.Symlink(filepath.Join("..data", name), filepath.Join(folder, name)); err != nil {
			return nil, err
		}
	}
	return c, c.Publish()
}

// Publish makes the next version the one that the folder shows.
func (c *Contracts) Publish() error {
	n, f := c.next()
	c.valid(n, f)
	return c.show(n, f)
}

// Break shows a version that is no schema.
func (c *Contracts) Break() error {
	n, f := c.next()
	f[Products[n%len(Products)]+".json"] = `{"type": 7}`
	c.count()
	return c.show(n, f)
}

// Half shows a version of which one file is half-written, and writes the other
// half after a pause.
func (c *Contracts) Half(pause time.Duration) error {
	n, f := c.next()
	whole, name := f["shared.json"], Products[n%len(Products)]+".json"
	if n%2 == 0 {
		name = "shared.json"
	} else {
		whole = f[name]
	}
	f[name] = whole[:len(whole)/2]
	c.count()
	if err := c.show(n, f); err != nil {
		return err
	}
	time.Sleep(pause)
	f[name] = whole
	c.valid(n, f)
	return os.WriteFile(filepath.Join(c.folder, dir(n), name), []byte(whole), 0o600)
}

// Published returns how many versions were shown, and how many of those were
// broken at first or for good.
func (c *Contracts) Published() (all, broken int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last + 1, c.broken
}

func (c *Contracts) next() (int, map[string]string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	return c.last, files(c.last)
}

// valid enters a version into the books, before it can be seen.
func (c *Contracts) valid(n int, f map[string]string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, product := range Products {
		c.versions[product+" "+digest(f, product)] = version{n, time.Now()}
	}
}

func (c *Contracts) count() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.broken++
}

func dir(n int) string { return fmt.Sprintf("..v%d", n) }

// show writes a version into a folder of its own and exchanges the link. Of
// folders that are not shown any more the last few stay: somebody may be reading.
func (c *Contracts) show(n int, f map[string]string) error {
	folder := filepath.Join(c.folder, dir(n))
	if err := os.Mkdir(folder, 0o700); err != nil {
		return err
	}
	for name, text := range f {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	link := filepath.Join(c.folder, "..next")
	if err := os.Symlink(dir(n), link); err != nil {
		return err
	}
	if err := os.Rename(link, filepath.Join(c.folder, "..data")); err != nil {
		return err
	}
	return os.RemoveAll(filepath.Join(c.folder, dir(n-10)))
}
