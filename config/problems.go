package config

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Problem is one mistake in a file. It holds nothing secret: values that came
// from the environment or from secret files are never quoted.
type Problem struct {
	// File as the user named it.
	File string `json:"file"`
	// Line and Column count from 1, columns in characters. Both are 0 if the
	// file as a whole is wrong, as when it does not exist.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
	// Path of the key, such as products[0].output; empty for the whole file.
	Path string `json:"path,omitempty"`
	// What is wrong, said of what Path names.
	What string `json:"what"`
	// Mend says how to put it right.
	Mend string `json:"mend"`
}

// String is file:line:column: path: what: how to mend. What is not known is
// left out.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		b.WriteString(":" + strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column))
	}
	for _, part := range []string{p.Path, p.What, p.Mend} {
		if part == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(": ")
		}
		b.WriteString(part)
	}
	return b.String()
}

// Problems are all mistakes that were found, in the order of their places. As
// an error it is never empty.
type Problems []Problem //nolint:errname // a list that is an error: callers read config.Problems

// Error is a line for each problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// place is a position in the file, from 1. The zero place is none.
type place struct{ line, column int }

// report collects the problems of one file, and knows where each key stands.
type report struct {
	file     string
	places   map[string]place // of the values that the file gives, by path
	failed   map[string]bool  // paths that have a problem
	problems Problems
	warnings Problems
	// environment has the paths of the values that variables are part of.
	environment map[string]bool
}

func newReport(file string) *report {
	return &report{
		file: file, places: make(map[string]place), failed: make(map[string]bool), environment: make(map[string]bool),
	}
}

// add reports a problem at a place.
func (r *report) add(at place, path, what, mend string) {
	r.failed[path] = true
	r.problems = append(r.problems, Problem{
		File: r.file, Line: at.line, Column: at.column, Path: path, What: what, Mend: mend,
	})
}

// addPath reports a problem with what is at a path, or should be: then its
// place is that of the closest thing around it. A path that already has a
// problem, or lies in something that has, gets no second one: it would most
// likely be a consequence.
func (r *report) addPath(path, what, mend string) {
	for p := path; ; p = parent(p) {
		if r.failed[p] {
			return
		}
		if p == "" {
			break
		}
	}
	r.add(r.near(path), path, what, mend)
}

// warn reports what is no mistake at a path.
func (r *report) warn(path, what, mend string) {
	at := r.near(path)
	r.warnings = append(r.warnings, Problem{File: r.file, Line: at.line, Column: at.column, Path: path, What: what, Mend: mend})
}

// near is the place of what is at a path, or of the closest thing around it.
func (r *report) near(path string) place {
	at := r.places[path]
	for at == (place{}) && path != "" {
		path = parent(path)
		at = r.places[path]
	}
	return at
}

// has says whether the file gives a value at the path.
func (r *report) has(path string) bool {
	_, ok := r.places[path]
	return ok
}

// said is a text value as a message says it: quoted, unless it came from the
// environment.
func (r *report) said(path, value string) string {
	const most = 80
	if runes := []rune(value); len(runes) > most {
		value = string(runes[:most]) + "…"
	}
	return r.number(path, strconv.Quote(value))
}

// number is said for what needs no quotes.
func (r *report) number(path, value string) string {
	for p := path; p != ""; p = parent(p) {
		if r.environment[p] {
			return "the value from the environment"
		}
	}
	return value
}

// parent returns the path of what encloses a path: a.b[0] is in a.b, a.b in a,
// and a in the whole file, which is the empty path.
func parent(path string) string {
	return path[:max(strings.LastIndexAny(path, ".["), 0)]
}

// err returns the problems sorted by place, or nil if there are none.
func (r *report) err() error {
	if len(r.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), strings.Compare(a.Path, b.Path))
	})
	return r.problems
}
