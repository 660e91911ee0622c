package config

import (
	"fmt"
	"slices"
	"strings"
)

// checkReach follows each input through its products in file order: every
// product must get records, and every record must get somewhere.
func (c *checker) checkReach() {
	last := make(map[string]int)
	for i := range c.Products {
		for j, topic := range c.Products[i].Input {
			last[topic] = i
			before := c.before(i, topic)
			at := c.inputPath(product(i)+".input", j)
			switch takers := c.takers(before, &c.Products[i]); len(takers) {
			case 0:
				c.checkValues(i, topic, before)
			case 1:
				c.addPath(at, "no record of "+c.said(at, topic)+" gets here, because product "+takers[0]+" before it takes them all",
					"put the product with the narrower match first, or correct its match")
			default:
				c.addPath(at, "no record of "+c.said(at, topic)+" gets here, because products "+strings.Join(takers, ", ")+" before it take them all",
					"put the product with the narrower match first, or correct its match")
			}
		}
	}
	open := false
	for topic, i := range last {
		open = open || topic != "" && c.Products[i].Match != nil
	}
	if c.has("unmatched") && !open {
		c.warn("unmatched", "is for no record: every input has a product that takes all",
			"remove it, or give that product a match")
	}
	if c.Unmatched.Action != "" || c.failed["unmatched"] {
		return
	}
	for i := range c.Products {
		for _, topic := range c.Products[i].Input {
			if p := &c.Products[i]; last[topic] == i && p.Match != nil {
				c.addPath("unmatched", "is missing, and the last product of input "+c.said(product(i)+".input", topic)+", "+p.Name+", has a match",
					"say what becomes of the other records: unmatched: { action: dead_letter, topic: … } or { action: drop }")
				return
			}
		}
	}
}

// checkValues warns of the values of a list that products before have taken.
func (c *checker) checkValues(i int, topic string, before []*Product) {
	p := &c.Products[i]
	if p.Match == nil || len(before) == 0 {
		return
	}
	for j, v := range p.Match.In {
		for _, q := range before {
			if q.Match != nil && sameSubject(q, p) && c.takes(q.Match, v) {
				at := fmt.Sprintf("%s.match.in[%d]", product(i), j)
				c.warn(at, c.said(at, v)+" never gets here from input "+topic+", because product "+q.Name+" before it takes it", "remove it, or put this product first")
				break
			}
		}
	}
}

// before returns the products that are asked before another one for records of
// a topic. Where a match is wrong it returns none: more would be guessing.
func (c *checker) before(i int, topic string) []*Product {
	var list []*Product
	for k := range c.Products[:i] {
		if slices.Contains(c.Products[k].Input, topic) && !c.failed[product(k)+".match"] && !c.failed[product(i)+".match"] {
			list = append(list, &c.Products[k])
		}
	}
	return list
}

// takers returns the products, of some that are asked before, that surely leave
// nothing of what another one matches.
func (c *checker) takers(before []*Product, p *Product) []string {
	for _, q := range before {
		if c.takesAll(q, p) {
			return []string{q.Name}
		}
	}
	if p.Match == nil {
		return nil
	}
	var names []string
	values := p.Match.values()
	for _, v := range values {
		i := slices.IndexFunc(before, func(q *Product) bool { return q.Match != nil && sameSubject(q, p) && c.takes(q.Match, v) })
		if i < 0 {
			return nil
		}
		if !slices.Contains(names, before[i].Name) {
			names = append(names, before[i].Name)
		}
	}
	return names
}

// values are all texts that a match takes, if it lists them.
func (m *Match) values() []string {
	if m.Equals != nil {
		return []string{*m.Equals}
	}
	return m.In
}

// takesAll says whether a product surely takes every record that another one
// matches. Without a match it takes all.
func (c *checker) takesAll(before, product *Product) bool {
	a, b := before.Match, product.Match
	if a == nil {
		return true
	}
	if b == nil || !sameSubject(before, product) {
		return false
	}
	if a.Prefix != nil && b.Prefix != nil {
		return strings.HasPrefix(*b.Prefix, *a.Prefix)
	}
	if a.Regex != nil && b.Regex != nil {
		return *a.Regex == *b.Regex
	}
	values := b.values()
	return len(values) > 0 && !slices.ContainsFunc(values, func(v string) bool { return !c.takes(a, v) })
}

// sameSubject says whether the matches of two products look at the same text
// of every record. A field is found, or not, by how the value is read.
func sameSubject(p, q *Product) bool {
	a, b := p.Match, q.Match
	if a.Header != b.Header || a.Key != b.Key || a.Field != b.Field {
		return false
	}
	return a.Field == "" || p.WireFormat == q.WireFormat && p.DuplicateNames == q.DuplicateNames
}

// takes says whether a value meets the condition of a match.
func (c *checker) takes(m *Match, v string) bool {
	switch {
	case m.Equals != nil:
		return v == *m.Equals
	case m.In != nil:
		return slices.Contains(m.In, v)
	case m.Prefix != nil:
		return strings.HasPrefix(v, *m.Prefix)
	case m.Regex != nil:
		re := c.regexes[*m.Regex]
		return re != nil && re.MatchString(v)
	default:
		return false
	}
}
