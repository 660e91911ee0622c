package infer

import (
	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/value"
)

// node is what was seen at one place of the samples.
type node struct {
	seen  int
	types jsonscan.Types

	numbers numbers
	texts   texts

	// Of objects: how many there were, their properties in the order in which
	// they were met, or, where they have too many names, what all of them have
	// in common.
	objects int
	names   map[string]int // index in properties
	// properties of objects that are no map.
	properties []property
	isMap      bool
	open       bool  // there are properties that are not remembered
	common     *node // of the values of a map; nil is open

	// Of arrays.
	arrays   int
	items    *node // nil where all are empty, or open
	anyItems bool  // items are open
	fewest   int
	most     int
}

// property is one name of an object.
type property struct {
	name string
	node *node
	seen int
}

// numbers are the bounds of the numbers of a node.
type numbers struct {
	fraction bool // some are written with a fraction or an exponent
	low      bound
	high     bound
}

// bound is the smallest or the largest number, as it was written.
type bound struct {
	text    string
	decimal value.Decimal
}

// see adds the value at a token to a node.
func (in *Inferrer) see(n *node, at int) {
	token := in.tape.Tokens()[at]
	n.seen++
	n.types |= token.Type
	switch token.Kind {
	case jsonscan.Number:
		n.numbers.see(in.tape.Raw(at), token.Flags, n.numbers.low.text == "")
	case jsonscan.String:
		in.scratch = n.texts.see(&in.tape, at, in.scratch)
	case jsonscan.Object:
		in.seeObject(n, at, int(token.Link))
	case jsonscan.Array:
		in.seeArray(n, at, int(token.N))
	default: // its type says it all
	}
}

func (b *numbers) see(raw []byte, flags jsonscan.Flags, first bool) {
	b.fraction = b.fraction || flags&(jsonscan.Fraction|jsonscan.Exponent) != 0
	d := value.Parse(raw, nil)
	if first || value.Compare(&d, &b.low.decimal) < 0 {
		b.low = newBound(string(raw))
	}
	if first || value.Compare(&d, &b.high.decimal) > 0 {
		b.high = newBound(string(raw))
	}
}

func newBound(text string) bound {
	return bound{text, value.Parse([]byte(text), nil)}
}

func (in *Inferrer) seeObject(n *node, object, end int) {
	n.objects++
	if n.names == nil {
		n.names = make(map[string]int)
	}
	for at := object + 1; at < end; at = in.tape.Next(at + 1) {
		if n.isMap {
			if n.common != nil {
				in.see(n.common, at+1)
			}
			continue
		}
		in.scratch = append(in.scratch[:0], in.tape.Text(at, in.scratch)...)
		i, known := n.names[string(in.scratch)]
		if !known {
			if len(n.properties) == in.names || len(in.scratch) > maxNameBytes {
				in.makeMap(n)
				if n.common != nil {
					in.see(n.common, at+1)
				}
				continue
			}
			fresh := in.node()
			if fresh == nil {
				n.open = true
				continue
			}
			name := string(in.scratch)
			i = len(n.properties)
			n.names[name] = i
			n.properties = append(n.properties, property{name: name, node: fresh})
		}
		p := &n.properties[i]
		p.seen++
		in.see(p.node, at+1)
	}
}

func (in *Inferrer) seeArray(n *node, array, items int) {
	if n.arrays == 0 {
		n.fewest, n.most = items, items
	}
	n.arrays++
	n.fewest, n.most = min(n.fewest, items), max(n.most, items)
	if items == 0 || n.anyItems {
		return
	}
	if n.items == nil {
		if n.items = in.node(); n.items == nil {
			n.anyItems = true
			return
		}
	}
	at := array + 1
	for range items {
		in.see(n.items, at)
		at = in.tape.Next(at)
	}
}
