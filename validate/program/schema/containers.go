package schema

import (
	"fmt"

	"github.com/sluicedata/sluice/validate/jsonscan"
)

func (b *builder) arrays() {
	b.counted("minItems", MinItems, "at least", "item")
	b.counted("maxItems", MaxItems, "at most", "item")
	if at := b.at["uniqueItems"]; at != 0 {
		switch b.s.Doc.kind(at) {
		case jsonscan.True:
			b.rule(Rule{Op: UniqueItems, Keyword: "uniqueItems", at: at, Message: "must not hold equal items"})
		case jsonscan.False:
		default:
			b.wrong(at, "uniqueItems", "a boolean")
		}
	}
	b.itemRule()
	b.containsRule()
}

const beyondItems = "no items beyond those that are listed are allowed"

// itemRule reads items and its companions, which changed names in 2020-12.
func (b *builder) itemRule() {
	r := Rule{Op: Items, Keyword: "items", at: b.at["items"]}
	rest, list := "items", ""
	switch {
	case b.s.Draft() >= Draft2020:
		list = "prefixItems"
	case b.at["items"] != 0 && b.s.Doc.kind(b.at["items"]) == jsonscan.Array:
		rest, list = "additionalItems", "items"
	}
	if list != "" {
		r.Kids, _ = b.kids(list)
		for i := range r.Kids {
			r.Kids[i].Message = "no item is allowed here"
		}
	}
	if kid, ok := b.kid(rest, beyondItems); ok {
		r.Rest = &kid
	}
	if r.Kids != nil || r.Rest != nil {
		b.rule(r)
	}
}

func (b *builder) containsRule() {
	const message = "nothing is allowed here"
	kid, ok := b.kid("contains", message)
	if !ok {
		return
	}
	r := Rule{Op: Contains, Keyword: "contains", at: b.at["contains"], Kids: []Kid{kid}, Count: 1, Most: -1}
	if n, ok := b.count("minContains"); ok {
		r.Count = n
	}
	if n, ok := b.count("maxContains"); ok {
		r.Most = n
	}
	r.Messages = []string{
		fmt.Sprintf("must hold at least %d %s that the schema of contains allows", r.Count, plural("item", r.Count)),
		fmt.Sprintf("must hold at most %d %s that the schema of contains allows", r.Most, plural("item", r.Most)),
	}
	b.rule(r)
}

func (b *builder) objects() {
	b.counted("minProperties", MinProperties, "at least", "property")
	b.counted("maxProperties", MaxProperties, "at most", "property")
	if at := b.at["required"]; at != 0 {
		if names, ok := b.names(at, "required"); ok && len(names) > 0 {
			b.rule(Rule{Op: Required, Keyword: "required", at: at, Names: names, Messages: missing(names, "")})
		}
	}
	b.propertyRule()
	b.kidRule("propertyNames", PropertyNames, "no property is allowed")
	if at := b.at["dependentRequired"]; at != 0 {
		b.dependencies("dependentRequired", at)
	}
	if at := b.at["dependentSchemas"]; at != 0 {
		b.dependencies("dependentSchemas", at)
	}
	if at := b.at["dependencies"]; at != 0 {
		b.dependencies("dependencies", at)
	}
}

func missing(names []string, because string) []string {
	messages := make([]string, len(names))
	for i, name := range names {
		messages[i] = fmt.Sprintf("the property %q is required%s", clip(name), because)
	}
	return messages
}

// names returns an operand that is an array of distinct strings.
func (b *builder) names(at int, keyword string) ([]string, bool) {
	list, ok := b.items(at, keyword)
	if !ok {
		return nil, false
	}
	names := make([]string, 0, len(list))
	seen := map[string]bool{}
	for _, at := range list {
		name, ok := b.s.Doc.text(at)
		if !ok {
			b.wrong(at, keyword, "an array of strings")
			return nil, false
		}
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names, true
}

// propertyRule reads properties, patternProperties and additionalProperties,
// which only mean something together.
func (b *builder) propertyRule() {
	r := Rule{Op: Properties, Keyword: "properties"}
	var named, matched bool
	r.Kids, named = b.named("properties")
	if at := b.at["patternProperties"]; at != 0 {
		r.Patterns, matched = b.named("patternProperties")
		v := b.s.Doc.view
		i := at + 1
		for k := range r.Patterns {
			kid := &r.Patterns[k]
			kid.Pattern = b.compile(kid.Name, i)
			i = v.Next(i + 1)
		}
	}
	if kid, ok := b.kid("additionalProperties", "no properties beyond those that are listed are allowed"); ok {
		r.Rest = &kid
	}
	if named || matched || r.Rest != nil {
		b.rule(r)
	}
}

// dependencies reads dependentRequired, dependentSchemas and their ancestor,
// which is both.
func (b *builder) dependencies(keyword string, at int) {
	names, values, ok := b.members(at, keyword)
	if !ok {
		return
	}
	needs := Rule{Op: DependentRequired, Keyword: keyword, at: at}
	schemas := Rule{Op: DependentSchemas, Keyword: keyword, at: at}
	for i, name := range names {
		path := "/" + keyword + "/" + EscapePointer(name)
		isArray := b.s.Doc.kind(values[i]) == jsonscan.Array
		switch {
		case keyword == "dependentSchemas" || keyword == "dependencies" && !isArray:
			schemas.Kids = append(schemas.Kids, Kid{
				Schema: b.child(b.s, values[i], path), Path: path, Name: name,
				Keyword: "false", Message: "the property " + fmt.Sprintf("%q", clip(name)) + " is not allowed",
			})
		default:
			if list, ok := b.names(values[i], keyword); ok && len(list) > 0 {
				needs.Names, needs.Needs = append(needs.Names, name), append(needs.Needs, list)
				because := fmt.Sprintf(" where %q is present", clip(name))
				needs.NeedMessages = append(needs.NeedMessages, missing(list, because))
			}
		}
	}
	if needs.Names != nil {
		b.rule(needs)
	}
	if schemas.Kids != nil {
		b.rule(schemas)
	}
}

func (b *builder) combinations() {
	if kids, ok := b.kids("allOf"); ok {
		b.rule(Rule{Op: AllOf, Keyword: "allOf", at: b.at["allOf"], Kids: kids})
	}
	if kids, ok := b.kids("anyOf"); ok {
		b.rule(Rule{
			Op: AnyOf, Keyword: "anyOf", at: b.at["anyOf"], Kids: kids,
			Message: fmt.Sprintf("must meet at least one of %d schemas", len(kids)),
		})
	}
	if kids, ok := b.kids("oneOf"); ok {
		b.rule(Rule{
			Op: OneOf, Keyword: "oneOf", at: b.at["oneOf"], Kids: kids,
			Message:  fmt.Sprintf("must meet exactly one of %d schemas", len(kids)),
			Messages: []string{fmt.Sprintf("must meet only one of %d schemas", len(kids))},
		})
	}
	b.kidRule("not", Not, "must not meet the schema of not")
	if kid, ok := b.kid("if", ""); ok {
		then, _ := b.kid("then", "nothing is allowed under this condition")
		other, _ := b.kid("else", "nothing is allowed under this condition")
		if then.Schema != nil || other.Schema != nil {
			b.rule(Rule{Op: If, Keyword: "if", at: b.at["if"], Kids: []Kid{kid, then, other}})
			return
		}
		// The condition alone asserts nothing, but what it evaluates counts.
		b.rule(Rule{Op: If, Keyword: "if", at: b.at["if"], Kids: []Kid{kid, {}, {}}})
	}
}
