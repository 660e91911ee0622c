package schemas

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/validate"
)

// Load reads and compiles the contract of every product and proves it on its
// fixtures. The configuration comes from config.Load: schema paths are
// absolute. An error is a config.Problems with everything that is wrong; there
// is no Set then.
func Load(cfg *config.Config) (*Set, error) {
	return NewLoader(cfg).Load(context.Background())
}

// loader is one run of Load.
type loader struct {
	cfg     *config.Config
	report  *report
	folders map[string]*folder
	dirs    []string // keys of folders in the order of the products
	refs    refs
	units   []*unit // in the order of the products
	byKey   map[unitKey]*unit
	before  map[unitKey]*unit // of the last load that went well
	reading *reading
}

func newLoader(cfg *config.Config, before map[unitKey]*unit) *loader {
	r := newReport(cfg)
	l := &loader{
		cfg: cfg, report: r, folders: make(map[string]*folder), byKey: make(map[unitKey]*unit),
		before: before, reading: newReading(int64(cfg.Limits.ContractsBytes)),
	}
	l.refs = openRefs(cfg, r.shown, l.reading)
	return l
}

// run does all the work. It returns early when ctx ends or the contracts are
// too large together: looking on would cost what the limits are to prevent.
func (l *loader) run(ctx context.Context) (*Set, error) {
	defer l.close()
	for i := range l.cfg.Products {
		l.add(i)
	}
	enough := func() bool { return ctx.Err() != nil || l.reading.full }
	for _, u := range l.units {
		if !enough() {
			l.compile(ctx, u)
			// The records of a running service come first: without this they
			// wait for the scheduler's slices of 10 ms where there is one core.
			runtime.Gosched()
		}
	}
	for _, dir := range l.dirs {
		if !enough() {
			l.proveFolder(ctx, dir)
		}
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("load contracts: %w", context.Cause(ctx))
	}
	if len(l.report.problems) > 0 {
		return nil, l.report.problems
	}
	return l.set(), nil
}

// address is where a schema lies.
type address struct {
	dir     string // absolute path of the file's folder
	name    string // of the file
	pointer string // JSON pointer, empty for the whole document
}

// unitKey tells units apart: a schema and the rules of judging.
type unitKey struct {
	address
	rules config.Contract
}

// unit is what is compiled once. Products that agree in its key share it.
type unit struct {
	unitKey
	products []int // indices in the configuration
	schema   *validate.Schema
	identity
	fixtures []Fixture
	// unread says that there is no such document, or none that can be read.
	unread bool

	// What the schema was made of and proven on, to tell whether it must be
	// made again.
	uses   []use
	proofs map[string]proof // by the file's name in the folder
	// same says that the schema is that of the load before.
	same *unit
}

// add finds the unit of product i.
func (l *loader) add(i int) {
	product := &l.cfg.Products[i]
	file, pointer, _ := strings.Cut(product.Schema, "#")
	dir, name := filepath.Split(filepath.Clean(file))
	at := address{dir: filepath.Clean(dir), name: name, pointer: pointer}
	key := unitKey{at, product.Contract}
	if u := l.byKey[key]; u != nil {
		u.products = append(u.products, i)
		return
	}
	u := &unit{unitKey: key, products: []int{i}, proofs: make(map[string]proof)}
	l.byKey[key] = u
	l.units = append(l.units, u)
	if _, ok := l.folders[at.dir]; ok {
		return
	}
	base := baseURI(l.cfg.Domain, l.report.configDir, at.dir)
	l.folders[at.dir] = openFolder(at.dir, l.report.shown(at.dir), base, int64(l.cfg.Limits.SchemaBytes), l.reading)
	l.dirs = append(l.dirs, at.dir)
}

// compile leaves u.schema nil if there is a problem.
func (l *loader) compile(ctx context.Context, u *unit) {
	f := l.folders[u.dir]
	main, err := f.document(u.name)
	if err != nil {
		u.unread = true
		l.report.unreadable(u.products[0], err)
		return
	}
	if l.takeOver(u, f) {
		return
	}
	used := []*document{main}
	u.uses = []use{{f.uri(u.name), main.sum}}
	var refused []error
	o := options(u.rules, l.cfg.Limits)
	o.Location = f.uri(u.name)
	o.Pointer = u.pointer
	o.Ended = func() bool { return ctx.Err() != nil }
	o.Load = func(uri string) ([]byte, error) {
		doc, err := l.refs.document(f, uri)
		if err != nil {
			refused = append(refused, err)
			return nil, err
		}
		used = append(used, doc)
		u.uses = append(u.uses, use{uri, doc.sum})
		return doc.data, nil
	}
	schema, err := validate.Compile(main.data, o)
	if err != nil {
		l.report.compile(u.products[0], err, refused, func(uri string) string {
			if from, name, err := l.refs.resolve(f, uri); err == nil {
				return from.path(name)
			}
			return main.file
		})
		return
	}
	u.identity, err = identify(main, u.pointer, used)
	if err != nil {
		l.report.version(u.products[0], main, err)
		return
	}
	u.schema = schema
}

func (l *loader) close() {
	for _, f := range l.folders {
		f.close()
	}
	for _, f := range l.refs {
		f.close()
	}
}

// set is called when there is no problem.
func (l *loader) set() *Set {
	s := &Set{
		contracts: make([]*Contract, len(l.cfg.Products)),
		byProduct: make(map[string]*Contract, len(l.cfg.Products)),
		fixtures:  make(map[string][]Fixture, len(l.cfg.Products)),
	}
	for _, u := range l.units {
		for _, i := range u.products {
			name := l.cfg.Products[i].Name
			c := &Contract{
				Product:  name,
				Name:     name,
				Version:  u.version,
				SHA256:   u.sha256,
				Engine:   u.rules.Engine,
				Files:    u.files,
				Fixtures: len(u.fixtures),
				Schema:   u.schema,
			}
			s.contracts[i] = c
			s.byProduct[name] = c
			s.fixtures[name] = u.fixtures
		}
	}
	return s
}
