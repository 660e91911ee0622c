package infer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sluicedata/sluice/validate"
	"github.com/sluicedata/sluice/validate/jsonscan"
)

// Schema writes the draft, which has this title. It ends with a newline.
func (in *Inferrer) Schema(title string) ([]byte, error) {
	if in.records == 0 {
		return nil, ErrEmpty
	}
	var s object
	s.add("$schema", string(validate.Draft2020_12))
	s.add("$comment", fmt.Sprintf("A draft, inferred from %s: review it before anyone relies on it. Bounds in descriptions are what the samples had; nothing demands them.", counted(in.records, "record")))
	s.add("title", title+" (draft)")
	s.add("version", "0.1.0")
	in.root.describe(&s, "")
	return s.document()
}

// describe adds the keywords of a node to a schema. Presence says how often a
// property is there, if that is worth telling.
func (n *node) describe(s *object, presence string) {
	types := n.typeNames()
	notes := []string{}
	if presence != "" {
		notes = append(notes, presence)
	}
	if n.numbers.low.text != "" {
		notes = append(notes, span(n.numbers.low.text, n.numbers.high.text, "")+".")
	}
	list := n.texts.list()
	if n.texts.seen > 0 && n.texts.format() == "" && list == nil {
		notes = append(notes, between(n.texts.shortest, n.texts.longest, "character")+".")
	}
	if n.arrays > 0 {
		notes = append(notes, between(n.fewest, n.most, "item")+".")
	}
	if n.isMap {
		notes = append(notes, "names like keys of a map.")
	}
	if len(notes) > 0 {
		s.add("description", "Samples: "+strings.Join(notes, " "))
	}
	if len(types) == 1 {
		s.add("type", types[0])
	} else {
		s.add("type", types)
	}
	if format := n.texts.format(); format != "" {
		s.add("format", format)
	} else if list != nil {
		n.describeList(s, types, list)
	}
	if n.objects > 0 {
		n.describeObject(s)
	}
	if n.items != nil {
		var items object
		n.items.describe(&items, "")
		s.add("items", items)
	}
}

// describeList adds the few values of a text. Null may stand beside them;
// values of another type could not.
func (n *node) describeList(s *object, types, list []string) {
	values := []any{}
	for _, v := range list {
		values = append(values, v)
	}
	switch {
	case slices.Equal(types, []string{"string"}) && len(list) == 1:
		s.add("const", list[0])
	case slices.Equal(types, []string{"string"}):
		s.add("enum", values)
	case slices.Equal(types, []string{"string", "null"}):
		s.add("enum", append(values, nil))
	}
}

func (n *node) describeObject(s *object) {
	if n.isMap {
		if n.common != nil {
			var common object
			n.common.describe(&common, "")
			s.add("additionalProperties", common)
		}
		return
	}
	var required []string
	var properties object
	for i := range n.properties {
		p := &n.properties[i]
		presence := ""
		if p.seen == n.objects {
			required = append(required, p.name)
		} else {
			presence = fmt.Sprintf("in %d of %s.", p.seen, counted(n.objects, "object"))
		}
		var schema object
		p.node.describe(&schema, presence)
		properties.add(p.name, schema)
	}
	if required != nil {
		s.add("required", required)
	}
	if properties != nil {
		s.add("properties", properties)
	}
}

// typeNames are the types in a fixed order. Where some number has a fraction,
// all are numbers.
func (n *node) typeNames() []string {
	var names []string
	for _, t := range []struct {
		mask jsonscan.Types
		name string
	}{
		{jsonscan.TypeObject, "object"},
		{jsonscan.TypeArray, "array"},
		{jsonscan.TypeString, "string"},
		{jsonscan.TypeInt | jsonscan.TypeNumber, "integer"},
		{jsonscan.TypeTrue | jsonscan.TypeFalse, "boolean"},
		{jsonscan.TypeNull, "null"},
	} {
		if n.types&t.mask == 0 {
			continue
		}
		if t.name == "integer" && n.numbers.fraction {
			t.name = "number"
		}
		names = append(names, t.name)
	}
	return names
}

// span words two bounds.
func span(low, high, unit string) string {
	if low == high {
		return low + unit
	}
	return low + " to " + high + unit
}

func between(low, high int, thing string) string {
	if high == 1 && low == 1 {
		return "1 " + thing
	}
	return span(fmt.Sprint(low), fmt.Sprint(high), " "+thing+"s")
}

func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
