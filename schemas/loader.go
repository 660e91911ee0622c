package schemas

import (
	"context"

	"github.com/sluicedata/sluice/config"
)

// Loader loads the contracts of one configuration again and again, for a
// service that takes over changes while it runs. It is not safe for concurrent
// use.
//
// A contract of which no document has changed is not compiled again, and one
// that is not compiled again is proven only on fixtures that have changed: what
// a load costs is reading, and the changes.
type Loader struct {
	cfg  *config.Config
	last map[unitKey]*unit // of the last load that went well
	seen *reading          // of the last load
}

// NewLoader returns a loader that has not read anything yet.
func NewLoader(cfg *config.Config) *Loader { return &Loader{cfg: cfg} }

// Load does what the function Load does. It ends early when ctx does, between
// two contracts, patterns, properties or fixtures, and then returns the cause of that.
func (l *Loader) Load(ctx context.Context) (*Set, error) {
	run := newLoader(l.cfg, l.last)
	// Deferred: what made a load panic is not to be met at every look.
	defer func() { l.seen = run.reading.with(l.seen) }()
	set, err := run.run(ctx)
	if err != nil {
		return nil, err
	}
	l.seen = nil // what is not read any more is of no interest
	l.last = run.byKey
	for _, u := range l.last {
		u.same = nil // else every load would keep the one before it
	}
	return set, nil
}

// Changed reports whether a file that the last Load read or looked for is
// another now, or fixtures have come or gone. Links are followed: a path that
// leads to another file has changed. It is a matter of microseconds for a file.
func (l *Loader) Changed() bool { return l.seen == nil || l.seen.changed() }

// Mark tells states of the files apart: two that are equal say that nothing was
// written in between.
func (l *Loader) Mark() Mark {
	if l.seen == nil {
		return Mark{}
	}
	return l.seen.mark()
}
