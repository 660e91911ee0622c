// Package compat compares two JSON Schemas by the documents that they accept.
//
// A new schema is BACKWARD compatible with an old one if it accepts every
// document that the old one accepts: whoever reads by the new schema can read
// what was written by the old one. It is FORWARD compatible if the old schema
// accepts every document that the new one does. Compare answers both, and
// names the changes that the answers come from.
//
// Nothing is guessed. Compatible is proven from the rules of the schemas, with
// references followed, all dialects read by their own rules, and loops of
// references by induction. Breaking is shown by a document that the engine
// accepts by the one schema and refuses by the other. Where neither is
// reached, the relation is Undecided, as it mostly is between two different
// patterns or formats.
//
// Documents are JSON texts of any size: limits of the engine and its policy on
// duplicate names play no part.
package compat
