package schemas

import (
	"maps"
	"slices"
	"strings"

	"github.com/sluicedata/sluice/config"
)

// refs are the folders that references lead to through the configuration's
// prefixes, the longest prefix first.
type refs []*folder

func openRefs(cfg *config.Config, shown func(dir string) string, reading *reading) refs {
	prefixes := slices.SortedFunc(maps.Keys(cfg.Refs), func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	r := make(refs, len(prefixes))
	for i, prefix := range prefixes {
		r[i] = openFolder(cfg.Refs[prefix], shown(cfg.Refs[prefix]), prefix, int64(cfg.Limits.SchemaBytes), reading)
		r[i].shared = true
	}
	return r
}

// resolve returns where the document with this URI lies, for a schema in the
// folder own. An error is a *refusedError.
func (r refs) resolve(own *folder, uri string) (*folder, string, error) {
	from := own
	for _, f := range r {
		if strings.HasPrefix(uri, f.base) {
			from = f
			break
		}
	}
	name, err := from.resolve(uri)
	return from, name, err
}

// document reads the document with this URI. An error is a *refusedError.
func (r refs) document(own *folder, uri string) (*document, error) {
	from, name, err := r.resolve(own, uri)
	if err != nil {
		return nil, err
	}
	return from.document(name)
}
