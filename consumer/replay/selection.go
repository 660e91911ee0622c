package replay

import (
	"strings"
	"time"

	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/router/deadletter"
)

// Selection says which dead letters to handle. The zero Selection is all.
type Selection struct {
	// Product is what the dead letter says of its product.
	Product string
	// Reason of its failure; 0 is any.
	Reason router.Reason
	// Fingerprint or its beginning.
	Fingerprint string
	// Since and Until bound the moment of failure; Until is excluded. A zero
	// time is no bound.
	Since, Until time.Time
}

// all reports whether the selection takes everything.
func (s *Selection) all() bool { return *s == Selection{} }

// matches reports whether the selection takes a dead letter.
func (s *Selection) matches(e *deadletter.Envelope) bool {
	switch {
	case s.Product != "" && e.Product != s.Product,
		s.Reason != 0 && e.Reason != s.Reason,
		!strings.HasPrefix(e.Fingerprint, s.Fingerprint),
		!s.Since.IsZero() && e.FailedAt.Before(s.Since),
		!s.Until.IsZero() && !e.FailedAt.Before(s.Until):
		return false
	}
	return true
}
