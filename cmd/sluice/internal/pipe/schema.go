package pipe

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/sluicedata/sluice/validate"
)

// SchemaOptions name a schema in a file and say how it judges.
type SchemaOptions struct {
	// File holds the schema; "file.json#/definitions/x" selects one in it.
	File string
	// Draft is the dialect where "$schema" is absent, one of Drafts; empty is
	// 2020-12.
	Draft string
	// Engine is compiled or reference, Formats assert or annotate; empty is
	// the first.
	Engine, Formats string
	// Refs map prefixes of URIs to folders, each PREFIX=DIR.
	Refs []string
}

// Drafts are the names of the dialects.
func Drafts() []string { return []string{"4", "6", "7", "2019-09", "2020-12"} }

// Compile reads and compiles a schema with what it references: documents in
// its own folder by relative references, and those below the prefixes. Nothing
// else is read, least of all from the network.
func Compile(so SchemaOptions) (*validate.Schema, error) {
	o, err := so.options()
	if err != nil {
		return nil, err
	}
	file, pointer, _ := strings.Cut(so.File, "#")
	dir, name := filepath.Split(file)
	if dir == "" {
		dir = "."
	}
	// NOTE: a scheme of our own tells relative references from file URLs,
	// which are refused. The path has a segment so that "../x.json" cannot
	// pass for a document of the folder (RFC 3986 section 5.2.4).
	own := folder{prefix: "sluice://local/schemas/", dir: filepath.Clean(dir)}
	folders := []folder{own}
	for _, ref := range so.Refs {
		f, err := parseRef(ref)
		if err != nil {
			return nil, err
		}
		folders = append(folders, f)
	}
	limit := validate.DefaultLimits().SchemaBytes
	text, err := readFile(filepath.Clean(dir), name, limit)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("schema %s: does not exist: correct the path", file)
	}
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", file, err)
	}
	o.Location, o.Pointer = own.prefix+url.PathEscape(name), pointer
	o.Load = func(uri string) ([]byte, error) { return load(folders, uri, limit) }
	schema, err := validate.Compile(text, o)
	if err != nil {
		return nil, located(err, own.prefix, dir)
	}
	return schema, nil
}

func (so *SchemaOptions) options() (o validate.Options, err error) {
	switch strings.TrimPrefix(strings.TrimPrefix(so.Draft, "draft-"), "0") { // draft-07 as sluice.yaml has it
	case "", "2020-12":
		o.DefaultDialect = validate.Draft2020_12
	case "4":
		o.DefaultDialect = validate.Draft4
	case "6":
		o.DefaultDialect = validate.Draft6
	case "7":
		o.DefaultDialect = validate.Draft7
	case "2019-09":
		o.DefaultDialect = validate.Draft2019_09
	default:
		return o, fmt.Errorf("--draft %q: choose one of %s", so.Draft, strings.Join(Drafts(), ", "))
	}
	switch so.Engine {
	case "", "compiled":
	case "reference":
		o.Engine = validate.Reference
	default:
		return o, fmt.Errorf("--engine %q: choose compiled or reference", so.Engine)
	}
	switch so.Formats {
	case "", "assert":
	case "annotate":
		o.AnnotateFormats = true
	default:
		return o, fmt.Errorf("--formats %q: choose assert or annotate", so.Formats)
	}
	return o, nil
}

// folder holds the documents whose URIs begin with prefix.
type folder struct{ prefix, dir string }

// parseRef reads PREFIX=DIR. Both end in a slash or get one.
func parseRef(ref string) (folder, error) {
	prefix, dir, ok := strings.Cut(ref, "=")
	u, err := url.Parse(prefix)
	switch {
	case !ok || dir == "":
		return folder{}, fmt.Errorf("--ref %q: write PREFIX=DIR, such as https://schemas.example.com/=./shared", ref)
	case err != nil || u.Scheme == "" || u.Fragment != "" || u.RawQuery != "":
		return folder{}, fmt.Errorf("--ref %q: the prefix must be an absolute URI, such as https://schemas.example.com/", ref)
	}
	if !strings.HasSuffix(prefix, "/") {
		prefix += "/"
	}
	switch info, err := os.Stat(dir); {
	case errors.Is(err, fs.ErrNotExist):
		return folder{}, fmt.Errorf("--ref %q: %s does not exist: name the folder that the prefix stands for", ref, dir)
	case err != nil:
		return folder{}, fmt.Errorf("--ref %q: %w", ref, err)
	case !info.IsDir():
		return folder{}, fmt.Errorf("--ref %q: %s is a file: name the folder that it is in", ref, dir)
	}
	return folder{prefix, dir}, nil
}

// load reads the document of a URI from the folder with the longest prefix.
func load(folders []folder, uri string, limit int) ([]byte, error) {
	u, err := url.Parse(uri)
	if err != nil {
		return nil, fmt.Errorf("%s is not a URI", uri)
	}
	u.Path, u.RawPath = path.Clean(u.Path), ""
	uri = u.String()
	var best folder
	for _, f := range folders {
		if strings.HasPrefix(uri, f.prefix) && len(f.prefix) > len(best.prefix) {
			best = f
		}
	}
	if best.prefix == "" {
		if u.Scheme == "sluice" {
			return nil, errors.New("the reference leaves the schema's folder: map a prefix to the other folder with --ref")
		}
		return nil, fmt.Errorf("%s is not fetched: map its prefix to a folder with --ref", uri)
	}
	name, err := url.PathUnescape(uri[len(best.prefix):])
	if err != nil || !filepath.IsLocal(filepath.FromSlash(name)) {
		return nil, fmt.Errorf("%s names no file", uri)
	}
	return readFile(best.dir, name, limit)
}

// readFile reads a regular file in dir; links do not lead out of it.
func readFile(dir, name string, limit int) ([]byte, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	// Without O_NONBLOCK, opening a named pipe waits for a writer.
	file, err := root.OpenFile(filepath.FromSlash(name), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", name)
	}
	text, err := io.ReadAll(io.LimitReader(file, int64(limit)+1))
	if err != nil {
		return nil, err
	}
	if len(text) > limit {
		return nil, fmt.Errorf("%s is larger than %d bytes", name, limit)
	}
	return text, nil
}

// located gives problems the paths of files, as whoever called knows them.
func located(err error, prefix, dir string) error {
	var problems validate.Problems
	if !errors.As(err, &problems) {
		return err
	}
	moved := make(validate.Problems, len(problems))
	for i, p := range problems {
		if name, ok := strings.CutPrefix(p.Location, prefix); ok {
			if name, err := url.PathUnescape(name); err == nil {
				p.Location = filepath.Join(dir, filepath.FromSlash(name))
			}
		}
		moved[i] = p
	}
	return moved
}
