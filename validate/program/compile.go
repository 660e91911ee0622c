package program

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/schema"
	"github.com/sluicedata/sluice/validate/program/value"
)

// Options direct Compile.
type Options struct {
	// PatternInput bounds the bytes of a string that meets a pattern; 0 is no
	// bound.
	PatternInput int
}

// Prog is a compiled schema, immutable and safe to share.
type Prog struct {
	root    *schema.Schema
	rootKid schema.Kid
	// nodes judge by one schema each, by its ID.
	nodes []*node
	all   []*node // by id
	// choices and marks of the rules that have some, for Explain.
	choices      map[*schema.Rule]*choice
	marks        map[*schema.Rule]*marker
	tables       map[*schema.Rule]*nameTable // of the names in Properties and Required
	tests        []*test                     // by the ID of a schema
	single       []bool                      // by the ID: its node has no other's rules
	patternInput int
}

// compiler is the state of one Compile.
type compiler struct {
	*Prog
	byKey   map[string]*node
	queue   []*node
	markers map[markerKey]*marker
	// most is the count of nodes from which on schemas are not merged any
	// more: a schema bomb can have exponentially many combinations.
	most int
}

// Compile compiles a set of schemas.
func Compile(set *schema.Set, o Options) *Prog {
	p := &Prog{
		root:         set.Root,
		rootKid:      schema.Kid{Schema: set.Root, Keyword: "false", Message: "nothing is allowed"},
		nodes:        make([]*node, len(set.Schemas)),
		choices:      map[*schema.Rule]*choice{},
		marks:        map[*schema.Rule]*marker{},
		tables:       map[*schema.Rule]*nameTable{},
		patternInput: o.PatternInput,
	}
	if p.patternInput <= 0 {
		p.patternInput = math.MaxInt
	}
	c := &compiler{Prog: p, byKey: map[string]*node{}, markers: map[markerKey]*marker{}, most: 4*len(set.Schemas) + 1000}
	p.single = make([]bool, len(set.Schemas))
	for _, s := range set.Schemas {
		p.single[s.ID] = !slices.ContainsFunc(s.Rules, func(r schema.Rule) bool { return r.Op == schema.Ref || r.Op == schema.AllOf })
		p.nodes[s.ID] = c.node(s)
		c.names(s)
	}
	for len(c.queue) > 0 {
		n := c.queue[len(c.queue)-1]
		c.queue = c.queue[:len(c.queue)-1]
		c.build(n)
	}
	for _, n := range c.all {
		if n.obj != nil && n.obj.plain {
			n.obj.props.build(&n.obj.names)
		}
	}
	c.choose()
	c.simplify()
	c.markBranching()
	return p
}

// names makes the tables of the names in a schema's rules.
func (c *compiler) names(s *schema.Schema) {
	for i := range s.Rules {
		r, t := &s.Rules[i], &nameTable{}
		switch r.Op {
		case schema.Properties:
			for k := range r.Kids {
				t.entries = append(t.entries, newEntry(r.Kids[k].Name))
			}
		case schema.Required:
			for _, name := range r.Names {
				t.entries = append(t.entries, newEntry(name))
			}
		default:
			continue
		}
		t.build()
		c.tables[r] = t
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
		for _, s := range n.of {
			m.flatten(s)
		}
		m.objects()
		m.arrays()
	}
	m.settle()
}

// merger compiles the rules of several schemas into one node.
type merger struct {
	*compiler
	n *node
	// flat are the schemas that hold of the value in any case.
	flat  []*schema.Schema
	props []propRule
	items []itemRule
	// falsified: nothing is valid.
	num  numberCheck
	nums bool
	str  *stringCheck
	arr  *arrayCheck
	obj  *objectCheck
	need []string // required names
	deps []depRule
}

// propRule is what one schema asks of properties, by name.
type propRule struct {
	names    map[string]*schema.Schema // nil: accepted
	order    []string
	patterns []schema.Kid // nil schema: accepted
	rest     *schema.Schema
}

type itemRule struct {
	prefix []*schema.Schema
	count  int            // items that are accepted where prefix ends
	rest   *schema.Schema // of the items behind both
}

type depRule struct {
	name  string
	needs []string
	node  *node
}

// flatten adds the rules of a schema, and of all that hold with it.
func (m *merger) flatten(s *schema.Schema) {
	if slices.Contains(m.flat, s) {
		return
	}
	m.flat = append(m.flat, s)
	for i := range s.Rules {
		r := &s.Rules[i]
		switch r.Op {
		case schema.Ref, schema.AllOf:
			for _, k := range r.Kids {
				m.flatten(k.Schema)
			}
		default:
			m.rule(s, r)
		}
	}
}

func (m *merger) string() *stringCheck {
	if m.str == nil {
		m.str = &stringCheck{max: math.MaxInt}
	}
	return m.str
}

