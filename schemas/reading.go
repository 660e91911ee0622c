package schemas

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"
)

// justWritten is how old a file must be for its time to tell versions of it
// apart: file systems count in steps, up to two seconds long.
const justWritten = 2 * time.Second

// reading is what one load has read and looked for: how much it was, and how
// to tell whether it is still the same.
type reading struct {
	most, bytes int64 // most is 0 for no limit
	full        bool  // more than most was asked for
	torn        bool  // a file was read twice, and was another the second time

	files map[string]*seen // by absolute path
	trees map[string]tree  // by the absolute path of the schema's folder
}

// seen is a file as it was read, or could not be.
type seen struct {
	info fs.FileInfo // nil if there was none
	sum  [sha256.Size]byte
	when time.Time
	// whole says that all of it was read: sum is that of the content.
	whole bool
	// before is the same file as it was read earlier in this load.
	before *seen
}

func newReading(most int64) *reading {
	return &reading{most: most, files: make(map[string]*seen), trees: make(map[string]tree)}
}

// opened notes a file before it is read.
func (r *reading) opened(path string, info fs.FileInfo) {
	before := r.files[path]
	r.files[path] = &seen{info: info, when: time.Now()}
	if before != nil && before.whole {
		// Schemas of two folders may lead to one file.
		r.files[path].before = before
	}
}

// read notes the content of an opened file and counts it.
func (r *reading) read(path string, data []byte) {
	s := r.files[path]
	s.sum, s.whole = sha256.Sum256(data), true
	r.torn = r.torn || s.before != nil && s.before.sum != s.sum
	s.before = nil
	r.bytes += int64(len(data))
	r.full = r.full || r.most > 0 && r.bytes > r.most
}

// failed notes a path that could not be opened.
func (r *reading) failed(path string) {
	info, err := os.Stat(path)
	if err != nil {
		info = nil
	}
	r.files[path] = &seen{info: info, when: time.Now()}
}

func (r *reading) changed() bool {
	if r.torn {
		return true
	}
	for path, s := range r.files {
		if s.changed(path) {
			return true
		}
	}
	for dir, t := range r.trees {
		if t.changed(dir) {
			return true
		}
		r.trees[dir] = t // with younger looks
	}
	return false
}

// with adds what an earlier load has seen and this one, which failed, did not
// come to.
func (r *reading) with(earlier *reading) *reading {
	if earlier == nil {
		return r
	}
	for path, s := range earlier.files {
		if r.files[path] == nil {
			r.files[path] = s
		}
	}
	for dir, t := range earlier.trees {
		if _, ok := r.trees[dir]; !ok {
			r.trees[dir] = t
		}
	}
	return r
}

// Mark is a state of files as far as names, sizes and times tell it.
type Mark [sha256.Size]byte

func (r *reading) mark() Mark {
	h := sha256.New()
	for _, path := range slices.Sorted(maps.Keys(r.files)) {
		if info, err := os.Stat(path); err == nil {
			_, _ = fmt.Fprintln(h, path, info.Size(), info.ModTime().UnixNano(), info.Mode())
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(r.trees)) {
		_, _ = fmt.Fprintln(h, dir, walk(os.DirFS(dir), func(string, error) {}).names)
	}
	return Mark(h.Sum(nil))
}

// changed compares size, time and identity of the file. Only where the time
// says little, because the file had just been written when it was read, the
// content is compared too.
func (s *seen) changed(path string) bool {
	info, err := os.Stat(path)
	switch {
	case err != nil || s.info == nil:
		return (err == nil) != (s.info != nil)
	case info.IsDir() && s.info.IsDir():
		return info.Mode() != s.info.Mode()
	case !os.SameFile(info, s.info), info.Size() != s.info.Size(), !info.ModTime().Equal(s.info.ModTime()), info.Mode() != s.info.Mode():
		return true
	case !s.whole || s.when.Sub(s.info.ModTime()) > justWritten:
		return false
	}
	now := time.Now()
	data, err := os.ReadFile(path)
	if err != nil || sha256.Sum256(data) != s.sum {
		return true
	}
	s.when = now
	return false
}
