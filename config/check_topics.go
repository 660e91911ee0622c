package config

import (
	"slices"
	"strings"
)

func (c *checker) checkUnmatched() {
	const path = "unmatched"
	u := &c.Unmatched
	switch u.Action {
	case UnmatchedDeadLetter:
		if c.required(path+".topic", u.Topic, "name the topic that takes them") {
			c.topic(path+".topic", u.Topic)
		}
	case UnmatchedDrop:
		if c.has(path + ".topic") {
			c.addPath(path+".topic", "is not used by action drop", "remove it, or write action: dead_letter")
		}
	default:
		if c.has(path) {
			c.addPath(path+".action", "is missing", "write dead_letter or drop")
		}
	}
}

// checkTopics keeps topics apart that must not be one: records that come out
// would go in again, and whoever reads a product wants only that product.
func (c *checker) checkTopics() {
	inputs := make(map[string]string)  // by topic, the product that reads it
	outputs := make(map[string]string) // by topic, the product that writes it
	for _, p := range c.Products {
		for _, topic := range p.Input {
			if _, ok := inputs[topic]; !ok {
				inputs[topic] = p.Name
			}
		}
	}
	loop := func(path, topic string) bool {
		reader, ok := inputs[topic]
		if topic == "" || !ok {
			return false
		}
		c.addPath(path, c.said(path, topic)+" is an input too (of product "+reader+"): its records would loop",
			"write to a topic that no product reads")
		return true
	}
	for i, p := range c.Products {
		path := product(i) + ".output"
		writer, shared := outputs[p.Output]
		switch {
		case p.Output == "" || loop(path, p.Output):
		case shared:
			c.addPath(path, c.said(path, p.Output)+" is the output of product "+writer+" too", "give each product a topic of its own")
		default:
			outputs[p.Output] = p.Name
		}
	}
	deadLetters := func(path, topic string) {
		if topic == "" || loop(path, topic) {
			return
		}
		if writer, ok := outputs[topic]; ok {
			c.addPath(path, c.said(path, topic)+" is the output of product "+writer, "keep dead letters apart from good records")
		}
	}
	for i, p := range c.Products {
		deadLetters(product(i)+".dlq", p.DLQ)
	}
	deadLetters("unmatched.topic", c.Unmatched.Topic)
}

// checkReach follows each input through its products in file order: every
// product must get records, and every record must get somewhere.
func (c *checker) checkReach() {
	last := make(map[string]int)
	for i := range c.Products {
		for j, topic := range c.Products[i].Input {
			for k := range c.Products[:i] {
				if c.failed[product(k)+".match"] || c.failed[product(i)+".match"] {
					continue
				}
				if slices.Contains(c.Products[k].Input, topic) && c.takesAll(&c.Products[k], &c.Products[i]) {
					at := c.inputPath(product(i)+".input", j)
					c.addPath(at, "no record of "+c.said(at, topic)+" gets here, because product "+c.Products[k].Name+" before it takes them all",
						"put the product with the narrower match first, or correct its match")
					break
				}
			}
			last[topic] = i
		}
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
	values := b.In
	if b.Equals != nil {
		values = append([]string{*b.Equals}, values...)
	}
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
