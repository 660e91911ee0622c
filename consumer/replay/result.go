package replay

import (
	"cmp"
	"slices"
	"time"
)

// Counts are numbers of dead letters by fate. In a dry run they are what an
// applied one would have made, as far as that can be known.
type Counts struct {
	Recovered int64 `json:"recovered"`
	StillBad  int64 `json:"still_bad"`
	Parked    int64 `json:"parked"`
	Skipped   int64 `json:"skipped"`
}

func (c *Counts) add(f Fate) {
	switch f {
	case Recovered:
		c.Recovered++
	case StillBad:
		c.StillBad++
	case Parked:
		c.Parked++
	case Skipped:
		c.Skipped++
	default:
	}
}

// Total is the sum.
func (c *Counts) Total() int64 { return c.Recovered + c.StillBad + c.Parked + c.Skipped }

// Kind are the dead letters that failed in the same way.
type Kind struct {
	Product     string `json:"product"`
	Reason      string `json:"reason"`
	Fingerprint string `json:"fingerprint"`
	// Schema that judged them, name@version.
	Schema string `json:"schema,omitempty"`
	// Message of one of them.
	Message string `json:"message,omitempty"`
	// First and Last moment of failure.
	First time.Time `json:"first_failed_at"`
	Last  time.Time `json:"last_failed_at"`
	Counts
	// Now counts what today's contract says: "accepted", reasons, or why it was
	// not asked.
	Now map[string]int64 `json:"now"`
}

// Result is what a replay has done, or in a dry run would do.
type Result struct {
	Applied bool     `json:"applied"`
	To      string   `json:"to"`
	Group   string   `json:"group"`
	Topics  []string `json:"topics"`
	// MayRepeat says that the group had no offset and the topic has dead letters
	// older than a week: brokers may have forgotten an earlier replay of them.
	MayRepeat bool `json:"may_repeat"`
	// Read dead letters, all with one fate.
	Read int64 `json:"read"`
	Counts
	// Left is what a later replay finds: what was skipped, is still bad, or has
	// not been read.
	Left int64 `json:"left"`
	// Oldest is the oldest timestamp of a recovered record at its source.
	Oldest  time.Time `json:"oldest_recovered,omitzero"`
	Seconds float64   `json:"seconds"`
	// Kinds of selected dead letters, the most frequent first.
	Kinds []*Kind `json:"kinds"`

	kinds map[kindKey]*Kind
}

type kindKey struct{ product, reason, fingerprint string }

// maxKinds bounds memory: fingerprints are what a dead letter's headers say.
const maxKinds = 1000

// Foreign is the reason of what is no dead letter of sluice, Others the
// fingerprint of the kinds that found no place of their own.
const (
	Foreign = "(no dead letter of sluice)"
	Others  = "(others)"
)

func newResult(o *Options) *Result {
	return &Result{Applied: o.Apply, To: o.To.String(), Group: Group(o.Config), kinds: make(map[kindKey]*Kind)}
}

// add counts an item whose fate is final.
func (r *Result) add(it *item) {
	r.Counts.add(it.fate)
	if !it.selected {
		return
	}
	e := &it.envelope
	key := kindKey{reason: Foreign}
	if it.known {
		key = kindKey{e.Product, e.Reason.String(), e.Fingerprint}
	}
	if r.kinds[key] == nil && len(r.kinds) >= maxKinds {
		key = kindKey{fingerprint: Others}
	}
	k := r.kinds[key]
	if k == nil {
		k = &Kind{
			Product: key.product, Reason: key.reason, Fingerprint: key.fingerprint, Schema: e.Schema, Message: e.Message,
			First: e.FailedAt, Last: e.FailedAt, Now: make(map[string]int64),
		}
		r.kinds[key] = k
	}
	k.Counts.add(it.fate)
	k.Now[it.now]++
	if e.FailedAt.Before(k.First) {
		k.First = e.FailedAt
	}
	if e.FailedAt.After(k.Last) {
		k.Last = e.FailedAt
	}
	if stamp := e.Origin.Timestamp; it.fate == Recovered && (r.Oldest.IsZero() || stamp.Before(r.Oldest)) {
		r.Oldest = stamp
	}
}

// sum fills what follows from the rest.
func (r *Result) sum() {
	r.Read = r.Total()
	r.Kinds = make([]*Kind, 0, len(r.kinds))
	for _, k := range r.kinds {
		r.Kinds = append(r.Kinds, k)
	}
	slices.SortFunc(r.Kinds, func(a, b *Kind) int {
		return cmp.Or(cmp.Compare(b.Total(), a.Total()), cmp.Compare(a.Product, b.Product),
			cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Fingerprint, b.Fingerprint))
	})
}