func (m *merger) array() *arrayCheck {
	if m.arr == nil {
		m.arr = &arrayCheck{max: math.MaxUint32}
	}
	return m.arr
}

func (m *merger) object() *objectCheck {
	if m.obj == nil {
		m.obj = &objectCheck{max: math.MaxUint32}
	}
	return m.obj
}

// rule adds one rule.
func (m *merger) rule(s *schema.Schema, r *schema.Rule) {
	const numbers = jsonscan.TypeInt | jsonscan.TypeNumber
	switch r.Op {
	case schema.False:
		m.n.allowed = 0
	case schema.Type:
		t := r.Types
		if r.Integer {
			t |= jsonscan.TypeNumber
			m.num.integer, m.nums = true, true
		}
		m.n.allowed &= t
	case schema.Enum, schema.Const:
		m.values(r)
	case schema.Minimum, schema.Maximum, schema.ExclusiveMinimum, schema.ExclusiveMaximum:
		m.nums = true
		m.num.bounds = append(m.num.bounds, bound{
			value:     r.Number,
			upper:     r.Op == schema.Maximum || r.Op == schema.ExclusiveMaximum,
			exclusive: r.Op == schema.ExclusiveMinimum || r.Op == schema.ExclusiveMaximum,
		})
	case schema.MultipleOf:
		m.nums = true
		m.num.factors = append(m.num.factors, r.Number)
	case schema.MinLength:
		m.string().min = max(m.string().min, r.Count)
	case schema.MaxLength:
		m.string().max = min(m.string().max, r.Count)
	case schema.Pattern:
		m.string().patterns = append(m.string().patterns, r.Pattern)
	case schema.Format:
		m.string().formats = append(m.string().formats, r.Format)
	case schema.MinItems:
		m.array().min = max(m.array().min, uint32(r.Count))
	case schema.MaxItems:
		m.array().max = min(m.array().max, uint32(r.Count))
	case schema.UniqueItems:
		m.array().unique = true
	case schema.Items:
		m.itemRule(r)
	case schema.Contains:
		if r.Count > 0 || r.Most >= 0 {
			m.array().contains = append(m.array().contains, containsCheck{m.compiler.node(r.Kids[0].Schema), r.Count, r.Most})
		}
	case schema.MinProperties:
		m.object().min = max(m.object().min, uint32(r.Count))
	case schema.MaxProperties:
		m.object().max = min(m.object().max, uint32(r.Count))
	case schema.Required:
		m.need = append(m.need, r.Names...)
	case schema.Properties:
		m.propRule(r)
	case schema.PropertyNames:
		m.object().propNames = append(m.object().propNames, m.compiler.node(r.Kids[0].Schema))
	case schema.DependentRequired:
		for i, name := range r.Names {
			m.deps = append(m.deps, depRule{name: name, needs: r.Needs[i]})
		}
	case schema.DependentSchemas:
		for _, k := range r.Kids {
			m.deps = append(m.deps, depRule{name: k.Name, node: m.inPlace(k.Schema)})
		}
	case schema.AnyOf, schema.OneOf, schema.Not, schema.If:
		m.combination(r)
	case schema.UnevaluatedItems:
		m.unevaluatedItems(s, r)
	case schema.UnevaluatedProperties:
		m.unevaluatedProperties(s, r)
	default:
	}
	if m.nums && m.n.allowed&numbers == 0 {
		m.nums = false
		m.num = numberCheck{}
	}
}

func (m *merger) add(o op) { m.n.ops = append(m.n.ops, o) }

// values adds an enum or a const: a mask for types of one value, sets for
// strings and numbers, and a comparison of arrays and objects.
func (m *merger) values(r *schema.Rule) {
	var (
		types   jsonscan.Types
		strings []string
		numbers = []value.Decimal{}
		lits    = &literals{view: r.View}
		scratch value.Scratch
	)
	for _, at := range r.Values {
		k := &r.View.Tokens[at]
		types |= k.Type
		switch k.Kind {
		case jsonscan.String:
			strings = append(strings, string(r.View.Text(at, nil)))
		case jsonscan.Number:
			types |= jsonscan.TypeInt | jsonscan.TypeNumber
			numbers = append(numbers, value.Parse(r.View.Raw(at), nil))
		case jsonscan.Array, jsonscan.Object:
			lits.at = append(lits.at, at)
			lits.sums = append(lits.sums, scratch.Hash(r.View, at))
			lits.types |= k.Type
		default:
		}
	}
	m.n.allowed &= types
	if strings != nil {
		m.string().sets = append(m.string().sets, newStringSet(strings))
	}
	if len(numbers) > 0 {
		m.nums = true
		m.num.sets = append(m.num.sets, numbers)
	}
	if lits.at != nil {
		m.add(op{kind: opValues, pass: jsonscan.AllTypes &^ (jsonscan.TypeArray | jsonscan.TypeObject), values: lits})
	}
}

