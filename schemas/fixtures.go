package schemas

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Where fixtures lie in a schema's folder.
const (
	examplesDir = "examples"
	validDir    = "valid"
	invalidDir  = "invalid"
)

// maxFixtureBytes bounds a fixture file, which may hold many records.
const maxFixtureBytes = 64 << 20

// fixtureFile is a file with documents that demand the same of the same schema.
type fixtureFile struct {
	name  string // slash path in the schema's folder
	valid bool
	units []*unit // the schema under each set of rules that products give it
}

// proveFolder judges all fixtures of a folder.
func (l *loader) proveFolder(ctx context.Context, dir string) {
	f := l.folders[dir]
	if f.err != nil {
		return // reported for each of its schemas
	}
	names := l.fixtureNames(dir)
	for _, file := range l.fixtureFiles(f, names) {
		if ctx.Err() != nil || l.reading.full {
			return
		}
		l.prove(f, file)
	}
}

// fixtureNames returns the units of a folder by the folders of their fixtures.
// The name "" stands for examples/valid and examples/invalid themselves: a
// schema that is alone has them too.
func (l *loader) fixtureNames(dir string) map[string][]*unit {
	names := make(map[string][]*unit)
	schemas := make(map[address][]*unit)
	for _, u := range l.units {
		if u.dir != dir {
			continue
		}
		names[u.fixtureName()] = append(names[u.fixtureName()], u)
		schemas[u.address] = append(schemas[u.address], u)
	}
	if len(schemas) == 1 {
		for _, units := range schemas {
			names[""] = units
		}
	}
	return names
}

// fixtureName is the folder of a schema's fixtures below examples/valid and
// examples/invalid.
func (a address) fixtureName() string {
	stem := strings.TrimSuffix(a.name, path.Ext(a.name))
	if a.pointer == "" {
		return stem
	}
	return stem + "/" + a.pointer[strings.LastIndexByte(a.pointer, '/')+1:]
}

// fixtureFiles finds the fixture files of a folder, valid ones first, each
// kind sorted by name, and reports those that belong to no schema.
func (l *loader) fixtureFiles(f *folder, names map[string][]*unit) []fixtureFile {
	var files []fixtureFile
	misnamed := slices.ContainsFunc(l.units, func(u *unit) bool { return u.dir == f.dir && u.unread })
	l.reading.trees[f.dir] = walk(f.root.FS(), func(name string, err error) {
		if err != nil {
			l.unwalked(f, name, err)
			return
		}
		file, what, mend := assign(name, names, misnamed)
		switch {
		case what != "":
			l.report.add(l.firstProduct(f.dir), l.report.shown(f.path(name)), place{1, 1}, what, mend)
		case len(file.units) > 0:
			files = append(files, file)
		}
	})
	slices.SortFunc(files, func(a, b fixtureFile) int {
		if a.valid != b.valid {
			if a.valid {
				return -1
			}
			return 1
		}
		return strings.Compare(a.name, b.name)
	})
	return files
}

// unwalked reports a folder of fixtures that cannot be read. That there are no
// fixtures is fine.
func (l *loader) unwalked(f *folder, name string, err error) {
	if name == examplesDir && errors.Is(err, fs.ErrNotExist) {
		return
	}
	what, mend := inTwo(unreadable(name, err))
	l.report.add(l.firstProduct(f.dir), l.report.shown(f.path(name)), place{1, 1}, what, mend)
}

// assign says whose fixture a file is, or what is wrong with where it lies. In
// a folder of which a schema is misnamed, a fixture may be that one's: it has no
// units then.
func assign(name string, names map[string][]*unit, misnamed bool) (file fixtureFile, what, mend string) {
	kind, rest, _ := strings.Cut(strings.TrimPrefix(name, examplesDir+"/"), "/")
	if rest == "" || (kind != validDir && kind != invalidDir) {
		return fixtureFile{}, "lies neither under examples/valid nor under examples/invalid",
			"move it to one of them, or out of examples if it is not a fixture"
	}
	if !isFixture(name) {
		return fixtureFile{}, "is not a fixture: fixtures end in .json, .ndjson or .jsonl",
			"rename it, or move it out of examples (files that end in .md may stay)"
	}
	dir, _ := path.Split(rest)
	dir = strings.TrimSuffix(dir, "/")
	units := names[dir]
	switch {
	case len(units) == 0 && dir == "":
		return fixtureFile{}, "belongs to no schema: products name several of this folder",
			"move it to a folder below named after its schema: " + known(names)
	case len(units) == 0 && misnamed:
		return fixtureFile{}, "", ""
	case len(units) == 0:
		return fixtureFile{}, fmt.Sprintf("belongs to no schema: no product's schema here has the fixture folder %q", dir),
			"move it to the folder of its schema: " + known(names)
	}
	for _, u := range units[1:] {
		if u.address != units[0].address {
			return fixtureFile{}, fmt.Sprintf("belongs to two schemas: %s#%s and %s#%s have the same fixture folder",
					units[0].name, units[0].pointer, u.name, u.pointer),
				"rename one of the schemas"
		}
	}
	return fixtureFile{name: name, valid: kind == validDir, units: units}, "", ""
}

func isFixture(name string) bool {
	switch path.Ext(name) {
	case ".json", ".ndjson", ".jsonl":
		return true
	default:
		return false
	}
}

// known lists fixture folders for a message.
func known(names map[string][]*unit) string {
	const most = 5
	var list []string
	for name := range names {
		if name != "" {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	if len(list) > most {
		list = append(list[:most], "…")
	}
	return strings.Join(list, ", ")
}

// firstProduct returns the first product with a schema in the folder.
func (l *loader) firstProduct(dir string) int {
	for _, u := range l.units {
		if u.dir == dir {
			return u.products[0]
		}
	}
	return 0
}
