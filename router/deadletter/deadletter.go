// Package deadletter writes and reads the envelope of a dead letter: a record
// that was not accepted, with the reasons.
//
// A dead letter has the key and the value of its source and all of the source's
// headers in their order, untouched. Behind them stands one block of headers of
// our own. The block begins with sluice.source.headers, whose value is how many
// headers stand before it; that is how Decode tells the two apart even where a
// source has headers of the same names.
//
// # Replays
//
// A record that carries a block is a replayed dead letter, sent again by
// Envelope.Replay or copied as it was. If it fails once more, the new block
// keeps the origin of the old one (sluice.id, sluice.source.timestamp and what
// was cut), counts sluice.attempt up and says everything else anew. Headers
// that were added behind the block on the way count as the source's.
//
// Whoever may write to an input may write a block too. Its origin and its
// attempts are then what the producer says, and the rest of it is replaced as a
// replayed one's is. What the service saw itself (the error's topic, partition
// and offset, product, reason, schema) is always its own. So nothing may be
// sent, or skipped as seen, by the origin alone where producers are not trusted.
//
// # Size
//
// The block has a budget (Options.HeaderBytes); violations that do not fit are
// left out, the last ones first. What a broker finds too large all the same is
// cut by Shrink: violations, then the value, then the source's headers, then
// the key. Of what is cut, size and digest remain.
//
// # Privacy
//
// Nothing in the block holds a value of the record. Instance locations may hold
// property names that the record chose.
package deadletter

import (
	"time"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/validate"
)

// Options are what an Encoder writes into every dead letter.
type Options struct {
	// Domain, Group and Version of the service.
	Domain  string
	Group   string
	Version string
	// Conventions are the families of header names to write besides sluice's.
	Conventions []config.Convention
	// HeaderBytes bounds the names and values of the block; 0 is no bound.
	// A block without violations and with its message cut takes at most 2 KiB
	// or so, and is never left out.
	HeaderBytes int
}

// Source is where a record was read.
type Source struct {
	Topic     string
	Partition int32
	Offset    int64
	Timestamp time.Time
}

// Failure is why a record is a dead letter.
type Failure struct {
	// Product is the product's name or router.Unmatched.
	Product string
	// Schema is "name@version"; both are empty for unmatched records.
	Schema       string
	SchemaSHA256 string
	Reason       router.Reason
	Stage        router.Stage
	// Verdict explains the reason, if there is one.
	Verdict *validate.Verdict
	// Message in place of the one that Reason and Verdict give. It must hold
	// nothing of the record.
	Message string
}
