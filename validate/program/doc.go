// Package program compiles schemas into programs and runs them over tapes.
//
// # What a program is
//
// A graph of nodes, each of which judges one value. A node holds first the
// types that pass without any further check and those that fail, so that most
// values cost one mask; then, per type, the checks of all keywords together: an
// object is walked once, whatever properties, patternProperties,
// additionalProperties, required and dependencies ask of it, and each property
// leads by its hash to the node of its value.
//
// Schemas that judge the same value whatever happens - a schema, what its $ref
// refers to, the members of its allOf - are compiled into one node, and so are
// the schemas that several of them have for the same property. What the
// members of anyOf and oneOf demand of a property in common, such as a
// discriminating "type", selects the members that are run at all. Properties
// and items are tracked for unevaluatedProperties and unevaluatedItems only
// where that depends on the document.
//
// # Two runs
//
// Valid runs nodes and stops at the first failure; it allocates nothing. Check
// is the same run, except that at a failure it goes on and notes which parts of
// which containers are invalid. Explain walks the schemas themselves, keyword by
// keyword, into what was noted and nothing else, and collects violations; their
// locations are made once, as a machine keeps the places that it has been at.
//
// # Bounds
//
// Both take time linear in the document for schemas whose alternatives do not
// recurse. Where they do, results are remembered once a run takes unusually
// many steps, so that nothing is judged twice by the same node.
package program
