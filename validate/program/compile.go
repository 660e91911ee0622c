package program

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/schema"
)

// Options direct Compile.
type Options struct {
	// PatternInput bounds the bytes of a string that meets a pattern; 0 is no
	// bound.
	PatternInput int
	// Ended is asked before each node and each name of a property; once it says
	// true, Compile gives up. Nil never does.
	Ended func() bool
}

// Prog is a compiled schema, immutable and safe to share.
type Prog struct {
	root    *schema.Schema
	rootKid schema.Kid
	// nodes judge by one schema each, by its ID.
	nodes []*node
	all   []*node // by id
	// For Explain, by the ID of a schema: what is known of its rules, in their
	// order, and itself as a test.
	extras       [][]extra
	tests        []*test
	shapes       []shape
	patternInput int
}

// extra is what Compile finds out about a rule, for Explain.
type extra struct {
	id     int32      // of Properties, and of rules that try alternatives: notes are taken by it
	names  *nameTable // of Properties, Required and DependentRequired
	choice *choice
	marks  *marker
}

// compiler is the state of one Compile.
type compiler struct {
	*Prog
	extra   map[*schema.Rule]*extra
	byKey   map[string]*node
	queue   []*node
	markers map[markerKey]*marker
	// most is the count of nodes from which on schemas are not merged any
	// more: a schema bomb can have exponentially many combinations.
	most int
	// checks is the count of the checks that have an id.
	checks int32
	ended  func() bool
	over   bool // ended has said so
}

// gaveUp reports whether the time to compile has ended.
func (c *compiler) gaveUp() bool {
	c.over = c.over || c.ended != nil && c.ended()
	return c.over
}

// check returns an id for a check of which notes are taken.
func (c *compiler) check() int32 {
	c.checks++
	return c.checks
}

// Compile compiles a set of schemas. It returns nil where it gives up.
func Compile(set *schema.Set, o Options) *Prog {
	p := &Prog{
		root:         set.Root,
		rootKid:      schema.Kid{Schema: set.Root, Keyword: "false", Message: "nothing is allowed"},
		nodes:        make([]*node, len(set.Schemas)),
		extras:       make([][]extra, len(set.Schemas)),
		shapes:       make([]shape, len(set.Schemas)),
		patternInput: o.PatternInput,
	}
	if p.patternInput <= 0 {
		p.patternInput = math.MaxInt
	}
	c := &compiler{Prog: p, extra: map[*schema.Rule]*extra{}, byKey: map[string]*node{}, markers: map[markerKey]*marker{}, most: 4*len(set.Schemas) + 1000, ended: o.Ended}
	for _, s := range set.Schemas {
		c.look(s)
		p.nodes[s.ID] = c.node(s)
	}
	for _, s := range set.Schemas {
		p.shape(s)
	}
	for len(c.queue) > 0 && !c.gaveUp() {
		n := c.queue[len(c.queue)-1]
		c.queue = c.queue[:len(c.queue)-1]
		c.build(n)
	}
	if c.over {
		return nil
	}
	for _, n := range c.all {
		if n.obj != nil && n.obj.plain {
			n.obj.props.build(&n.obj.names, n.obj.rest)
		}
	}
	c.choose()
	c.simplify()
	c.markBranching()
	return p
}

// look makes the extras of a schema's rules.
func (c *compiler) look(s *schema.Schema) {
	c.extras[s.ID] = make([]extra, len(s.Rules))
	for i := range s.Rules {
		r, x, t := &s.Rules[i], &c.extras[s.ID][i], &nameTable{}
		c.extra[r] = x
		switch r.Op {
		case schema.Properties:
			x.id = c.check()
			for k := range r.Kids {
				t.entries = append(t.entries, newEntry(r.Kids[k].Name))
			}
		case schema.Required:
			for _, name := range r.Names {
				t.entries = append(t.entries, newEntry(name))
			}
		case schema.DependentRequired:
			for _, name := range r.Names {
				t.entries = append(t.entries, newEntry(name))
			}
		case schema.AnyOf, schema.OneOf, schema.Not, schema.If, schema.UnevaluatedItems, schema.UnevaluatedProperties:
			x.id = c.check()
			continue
		default:
			continue
		}
		t.probe() // only bad records are looked up here
		x.names = t
	}
}

// node returns the node that judges by all of some schemas, and queues it to
// be built if it is new.
func (c *compiler) node(of ...*schema.Schema) *node {
	of = slices.Clone(of)
	for i, s := range of {
		// What only refers is what it refers to.
		for len(s.Rules) == 1 && s.Rules[0].Op == schema.Ref {
			s = s.Rules[0].Kids[0].Schema
		}
		of[i] = s
	}
	slices.SortFunc(of, func(a, b *schema.Schema) int { return a.ID - b.ID })
	of = slices.Compact(of)
	if len(of) > 1 {
		// What accepts everything adds nothing.
		of = slices.DeleteFunc(of, func(s *schema.Schema) bool { return len(s.Rules) == 0 })
	}
	var key strings.Builder
	for _, s := range of {
		fmt.Fprintf(&key, "%d ", s.ID)
	}
	if n := c.byKey[key.String()]; n != nil {
		return n
	}
	n := &node{id: int32(len(c.all)), of: of}
	c.byKey[key.String()] = n
	c.all = append(c.all, n)
	c.queue = append(c.queue, n)
	return n
}

// inPlace returns a node that judges the same value as the one that is being
// built, and whose types are therefore needed now.
func (c *compiler) inPlace(s *schema.Schema) *node {
	n := c.node(s)
	c.build(n)
	return n
}

// build compiles the schemas of a node.
func (c *compiler) build(n *node) {
	if n.built {
		return
	}
	n.built = true
	n.allowed = jsonscan.AllTypes
	m := &merger{compiler: c, n: n}
	if len(n.of) > 1 && len(c.all) > c.most {
		all := op{kind: opAll, pass: jsonscan.AllTypes}
		for _, s := range n.of {
			kid := c.inPlace(s)
			all.nodes = append(all.nodes, kid)
			all.pass &= kid.pass
			n.allowed &= kid.allowed
		}
		m.add(all)
	} else {
		n.merged = true
		for _, s := range n.of {
			m.flatten(s)
		}
		m.objects()
		m.arrays()
	}
	m.settle()
}
