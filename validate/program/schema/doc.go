// Package schema reads JSON Schemas: it loads documents, finds the resources
// and anchors in them, resolves references, judges every schema by its own
// meta-schema, refuses cycles that make no progress, and returns a graph of
// schemas whose keywords are checked and whose operands are parsed.
//
// # Dynamic references
//
// Where a $dynamicRef or a $recursiveRef leads depends on the path of
// evaluation, but only through one fact: for each dynamic anchor, the outermost
// resource on the path that has it. Entering a resource adds to these bindings
// and never changes one. So a schema is kept once for every set of bindings
// with which it can be entered, and in that graph every reference is static:
// whoever runs it knows no dynamic scope.
package schema
