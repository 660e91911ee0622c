package lint

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/schemas"
	"github.com/sluicedata/sluice/validate/program/schema"
)

// mostNamed is how many unused definitions of a document are named.
const mostNamed = 5

// unused warns of definitions that no contract refers to, once a document.
func (l *linter) unused(sets []*schema.Set) {
	list := schema.Unused(sets...)
	for len(list) > 0 {
		n := 1
		for n < len(list) && list[n].URI == list[0].URI {
			n++
		}
		var names []string
		for _, d := range list[:min(n, mostNamed)] {
			names = append(names, d.Name)
		}
		what := "no contract refers to the definition " + names[0]
		if n > 1 {
			what = fmt.Sprintf("no contract refers to %d definitions: %s", n, strings.Join(names, ", "))
		}
		if n > mostNamed {
			what += ", …"
		}
		l.warn(list[0].Site, what, "remove it, or refer to it")
		list = list[n:]
	}
}

// maxSchemaBytes of a file that is looked at.
const maxSchemaBytes = 1 << 20

// files warns of schemas that lie beside those of the contracts and are none of
// them. Only what names its meta-schema is taken for one.
func (l *linter) files(cfg *config.Config, set *schemas.Set) {
	used := map[string]bool{}
	folders := map[string]bool{}
	for i := range cfg.Products {
		c := set.Contract(cfg.Products[i].Name)
		for _, file := range c.Files {
			used[file] = true
		}
		folders[filepath.Dir(c.Files[0])] = true
	}
	here, err := filepath.Abs(filepath.Dir(cfg.File))
	if err != nil {
		return
	}
	for _, folder := range slices.Sorted(maps.Keys(folders)) {
		// What cannot be read is no contract's.
		_ = filepath.WalkDir(folder, func(file string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return nil //nolint:nilerr // as said
			case d.IsDir() && (file == filepath.Join(folder, "examples") || file != folder && strings.HasPrefix(d.Name(), ".")):
				return fs.SkipDir
			case !d.Type().IsRegular() || filepath.Ext(file) != ".json" || used[file] || !isSchema(file):
				return nil
			}
			shown := file
			if rel, err := filepath.Rel(here, file); err == nil && filepath.IsLocal(rel) {
				shown = filepath.Join(filepath.Dir(cfg.File), rel)
			}
			l.add(config.Problem{File: shown, Line: 1, Column: 1, What: "no contract uses this schema", Mend: "remove it, or refer to it"})
			return nil
		})
	}
}

// isSchema reports whether a file says that it is a JSON Schema.
func isSchema(file string) bool {
	info, err := os.Stat(file)
	if err != nil || info.Size() > maxSchemaBytes {
		return false
	}
	text, err := os.ReadFile(filepath.Clean(file))
	if err != nil {
		return false
	}
	var s struct {
		Schema string `json:"$schema"`
	}
	return json.Unmarshal(text, &s) == nil && strings.Contains(s.Schema, "json-schema.org/")
}
