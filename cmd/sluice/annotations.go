package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// annotate writes findings as GitHub Actions reads them: an error for each
// problem, a warning for each warning, a notice for each change that is allowed.
func (f *findings) annotate(stdout io.Writer) error {
	var b strings.Builder
	for _, p := range f.Problems {
		annotation(&b, "error", &p)
	}
	for _, w := range f.Warnings {
		annotation(&b, "warning", &w)
	}
	for i := range f.Changes {
		if p := problem(f.Changes[i].Problem()); !f.told(&p) {
			annotation(&b, "notice", &p)
		}
	}
	_, err := io.WriteString(stdout, b.String())
	return err
}

var (
	// escapes of a workflow command's message, and of its properties.
	messageEscapes  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func annotation(b *strings.Builder, level string, p *problem) {
	fmt.Fprintf(b, "::%s file=%s", level, propertyEscapes.Replace(inWorkspace(p.File)))
	if p.Line > 0 {
		fmt.Fprintf(b, ",line=%d,col=%d", p.Line, p.Column)
	}
	var parts []string
	for _, part := range []string{p.Path, p.What, p.Mend} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	fmt.Fprintf(b, ",title=sluice check::%s\n", messageEscapes.Replace(strings.Join(parts, ": ")))
}

// inWorkspace is a file's path from the root of the repository, where GitHub
// looks for it; check may run in a folder of it.
func inWorkspace(file string) string {
	root := os.Getenv("GITHUB_WORKSPACE")
	whole, err := filepath.Abs(file)
	if root == "" || err != nil {
		return file
	}
	if rel, err := filepath.Rel(root, whole); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return file
}
