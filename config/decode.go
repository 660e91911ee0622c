package config

import (
	"cmp"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"unicode/utf8"
)

// decoder puts nodes into the fields of a Config. A value that is wrong is
// reported, and the field keeps its default.
type decoder struct {
	*report
	lookup func(string) (string, bool)
}

// value decodes a node of any type.
func (d *decoder) value(n *node, to reflect.Value, path string) {
	d.places[path] = n.place
	t := to.Type()
	switch {
	case n.kind == null:
		if d.failed[path] {
			return // it could not be read
		}
		d.add(n.place, path, "has no value", "give it one, or remove the key")
	case t.Kind() == reflect.Pointer:
		v := reflect.New(t.Elem())
		d.value(n, v.Elem(), path)
		to.Set(v)
	case isMapping(t):
		d.fields(n, to, path)
	case t.Kind() == reflect.Slice:
		d.list(n, to, path)
	case t.Kind() == reflect.Map:
		d.texts(n, to, path)
	default:
		d.scalar(n, to, path)
	}
}

// fields decodes a mapping with known keys.
func (d *decoder) fields(n *node, to reflect.Value, path string) {
	known := keysOf(to.Type())
	for e, at := range d.entries(n, path) {
		i := slices.IndexFunc(known, func(k key) bool { return k.name == e.key })
		if i < 0 {
			mend, meant := suggest(e.key, known)
			d.add(e.place, at, "is not a known key", mend)
			if meant != "" {
				d.failed[join(path, meant)] = true // that it is missing is a consequence
			}
			continue
		}
		value := *e.value
		value.place = cmp.Or(value.place, e.place)
		d.value(&value, to.FieldByIndex(known[i].index), at)
	}
}

// texts decodes a mapping from any text to text.
func (d *decoder) texts(n *node, to reflect.Value, path string) {
	m := make(map[string]string)
	for e, at := range d.entries(n, path) {
		s := reflect.New(reflect.TypeFor[string]()).Elem()
		d.value(e.value, s, at)
		m[e.key] = s.String()
	}
	to.Set(reflect.ValueOf(m))
}

// entries yields the entries of a mapping with their paths, each key once.
func (d *decoder) entries(n *node, path string) func(yield func(entry, string) bool) {
	return func(yield func(entry, string) bool) {
		if n.kind != mapping {
			d.add(n.place, path, "is "+n.kind.String()+" where a mapping belongs", "write its keys below it, each in a line of its own")
			return
		}
		first := make(map[string]place, len(n.entries))
		for _, e := range n.entries {
			at := join(path, shownKey(e.key))
			if p, ok := first[e.key]; ok {
				d.add(e.place, at, "is given twice", fmt.Sprintf("keep one of the two, the other is in line %d", p.line))
				continue
			}
			first[e.key] = e.place
			if !yield(e, at) {
				return
			}
		}
	}
}

var plainKey = regexp.MustCompile(`^[A-Za-z0-9_:/.-]{1,100}$`)

// shownKey is a key as it stands in a path.
func shownKey(key string) string {
	if plainKey.MatchString(key) {
		return key
	}
	runes := []rune(key)
	if len(runes) > 60 {
		key = string(runes[:60]) + "…"
	}
	return strconv.Quote(key)
}

// list decodes a list. Where one thing is the usual case, it may stand alone.
func (d *decoder) list(n *node, to reflect.Value, path string) {
	t := to.Type()
	if n.kind != list {
		if t != topicsType || n.kind == mapping {
			d.add(n.place, path, "is "+n.kind.String()+" where a list belongs", "write it in brackets, or each item in a line that begins with a dash")
			return
		}
		v := reflect.New(t.Elem()).Elem()
		d.scalar(n, v, path)
		to.Set(reflect.Append(reflect.MakeSlice(t, 0, 1), v))
		return
	}
	items := reflect.MakeSlice(t, len(n.items), len(n.items))
	for i, item := range n.items {
		v := items.Index(i)
		if v.Type() == productType {
			v.Set(reflect.ValueOf(defaultProduct()))
		}
		d.value(item, v, fmt.Sprintf("%s[%d]", path, i))
	}
	to.Set(items)
}

// scalar expands variables in a scalar and decodes it.
func (d *decoder) scalar(n *node, to reflect.Value, path string) {
	s, used := n.text, false
	if n.kind == text {
		var mistakes []mistake
		s, used, mistakes = expand(n.text, d.lookup)
		if used && !utf8.ValidString(s) {
			mistakes = append(mistakes, mistake{"holds a variable that is not UTF-8", "set it to UTF-8 text"})
		}
		for _, m := range mistakes {
			d.add(n.place, path, m.what, m.mend)
		}
		if len(mistakes) > 0 {
			return
		}
	}
	if used {
		d.environment[path] = true
	}
	kinds, words := accepts(to.Type())
	if fromVariable := used && n.kind == text; !fromVariable && !slices.Contains(kinds, n.kind) {
		mend := "write " + words
		if slices.Equal(kinds, []kind{text}) && (n.kind == number || n.kind == boolean) {
			mend = "put it into quotes"
		} else if n.kind == text {
			mend += ", without quotes"
		} else if slices.Equal(kinds, []kind{text}) {
			mend += "; one that holds a colon or a brace goes into quotes"
		}
		d.add(n.place, path, "is "+n.kind.String()+" where "+words+" belongs", mend)
		return
	}
	if wrong := set(to, s); wrong != nil {
		d.add(n.place, path, d.said(path, s)+" "+wrong.what, wrong.mend)
	}
}
