// Package format judges strings by the formats of JSON Schema.
//
// Lookup returns the scanner of a format as a dialect defines it. All scanners
// take the decoded content of a JSON string in valid UTF-8, keep nothing of
// it, are safe to share, and take time linear in it. Those of dates, times,
// addresses, names, URIs and pointers read bytes by hand and allocate nothing;
// internationalised host names beyond ASCII go through golang.org/x/net/idna,
// and "regex" through the parser of package pattern.
//
// Each format means what the document that JSON Schema cites for it says, by
// the letter of its grammar: "date-time" and "time" are RFC 3339, with leap
// seconds where UTC has them and lower-case t and z; "email" is the mailbox of
// RFC 5321; "ipv6" has no zone; "uri" is RFC 3986 and nothing of WHATWG's;
// "uuid" has any version. "hostname" is RFC 1123 in drafts 4 and 6, and in
// later dialects its A-labels (xn--…) must also decode to what IDNA2008
// permits.
package format

import (
	"maps"
	"slices"
	"strings"

	"github.com/sluicedata/sluice/validate/program/pattern"
)

// Func reports whether s, the decoded content of a JSON string in valid
// UTF-8, has the format. It keeps nothing of s and never panics, whatever the
// bytes.
type Func func(s []byte) bool

// Lookup returns the format of a name in a dialect, which is named by the URI
// of its meta-schema with or without an empty fragment; ok is false if there is
// none.
//
// A format that only later dialects define means the same in earlier ones,
// which allow formats beyond their own: whoever writes "uuid" into a schema of
// draft-07 expects it to be judged, and other validators do so.
func Lookup(dialect, name string) (f Func, ok bool) {
	defined, known := dialects[strings.TrimSuffix(dialect, "#")]
	if !known {
		return nil, false
	}
	if f, ok = defined[name]; !ok {
		f, ok = draft2019[name]
	}
	return f, ok
}

// Names returns the names of the formats that a dialect defines, sorted.
func Names(dialect string) []string {
	return slices.Sorted(maps.Keys(dialects[strings.TrimSuffix(dialect, "#")]))
}

var (
	draft4 = map[string]Func{
		"date-time": dateTime,
		"email":     email,
		"hostname":  hostname1123,
		"ipv4":      ipv4,
		"ipv6":      ipv6,
		"uri":       uri,
	}
	draft6 = extend(draft4, map[string]Func{
		"json-pointer":  jsonPointer,
		"uri-reference": uriReference,
		"uri-template":  uriTemplate,
	})
	draft7 = extend(draft6, map[string]Func{
		"date":                  date,
		"hostname":              hostname,
		"idn-email":             idnEmail,
		"idn-hostname":          idnHostname,
		"iri":                   iri,
		"iri-reference":         iriReference,
		"regex":                 pattern.Valid,
		"relative-json-pointer": relativeJSONPointer,
		"time":                  timeOfDay,
	})
	draft2019 = extend(draft7, map[string]Func{
		"duration": duration,
		"uuid":     uuid,
	})

	dialects = map[string]map[string]Func{
		"http://json-schema.org/draft-04/schema":       draft4,
		"http://json-schema.org/draft-06/schema":       draft6,
		"http://json-schema.org/draft-07/schema":       draft7,
		"https://json-schema.org/draft/2019-09/schema": draft2019,
		"https://json-schema.org/draft/2020-12/schema": draft2019,
	}
)

// extend returns base with more, which wins.
func extend(base, more map[string]Func) map[string]Func {
	m := maps.Clone(base)
	maps.Copy(m, more)
	return m
}
