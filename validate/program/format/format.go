// Package format holds the formats of JSON Schema as scanners of bytes.
package format

import (
	"strings"

	"github.com/sluicedata/sluice/validate/program/pattern"
)

// Func reports whether s, the decoded content of a JSON string in valid
// UTF-8, has the format. It keeps nothing of s.
type Func func(s []byte) bool

// Lookup returns the format called name in the dialect with the meta-schema
// URI given, and whether the dialect defines it.
func Lookup(dialect, name string) (Func, bool) {
	if strings.TrimSuffix(dialect, "#") == "" {
		return nil, false
	}
	f, ok := formats[name]
	return f, ok
}

var formats = map[string]Func{"regex": pattern.Valid}
