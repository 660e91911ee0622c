// Package jsonscan reads one JSON text into a tape of tokens, strictly and in
// one pass, at about the cost of a bare scan.
//
// # What is accepted
//
// Exactly one value as RFC 8259 writes it, in valid UTF-8, and nothing else:
// no byte order mark, no comments, no trailing bytes, no control characters in
// strings, no surrogates that stand alone (neither as bytes nor as \u escapes),
// and no object that names a property twice after its escapes are resolved,
// unless Limits.AllowDuplicates says otherwise. Limits bound bytes, nesting,
// values and the size of numbers before anybody computes with them.
//
// # The tape
//
// Tokens stand in the order of the document. A container is followed by its
// content; an object's content is name, value, name, value. A container's
// token holds the index of the first token behind it, so a reader steps over
// what it does not need:
//
//	for i := obj + 1; i < t.Next(obj); {
//		name, value := i, i+1
//		…
//		i = t.Next(value)
//	}
//
// Strings and numbers stay in the document: a token says where, whether a
// string is plain ASCII or holds escapes, and whether a number is an integer
// of few digits. The names of properties carry their hash.
//
// # Cost and ownership
//
// The work is linear in the document, whatever a stranger put in it; the
// repeated-name check too (a flood of colliding hashes is sorted). Strings,
// names and numbers are read eight bytes at a time as long as the document goes
// on, its last bytes one by one. A Tape is reused scan after scan and allocates
// only to grow, except for the error of a refused document. It refers to the
// document's bytes and never changes or copies them: they must not change while
// the tape is read. A Tape is used by one goroutine at a time.
package jsonscan
