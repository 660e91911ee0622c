package infer

import "github.com/sluicedata/sluice/validate/program/value"

// makeMap gives up the names of an object: what is known of its properties
// becomes what they have in common.
func (in *Inferrer) makeMap(n *node) {
	n.isMap = true
	switch {
	case n.open:
		// What was not remembered has nothing in common with anything.
	case len(n.properties) == 0:
		n.common = in.node()
	default:
		n.common = n.properties[0].node
		for _, p := range n.properties[1:] {
			n.common = in.merge(n.common, p.node)
		}
	}
	n.names, n.properties = nil, nil
}

// merge adds what b has seen to a, and returns it. An open node, which is nil,
// makes all open.
func (in *Inferrer) merge(a, b *node) *node {
	if a == nil || b == nil {
		return nil
	}
	a.numbers.merge(&b.numbers)
	a.texts.merge(&b.texts)
	in.mergeObjects(a, b)
	if b.arrays > 0 {
		if a.arrays == 0 {
			a.fewest, a.most = b.fewest, b.most
		}
		a.arrays += b.arrays
		a.fewest, a.most = min(a.fewest, b.fewest), max(a.most, b.most)
		switch {
		case a.anyItems || b.anyItems:
			a.items, a.anyItems = nil, true
		case a.items == nil:
			a.items = b.items
		case b.items != nil:
			a.items = in.merge(a.items, b.items)
			a.anyItems = a.items == nil
		}
	}
	a.seen += b.seen
	a.types |= b.types
	return a
}

func (in *Inferrer) mergeObjects(a, b *node) {
	if b.objects == 0 {
		return
	}
	if a.objects == 0 {
		a.objects, a.names, a.properties, a.isMap, a.open, a.common = b.objects, b.names, b.properties, b.isMap, b.open, b.common
		return
	}
	a.objects += b.objects
	a.open = a.open || b.open
	switch {
	case a.isMap && b.isMap:
		a.common = in.merge(a.common, b.common)
		return
	case b.isMap && len(a.properties) == 0 && !a.open:
		a.isMap, a.common = true, b.common
		return
	case b.isMap:
		in.makeMap(a)
		a.common = in.merge(a.common, b.common)
		return
	case a.isMap && b.open:
		a.common = nil
	}
	for _, p := range b.properties {
		if a.isMap {
			a.common = in.merge(a.common, p.node)
			continue
		}
		i, known := a.names[p.name]
		switch {
		case known:
			mine := &a.properties[i]
			mine.seen += p.seen
			mine.node = in.merge(mine.node, p.node)
		case len(a.properties) == in.names:
			in.makeMap(a)
			a.common = in.merge(a.common, p.node)
		default:
			a.names[p.name] = len(a.properties)
			a.properties = append(a.properties, p)
		}
	}
}

func (b *numbers) merge(other *numbers) {
	if other.low.text == "" {
		return
	}
	b.fraction = b.fraction || other.fraction
	if b.low.text == "" || value.Compare(&other.low.decimal, &b.low.decimal) < 0 {
		b.low = other.low
	}
	if b.high.text == "" || value.Compare(&other.high.decimal, &b.high.decimal) > 0 {
		b.high = other.high
	}
}
