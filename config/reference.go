package config

import (
	_ "embed"
	"reflect"
	"regexp"
	"strings"
)

// reference documents every key; Schema takes its descriptions from there.
//
//go:embed reference.yaml
var reference string

var (
	// withoutDefault is a key of the reference that stands behind a "#" at its
	// place.
	withoutDefault = regexp.MustCompile(`(?m)^( *)#((?:- )?[a-z])`)
	keyLine        = regexp.MustCompile(`^( *(?:- )?)([a-z0-9_]+):`)
)

// complete is the reference with all keys in force, as no file would have them.
func complete() string { return withoutDefault.ReplaceAllString(reference, "$1$2") }

// descriptions returns the comment above each key of the reference, by path;
// an item of a list is [].
func descriptions() map[string]string {
	type level struct {
		indent int
		path   string
	}
	mappings := make(map[string]bool) // all that have keys
	for _, k := range paths(reflect.TypeFor[Config](), "") {
		mappings[parent(k.name)] = true
	}
	var enclosing []level
	all := make(map[string]string)
	var comment []string
	for line := range strings.SplitSeq(complete(), "\n") {
		if prose, ok := strings.CutPrefix(strings.TrimSpace(line), "#"); ok {
			comment = append(comment, strings.TrimSpace(prose))
			continue
		}
		if m := keyLine.FindStringSubmatch(line); m != nil {
			indent := len(m[1])
			for len(enclosing) > 0 && enclosing[len(enclosing)-1].indent >= indent {
				enclosing = enclosing[:len(enclosing)-1]
			}
			path := m[2]
			if len(enclosing) > 0 {
				in := enclosing[len(enclosing)-1].path
				if mappings[in+"[]"] {
					in += "[]"
				}
				path = join(in, path)
			}
			enclosing = append(enclosing, level{indent, path})
			all[path] = strings.Join(comment, " ")
		}
		comment = nil
	}
	return all
}
