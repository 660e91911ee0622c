package program

// markBranching finds the nodes that lead to alternatives: to nodes that may
// judge a value which other nodes judge as well.
func (c *compiler) markBranching() {
	parents := make([][]*node, len(c.all))
	var marked []*node
	for _, n := range c.all {
		n.kids(func(k *node) {
			if k != nil {
				parents[k.id] = append(parents[k.id], n)
			}
		})
		if n.branches {
			marked = append(marked, n)
		}
	}
	for len(marked) > 0 {
		n := marked[len(marked)-1]
		marked = marked[:len(marked)-1]
		for _, p := range parents[n.id] {
			if !p.branches {
				p.branches = true
				marked = append(marked, p)
			}
		}
	}
}

// kids calls f with the nodes that n leads to, some of them nil, and sets n.branches where some
// of them are alternatives.
func (n *node) kids(f func(*node)) {
	n.branches = n.branches || len(n.ops) > 0
	for i := range n.ops {
		o := &n.ops[i]
		for _, k := range o.nodes {
			f(k)
		}
		if o.marks != nil {
			o.marks.kids(f)
		}
		if o.cases != nil {
			for _, original := range o.cases.ops {
				for _, k := range original.nodes {
					f(k)
				}
			}
		}
	}
	if a := n.arr; a != nil {
		for _, k := range a.prefix {
			f(k)
		}
		f(a.rest)
		for i := range a.contains {
			n.branches = true
			f(a.contains[i].node)
		}
	}
	if o := n.obj; o != nil {
		for i := range o.names.entries {
			f(o.names.entries[i].node)
		}
		f(o.rest)
		for _, g := range o.groups {
			n.branches = true
			f(g.rest)
			for _, p := range g.patterns {
				f(p.node)
			}
		}
		for _, k := range o.propNames {
			f(k)
		}
		for _, d := range o.dependents {
			n.branches = n.branches || d.node != nil
			f(d.node)
		}
	}
}

func (m *marker) kids(f func(*node)) {
	for _, k := range m.contains {
		f(k)
	}
	for i := range m.branches {
		b := &m.branches[i]
		f(b.cond)
		if b.then != nil {
			b.then.kids(f)
		}
		if b.other != nil {
			b.other.kids(f)
		}
	}
}
