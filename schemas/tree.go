package schemas

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// tree is what lies below the examples of a schema's folder.
type tree struct {
	names []string // of fixtures and of trouble
	dirs  []listed
}

// listed is a folder whose entries were read.
type listed struct {
	name string // slash path in the schema's folder
	info fs.FileInfo
	when time.Time
}

// walk calls visit for every file below examples that is not left alone, and
// for every folder that cannot be read; the walk goes on behind it.
func walk(in fs.FS, visit func(name string, err error)) tree {
	var t tree
	_ = fs.WalkDir(in, examplesDir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			t.names = append(t.names, fmt.Sprintf("%s, there: %t", name, !errors.Is(err, fs.ErrNotExist)))
			visit(name, err)
			return nil
		case strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			// Before its entries are read: what comes later is a change.
			if info, err := d.Info(); err == nil {
				t.dirs = append(t.dirs, listed{name, info, time.Now()})
			}
			return nil
		case path.Ext(name) == ".md":
			return nil
		}
		t.names = append(t.names, name)
		visit(name, nil)
		return nil
	})
	return t
}

// changed reports whether fixtures of a schema's folder have come or gone. It
// reads folders only where their times do not say that all is as it was.
func (t *tree) changed(dir string) bool {
	if len(t.dirs) > 0 && !slices.ContainsFunc(t.dirs, func(l listed) bool { return l.changed(dir) }) {
		return false
	}
	now := walk(os.DirFS(dir), func(string, error) {})
	if !slices.Equal(t.names, now.names) {
		return true
	}
	t.dirs = now.dirs
	return false
}

// changed reports whether entries of the folder may have come or gone.
func (l *listed) changed(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(l.name)))
	return err != nil || !os.SameFile(info, l.info) || !info.ModTime().Equal(l.info.ModTime()) || info.Mode() != l.info.Mode() ||
		l.when.Sub(l.info.ModTime()) <= justWritten
}
