package program

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/value"
)

// String dumps the nodes that the root reaches, one check a line.
func (p *Prog) String() string {
	d := &dumper{p: p, number: map[*node]int{}}
	d.ref(p.nodes[p.root.ID])
	for i := 0; i < len(d.order); i++ {
		d.node(d.order[i])
	}
	return d.b.String()
}

// dumper numbers nodes in the order in which they are met.
type dumper struct {
	p      *Prog
	b      strings.Builder
	number map[*node]int
	order  []*node
}

func (d *dumper) ref(n *node) string {
	switch {
	case n == nil:
		return "-"
	case n.pass == jsonscan.AllTypes:
		return "any"
	case n.allowed == 0:
		return "none"
	case n.pass == n.allowed:
		return typeNames(n.pass)
	}
	i, ok := d.number[n]
	if !ok {
		i = len(d.order)
		d.number[n] = i
		d.order = append(d.order, n)
	}
	return "n" + strconv.Itoa(i)
}

func (d *dumper) refs(list []*node) string {
	words := make([]string, len(list))
	for i, n := range list {
		words[i] = d.ref(n)
	}
	return strings.Join(words, " ")
}

func (d *dumper) branches(list []branch) string {
	nodes := make([]*node, len(list))
	for i := range list {
		nodes[i] = list[i].node
	}
	return d.refs(nodes)
}

func (d *dumper) line(format string, args ...any) { fmt.Fprintf(&d.b, "\t"+format+"\n", args...) }

func typeNames(t jsonscan.Types) string {
	switch t {
	case 0:
		return "none"
	case jsonscan.AllTypes:
		return "all"
	}
	var words []string
	for _, k := range []struct {
		name string
		mask jsonscan.Types
	}{
		{"null", jsonscan.TypeNull},
		{"false", jsonscan.TypeFalse},
		{"true", jsonscan.TypeTrue},
		{"int", jsonscan.TypeInt},
		{"number", jsonscan.TypeNumber},
		{"string", jsonscan.TypeString},
		{"array", jsonscan.TypeArray},
		{"object", jsonscan.TypeObject},
	} {
		if t&k.mask != 0 {
			words = append(words, k.name)
		}
	}
	return strings.Join(words, "|")
}

func (d *dumper) node(n *node) {
	fmt.Fprintf(&d.b, "n%d pass=%s allowed=%s", d.number[n], typeNames(n.pass), typeNames(n.allowed))
	for _, s := range n.of {
		fmt.Fprintf(&d.b, " %s", s.URI)
	}
	d.b.WriteByte('\n')
	if n.str != nil {
		d.stringCheck(n.str)
	}
	if n.num != nil {
		d.numberCheck(n.num)
	}
	if n.arr != nil {
		d.arrayCheck(n.arr)
	}
	if n.obj != nil {
		d.objectCheck(n.obj)
	}
	for i := range n.ops {
		d.op(&n.ops[i])
	}
}

func between(low, high uint64, none uint64) string {
	if high == none {
		return fmt.Sprintf("%d..", low)
	}
	return fmt.Sprintf("%d..%d", low, high)
}

func (d *dumper) stringCheck(c *stringCheck) {
	if c.min > 0 || c.max < math.MaxInt {
		d.line("length %s", between(uint64(c.min), uint64(c.max), math.MaxInt))
	}
	for _, s := range c.sets {
		var words []string
		for i := range s.list {
			words = append(words, strconv.Quote(s.list[i].text))
		}
		d.line("one of %s", strings.Join(words, " "))
	}
	for _, p := range c.patterns {
		d.line("pattern %q", p.String())
	}
	if n := len(c.formats); n > 0 {
		d.line("formats %d", n)
	}
}

