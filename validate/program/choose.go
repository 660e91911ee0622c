package program

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/sluicedata/sluice/validate/jsonscan"
)

// maxChoice bounds the work of finding one choice: values times members.
const maxChoice = 1 << 20

// choose looks, in every anyOf and oneOf, for a property whose string tells
// which members may be valid. It runs when all nodes are built.
func (c *compiler) choose() {
	for _, n := range c.all {
		for i := range n.ops {
			o := &n.ops[i]
			if (o.kind == opAny || o.kind == opOne) && len(o.nodes) > 1 {
				if o.choice = chooseAmong(o.nodes); o.choice != nil {
					o.choice.message = fmt.Sprintf("%s, which the property %q tells apart", o.rule.Message, o.choice.key.name)
					c.extra[o.rule].choice = o.choice
				}
			}
		}
	}
}

// strings returns the strings that a node may allow; ok is false if it does
// not list them.
func (n *node) strings() (list []member, ok bool) {
	switch {
	case n.allowed&jsonscan.TypeString == 0:
		return nil, true
	case n.str != nil && len(n.str.sets) > 0:
		return n.str.sets[0].list, true
	default:
		return nil, false
	}
}

func chooseAmong(members []*node) *choice {
	type tally struct{ members, values int }
	tallies := map[string]tally{}
	for _, n := range members {
		if n.obj == nil {
			continue
		}
		for i := range n.obj.names.entries {
			e := &n.obj.names.entries[i]
			if list, ok := e.node.strings(); ok && list != nil {
				t := tallies[e.name]
				tallies[e.name] = tally{t.members + 1, t.values + len(list)}
			}
		}
	}
	// The property that most members constrain, with the fewest values each.
	best := ""
	for _, name := range slices.Sorted(maps.Keys(tallies)) {
		t, b := tallies[name], tallies[best]
		if cmp.Or(cmp.Compare(t.members, b.members), cmp.Compare(b.values, t.values)) > 0 {
			best = name
		}
	}
	t := tallies[best]
	if t.members < 2 || t.values*len(members) > maxChoice {
		return nil
	}
	return choiceBy(best, members)
}

func choiceBy(name string, members []*node) *choice {
	ch := &choice{key: newEntry(name)}
	sets := make([]map[string]bool, len(members)) // nil: any string
	var values []string
	for i, n := range members {
		if n.obj == nil {
			continue
		}
		for k := range n.obj.names.entries {
			e := &n.obj.names.entries[k]
			if e.name != name {
				continue
			}
			if list, ok := e.node.strings(); ok {
				sets[i] = map[string]bool{}
				for _, v := range list {
					sets[i][v.text] = true
					values = append(values, v.text)
				}
			}
		}
	}
	ch.values = newStringSet(values)
	fewer := false
	list := func(may func(set map[string]bool) bool) (nodes []*node, index []int) {
		for i, set := range sets {
			if members[i].allowed&jsonscan.TypeObject == 0 {
				continue // a choice is asked of objects only
			}
			if set == nil || may(set) {
				nodes, index = append(nodes, members[i]), append(index, i)
			}
		}
		fewer = fewer || len(nodes) < len(members)
		return nodes, index
	}
	for i := range ch.values.list {
		nodes, index := list(func(set map[string]bool) bool { return set[ch.values.list[i].text] })
		ch.lists, ch.listIndex = append(ch.lists, nodes), append(ch.listIndex, index)
	}
	ch.others, ch.otherIndex = list(func(map[string]bool) bool { return false })
	if !fewer {
		return nil
	}
	return ch
}
