package program

import "github.com/sluicedata/sluice/validate/jsonscan"

func (m *Machine) array(c *arrayCheck, t *jsonscan.Token, i int) bool {
	if t.N < c.min || t.N > c.max {
		return m.arrayFails(c, i, whole)
	}
	end := int(t.Link)
	tokens := m.view.Tokens
	k := i + 1
	for _, n := range c.prefix {
		if k >= end {
			break
		}
		if item := &tokens[k]; item.Type&n.pass == 0 && !m.leaf(n, item, k) {
			return m.arrayFails(c, i, k)
		}
		k = m.view.Next(k)
	}
	if n := c.rest; n != nil {
		doc := m.view.Doc
		for k < end && k < len(tokens) {
			item := &tokens[k]
			at := k
			if k++; item.Kind > jsonscan.String { // a container
				k = int(item.Link)
			}
			if item.Type&n.pass != 0 || n.simple.passes(doc, item) {
				continue
			}
			if n.onlyObj && item.Type == jsonscan.TypeObject { // most arrays are of them
				if !m.object(n.obj, item, at) {
					return m.arrayFails(c, i, at)
				}
			} else if !m.leaf(n, item, at) {
				return m.arrayFails(c, i, at)
			}
		}
	}
	for k := range c.contains {
		if !m.contains(&c.contains[k], i) {
			return m.arrayFails(c, i, whole)
		}
	}
	return !c.unique || m.compare.Unique(m.view, i) || m.arrayFails(c, i, whole)
}

func (m *Machine) contains(c *containsCheck, i int) bool {
	if c.min == 0 && c.max < 0 {
		return true
	}
	found := 0
	for k := i + 1; k < int(m.view.Tokens[i].Link); k = m.view.Next(k) {
		if !m.test(c.node, k) {
			continue
		}
		found++
		if c.max < 0 && found >= c.min {
			return true
		}
		if c.max >= 0 && found > c.max {
			return false
		}
	}
	return found >= c.min
}
