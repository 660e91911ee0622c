package baseline

import (
	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/schemas/compat"
)

// Change is one difference between a contract and its earlier version.
type Change struct {
	Product string `json:"product"`
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Path    string `json:"path"`
	// Pointer into the schema document, Value into the records.
	Pointer  string         `json:"pointer"`
	Value    string         `json:"value"`
	Keyword  string         `json:"keyword,omitempty"`
	What     string         `json:"what"`
	Backward compat.Verdict `json:"backward"`
	Forward  compat.Verdict `json:"forward"`
	// Breaks are the sides for which the change is not known to be compatible:
	// producers, consumers.
	Breaks []string `json:"breaks"`
	// Major says that a new major version announces the change.
	Major bool `json:"major"`
}

// String is a line for people: file:line:column: path: what: which side
// breaks: pointer.
func (c *Change) String() string { return c.Problem().String() }

// Problem is the change as a problem of the configuration, which nothing mends
// yet.
func (c *Change) Problem() config.Problem {
	return config.Problem{File: c.File, Line: c.Line, Column: c.Column, Path: c.Path, What: c.words()}
}

func (c *Change) words() string {
	what := c.What
	if c.Value != "" && c.Value != "$" {
		what = c.Value + ": " + what
	}
	what += ": " + direction("BACKWARD", c.Backward, "producers") + ", " + direction("FORWARD", c.Forward, "consumers")
	if c.Pointer != "" {
		what += " at #" + c.Pointer
	}
	return what
}

// direction says what a verdict means, and for whom.
func direction(name string, v compat.Verdict, side string) string {
	switch v.Relation {
	case compat.Compatible:
		return name + " compatible"
	case compat.Breaking:
		text := name + " breaking for " + side
		if v.Example != "" && len(v.Example) <= 200 {
			text += " (such as " + v.Example + ")"
		}
		return text
	default:
		return name + " undecided (" + v.Why + ")"
	}
}