func decimal(v *value.Decimal) string {
	sign := ""
	if v.Neg {
		sign = "-"
	}
	digits := string(v.Digits)
	if digits == "" {
		digits = strconv.FormatUint(v.Mant, 10)
	}
	if v.Exp == 0 {
		return sign + digits
	}
	return fmt.Sprintf("%s%se%d", sign, digits, v.Exp)
}

func (d *dumper) numberCheck(c *numberCheck) {
	if c.integer {
		d.line("integer")
	}
	for i := range c.bounds {
		b := &c.bounds[i]
		sign := map[[2]bool]string{{false, false}: ">=", {false, true}: ">", {true, false}: "<=", {true, true}: "<"}[[2]bool{b.upper, b.exclusive}]
		d.line("%s %s", sign, decimal(&b.value))
	}
	for i := range c.factors {
		d.line("multiple of %s", decimal(&c.factors[i]))
	}
	for _, set := range c.sets {
		var words []string
		for i := range set {
			words = append(words, decimal(&set[i]))
		}
		d.line("one of %s", strings.Join(words, " "))
	}
}

func (d *dumper) arrayCheck(c *arrayCheck) {
	if c.min > 0 || c.max < math.MaxUint32 {
		d.line("items %s", between(uint64(c.min), uint64(c.max), math.MaxUint32))
	}
	for i, n := range c.prefix {
		d.line("[%d] %s", i, d.ref(n))
	}
	if c.rest != nil {
		d.line("[*] %s", d.ref(c.rest))
	}
	for _, k := range c.contains {
		d.line("contains %s %s", between(uint64(k.min), uint64(k.max), math.MaxUint64), d.ref(k.node))
	}
	if c.unique {
		d.line("unique")
	}
}

func (d *dumper) objectCheck(c *objectCheck) {
	if c.min > 0 || c.max < math.MaxUint32 {
		d.line("properties %s", between(uint64(c.min), uint64(c.max), math.MaxUint32))
	}
	for i := range c.names.entries {
		e := &c.names.entries[i]
		must := ""
		if e.count&requiredMask != 0 {
			must = " required"
		}
		d.line("%q %s%s", e.name, d.ref(e.node), must)
	}
	if c.rest != nil {
		d.line("* %s", d.ref(c.rest))
	}
	for _, g := range c.groups {
		for _, p := range g.patterns {
			d.line("~%q %s", p.pattern.String(), d.ref(p.node))
		}
		if g.rest != nil {
			d.line("* %s", d.ref(g.rest))
		}
	}
	for _, n := range c.propNames {
		d.line("names %s", d.ref(n))
	}
	for _, k := range c.dependents {
		var words []string
		for _, i := range k.needs {
			words = append(words, strconv.Quote(c.names.entries[i].name))
		}
		d.line("%q needs %s %s", c.names.entries[k.entry].name, strings.Join(words, " "), d.ref(k.node))
	}
}

func (d *dumper) op(o *op) {
	name := map[opKind]string{
		opAll: "all", opAny: "any", opOne: "one", opNot: "not", opIf: "if", opValues: "values",
		opUnevaluatedItems: "unevaluated items", opUnevaluatedProperties: "unevaluated properties", opSwitch: "switch",
	}[o.kind]
	skip := ""
	if o.pass != 0 {
		skip = " but " + typeNames(o.pass)
	}
	d.line("%s%s: %s", name, skip, d.refs(o.nodes))
	if ch := o.choice; ch != nil {
		for i := range ch.values.list {
			d.line("\t%s=%q: %s", ch.key.name, ch.values.list[i].text, d.refs(ch.lists[i]))
		}
		d.line("\t%s=*: %s", ch.key.name, d.refs(ch.others))
	}
	if c := o.cases; c != nil {
		for i := range c.values.list {
			d.line("\t%s=%q: %s", c.key.name, c.values.list[i].text, d.branches(c.lists[i]))
		}
		d.line("\t%s=*: %s", c.key.name, d.branches(c.others))
		d.line("\tno %s: %s", c.key.name, d.branches(c.absent))
	}
}
