package ledger

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Kind is what is wrong with a record.
type Kind string

// The kinds of findings.
const (
	Lost             Kind = "lost"
	Misrouted        Kind = "misrouted"
	TwoOutcomes      Kind = "two outcomes"
	Repeated         Kind = "repeated"
	Changed          Kind = "changed"
	HeadersChanged   Kind = "headers changed"
	TimestampChanged Kind = "timestamp changed"
	WrongReason      Kind = "wrong reason"
	WrongSource      Kind = "wrong source"
	Reordered        Kind = "reordered"
	KeyMoved         Kind = "key moved"
	Foreign          Kind = "foreign"
	NotSent          Kind = "not sent"
)

// Finding is one thing that should not be.
type Finding struct {
	Kind Kind
	Text string
}

// Report is the end of the books.
type Report struct {
	// Inputs were planted; Accepted and DeadLettered of them have that outcome.
	Inputs, Accepted, DeadLettered int
	// Duplicates are appearances of a record after its first.
	Duplicates int
	// Aborted are records that a transaction has undone, as far as read.
	Aborted int64
	// Topics counts records by the topic that holds them.
	Topics map[string]int
	// Findings are empty if all is well.
	Findings []Finding
}

func (r *Report) add(kind Kind, format string, args ...any) {
	r.Findings = append(r.Findings, Finding{kind, fmt.Sprintf(format, args...)})
}

// Count is how many findings are of a kind.
func (r Report) Count(kind Kind) int {
	n := 0
	for _, f := range r.Findings {
		if f.Kind == kind {
			n++
		}
	}
	return n
}

// Err is nil if nothing was found, else it says what, with a few examples of
// each kind.
func (r Report) Err() error {
	if len(r.Findings) == 0 {
		return nil
	}
	const examples = 3
	counts := make(map[Kind]int)
	var kinds []Kind
	var lines []string
	for _, f := range r.Findings {
		if counts[f.Kind]++; counts[f.Kind] == 1 {
			kinds = append(kinds, f.Kind)
		}
		if counts[f.Kind] <= examples {
			lines = append(lines, fmt.Sprintf("  %s: %s", f.Kind, f.Text))
		}
	}
	slices.Sort(kinds)
	totals := make([]string, len(kinds))
	for i, k := range kinds {
		totals[i] = fmt.Sprintf("%d %s", counts[k], k)
	}
	return fmt.Errorf("%s: the books do not balance: %s\n%s", r, strings.Join(totals, ", "), strings.Join(lines, "\n"))
}

// String is the counts in one line.
func (r Report) String() string {
	line := fmt.Sprintf("%d in = %d accepted + %d dead-lettered, %d lost, %d duplicates",
		r.Inputs, r.Accepted, r.DeadLettered, r.Count(Lost), r.Duplicates)
	if r.Aborted > 0 {
		line += fmt.Sprintf(", %d undone", r.Aborted)
	}
	return line
}

// isMoment reports whether a text is a time in RFC 3339, or milliseconds since
// 1970, and that one.
func isMoment(text string, millis int64) bool {
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t.UnixMilli() == millis
	}
	return text == fmt.Sprint(millis)
}
