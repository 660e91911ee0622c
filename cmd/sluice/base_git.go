package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/schemas"
)

// maxBaseFile bounds a file that is taken from a revision.
const maxBaseFile = 64 << 20

// loadBase loads the earlier version of a configuration, from a folder or from
// a git revision.
func loadBase(ctx context.Context, base, file string) (*earlier, error) {
	if info, err := os.Stat(base); err == nil && info.IsDir() {
		earlierFile, err := inFolder(base, file)
		if err != nil {
			return nil, notComparable(base, err)
		}
		cfg, err := config.Load(earlierFile)
		return sourcesOf(base, cfg, err)
	}
	dir, err := os.MkdirTemp("", "sluice-base-")
	if err != nil {
		return nil, notComparable(base, err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	cfg, err := fromGit(ctx, base, file, dir)
	return sourcesOf(base, cfg, err)
}

func sourcesOf(base string, cfg *config.Config, err error) (*earlier, error) {
	if err != nil {
		return nil, notComparable(base, err)
	}
	sources, err := schemas.Sources(cfg)
	if err != nil {
		return nil, notComparable(base, err)
	}
	return &earlier{cfg, sources}, nil
}

// inFolder finds the configuration in the baseline's folder: at the path that
// it has from here, else by its name alone.
func inFolder(base, file string) (string, error) {
	if filepath.IsLocal(file) {
		if at := filepath.Join(base, file); exists(at) {
			return at, nil
		}
	}
	at := filepath.Join(base, filepath.Base(file))
	if !exists(at) {
		return "", fmt.Errorf("the folder has no %s: name the folder that holds the earlier configuration, or leave --base out where it is new", file)
	}
	return at, nil
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// fromGit takes the configuration and its contracts from a revision of the
// repository that the configuration lies in, into a folder.
func fromGit(ctx context.Context, revision, file, dir string) (*config.Config, error) {
	absolute, err := filepath.Abs(file)
	if err != nil {
		return nil, err
	}
	r := &repository{dir: filepath.Dir(absolute)}
	// Git knows best where the folder lies in its work tree: links may lead there.
	prefix, err := r.git(ctx, "rev-parse", "--show-prefix")
	if err != nil {
		return nil, err
	}
	folder := strings.TrimSuffix(strings.TrimSpace(string(prefix)), "/")
	commit, err := r.git(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", revision+"^{commit}")
	if err != nil {
		if _, ok := errors.AsType[*exec.ExitError](err); ok {
			return nil, errors.New("there is no such folder or git revision: name one that git rev-parse knows; a shallow clone may have to fetch it first")
		}
		return nil, err
	}
	r.commit = strings.TrimSpace(string(commit))
	// git archive looks for the folder that it runs in.
	top, err := r.git(ctx, "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, err
	}
	r.dir = strings.TrimRight(string(top), "\r\n")
	if err := r.extract(ctx, folder, dir); err != nil {
		return nil, err
	}
	at := filepath.Join(dir, filepath.FromSlash(folder), filepath.Base(file))
	if !exists(at) {
		return nil, fmt.Errorf("the revision has no %s: name a later one, or leave --base out where the configuration is new",
			path.Join(folder, filepath.Base(file)))
	}
	if err := withoutKafka(at); err != nil {
		return nil, err
	}
	cfg, err := config.Load(at)
	if err != nil {
		return nil, err
	}
	return cfg, r.extractOutside(ctx, cfg, folder, dir)
}

// extractOutside takes the folders of contracts that lie beside the
// configuration's own.
func (r *repository) extractOutside(ctx context.Context, cfg *config.Config, folder, dir string) error {
	var wanted []string
	for i := range cfg.Products {
		file, _, _ := strings.Cut(cfg.Products[i].Schema, "#")
		wanted = append(wanted, filepath.Dir(file))
	}
	for _, refs := range cfg.Refs {
		wanted = append(wanted, refs)
	}
	own := filepath.Join(dir, filepath.FromSlash(folder))
	done := map[string]bool{}
	for _, w := range wanted {
		rel, err := filepath.Rel(dir, w)
		if err != nil || !filepath.IsLocal(rel) || done[rel] {
			continue
		}
		done[rel] = true
		if below, err := filepath.Rel(own, w); err == nil && filepath.IsLocal(below) {
			continue
		}
		if err := r.extract(ctx, filepath.ToSlash(rel), dir); err != nil {
			return err
		}
	}
	return nil
}

// withoutKafka takes the settings of the cluster out of a copy of a
// configuration: they do not matter here, and the secrets that they name are
// in no repository.
func withoutKafka(file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var doc yaml.MapSlice
	if err := yaml.UnmarshalWithOptions(data, &doc, yaml.UseOrderedMap()); err != nil {
		return nil //nolint:nilerr // config.Load says what is wrong with it
	}
	for i := range doc {
		if doc[i].Key == "kafka" {
			doc[i].Value = map[string]any{"brokers": []string{"localhost:9092"}}
		}
	}
	out, err := yaml.Marshal(doc)
	if err != nil {
		return err
	}
	return os.WriteFile(file, out, 0o600)
}

// repository runs git in a folder.
type repository struct{ dir, commit string }

func (r *repository) git(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", r.dir}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	err := cmd.Run()
	switch {
	case err == nil:
		return out.Bytes(), nil
	case errors.Is(err, exec.ErrNotFound):
		return nil, errors.New("it is no folder, and git is not installed to look for a revision: install git, or name a folder with the earlier configuration")
	default:
		said := strings.TrimSpace(strings.TrimPrefix(complaint.String(), "fatal: "))
		if said == "" {
			return nil, fmt.Errorf("git %s: %w", args[0], err)
		}
		return nil, fmt.Errorf("git %s: %s: name a folder with the earlier configuration, or run sluice in a git work tree: %w", args[0], said, err)
	}
}

// extract writes the regular files of a folder of the commit below dir, at
// their paths in the repository. A folder that is not there is empty.
func (r *repository) extract(ctx context.Context, folder, dir string) error {
	tree := r.commit + ":" + folder
	if _, err := r.git(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", tree); err != nil {
		return nil // whoever needs a file from there says so
	}
	data, err := r.git(ctx, "archive", "--format=tar", tree)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	archive := tar.NewReader(bytes.NewReader(data))
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read what git archive wrote: %w", err)
		}
		if h.Typeflag != tar.TypeReg || h.Size > maxBaseFile {
			continue
		}
		if err := put(root, path.Join(folder, h.Name), archive); err != nil {
			return err
		}
	}
}

func put(root *os.Root, name string, r io.Reader) error {
	if err := root.MkdirAll(filepath.FromSlash(path.Dir(name)), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	f, err := root.OpenFile(filepath.FromSlash(name), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Close())
}
