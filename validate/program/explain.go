package program

import (
	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/schema"
)

// Violation is one failed rule.
type Violation struct {
	InstanceLocation        string
	KeywordLocation         string
	AbsoluteKeywordLocation string
	Keyword                 string
	Message                 string
	// Token of the value.
	Token int
}

// Report is the answer of Explain. It is valid until the machine's next run.
type Report struct {
	// Total is the count of the violations that were found.
	Total int

	text  string
	found []finding
}

// Kept is the count of the violations that were kept.
func (r *Report) Kept() int { return len(r.found) }

// Violation returns the violation that was kept as the i-th.
func (r *Report) Violation(i int) Violation {
	f := &r.found[i]
	return Violation{
		InstanceLocation:        r.text[f.instance[0]:f.instance[1]],
		KeywordLocation:         r.text[f.keyword[0]:f.keyword[1]],
		AbsoluteKeywordLocation: r.text[f.absolute[0]:f.absolute[1]],
		Keyword:                 f.name,
		Message:                 f.message,
		Token:                   f.token,
	}
}

// Bounds on what one explanation looks into. Beyond them an invalid value
// counts as one violation and an anyOf or oneOf as one.
const (
	maxExplained    = 20_000
	maxAlternatives = 256
	// maxMembers of one anyOf or oneOf are looked into.
	maxMembers = 3
)

// explainer collects violations.
type explainer struct {
	*Machine
	p            *Prog
	suspects     suspects
	total        int
	most, bytes  int
	values       int // left to look into
	alternatives int // left to look into
}

// notes are the explainer's scratch.
type notes struct {
	frames []frame
	found  []finding
	buf    []byte // what the locations of found lie in
	all    []int  // 0, 1, 2 and so on
	failed []int32
}

// Explain collects the violations of the document on the machine's tape: at
// most max, whose texts together have at most maxBytes, unless the first alone
// has more.
func (p *Prog) Explain(m *Machine, most, maxBytes int) Report {
	return p.explain(m, 0, most, maxBytes)
}

func (p *Prog) explain(m *Machine, at, most, maxBytes int) Report {
	m.reset(p)
	m.frames, m.found, m.buf, m.failed = m.frames[:0], m.found[:0], m.buf[:0], m.failed[:0]
	e := explainer{Machine: m, p: p, most: most, bytes: maxBytes, values: maxExplained, alternatives: maxAlternatives}
	e.schema(p.root, &p.rootKid, at)
	return Report{Total: e.total, text: string(m.buf), found: m.found}
}

// down goes on to a subschema that judges the value at i.
func (e *explainer) down(k *schema.Kid, i, name, index int) {
	n, v := e.p.nodes[k.Schema.ID], &e.view.Tokens[i]
	if v.Type&n.pass != 0 || e.halt != 0 || v.Type&n.allowed != 0 && e.leaf(n, v, i) {
		return
	}
	e.into(k, i, name, index)
}

// into is down for a value that is known to be invalid.
func (e *explainer) into(k *schema.Kid, i, name, index int) {
	if e.values--; e.values < 0 {
		e.total++
		return
	}
	e.frames = append(e.frames, frame{k.Path, name, index})
	e.schema(k.Schema, k, i)
	e.frames = e.frames[:len(e.frames)-1]
}

// schema explains why the value at i is invalid, rule by rule. Of an object it
// finds first, at the speed of Valid, which properties fail.
func (e *explainer) schema(s *schema.Schema, from *schema.Kid, i int) {
	t := &e.view.Tokens[i]
	outer := e.suspects
	if e.suspects = (suspects{}); t.Kind == jsonscan.Object {
		if o := e.p.nodes[s.ID].obj; o != nil && o.plain {
			e.suspects.known, e.suspects.from = true, len(e.failed)
			e.suspects.complete = e.failing(o, t, i)
			e.suspects.to = len(e.failed)
			e.suspects.sure = e.p.single[s.ID]
		}
	}
	e.rules(s, from, t, i)
	if e.suspects.known {
		e.failed = e.failed[:e.suspects.from]
	}
	e.suspects = outer
}
