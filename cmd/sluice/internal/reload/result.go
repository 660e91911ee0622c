package reload

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/schemas"
)

// Trigger is who asked for a reload.
type Trigger string

// The triggers.
const (
	ByFile    Trigger = "file"
	BySignal  Trigger = "signal"
	ByRequest Trigger = "request"
)

// State is how reloading stands.
type State struct {
	// Successful says that the last reload went well; before the first, that
	// the service has started with contracts that did.
	Successful bool
	// LoadedAt is when the contracts in use were found to be those of the files.
	LoadedAt time.Time
	// Last is the last reload, nil before the first.
	Last *Result
	// RestartNeeded says that the configuration file is not the one that the
	// service has started with.
	RestartNeeded bool
}

// Result is what came of a reload. It is read-only.
type Result struct {
	Time    time.Time
	Trigger Trigger
	Took    time.Duration
	// Changed are the contracts that differ from those before, in the order of
	// the products.
	Changed []Change
	// Err is why nothing was taken over, often config.Problems; nil if all went
	// well.
	Err error
}

// Outcome is success or failure, as metrics name it.
func (r *Result) Outcome() string {
	if r.Err != nil {
		return failure
	}
	return success
}

// Problems returns what is wrong with the files, each with its place. It is
// empty for a reload that went well.
func (r *Result) Problems() config.Problems {
	if r.Err == nil {
		return nil
	}
	if problems, ok := errors.AsType[config.Problems](r.Err); ok {
		return problems
	}
	what, mend, ok := strings.Cut(r.Err.Error(), ": ")
	if !ok {
		mend = "mend it and reload again"
	}
	return config.Problems{{What: what, Mend: mend}}
}

// problems are those that a log can take: a line each, and not too many.
func (r *Result) problems() []string {
	const most = 10
	var lines []string
	for _, p := range r.Problems() {
		if len(lines) == most {
			lines = append(lines, fmt.Sprintf("and %d more", len(r.Problems())-most))
			break
		}
		lines = append(lines, p.String())
	}
	return lines
}

// Version is one version of a contract.
type Version struct {
	Version  string `json:"version"`
	SHA256   string `json:"sha256"`
	Fixtures int    `json:"fixtures"`
}

// Change is a contract that differs from the one before.
type Change struct {
	Product string  `json:"product"`
	From    Version `json:"from"`
	To      Version `json:"to"`
}

// changes compares the contracts of two sets of one configuration. Fixtures
// judge nothing, so that a contract of which only they differ has not changed.
func changes(from, to *schemas.Set) []Change {
	before, list := from.Contracts(), []Change{}
	for i, c := range to.Contracts() {
		if b := before[i]; b.SHA256 != c.SHA256 || b.Version != c.Version {
			list = append(list, Change{c.Product, version(b), version(c)})
		}
	}
	return list
}

func version(c *schemas.Contract) Version { return Version{c.Version, c.SHA256, c.Fixtures} }
