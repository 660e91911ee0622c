package schema

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/format"
	"github.com/sluicedata/sluice/validate/program/pattern"
	"github.com/sluicedata/sluice/validate/program/value"
)

var types = map[string]jsonscan.Types{
	"null":    jsonscan.TypeNull,
	"boolean": jsonscan.TypeFalse | jsonscan.TypeTrue,
	"integer": jsonscan.TypeInt,
	"number":  jsonscan.TypeInt | jsonscan.TypeNumber,
	"string":  jsonscan.TypeString,
	"array":   jsonscan.TypeArray,
	"object":  jsonscan.TypeObject,
}

// values reads type, enum and const.
func (b *builder) values() {
	if at := b.at["type"]; at != 0 {
		b.typ(at)
	}
	if at := b.at["enum"]; at != 0 {
		if list, ok := b.items(at, "enum"); ok {
			b.rule(Rule{
				Op: Enum, Keyword: "enum", at: at,
				View: b.s.Doc.view, Values: list, Hashes: hashes(b.s.Doc.view, list), Message: b.enumMessage(list),
			})
		}
	}
	if at := b.at["const"]; at != 0 {
		b.rule(Rule{
			Op: Const, Keyword: "const", at: at, View: b.s.Doc.view, Values: []int{at},
			Message: "must be " + strings.Replace(b.raw(at), "an ", "the constant ", 1),
		})
	}
}

// hashes returns the sorted hashes of more than a few values, else nil.
func hashes(v value.View, list []int) []uint64 {
	if len(list) <= 8 {
		return nil
	}
	var s value.Scratch
	all := make([]uint64, len(list))
	for i, at := range list {
		all[i] = s.Hash(v, at)
	}
	slices.Sort(all)
	return all
}

func (b *builder) enumMessage(list []int) string {
	const few = 8
	var words []string
	for i, at := range list {
		if i == few {
			words = append(words, fmt.Sprintf("… (%d values)", len(list)))
			break
		}
		words = append(words, b.raw(at))
	}
	return "must be one of " + clip(strings.Join(words, ", "))
}

func (b *builder) typ(at int) {
	list := []int{at}
	if b.s.Doc.kind(at) == jsonscan.Array {
		list, _ = b.items(at, "type")
	}
	r := Rule{Op: Type, Keyword: "type", at: at}
	var names []string
	for _, at := range list {
		name, _ := b.s.Doc.text(at)
		t, ok := types[name]
		if !ok {
			b.wrong(at, "type", "one of array, boolean, integer, null, number, object, string")
			return
		}
		r.Types |= t
		r.Integer = r.Integer || name == "integer"
		names = append(names, name)
	}
	r.Integer = r.Integer && r.Types&jsonscan.TypeNumber == 0
	r.Message = "must be of type " + strings.Join(names, " or ")
	b.rule(r)
}

func (b *builder) numbers() {
	draft := b.s.Draft()
	for _, k := range []struct {
		keyword, exclusive, text, exclusiveText string
		op, exclusiveOp                         Op
	}{
		{"minimum", "exclusiveMinimum", "must be at least ", "must be more than ", Minimum, ExclusiveMinimum},
		{"maximum", "exclusiveMaximum", "must be at most ", "must be less than ", Maximum, ExclusiveMaximum},
	} {
		isExclusive := draft == Draft4 && b.at[k.exclusive] != 0 && b.s.Doc.kind(b.at[k.exclusive]) == jsonscan.True
		if n, ok := b.number(k.keyword); ok {
			at := b.at[k.keyword]
			if isExclusive {
				b.rule(Rule{Op: k.exclusiveOp, Keyword: k.exclusive, at: at, Number: n, Message: k.exclusiveText + b.raw(at)})
			} else {
				b.rule(Rule{Op: k.op, Keyword: k.keyword, at: at, Number: n, Message: k.text + b.raw(at)})
			}
		}
		if draft == Draft4 {
			continue
		}
		if n, ok := b.number(k.exclusive); ok {
			at := b.at[k.exclusive]
			b.rule(Rule{Op: k.exclusiveOp, Keyword: k.exclusive, at: at, Number: n, Message: k.exclusiveText + b.raw(at)})
		}
	}
	if n, ok := b.number("multipleOf"); ok {
		at := b.at["multipleOf"]
		if n.Neg || n.Zero() {
			b.wrong(at, "multipleOf", "a number above 0")
			return
		}
		b.rule(Rule{Op: MultipleOf, Keyword: "multipleOf", at: at, Number: n, Message: "must be a multiple of " + b.raw(at)})
	}
}

