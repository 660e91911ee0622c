// Package router decides what becomes of a record: which data product it
// belongs to, whether it meets the contract, and which topic takes it.
//
// A Table is compiled once from the configuration and the contracts, immutable
// and safe to share; Decide is pure. Every way through sluice (the service,
// pipe, explain, replay) calls this one Decide.
//
// # Matching
//
// The products of an input are asked in file order and the first that takes
// the record has it. A product without a match takes everything. Other
// conditions look at one text:
//
//   - header: the value of the last header of that name. A record without the
//     header is not taken, one whose header is empty has the empty text.
//   - key: the record key. A record without key is not taken.
//   - field: a JSON pointer into the value. The text of a string is its content
//     with escapes resolved; that of a number, true or false is its literal as
//     it stands in the record, so that 1 and 1.0 differ. null, objects, arrays
//     and places that do not exist are not taken.
//
// Text is compared byte for byte: equals, in, prefix, or a regular expression
// in RE2 syntax, which is unanchored and sees at most
// limits.pattern_input_bytes; longer texts are not taken.
//
// A value that is not JSON under the product's rules, is null, or belongs to a
// record over limits.record_bytes has no fields: it is not taken by a field
// match, and later products are still asked. If none takes the record it is
// unmatched, with the reason why its field could not be read rather than
// unroutable.
//
// # Cost
//
// All that the products of an input ask of one header, the key or one field with
// equals or in is one look-up in a map, and one more for each length of their
// prefixes: a thousand event types in one topic cost what one does. Only regular
// expressions are tried one by one, and only those before the product that is
// found otherwise. An accepted record allocates nothing; a value is scanned for
// field matches once per record and rule of reading it, and not for a record
// that a product before the first field match takes.
package router

import (
	"time"

	"github.com/sluicedata/sluice/validate"
)

// Record is what Decide needs of a record. Slices stay the caller's and are
// only read. Implementations that are pointers cost no allocation.
type Record interface {
	// Key is nil when the record has none.
	Key() []byte
	// Value is nil for a tombstone, and empty but not nil for an empty value.
	Value() []byte
	// Header returns the value of the last header with this name.
	Header(name string) (value []byte, ok bool)
	// Size is key + value + headers in bytes, uncompressed.
	Size() int
}

// Decision is what Decide found for one record.
type Decision struct {
	// Route is the product's, or the unmatched route. It is never nil.
	Route   *Route
	Outcome Outcome
	// Reason is zero for an accepted record, and for one that a product's
	// policy for tombstones drops NullValue.
	Reason Reason
	// Stage is where the record failed; zero for an accepted record.
	Stage Stage
	// Topic to produce to; empty when Dropped.
	Topic string
	// Verdict explains MalformedJSON, LimitExceeded, SchemaViolation and
	// Internal; nil otherwise. It is the caller's.
	Verdict *validate.Verdict
}

// Route is one product as the Table knows it. All fields are read-only.
type Route struct {
	// Index is dense over Table.Routes, for per-product counters.
	Index int
	// Product is the metric label: the product's name or Unmatched.
	Product string
	// Inputs are the topics whose records may take this route, as configured.
	Inputs []string
	// Schema is "name@version", Version its second half and SchemaSHA256 the
	// digest in hex; empty for the unmatched route.
	Schema       string
	Version      string
	SchemaSHA256 string
	// Output is empty for the unmatched route; DLQ is empty when unmatched
	// records are dropped.
	Output string
	DLQ    string
	// Keywords are those that violations of the schema can name, sorted.
	Keywords []string
	// GoodRatio is the share of good records that the product promises; 0 is no
	// promise.
	GoodRatio float64
	// LatencyP99 is the product's promise from record timestamp to
	// acknowledgement; 0 is none.
	LatencyP99 time.Duration
}

// Unmatched is the product label of records that belong to no product.
const Unmatched = "_unmatched"