// combination adds anyOf, oneOf, not or if.
func (m *merger) combination(r *schema.Rule) {
	o := op{rule: r}
	for i := range r.Kids {
		var kid *node
		if s := r.Kids[i].Schema; s != nil {
			kid = m.inPlace(s)
		}
		o.nodes = append(o.nodes, kid)
	}
	var allowed jsonscan.Types
	switch r.Op {
	case schema.AnyOf:
		o.kind = opAny
		for _, k := range o.nodes {
			o.pass |= k.pass
			allowed |= k.allowed
		}
	case schema.OneOf:
		o.kind = opOne
		var once, twice jsonscan.Types
		for _, k := range o.nodes {
			twice |= once & k.allowed
			once |= k.allowed
			o.pass |= k.pass
		}
		o.pass &^= twice
		allowed = once
	case schema.Not:
		o.kind = opNot
		o.pass = jsonscan.AllTypes &^ o.nodes[0].allowed
		allowed = jsonscan.AllTypes &^ o.nodes[0].pass
	case schema.If:
		if r.Kids[1].Schema == nil && r.Kids[2].Schema == nil {
			return
		}
		o.kind = opIf
		thenPass, elsePass := jsonscan.AllTypes, jsonscan.AllTypes
		thenAllowed, elseAllowed := jsonscan.AllTypes, jsonscan.AllTypes
		if k := o.nodes[1]; k != nil {
			thenPass, thenAllowed = k.pass, k.allowed
		}
		if k := o.nodes[2]; k != nil {
			elsePass, elseAllowed = k.pass, k.allowed
		}
		never, always := jsonscan.AllTypes&^o.nodes[0].allowed, o.nodes[0].pass
		o.pass = thenPass&elsePass | always&thenPass | never&elsePass
		allowed = thenAllowed&^never | elseAllowed&^always
	default:
	}
	m.n.allowed &= allowed
	if o.kind == opAny || o.kind == opOne {
		for kind := range o.byKind {
			t := typesOf(jsonscan.Kind(kind))
			for _, k := range o.nodes {
				if k.allowed&t != 0 {
					o.byKind[kind] = append(o.byKind[kind], k)
				}
			}
		}
	}
	if o.pass == jsonscan.AllTypes {
		return
	}
	m.add(o)
}

// typesOf returns the types of the values of a kind.
func typesOf(k jsonscan.Kind) jsonscan.Types {
	switch k {
	case jsonscan.Number:
		return jsonscan.TypeInt | jsonscan.TypeNumber
	case jsonscan.Name:
		return jsonscan.TypeString
	case 0:
		return 0
	default:
		return 1 << k
	}
}

// settle moves what was gathered into the node and finds the types that pass.
func (m *merger) settle() {
	n := m.n
	pass := n.allowed
	if m.str != nil && n.allowed&jsonscan.TypeString != 0 {
		n.str = m.str.settle()
		pass &^= jsonscan.TypeString
	}
	if m.nums {
		n.num = m.num.settle()
		pass &^= jsonscan.TypeNumber
		if len(m.num.bounds)+len(m.num.factors)+len(m.num.sets) > 0 {
			pass &^= jsonscan.TypeInt
		}
	}
	if m.arr != nil && n.allowed&jsonscan.TypeArray != 0 {
		n.arr = m.arr
		pass &^= jsonscan.TypeArray
	}
	if m.obj != nil && n.allowed&jsonscan.TypeObject != 0 {
		n.obj = m.obj
		pass &^= jsonscan.TypeObject
	}
	n.ops = slices.DeleteFunc(n.ops, func(o op) bool { return n.allowed&^o.pass == 0 })
	for i := range n.ops {
		pass &= n.ops[i].pass
	}
	n.pass = pass
	if n.str != nil && len(n.ops) == 0 {
		n.quick = n.str
	}
	n.onlyObj = n.obj != nil && len(n.ops) == 0
	n.onlyArr = n.arr != nil && len(n.ops) == 0
	n.onlyNum = n.num != nil && len(n.ops) == 0 && n.allowed&jsonscan.TypeNumber != 0
	if n.num != nil && len(n.ops) == 0 && n.allowed&jsonscan.TypeInt != 0 && !n.num.smallExact && n.num.multiples == nil {
		n.ints = n.num
	}
}

// settle finds out whether there is only one check.
func (c *stringCheck) settle() *stringCheck {
	lengths := c.min > 0 || c.max < math.MaxInt
	if len(c.sets)+len(c.patterns)+len(c.formats) > 1 {
		return c
	}
	switch {
	case len(c.sets)+len(c.patterns)+len(c.formats) == 0:
		c.only = onlyLength
	case lengths:
	case len(c.sets) > 0:
		c.only, c.set = onlySet, c.sets[0]
	case len(c.patterns) > 0:
		c.only, c.pattern = onlyPattern, c.patterns[0]
	default:
		c.only, c.format = onlyFormat, c.formats[0]
	}
	return c
}
