package compat

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sluicedata/sluice/validate/program/schema"
)

// keyword is the one that a rule is called by.
func keyword(r *schema.Rule) string {
	if r.Op == schema.False {
		return "false"
	}
	if r.Op == schema.Properties && r.Keyword == "properties" && r.Kids == nil && r.Patterns == nil {
		return "additionalProperties"
	}
	return r.Keyword
}

// family groups the rules that are about one thing: a change of minimum to
// exclusiveMinimum is one change.
func family(op schema.Op) schema.Op {
	switch op {
	case schema.Const:
		return schema.Enum
	case schema.ExclusiveMinimum:
		return schema.Minimum
	case schema.ExclusiveMaximum:
		return schema.Maximum
	case schema.OneOf:
		return schema.AnyOf
	case schema.UnevaluatedProperties:
		return schema.Properties
	case schema.UnevaluatedItems:
		return schema.Items
	default:
		return op
	}
}

// key is that of the change that a gap belongs to.
func (g gap) key() string {
	return fmt.Sprint(g.at.path, "\x00", family(g.want.rule.Op), "\x00", g.detail)
}

// counterpart is what the other side says about the same thing.
func (p *prover) counterpart(g gap) (fact, bool) {
	for _, f := range p.facts(g.have).rules {
		if family(f.rule.Op) == family(g.want.rule.Op) {
			return f, true
		}
	}
	return fact{}, false
}

// describe says what the change is and where it stands.
func (p *prover) describe(c *Change, g gap, forward bool) {
	other, found := p.counterpart(g)
	there := p.site(g, other, found)
	here := g.where()
	now, was := &g.want, &other
	nowThere, wasThere := true, found
	c.New, c.Old = here, there
	if forward {
		now, was = was, now
		nowThere, wasThere = found, true
		c.New, c.Old = there, here
	}
	op := g.want.rule.Op
	name := strconv.Quote(clip(g.detail))
	switch {
	case op == schema.Required:
		c.What = "the property " + name + pick(forward, " is not required any more", " is now required")
	case op == schema.Properties && g.class != nil && g.class.named:
		c.What = "the property " + name + pick(forward, " is now allowed", " is not allowed any more")
	case op == schema.Properties && g.class != nil:
		of := ""
		if len(g.class.patterns) > 0 {
			of = " that match " + clip(g.detail)
		}
		c.What = "properties" + pick(of == "", " that are not listed", of) + pick(forward, " are now allowed", " are not allowed any more")
	case op == schema.Items && g.detail != "":
		c.What = "items at " + g.detail + pick(forward, " are now allowed", " are not allowed any more")
	case op == schema.AnyOf || op == schema.OneOf:
		branch := ""
		if g.detail != "" {
			branch = " branch " + strings.TrimPrefix(g.detail, "/")
		}
		switch {
		case branch != "" && forward:
			c.What = g.want.rule.Keyword + ":" + branch + " is new"
		case branch != "":
			c.What = g.want.rule.Keyword + ": what" + branch + " accepted before may not be accepted by exactly one branch now"
			if g.want.rule.Op == schema.AnyOf {
				c.What = g.want.rule.Keyword + ": what" + branch + " accepted before may be accepted by none now"
			}
		default:
			c.What = g.want.rule.Keyword + pick(forward, " was loosened or removed", " was added or narrowed")
		}
	case op == schema.False:
		c.What = pick(forward, "something is allowed now where nothing was", "nothing is allowed any more")
	case nowThere && wasThere:
		if a, b := operand(*was), operand(*now); a != b || keyword(was.rule) != keyword(now.rule) && a != "" {
			c.What = keyword(was.rule) + " " + a + " became " + pick(keyword(was.rule) != keyword(now.rule), keyword(now.rule)+" ", "") + b
		} else {
			c.What = keyword(now.rule) + " changed"
		}
	case nowThere:
		c.What = strings.TrimSpace(keyword(now.rule)+" "+operand(*now)) + " was added"
	default:
		c.What = strings.TrimSpace(keyword(was.rule)+" "+operand(*was)) + " was removed"
	}
}

func pick(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}

// operand is what a rule asks for, in short; empty where that is long.
func operand(f fact) string {
	r := f.rule
	switch r.Op {
	case schema.Type:
		return kindsOf(r.Types).String()
	case schema.Enum, schema.Const:
		var list []string
		for _, v := range valuesOf(r) {
			list = append(list, string(text(v)))
		}
		return clip(strings.Join(list, ", "))
	case schema.Minimum, schema.Maximum, schema.ExclusiveMinimum, schema.ExclusiveMaximum, schema.MultipleOf:
		if n, ok := rat(&r.Number); ok {
			return clip(string(number(n)))
		}
		return ""
	case schema.MinLength, schema.MaxLength, schema.MinItems, schema.MaxItems, schema.MinProperties, schema.MaxProperties:
		return strconv.Itoa(r.Count)
	case schema.Pattern:
		return strconv.Quote(clip(r.Pattern.String()))
	case schema.Format:
		return strconv.Quote(clip(f.owner.Text(r)))
	default:
		return ""
	}
}

// why says why nothing is known of a gap.
func (w *walker) why(g gap) string {
	if w.exhausted() {
		return "the schemas are too large or too entangled to compare in reasonable time"
	}
	var what string
	switch g.want.rule.Op {
	case schema.Pattern:
		what = "whether all texts that were accepted match another pattern is not decided"
	case schema.Format:
		what = "whether all texts that were accepted have another format is not decided"
	case schema.Not, schema.If, schema.OneOf, schema.AnyOf:
		what = "it could not be proven that " + keyword(g.want.rule) + " accepts the same documents"
	case schema.UnevaluatedItems, schema.UnevaluatedProperties:
		what = "what is unevaluated hangs on branches of the schema"
	default:
		what = "the rule could not be proven to hold for all documents"
	}
	return what + ", and no document was found that shows the contrary"
}

// where is the place of the rule that a gap is about.
func (g gap) where() Site {
	o := g.want.owner
	if o.Doc == nil {
		return Site{}
	}
	if g.want.rule.Op == schema.Properties && g.class != nil {
		for _, name := range []string{"additionalProperties", "unevaluatedProperties"} {
			if s, ok := o.Member(name); ok {
				return s
			}
		}
	}
	if keyword(g.want.rule) == "properties" {
		if s, ok := o.Member("properties"); ok {
			return s
		}
	}
	return o.Site(g.want.rule)
}

// site is the place of the counterpart, or of the schema that has none.
func (p *prover) site(g gap, other fact, found bool) Site {
	if found && other.owner.Doc != nil {
		if other.rule.Op == schema.Properties {
			return other.owner.Site(nil)
		}
		return other.owner.Site(other.rule)
	}
	for at, c := g.at, g.have; ; at = at.outer {
		for _, s := range c.schemas {
			if s = through(s); s.Doc != nil {
				return s.Site(nil)
			}
		}
		if at == nil || at.outer == nil {
			return Site{}
		}
		c = at.whole
	}
}

// clip shortens a text in a message.
func clip(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
