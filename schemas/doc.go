// Package schemas turns the contracts that a configuration names into an
// immutable Set: every schema read, compiled and proven on its fixtures.
//
// Load does all of that at once and forgives nothing. What it returns has been
// compiled by package validate, has its version and digest, and agrees with
// every fixture that lies beside it; what is wrong comes back together, each
// problem with file, line and column, as config.Problems.
//
// # Layout
//
// A product names its schema as a file, or as a file and a JSON pointer:
//
//	products:
//	  - name: orders
//	    schema: schemas/order.json
//	  - name: check_run
//	    schema: schemas/webhooks.json#/definitions/check_run_event
//
// Fixtures lie beside the schema: documents that the contract must accept
// under examples/valid, documents that it must refuse under examples/invalid.
//
//	sluice.yaml
//	schemas/
//	  order.json
//	  webhooks.json
//	  examples/
//	    valid/
//	      order/complete.json
//	      webhooks/check_run_event/created.json
//	    invalid/
//	      order/currency-pattern.json
//	      webhooks/check_run_event/recorded.ndjson
//
// Which schema judges a fixture is told by the fixture's folder alone:
//
//   - A schema's fixture folder is its file name without the extension, and
//     below that, for a schema with a pointer, the pointer's last token as it
//     is written: order, webhooks/check_run_event.
//   - Where the products name exactly one schema of a folder, fixtures may
//     also lie directly in examples/valid and examples/invalid.
//
// A fixture that this rule gives to no schema, or to two, is an error, and so
// is a file under examples that is not a fixture: a case that silently does not
// run is worse than none. Names that begin with a dot and *.md files are
// left alone.
//
// A .json fixture is one document, all of its bytes. In a .ndjson or .jsonl
// file every line that is not blank is one. Fixtures meet the contract exactly
// as record values do, with the product's formats, dialect, duplicate-name
// policy and limits: "not JSON at all" and "too deep" are good invalid
// fixtures.
//
// # References
//
// A "$ref" to another document is relative and stays inside the folder of the
// schema that the product names, subfolders included. Neither ".." nor a
// symbolic link leads out of it (documents are opened through os.Root), and
// nothing is ever fetched: file URLs are refused, and so are http and https
// URLs, unless the configuration names a folder for them:
//
//	refs: { "https://schemas.example.com/": ./shared/ }
//
// Then a "$ref" to https://schemas.example.com/money.json is read from
// shared/money.json, behind the same walls. The longest prefix decides. What a
// document there references by a relative path lies under the prefix too.
//
// Inside a Set a document's base URI is sluice://<domain>/<folder>/<file>, with
// the folder as seen from sluice.yaml. It is the same on every machine, and it
// is what violations show as absolute keyword location.
//
// # Version and digest
//
// A contract's version is the string "version" at the top of its schema; for a
// schema with a pointer that of the addressed schema, else that of the
// document; else the first 12 hex digits of the digest.
//
// The digest is SHA-256 in hex. If one document decides, it is the digest of
// the file, whatever the pointer:
//
//	sha256sum schemas/order.json
//
// If references bring in others it is the digest of the list that sha256sum
// prints for all of them, sorted by path in byte order, paths relative to the
// schema's folder:
//
//	cd schemas && sha256sum line.json order.json | sha256sum
//
// A document that a prefix led to has its URI in place of the path, so that the
// digest is the same on every machine.
package schemas
