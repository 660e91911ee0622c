package baseline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/sluicedata/sluice/config"
)

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
