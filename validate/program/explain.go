package program

import (
	"strings"

	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/schema"
)

// Violation is a rule that a value breaks.
type Violation struct {
	InstanceLocation string
	*Rule
}

// Rule is what a violation says of the schema. It does not change once made:
// the violations of many documents share it.
type Rule struct {
	KeywordLocation         string
	AbsoluteKeywordLocation string
	Keyword                 string
	Message                 string
}

// Report is the answer of Explain. It is valid until the machine's next run.
type Report struct {
	// Total is the count of the violations that were found.
	Total int

	text  string // what the locations that are no place's lie in
	found []finding
}

// Kept is the count of the violations that were kept.
func (r *Report) Kept() int { return len(r.found) }

// Violation returns the violation that was kept as the i-th.
func (r *Report) Violation(i int) Violation {
	f := &r.found[i]
	if f.to > f.from {
		return Violation{r.text[f.from:f.to], &f.spot.Rule}
	}
	return Violation{f.spot.instance, &f.spot.Rule}
}

// Token returns the token of the value that it is about.
func (r *Report) Token(i int) int { return r.found[i].token }

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
	at           *place // of the schema that explains
	suspects     suspects
	total        int
	most, bytes  int
	values       int // left to look into
	alternatives int // left to look into
}

// explanation is the explainer's scratch.
type explanation struct {
	frames  []frame
	found   []finding
	buf     []byte // what the locations of found lie in
	texts   strings.Builder
	indexes []int  // 0, 1, 2 and so on
	parts   []part // what the suspects lie in
	report  Report
	root    *place
	placed  int // places made since root was
}

// frame is the step from a value to the one that is explained: none, or by the
// token of a property's name, or by the index of an item.
type frame struct {
	name, index int
	// named: the name is that of the schema.Kid.
	named bool
}

// here is the step that leads to the same value.
var here = frame{name: -1, index: -1}

// Explain collects the violations of the document on the machine's tape: at
// most max, whose texts together have at most maxBytes, unless the first alone
// has more. The machine has just run Check or, which makes it slower, Valid.
func (p *Prog) Explain(m *Machine, most, maxBytes int) *Report {
	return p.explain(m, 0, most, maxBytes)
}

func (p *Prog) explain(m *Machine, at, most, maxBytes int) *Report {
	m.start(p)
	m.frames, m.found, m.buf, m.parts = m.frames[:0], m.found[:0], m.buf[:0], m.parts[:0]
	e := explainer{
		Machine: m, p: p, at: m.at(&p.rootKid),
		most: most, bytes: maxBytes, values: maxExplained, alternatives: maxAlternatives,
	}
	e.schema(p.root, &p.rootKid, at, true, false)
	r := &m.report
	r.Total, r.found, r.text = e.total, m.found, ""
	if len(m.buf) > 0 {
		r.text = m.keep(m.buf)
	}
	return r
}

// textBlock is how much room is made for locations at a time.
const textBlock = 1 << 10

// keep returns a string of the bytes. Many share a block of memory, which is
// never written to twice.
func (x *explanation) keep(b []byte) string {
	if x.texts.Cap()-x.texts.Len() < len(b) {
		x.texts.Reset()
		x.texts.Grow(max(len(b), textBlock))
	}
	from := x.texts.Len()
	x.texts.Write(b)
	return x.texts.String()[from:]
}

// down goes on to a subschema that judges the value at i.
func (e *explainer) down(k *schema.Kid, i int, f frame) {
	n, v := e.p.nodes[k.Schema.ID], &e.view.Tokens[i]
	if v.Type&n.pass != 0 || e.halt != 0 || v.Type&n.allowed != 0 && e.meetsNode(n, v, i) {
		return
	}
	e.into(k, i, f)
}

// meetsNode reports whether the value at i, which a node does not tell by its
// type, meets it: by the notes of the run, else by another one.
func (e *explainer) meetsNode(n *node, v *jsonscan.Token, i int) bool {
	if len(e.list) > 0 && v.Kind > jsonscan.String {
		switch {
		case n.obj != nil && v.Kind == jsonscan.Object && e.about(n.obj.id, i),
			n.arr != nil && v.Kind == jsonscan.Array && e.about(n.arr.id, i),
			e.about(-1-n.id, i):
			return false
		}
	}
	return e.leaf(n, v, i)
}

// into is down for a value that is known to be invalid.
func (e *explainer) into(k *schema.Kid, i int, f frame) {
	if e.values--; e.values < 0 {
		e.total++
		return
	}
	e.visit(k, i, f, true, false)
}

// also goes on to a subschema whose rules are among those that the suspects
// were found by; it may well be met. The bound on values keeps a schema that
// branches without end from doing so here.
func (e *explainer) also(k *schema.Kid, i int) {
	if !e.suspects.known || e.values <= 0 {
		e.down(k, i, here)
		return
	}
	if e.suspects.none() && e.p.shapes[k.Schema.ID].parts && e.view.Tokens[i].Kind == jsonscan.Object {
		return
	}
	e.values--
	e.visit(k, i, here, false, true)
}

func (e *explainer) visit(k *schema.Kid, i int, f frame, sure, inherit bool) {
	outer, frames := e.at, len(e.frames)
	if e.at = e.enter(outer, k, f); f != here {
		e.frames = append(e.frames, f)
	}
	for len(k.Schema.Rules) == 1 && k.Schema.Rules[0].Op == schema.Ref { // nothing else
		k = &k.Schema.Rules[0].Kids[0]
		e.at = e.enter(e.at, k, here)
	}
	e.schema(k.Schema, k, i, sure, inherit)
	e.frames = e.frames[:frames]
	e.at = outer
}

// schema explains why the value at i is invalid, rule by rule. sure says that
// it is, inherit that the suspects hold here too.
func (e *explainer) schema(s *schema.Schema, from *schema.Kid, i int, sure, inherit bool) {
	t := &e.view.Tokens[i]
	if t.Kind <= jsonscan.String && e.p.shapes[s.ID].flat {
		e.rules(s, from, t, i, sure)
		return
	}
	outer, parts := e.suspects, len(e.parts)
	e.suspect(e.p.nodes[s.ID], t, i, inherit)
	e.rules(s, from, t, i, sure)
	e.parts = e.parts[:parts]
	e.suspects = outer
}
