package reference

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
)

// maxEvaluations bounds how often gojsonschema applies a schema to a value
// while it judges one document: about two seconds in the worst case. A
// recursive schema with two branches evaluates the innermost of 64 brackets
// 2^64 times.
const maxEvaluations = 2_000_000

var errCost = errors.New("the schema makes gojsonschema evaluate this document millions of times: use the compiled engine, or tell the branches of anyOf and oneOf apart by type")

// price bounds the evaluations per value. It refuses a schema that evaluates
// any value, be it null, more often than a whole document may cost.
func (g *graph) price() error {
	if n := g.root.perValue(); n > maxEvaluations {
		return fmt.Errorf("%s: the schema makes gojsonschema evaluate a value more than %d times: break up the nested allOf, anyOf and oneOf",
			g.root.place, maxEvaluations)
	}
	for _, n := range g.nodes {
		n.state, n.cost = unseen, 0
	}
	g.perValue, _ = g.root.perPath()
	return nil
}

// perValue counts the evaluations of a value of no content.
func (n *node) perValue() uint64 {
	if n == nil {
		return 1
	}
	if n.cost == 0 {
		sum := uint64(1)
		if n.ref != nil {
			sum += n.ref.perValue()
		}
		for _, c := range n.inPlace {
			sum += c.perValue()
		}
		n.cost = min(sum, maxEvaluations+1)
	}
	return n.cost
}

// perPath bounds the evaluations along the way from a document's value to any
// value inside of it; ok is false where the schema is recursive and there is
// no bound.
func (n *node) perPath() (sum uint64, ok bool) {
	switch {
	case n == nil:
		return 1, true
	case n.state == open:
		return 0, false
	case n.state == done:
		return n.cost, n.cost > 0
	}
	n.state = open
	ok = true
	one := func(c *node) uint64 {
		cost, bounded := c.perPath()
		ok = ok && bounded
		return cost
	}
	sum = 1
	if n.ref != nil {
		sum += one(n.ref)
	}
	for _, c := range n.inPlace {
		sum += one(c)
	}
	below := one(n.rest)
	for _, c := range n.named {
		below = max(below, one(c))
	}
	for _, p := range n.patterns {
		below += one(p.node)
	}
	row := max(one(n.items), one(n.moreThan))
	for _, c := range n.tuple {
		row = max(row, one(c))
	}
	sum += max(below+one(n.names), row+one(n.contains))
	n.state, n.cost = done, 0
	if !ok {
		return 0, false
	}
	n.cost = min(sum, maxEvaluations+1)
	return n.cost, true
}

// affordable refuses a document that would cost more than maxEvaluations.
func (g *graph) affordable(v any) error {
	var s shape
	if err := s.measure(v, 0, 0); err != nil {
		return err
	}
	if g.perValue > 0 && uint64(s.values)*g.perValue <= maxEvaluations {
		return nil
	}
	c := counter{memo: make(map[visitKey]uint64)}
	if c.count(g.root, v) > maxEvaluations {
		return errCost
	}
	return nil
}

// counter counts the evaluations of one document: every pair of a schema and
// an object or array once, however often gojsonschema would meet it.
type counter struct {
	memo map[visitKey]uint64
}

type visitKey struct {
	node  *node
	value uintptr
}

func (c *counter) count(n *node, v any) uint64 {
	if n == nil {
		return 1
	}
	if n.ref != nil {
		return 1 + c.count(n.ref, v)
	}
	if n.types != 0 && n.types&typeOf(v) == 0 {
		return 1
	}
	var key visitKey
	switch v := v.(type) {
	case map[string]any, []any:
		key = visitKey{n, reflect.ValueOf(v).Pointer()}
		if known, ok := c.memo[key]; ok {
			return known
		}
	}
	sum := uint64(1)
	for _, in := range n.inPlace {
		sum += c.count(in, v)
	}
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			sum += c.property(n, name, value)
		}
	case []any:
		for i, value := range v {
			sum += c.item(n, i, value)
		}
	}
	sum = min(sum, maxEvaluations+1)
	if key.node != nil {
		c.memo[key] = sum
	}
	return sum
}

func (c *counter) property(n *node, name string, value any) uint64 {
	sum := uint64(0)
	sub, found := n.named[name]
	if found {
		sum += c.count(sub, value)
	}
	for _, p := range n.patterns {
		if p.expr.MatchString(name) {
			found = true
			sum += c.count(p.node, value)
		}
	}
	if !found {
		sum += c.count(n.rest, value)
	}
	if n.names != nil {
		sum += c.count(n.names, name)
	}
	return sum
}

func (c *counter) item(n *node, i int, value any) uint64 {
	sum := uint64(1)
	switch {
	case n.items != nil:
		sum += c.count(n.items, value)
	case i < len(n.tuple):
		sum += c.count(n.tuple[i], value)
	case len(n.tuple) > 0:
		sum += c.count(n.moreThan, value)
	}
	if n.contains != nil {
		sum += c.count(n.contains, value)
	}
	return sum
}

// typeSet is a set of the types of JSON Schema; integers count as numbers.
type typeSet uint8

const (
	typeNull typeSet = 1 << iota
	typeBoolean
	typeNumber
	typeString
	typeArray
	typeObject
)

var typeNames = map[string]typeSet{
	"null": typeNull, "boolean": typeBoolean, "number": typeNumber, "integer": typeNumber,
	"string": typeString, "array": typeArray, "object": typeObject,
}

func typesOf(keyword any) typeSet {
	switch t := keyword.(type) {
	case string:
		return typeNames[t]
	case []any:
		var set typeSet
		for _, name := range t {
			s, _ := name.(string)
			set |= typeNames[s]
		}
		return set
	default:
		return 0
	}
}

func typeOf(v any) typeSet {
	switch v.(type) {
	case nil:
		return typeNull
	case bool:
		return typeBoolean
	case json.Number:
		return typeNumber
	case string:
		return typeString
	case []any:
		return typeArray
	default:
		return typeObject
	}
}
