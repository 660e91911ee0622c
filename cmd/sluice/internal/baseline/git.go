package baseline

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
)

// maxBaseFile bounds a file that is taken from a revision.
const maxBaseFile = 64 << 20

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
