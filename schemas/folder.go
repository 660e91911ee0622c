package schemas

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// folder is a folder of schemas that products name, or one that references
// lead to through a prefix. Each document is read once.
type folder struct {
	dir      string // absolute
	shown    string // dir as messages say it
	base     string // URI of the folder, with a slash at its end
	shared   bool   // base is a prefix of the configuration's refs
	root     *os.Root
	maxBytes int64
	reading  *reading
	docs     map[string]*document
	err      error // why there is no root
}

// document is one schema document as it lay in the folder.
type document struct {
	file string // absolute path
	name string // in lists of digests: slash path inside the folder, or URI
	data []byte
	sum  [sha256.Size]byte
	err  error
}

// refusedError says why a document cannot be had, and what to do about it.
type refusedError struct{ what, mend string }

func (e *refusedError) Error() string { return e.what + "; " + e.mend }

// openFolder opens dir, which messages call shown and whose documents have
// URIs that begin with base. If it cannot be opened, every document of it has
// that error.
func openFolder(dir, shown, base string, maxBytes int64, reading *reading) *folder {
	f := &folder{dir: dir, shown: shown, base: base, maxBytes: maxBytes, reading: reading, docs: make(map[string]*document)}
	root, err := os.OpenRoot(dir)
	if err != nil {
		f.err = unreadable(shown, err)
		reading.failed(dir)
		return f
	}
	f.root = root
	return f
}

func (f *folder) close() {
	if f.root != nil {
		_ = f.root.Close()
	}
}

// path returns the absolute file path of a document.
func (f *folder) path(name string) string { return filepath.Join(f.dir, filepath.FromSlash(name)) }

// document reads a schema document, once. An error is a *refusedError.
func (f *folder) document(name string) (*document, error) {
	if doc, ok := f.docs[name]; ok {
		return doc, doc.err
	}
	doc := &document{file: f.path(name), name: name}
	if f.shared {
		doc.name = f.uri(name)
	}
	doc.data, doc.err = f.read(name, f.maxBytes, "raise limits.schema_bytes")
	if doc.err == nil {
		doc.err = notText(name, doc.data)
	}
	doc.sum = sha256.Sum256(doc.data)
	f.docs[name] = doc
	return doc, doc.err
}

// read returns the content of a regular file in the folder. Its size is looked
// at before its bytes; otherwise says what can be done about one that is too
// large, but for making it smaller. An error is a *refusedError.
func (f *folder) read(name string, maxBytes int64, otherwise string) ([]byte, error) {
	if f.err != nil {
		return nil, f.err
	}
	// Without O_NONBLOCK, opening a named pipe would wait for a writer that
	// may never come.
	file, err := f.root.OpenFile(filepath.FromSlash(name), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		f.reading.failed(f.path(name))
		return nil, f.unopened(name, err)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return nil, unreadable(name, err)
	}
	f.reading.opened(f.path(name), info)
	switch {
	case info.IsDir():
		return nil, &refusedError{name + " is a folder", "name a file in it"}
	case !info.Mode().IsRegular():
		return nil, &refusedError{name + " is not a regular file", "put the document into a file of its own"}
	case info.Size() > maxBytes:
		return nil, tooLarge(name, maxBytes, otherwise)
	}
	// The file may have grown since it was looked at.
	data, err := io.ReadAll(io.LimitReader(file, maxBytes+1))
	if err != nil {
		return nil, unreadable(name, err)
	}
	if int64(len(data)) > maxBytes {
		return nil, tooLarge(name, maxBytes, otherwise)
	}
	f.reading.read(f.path(name), data)
	if f.reading.full {
		return nil, &refusedError{
			fmt.Sprintf("%s and what was read before it are larger than %d bytes", name, f.reading.most),
			"remove fixtures or raise limits.contracts_bytes",
		}
	}
	return data, nil
}

// unopened words an error of os.Root, which has no sentinel for a path that
// leaves it. The names that arrive here have no "..": a link did it.
func (f *folder) unopened(name string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) && f.isLink(name) {
		return &refusedError{
			name + " is a symbolic link that leads out of " + f.shown,
			"only documents inside that folder are read: copy the document there",
		}
	}
	return unreadable(name, err)
}

// isLink reports whether the document or a folder on the way to it is a
// symbolic link.
func (f *folder) isLink(name string) bool {
	for p := filepath.FromSlash(name); p != "."; p = filepath.Dir(p) {
		if info, err := f.root.Lstat(p); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return true
		}
	}
	return false
}

func unreadable(name string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &refusedError{name + " does not exist", "create it or correct the path"}
	case errors.Is(err, fs.ErrPermission):
		return &refusedError{name + " may not be read", "give the user that runs sluice the right to read it"}
	}
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err // its path is a part of name already
	}
	return &refusedError{fmt.Sprintf("%s cannot be read (%v)", name, err), "make it a readable file"}
}

func tooLarge(name string, maxBytes int64, otherwise string) error {
	return &refusedError{
		fmt.Sprintf("%s is larger than %d bytes", name, maxBytes),
		"make it smaller or " + otherwise,
	}
}

// notText names what is plainly no JSON text and would puzzle whoever reads a
// parser's error about it.
func notText(name string, data []byte) error {
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return &refusedError{name + " is empty", "write the schema, {} accepts everything"}
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return &refusedError{name + " begins with a byte order mark", "save it as UTF-8 without one"}
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		return &refusedError{name + " is UTF-16", "save it as UTF-8"}
	}
	return nil
}
