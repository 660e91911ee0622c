package program

import (
	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/schema"
)

// suspects are the properties of the object that is being explained which do
// not meet its node, as far as that is known: all others need no look.
type suspects struct {
	known    bool
	from, to int  // in failed: tokens of names
	complete bool // no required property is missing
	sure     bool // they fail by the rules of this schema, and no other
}

// failing is object that goes on where a property fails: it appends the tokens
// of the names to failed, and reports whether all required ones are there.
func (m *Machine) failing(c *objectCheck, t *jsonscan.Token, i int) (complete bool) {
	var (
		tokens = m.view.Tokens
		doc    = m.view.Doc
		seen   uint64
	)
	for k := i + 1; k < int(t.Link); {
		name, v := &tokens[k], &tokens[k+1]
		at := k + 1
		if k += 2; v.Kind > jsonscan.String { // a container
			k = int(v.Link)
		}
		p := c.props.find(doc, name)
		if p == nil {
			p = c.seldom(c.props.at(name), doc, name)
		}
		n := c.rest
		if p != nil {
			seen += p.count
			n = p.node
		}
		if n != nil && v.Type&n.pass == 0 && !m.leaf(n, v, at) {
			m.failed = append(m.failed, int32(at-1))
		}
	}
	return seen>>32 >= c.required>>32
}

func (e *explainer) objectRule(s *schema.Schema, r *schema.Rule, t *jsonscan.Token, i int) {
	switch r.Op {
	case schema.MinProperties:
		if int(t.N) < r.Count {
			e.violation(s, r.Keyword, r.Keyword, r.Message, i)
		}
	case schema.MaxProperties:
		if int(t.N) > r.Count {
			e.violation(s, r.Keyword, r.Keyword, r.Message, i)
		}
	case schema.Required:
		if e.suspects.complete {
			return
		}
		e.required(s, r, t, i)
	case schema.Properties:
		if e.suspects.known {
			for k := e.suspects.from; k < e.suspects.to; k++ {
				e.property(r, int(e.failed[k]))
			}
			return
		}
		for k := i + 1; k < int(t.Link); k = e.view.Next(k + 1) {
			e.property(r, k)
		}
	case schema.PropertyNames:
		for k := i + 1; k < int(t.Link); k = e.view.Next(k + 1) {
			e.down(&r.Kids[0], k, k, -1)
		}
	case schema.DependentRequired:
		e.dependentRequired(s, r, i)
	case schema.DependentSchemas:
		for k := range r.Kids {
			if e.hasMember(i, r.Kids[k].Name) {
				e.down(&r.Kids[k], i, -1, -1)
			}
		}
	case schema.UnevaluatedProperties:
		e.unevaluated(r, t, i, true)
	default:
	}
}

// required explains required: it marks the names that are there.
func (e *explainer) required(s *schema.Schema, r *schema.Rule, t *jsonscan.Token, i int) {
	there := e.push(len(r.Names))
	defer func() { e.words = e.words[:there.base] }()
	table := e.p.tables[r]
	missing := len(r.Names)
	for k := i + 1; k < int(t.Link) && missing > 0; k = e.view.Next(k + 1) {
		if at := table.index(e.view.Doc, &e.view.Tokens[k]); at >= 0 {
			e.put(there, at)
			missing--
		}
	}
	for k := 0; k < len(r.Names) && missing > 0; k++ {
		if !e.has(there, k) {
			missing--
			e.violation(s, r.Keyword, r.Keyword, r.Messages[k], i)
		}
	}
}

func (e *explainer) hasMember(object int, name string) bool {
	entry := newEntry(name)
	return e.member(&entry, object) != 0
}

// property explains the property whose name is at k.
func (e *explainer) property(r *schema.Rule, k int) {
	name := &e.view.Tokens[k]
	matched := false
	down := e.down
	if e.suspects.sure {
		down = e.into
	}
	if at := e.p.tables[r].index(e.view.Doc, name); at >= 0 {
		matched = true
		down(&r.Kids[at], k+1, k, -1)
	}
	if len(r.Patterns) > 0 {
		text := append([]byte(nil), e.view.Text(k, nil)...)
		if len(text) > e.patternInput {
			e.stop(PatternInput, k)
			return
		}
		for p := range r.Patterns {
			if kid := &r.Patterns[p]; kid.Pattern.Match(text) {
				matched = true
				e.down(kid, k+1, k, -1)
			}
		}
	}
	if !matched && r.Rest != nil {
		down(r.Rest, k+1, k, -1)
	}
}

func (e *explainer) dependentRequired(s *schema.Schema, r *schema.Rule, i int) {
	for k, name := range r.Names {
		if !e.hasMember(i, name) {
			continue
		}
		for n, need := range r.Needs[k] {
			if !e.hasMember(i, need) {
				path := r.Keyword + "/" + schema.EscapePointer(name)
				e.violation(s, r.Keyword, path, r.NeedMessages[k][n], i)
			}
		}
	}
}
