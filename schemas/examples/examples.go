// Package examples holds complete example domains: a sluice.yaml, the schemas
// that its products name, and fixtures that prove them.
//
//   - sales: orders and refunds, each product with a raw topic of its own.
//   - code-hosting: GitHub webhooks, all in one raw topic. The record header
//     X-GitHub-Event, named like the HTTP header that GitHub sends, chooses the
//     product; each product is named after its event.
//
// Both take their brokers from SLUICE_BROKERS and their operations listener
// from SLUICE_HTTP_LISTEN, with defaults for a broker on this host.
package examples

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// FS holds one folder per domain.
//
//go:embed sales code-hosting
var FS embed.FS

// Domains returns the names of the example domains, sorted.
func Domains() []string {
	entries, err := FS.ReadDir(".")
	if err != nil {
		panic(err) // the root of an embed.FS can be read
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names
}

// Write writes the files of a domain into a folder, which it makes if need be.
// It overwrites nothing: if one of the files exists already, it returns an
// error that wraps fs.ErrExist and writes none.
func Write(domain, dir string) error {
	if !slices.Contains(Domains(), domain) {
		return fmt.Errorf("there is no example domain %q: choose one of %s", domain, strings.Join(Domains(), ", "))
	}
	files, err := fs.Sub(FS, domain)
	if err != nil {
		return fmt.Errorf("write example %s: %w", domain, err)
	}
	err = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		target := filepath.Join(dir, filepath.FromSlash(name))
		if _, err := os.Lstat(target); err == nil {
			return &fs.PathError{Op: "create", Path: target, Err: fs.ErrExist}
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write example %s: %w", domain, err)
	}
	if err := os.CopyFS(dir, files); err != nil {
		return fmt.Errorf("write example %s: %w", domain, err)
	}
	return nil
}
