package config

import (
	"reflect"
	"slices"
	"strings"
)

// key is a key of a mapping, as a field of a struct declares it.
type key struct {
	name  string
	index []int // for reflect.Value.FieldByIndex
	typ   reflect.Type
}

// keysOf returns the keys of a struct in the order of its fields. Those of an
// inlined struct are its own.
func keysOf(t reflect.Type) []key {
	var keys []key
	for _, f := range reflect.VisibleFields(t) {
		tag, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if tag != "" && tag != "-" {
			keys = append(keys, key{tag, f.Index, f.Type})
		}
	}
	return keys
}

// isMapping says whether a type is a mapping with known keys.
func isMapping(t reflect.Type) bool { return t.Kind() == reflect.Struct }

// paths returns every key below a type with its type, in the order of the
// fields. An item of a list is [], as in products[].name.
func paths(t reflect.Type, path string) []key {
	var all []key
	for _, k := range keysOf(t) {
		k.name = join(path, k.name)
		all = append(all, k)
		switch in, suffix := element(k.typ); {
		case isMapping(in):
			all = append(all, paths(in, k.name+suffix)...)
		}
	}
	return all
}

// element returns what a list or a pointer holds, and how it shows in a path.
func element(t reflect.Type) (of reflect.Type, suffix string) {
	for {
		switch t.Kind() {
		case reflect.Slice:
			suffix += "[]"
		case reflect.Pointer:
		default:
			return t, suffix
		}
		t = t.Elem()
	}
}

// suggest says how to mend an unknown key among these. Meant is the key that
// was probably meant, if any.
func suggest(unknown string, among []key) (mend, meant string) {
	names := make([]string, len(among))
	for i, k := range among {
		names[i] = k.name
	}
	if near := nearest(unknown, names); near != "" {
		return "did you mean " + near + "?", near
	}
	for _, k := range paths(reflect.TypeFor[Config](), "") {
		if at := strings.TrimSuffix(k.name, unknown); at != k.name && strings.HasSuffix("."+at, ".") {
			if at = strings.TrimSuffix(at, "."); at == "" {
				return "it belongs to the top of the file", ""
			}
			return "it belongs under " + strings.ReplaceAll(at, "[]", ""), ""
		}
	}
	slices.Sort(names)
	return "remove it, known here are " + strings.Join(names, ", "), ""
}

// nearest returns the name that a word most likely misspells, or "".
func nearest(word string, names []string) string {
	fold := strings.NewReplacer("-", "_", " ", "_")
	word = fold.Replace(strings.ToLower(word))
	best, least := "", 1+max(1, min(len(word)/3, 3))
	for _, name := range names {
		if d := distance(word, fold.Replace(strings.ToLower(name))); d < least {
			best, least = name, d
		}
	}
	return best
}

// distance counts the letters to insert, delete, replace or swap with their
// neighbour to get from one word to the other.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	before, last, row := []int(nil), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			replace := last[j]
			if a[i] != b[j] {
				replace++
			}
			row[j+1] = min(replace, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, make([]int, len(b)+1)
	}
	return last[len(b)]
}