// counted adds a rule for a keyword that counts something; those that can
// never fail are left out.
func (b *builder) counted(keyword string, op Op, text, unit string) {
	n, ok := b.count(keyword)
	if !ok || n == 0 && (op == MinLength || op == MinItems || op == MinProperties) {
		return
	}
	b.rule(Rule{Op: op, Keyword: keyword, at: b.at[keyword], Count: n, Message: fmt.Sprintf("must have %s %d %s", text, n, plural(unit, n))})
}

func plural(unit string, n int) string {
	if n == 1 {
		return unit
	}
	if stem, ok := strings.CutSuffix(unit, "y"); ok {
		return stem + "ies"
	}
	return unit + "s"
}

func (b *builder) strings() {
	b.counted("minLength", MinLength, "at least", "character")
	b.counted("maxLength", MaxLength, "at most", "character")
	if expr, at, ok := b.text("pattern"); ok {
		if p := b.compile(expr, at); p != nil {
			b.rule(Rule{Op: Pattern, Keyword: "pattern", at: at, Pattern: p, Message: "must match the pattern " + clip(expr)})
		}
	}
	if name, at, ok := b.text("format"); ok && (b.o.AssertFormats || b.s.resource.dialect.Vocabulary&FormatAssertion != 0) {
		if f, ok := format.Lookup(b.s.resource.dialect.FormatDialect(), name); ok {
			b.rule(Rule{Op: Format, Keyword: "format", at: at, Format: f, Message: "must have the format " + clip(name)})
		}
	}
}

// compile compiles a pattern that stands at a token, of a string or a name.
func (b *builder) compile(expr string, at int) *pattern.Pattern {
	if b.o.Ended != nil && b.o.Ended() {
		b.problem(b.s.Doc, at, "the pattern was not compiled in time", "simplify the patterns, or give them more time")
		return nil
	}
	p, err := pattern.Compile(expr, pattern.Options{MaxBytes: b.o.MaxPattern})
	if err == nil {
		return p
	}
	var e *pattern.Error
	if !errors.As(err, &e) {
		b.problem(b.s.Doc, at, "the pattern cannot be used: "+err.Error(), "write a regular expression of ECMA-262")
		return nil
	}
	mend := e.Mend
	if mend == "" {
		mend = "write a regular expression of ECMA-262"
	}
	what := fmt.Sprintf("the pattern cannot be used: at byte %d: %s", e.Offset, e.What)
	b.problemAt(b.s.Doc, at, written(b.s.Doc.view.Raw(at), e.Offset), what, mend)
	return nil
}

// written returns the offset in a string as written of a byte of its content.
func written(raw []byte, offset int) int {
	for i := 0; i < len(raw); {
		n := 1
		if raw[i] == '\\' {
			n = 2
			if i+1 < len(raw) && raw[i+1] == 'u' {
				n = 6
				if len(jsonscan.Unescape(nil, raw[i:min(i+12, len(raw))])) == 4 {
					n = 12
				}
			}
		}
		size := 1
		if n > 2 {
			size = len(jsonscan.Unescape(nil, raw[i:min(i+n, len(raw))]))
		}
		if offset < size {
			return i
		}
		offset -= size
		i += n
	}
	return len(raw)
}
