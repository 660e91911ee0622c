// Package router decides what becomes of a record: which data product it
// belongs to, whether it meets the contract, and which topic takes it.
//
// A Table is compiled once from the configuration and the contracts, immutable
// and safe to share; Decide is pure. Every way through sluice (the service,
// pipe, explain, replay) calls this one Decide.
package router

import (
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

// Outcome is what becomes of a record.
type Outcome uint8

// The outcomes. The zero Outcome is "not decided".
const (
	Accepted Outcome = iota + 1
	DeadLettered
	Dropped
)

// Reason says why a record is not accepted. The zero Reason is "none".
type Reason uint8

// The reasons, a closed set: they are metric labels and dead-letter headers.
const (
	MalformedJSON Reason = iota + 1
	LimitExceeded
	NullValue
	UnknownSchema
	SchemaViolation
	RuleViolation
	Unroutable
	ProduceRejected
	Internal
)

// Decision is what Decide found for one record.
type Decision struct {
	// Route is the product's, or the unmatched route of the input.
	Route   *Route
	Outcome Outcome
	Reason  Reason
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
	// Schema is "name@version" and SchemaSHA256 the digest in hex; empty for
	// the unmatched route.
	Schema       string
	SchemaSHA256 string
	// Output is empty for the unmatched route; DLQ is empty when unmatched
	// records are dropped.
	Output string
	DLQ    string
}

// Unmatched is the product label of records that belong to no product.
const Unmatched = "_unmatched"
