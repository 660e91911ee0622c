package program

import (
	"slices"
	"strings"

	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/schema"
	"github.com/sluicedata/sluice/validate/program/value"
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

// frame is one step from a schema to a subschema.
type frame struct {
	path string
	// name is the token of a property's name, or -1; index that of an item, or
	// -1.
	name, index int
}

// finding is a Violation whose locations lie in buf.
type finding struct {
	instance, keyword, absolute [2]int
	name, message               string
	token                       int
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

// violation notes that a rule failed on the value at i. path is what follows
// the schema's own: the keyword, or nothing for a false schema.
func (e *explainer) violation(s *schema.Schema, keyword, path, message string, i int) {
	e.total++
	if len(e.found) >= e.most || e.bytes <= 0 {
		return
	}
	start := len(e.buf)
	f := finding{name: keyword, message: message, token: i}
	f.instance[0] = start
	e.instance()
	f.instance[1] = len(e.buf)
	f.keyword[0] = len(e.buf)
	for k := range e.frames {
		e.buf = append(e.buf, e.frames[k].path...)
	}
	e.location(path)
	f.keyword[1] = len(e.buf)
	f.absolute[0] = len(e.buf)
	if !strings.HasPrefix(s.URI, "#") {
		e.buf = append(e.buf, s.URI...)
		e.location(path)
	}
	f.absolute[1] = len(e.buf)
	size := len(e.buf) - start + len(keyword) + len(message)
	if size > e.bytes {
		if len(e.found) > 0 {
			e.buf = e.buf[:start]
			e.bytes = 0
			return
		}
		f.instance[1] = f.instance[0] + ancestor(e.buf[f.instance[0]:f.instance[1]], e.bytes-(size-(f.instance[1]-f.instance[0])))
	}
	e.bytes -= size
	e.found = append(e.found, f)
}

func (e *explainer) location(keyword string) {
	if keyword != "" {
		e.buf = append(append(e.buf, '/'), keyword...)
	}
}

// ancestor returns the length of the longest JSON pointer that pointer begins
// with and that has at most size bytes.
func ancestor(pointer []byte, size int) int {
	n := len(pointer)
	for n > max(size, 0) {
		for n--; pointer[n] != '/'; n-- {
		}
	}
	return n
}

// instance appends the JSON pointer to the value that is being judged.
func (e *explainer) instance() {
	for k := range e.frames {
		f := &e.frames[k]
		switch {
		case f.name >= 0:
			e.buf = append(e.buf, '/')
			e.text = append(e.text[:0], e.view.Text(f.name, e.text)...)
			for _, c := range e.text {
				switch c {
				case '~':
					e.buf = append(e.buf, '~', '0')
				case '/':
					e.buf = append(e.buf, '~', '1')
				default:
					e.buf = append(e.buf, c)
				}
			}
		case f.index >= 0:
			e.buf = append(e.buf, '/')
			e.buf = appendInt(e.buf, f.index)
		}
	}
}

func appendInt(b []byte, v int) []byte {
	if v >= 10 {
		b = appendInt(b, v/10)
	}
	return append(b, byte('0'+v%10))
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

// rules explains one rule after the other.
func (e *explainer) rules(s *schema.Schema, from *schema.Kid, t *jsonscan.Token, i int) {
	for k := range s.Rules {
		r := &s.Rules[k]
		switch r.Op {
		case schema.False:
			e.violation(s, from.Keyword, "", from.Message, i)
		case schema.Ref, schema.AllOf:
			for k := range r.Kids {
				e.down(&r.Kids[k], i, -1, -1)
			}
		case schema.AnyOf, schema.OneOf, schema.Not, schema.If:
			e.combination(s, r, i)
		case schema.Type, schema.Enum, schema.Const:
			if !e.anyType(r, t, i) {
				e.violation(s, r.Keyword, r.Keyword, r.Message, i)
			}
		default:
			switch t.Kind {
			case jsonscan.Number:
				if !e.numberRule(r, i) {
					e.violation(s, r.Keyword, r.Keyword, r.Message, i)
				}
			case jsonscan.String, jsonscan.Name:
				if !e.stringRule(r, i) {
					e.violation(s, r.Keyword, r.Keyword, r.Message, i)
				}
			case jsonscan.Array:
				e.arrayRule(s, r, t, i)
			case jsonscan.Object:
				e.objectRule(s, r, t, i)
			default:
			}
		}
	}
}

// anyType judges type, enum and const.
func (e *explainer) anyType(r *schema.Rule, t *jsonscan.Token, i int) bool {
	if r.Op == schema.Type {
		if t.Type&r.Types != 0 {
			return true
		}
		if !r.Integer || t.Type != jsonscan.TypeNumber {
			return false
		}
		d := value.Parse(e.view.Raw(i), nil)
		return d.Integer()
	}
	if r.Hashes != nil && !e.mayBe(r, i) {
		return false
	}
	for _, at := range r.Values {
		if e.compare.Equal(e.view, i, r.View, at) {
			return true
		}
	}
	return false
}

// mayBe reports whether a value has the hash of one of the rule's.
func (e *explainer) mayBe(r *schema.Rule, i int) bool {
	seed := e.compare.Seed
	e.compare.Seed = 0
	hash := e.compare.Hash(e.view, i)
	e.compare.Seed = seed
	_, found := slices.BinarySearch(r.Hashes, hash)
	return found
}

func (e *explainer) numberRule(r *schema.Rule, i int) bool {
	if r.Op < schema.Minimum || r.Op > schema.MultipleOf {
		return true
	}
	d := value.Parse(e.view.Raw(i), nil)
	switch r.Op {
	case schema.Minimum:
		return value.Compare(&d, &r.Number) >= 0
	case schema.Maximum:
		return value.Compare(&d, &r.Number) <= 0
	case schema.ExclusiveMinimum:
		return value.Compare(&d, &r.Number) > 0
	case schema.ExclusiveMaximum:
		return value.Compare(&d, &r.Number) < 0
	default:
		return d.MultipleOf(&r.Number)
	}
}

func (e *explainer) stringRule(r *schema.Rule, i int) bool {
	if r.Op < schema.MinLength || r.Op > schema.Format {
		return true
	}
	text := e.view.Text(i, e.text)
	if e.view.Tokens[i].Flags&jsonscan.Escaped != 0 {
		e.text = text
	}
	switch r.Op {
	case schema.MinLength:
		return value.Length(text) >= r.Count
	case schema.MaxLength:
		return value.Length(text) <= r.Count
	case schema.Pattern:
		if len(text) > e.patternInput {
			e.stop(PatternInput, i)
			return true
		}
		return r.Pattern.Match(text)
	default:
		return r.Format(text)
	}
}

func (e *explainer) arrayRule(s *schema.Schema, r *schema.Rule, t *jsonscan.Token, i int) {
	ok := true
	switch r.Op {
	case schema.MinItems:
		ok = int(t.N) >= r.Count
	case schema.MaxItems:
		ok = int(t.N) <= r.Count
	case schema.UniqueItems:
		ok = e.compare.Unique(e.view, i)
	case schema.Items:
		at := 0
		for k := i + 1; k < int(t.Link); k = e.view.Next(k) {
			switch {
			case at < len(r.Kids):
				e.down(&r.Kids[at], k, -1, at)
			case r.Rest != nil:
				e.down(r.Rest, k, -1, at)
			}
			at++
		}
	case schema.Contains:
		e.contains(s, r, t, i)
	case schema.UnevaluatedItems:
		e.unevaluated(r, t, i, false)
	default:
	}
	if !ok {
		e.violation(s, r.Keyword, r.Keyword, r.Message, i)
	}
}

func (e *explainer) contains(s *schema.Schema, r *schema.Rule, t *jsonscan.Token, i int) {
	found := 0
	n := e.p.nodes[r.Kids[0].Schema.ID]
	for k := i + 1; k < int(t.Link); k = e.view.Next(k) {
		if e.alternative(n, k) {
			found++
		}
	}
	switch {
	case found < r.Count && r.Count == 1:
		e.violation(s, "contains", "contains", r.Messages[0], i)
	case found < r.Count:
		e.violation(s, "minContains", "minContains", r.Messages[0], i)
	case r.Most >= 0 && found > r.Most:
		e.violation(s, "maxContains", "maxContains", r.Messages[1], i)
	}
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

// condition reports whether the value at i meets a schema.
func (e *explainer) condition(id, i int) bool {
	if t := e.p.tests[id]; t != nil && e.view.Tokens[i].Kind == jsonscan.Object {
		return e.meets(t, i)
	}
	return e.alternative(e.p.nodes[id], i)
}

func (e *explainer) combination(s *schema.Schema, r *schema.Rule, i int) {
	nodes := e.p.nodes
	switch r.Op {
	case schema.If:
		k := &r.Kids[2]
		if e.condition(r.Kids[0].Schema.ID, i) {
			k = &r.Kids[1]
		}
		if k.Schema != nil {
			e.down(k, i, -1, -1)
		}
	case schema.Not:
		if e.alternative(nodes[r.Kids[0].Schema.ID], i) {
			e.violation(s, r.Keyword, r.Keyword, r.Message, i)
		}
	default:
		e.anyOrOne(s, r, i)
	}
}

// anyOrOne explains anyOf and oneOf. Of members that all fail it looks into
// those that are likely to be meant: the ones that a property selects, else
// the first few that allow a value of its type.
func (e *explainer) anyOrOne(s *schema.Schema, r *schema.Rule, i int) {
	ch, at := e.p.choices[r], anything
	if ch != nil && e.view.Tokens[i].Kind == jsonscan.Object {
		at = ch.at(e.Machine, i)
	}
	valid := 0
	t := e.view.Tokens[i].Type
	members := e.members(r, ch, at)
	for _, k := range members {
		if e.alternative(e.p.nodes[r.Kids[k].Schema.ID], i) {
			valid++
		}
	}
	switch {
	case valid > 1 && r.Op == schema.OneOf:
		e.violation(s, r.Keyword, r.Keyword, r.Messages[0], i)
		return
	case valid > 0:
		return
	case at == others && len(ch.otherIndex) == 0:
		e.violation(s, r.Keyword, r.Keyword, ch.message, i)
		return
	}
	most := maxMembers
	if ch != nil && at == anything {
		e.violation(s, r.Keyword, r.Keyword, ch.message, i)
		most = 1
	} else {
		e.violation(s, r.Keyword, r.Keyword, r.Message, i)
	}
	looked := 0
	for pass := range 2 {
		for _, k := range members {
			if allows := e.p.nodes[r.Kids[k].Schema.ID].allowed&t != 0; allows != (pass == 0) || looked == most || e.alternatives == 0 {
				continue
			}
			looked++
			e.alternatives--
			e.into(&r.Kids[k], i, -1, -1)
		}
		if looked > 0 {
			return
		}
	}
}

// members returns the members of anyOf or oneOf that may allow the value: the
// others are ruled out by the property that tells them apart.
func (e *explainer) members(r *schema.Rule, ch *choice, at int) []int {
	switch {
	case at >= 0:
		return ch.listIndex[at]
	case at == others:
		return ch.otherIndex
	}
	for len(e.all) < len(r.Kids) {
		e.all = append(e.all, len(e.all))
	}
	return e.all[:len(r.Kids)]
}

// unevaluated explains unevaluatedItems and unevaluatedProperties.
func (e *explainer) unevaluated(r *schema.Rule, t *jsonscan.Token, i int, properties bool) {
	mk := e.p.marks[r]
	s := e.push(int(t.N))
	defer func() { e.words = e.words[:s.base] }()
	step := 1
	if properties {
		e.markProperties(mk, s, i)
		step = 2
	} else {
		e.markItems(mk, s, i)
	}
	at := 0
	for k := i + 1; k < int(t.Link); k = e.view.Next(k + step - 1) {
		if !e.has(s, at) {
			if properties {
				e.down(&r.Kids[0], k+1, k, -1)
			} else {
				e.down(&r.Kids[0], k, -1, at)
			}
		}
		at++
	}
}
