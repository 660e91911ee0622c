package schemas

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/validate"
)

// report collects problems, each with its place in the file that has to be
// mended: the configuration, a schema or a fixture.
type report struct {
	cfg       *config.Config
	configDir string // absolute, empty if unknown
	problems  config.Problems
	seen      map[spot]bool
}

// spot tells problems apart: many products may lead to the same one.
type spot struct {
	file string
	place
	what string
}

func newReport(cfg *config.Config) *report {
	r := &report{cfg: cfg, seen: make(map[spot]bool)}
	if file, err := filepath.Abs(cfg.File); err == nil && cfg.File != "" {
		r.configDir = filepath.Dir(file)
	}
	return r
}

func (r *report) add(product int, file string, at place, what, mend string) {
	if s := (spot{file, at, what}); !r.seen[s] {
		r.seen[s] = true
		r.problems = append(r.problems, config.Problem{
			File:   file,
			Line:   at.line,
			Column: at.column,
			Path:   schemaPath(product),
			What:   what,
			Mend:   mend,
		})
	}
}

func schemaPath(product int) string { return fmt.Sprintf("products[%d].schema", product) }

// unreadable reports that the schema which a product names cannot be had.
func (r *report) unreadable(product int, err error) {
	what, mend := inTwo(err)
	r.add(product, r.cfg.File, r.inConfig(product), what, mend)
}

// compile reports what validate.Compile found in the schema file, or in a
// document that it references, because of these refusals among others. FileOf
// returns the file of a document's URI.
func (r *report) compile(product int, err error, refused []error, fileOf func(uri string) string) {
	problems, ok := errors.AsType[validate.Problems](err)
	if !ok {
		problems = validate.Problems{{Line: 1, Column: 1, What: err.Error(), Mend: "mend the schema"}}
	}
	for _, p := range problems {
		what, mend := p.What, p.Mend
		for _, err := range refused {
			// What a reference cannot have, its refusal can mend best.
			if before, ok := strings.CutSuffix(what, err.Error()); ok {
				what, mend = inTwo(err)
				what = before + what
				break
			}
		}
		if p.Pointer != "" {
			what = "#" + p.Pointer + ": " + what
		}
		uri, _, _ := strings.Cut(p.Location, "#")
		r.add(product, r.shown(fileOf(uri)), place{p.Line, p.Column}, what, mend)
	}
}

// version reports a version that cannot be quoted.
func (r *report) version(product int, doc *document, err error) {
	at := place{1, 1}
	if ve, ok := errors.AsType[*versionError](err); ok {
		at = placeAt(doc.data, ve.pointer)
	}
	r.add(product, r.shown(doc.file), at, "version "+err.Error(), "write it like \"1.2.0\"")
}

// inConfig returns where the product's schema is named.
func (r *report) inConfig(product int) place {
	text, err := os.ReadFile(r.cfg.File)
	if err != nil {
		return place{}
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return place{}
	}
	path, err := yaml.PathString("$." + schemaPath(product))
	if err != nil {
		return place{}
	}
	node, err := path.FilterFile(file)
	if err != nil || node.GetToken() == nil {
		return place{}
	}
	at := node.GetToken().Position
	return place{at.Line, at.Column}
}

// shown returns a file's path in the way the user named the configuration: the
// schema beside deploy/sluice.yaml is deploy/order.json.
func (r *report) shown(file string) string {
	if rel, ok := inside(r.configDir, file); ok {
		return filepath.Join(filepath.Dir(r.cfg.File), rel)
	}
	return file
}

// inTwo returns what is wrong and how to mend it.
func inTwo(err error) (what, mend string) {
	if re, ok := errors.AsType[*refusedError](err); ok {
		return re.what, re.mend
	}
	return err.Error(), "make it a readable file"
}
