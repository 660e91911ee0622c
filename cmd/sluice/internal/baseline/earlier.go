package baseline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/schemas"
)

// earlier is the configuration of a baseline with its contracts.
type earlier struct {
	cfg     *config.Config
	sources []schemas.Source
}

// product returns the index of a product in the earlier configuration: by its
// name, else by its output; -1 if it is new.
func (e *earlier) product(p *config.Product) int {
	for i := range e.cfg.Products {
		if e.cfg.Products[i].Name == p.Name {
			return i
		}
	}
	for i := range e.cfg.Products {
		if e.cfg.Products[i].Output == p.Output {
			return i
		}
	}
	return -1
}

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

// notComparable words what is wrong with a baseline, which is nobody's problem
// in the present configuration.
func notComparable(base string, err error) error {
	const mend = "name a revision or a folder whose configuration has no problems"
	if problems, ok := errors.AsType[config.Problems](err); ok {
		return fmt.Errorf("--base %s: the earlier configuration cannot be used: %w: %s", base, &problemList{problems}, mend)
	}
	return fmt.Errorf("--base %s: %w", base, err)
}

// problemList hides Problems from errors.As: they are not those of the
// configuration that is checked.
type problemList struct{ list config.Problems }

// Error implements error.
func (p *problemList) Error() string { return strings.ReplaceAll(p.list.Error(), "\n", "; ") }
