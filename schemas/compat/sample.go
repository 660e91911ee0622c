package compat

import (
	"encoding/json"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sluicedata/sluice/validate/program/schema"
)

// Bounds on the search for documents.
const (
	maxTries  = 6_000 // values that are looked at for one change
	maxValues = 24    // of one kind that are kept at the place of a change
	maxInside = 6     // that are kept at places inside
	maxNested = 6     // levels below the place of a change
	maxText   = 5_000 // characters of a string that is made up
)

// sampler makes up documents that a conj describes, near the edges of what its
// rules and some others, the hints, allow.
type sampler struct {
	*prover
	hints []*schema.Rule
	made  map[string][]any
	tries int
}

// near makes a sampler for what a rule is about.
func (p *prover) near(r *schema.Rule) *sampler {
	s := &sampler{prover: p, made: map[string][]any{}}
	s.hint(r, 3)
	return s
}

func (s *sampler) hint(r *schema.Rule, depth int) {
	s.hints = append(s.hints, r)
	if depth == 0 || len(s.hints) > 200 {
		return
	}
	below := func(k *schema.Kid) {
		if k == nil || k.Schema == nil {
			return
		}
		rules := s.rules(k.Schema)
		for i := range rules {
			s.hint(&rules[i], depth-1)
		}
	}
	for i := range r.Kids {
		below(&r.Kids[i])
	}
	for i := range r.Patterns {
		below(&r.Patterns[i])
	}
	below(r.Rest)
}

// values returns values that the conj describes, or may.
func (s *sampler) values(c conj, depth int) []any {
	key := strconv.Itoa(depth) + " " + s.key(c)
	if list, ok := s.made[key]; ok {
		return list
	}
	s.made[key] = nil // where it leads back here
	f := s.facts(c)
	keep := maxValues
	if depth < maxNested {
		keep = maxInside
	}
	var sure, open []any
	add := func(v any) {
		if s.tries++; s.tries > maxTries || len(sure) >= 2*keep || contains(sure, v) {
			return
		}
		switch s.meets(c, v) {
		case yes:
			sure = append(sure, v)
		case unknown:
			open = append(open, v)
		case no:
		}
	}
	if f.finite {
		for _, v := range f.values {
			add(v)
		}
	} else {
		for _, v := range s.literals(f) {
			add(v)
		}
		for k := range f.kinds.each {
			// Where there are many kinds, the one that matters gets most.
			most := len(sure) + keep
			if n := f.kinds.count(); n > 1 && (k&concerns(s.hints[0].Op) == 0 || concerns(s.hints[0].Op) == kindAll) {
				most = len(sure) + max(3, keep/n)
			}
			for _, v := range s.ofKind(f, k, depth) {
				if len(sure) < most {
					add(v)
				}
			}
		}
		if len(c.used) < maxSplits {
			s.branching(c, f, depth, add)
		}
	}
	list := append(sure, open[:min(len(open), 4)]...)
	s.made[key] = list
	return list
}

// branching adds values of the branches.
func (s *sampler) branching(c conj, f *facts, depth int, add func(any)) {
	for _, g := range f.choices[:min(len(f.choices), 2)] {
		for _, b := range s.branches(c, g) {
			for _, v := range s.values(b, depth) {
				add(v)
			}
		}
	}
}

// literals are the values that the schemas themselves mention.
func (s *sampler) literals(f *facts) []any {
	var list []any
	for _, r := range rulesOf(f, s.hints...) {
		if r.Op == schema.Enum || r.Op == schema.Const {
			list = append(list, valuesOf(r)...)
		}
	}
	for _, o := range f.owners {
		if o.Doc == nil {
			continue
		}
		var notes struct {
			Default  *json.RawMessage  `json:"default"`
			Examples []json.RawMessage `json:"examples"`
		}
		if source := o.Source(); len(source) > 4<<10 || json.Unmarshal(source, &notes) != nil {
			continue
		}
		if notes.Default != nil {
			notes.Examples = append(notes.Examples, *notes.Default)
		}
		for _, raw := range notes.Examples {
			d := json.NewDecoder(strings.NewReader(string(raw)))
			d.UseNumber()
			var v any
			if d.Decode(&v) == nil {
				list = append(list, v)
			}
		}
	}
	return list
}

func (s *sampler) ofKind(f *facts, k kinds, depth int) []any {
	switch k {
	case kindNull:
		return []any{nil}
	case kindFalse:
		return []any{false}
	case kindTrue:
		return []any{true}
	case kindInteger, kindFraction:
		return s.numbers(f)
	case kindString:
		return s.texts(f)
	case kindArray:
		return s.arrays(f, depth)
	default:
		return s.objects(f, depth)
	}
}

func (s *sampler) numbers(f *facts) []any {
	list := []any{json.Number("1"), json.Number("0.5")}
	for _, r := range rulesOf(f, s.hints...) {
		if concerns(r.Op) != kindNumber {
			continue
		}
		n, ok := rat(&r.Number)
		if !ok {
			continue
		}
		for _, d := range []*big.Rat{new(big.Rat), big.NewRat(1, 1), big.NewRat(-1, 1), big.NewRat(1, 2), big.NewRat(-1, 2), n} {
			list = append(list, number(new(big.Rat).Add(n, d)))
		}
		if r.Op != schema.MultipleOf {
			continue
		}
		for _, by := range []int64{3, 5, 7} {
			list = append(list, number(new(big.Rat).Mul(n, big.NewRat(by, 1))))
		}
		for _, b := range []bound{lower(f, false), upper(f, false)} {
			if edge, ok := rat(&b.at); ok && b.known {
				times := new(big.Rat).Quo(edge, n)
				whole := new(big.Int).Div(times.Num(), times.Denom())
				for by := int64(-1); by < 3; by++ {
					at := new(big.Rat).SetInt(new(big.Int).Add(whole, big.NewInt(by)))
					list = append(list, number(at.Mul(at, n)))
				}
			}
		}
	}
	for _, n := range []string{"0", "-1", "2", "10", "1.5", "-0.5", "1000", "0.001"} {
		list = append(list, json.Number(n))
	}
	return list
}

func (s *sampler) texts(f *facts) []any {
	texts := []string{"a"}
	lengths := map[int]bool{}
	for _, r := range rulesOf(f, s.hints...) {
		switch r.Op {
		case schema.Pattern:
			texts = append(texts, matching(r.Pattern.String())...)
		case schema.MinLength, schema.MaxLength:
			for n := r.Count - 1; n <= r.Count+1; n++ {
				lengths[n] = n >= 0 && n <= maxText
			}
		default:
		}
	}
	texts = append(texts, "", "A", "1", "ab", "not a format")
	texts = append(texts, formatted...)
	for n, ok := range lengths {
		if ok && n > 4 {
			texts = append(texts, address(n))
		}
	}
	var list []any
	for _, t := range texts {
		list = append(list, t)
		for n, ok := range lengths {
			if have := utf8.RuneCountInString(t); ok && have > 0 && have < n {
				last, _ := utf8.DecodeLastRuneInString(t)
				first, _ := utf8.DecodeRuneInString(t)
				list = append(list, t+strings.Repeat(string(last), n-have), strings.Repeat(string(first), n-have)+t)
			}
		}
	}
	return list
}

// counts are lengths worth trying, besides some small ones.
func (s *sampler) counts(f *facts, ops ...schema.Op) []int {
	list := []int{0, 1, 2, 3}
	for _, r := range rulesOf(f, s.hints...) {
		if slices.Contains(ops, r.Op) {
			list = append(list, r.Count-1, r.Count, r.Count+1)
		}
	}
	list = slices.DeleteFunc(list, func(n int) bool { return n < 0 || n > 60 })
	slices.Sort(list)
	return slices.Compact(list)
}

func (s *sampler) arrays(f *facts, depth int) []any {
	high := s.mostItems(f)
	lengths := s.counts(f, schema.MinItems, schema.MaxItems, schema.Contains)
	if n := tuple(f, nil); n > 3 && n <= 60 {
		lengths = append(lengths, n, n+1)
	}
	var list []any
	for _, n := range lengths {
		if n > high || n > 0 && depth <= 0 {
			continue
		}
		for turn := range 3 {
			if a, ok := s.array(f, n, turn, depth); ok {
				list = append(list, a)
			}
		}
	}
	for _, r := range rulesOf(f, s.hints...) {
		if r.Op != schema.Contains || depth <= 0 {
			continue
		}
		for _, n := range []int{r.Count - 1, r.Count, r.Most, r.Most + 1} {
			if n < 1 || n > 60 {
				continue
			}
			for turn := range 2 {
				a := []any{}
				for i := range n {
					vs := s.values(itemConj(f, i).with(r.Kids[0].Schema), depth-1)
					if len(vs) == 0 {
						break
					}
					a = append(a, vs[i*turn%len(vs)])
				}
				list = append(list, a)
			}
		}
	}
	return list
}

// array makes one of n items; turns differ in what they choose.
func (s *sampler) array(f *facts, n, turn, depth int) ([]any, bool) {
	a := make([]any, 0, n)
	for i := range n {
		vs := s.values(itemConj(f, i), depth-1)
		if len(vs) == 0 {
			return nil, false
		}
		v := vs[0]
		switch turn {
		case 0: // all different
			for _, w := range vs {
				if !contains(a, w) {
					v = w
					break
				}
			}
			if contains(a, v) && kindOf(v) == kindInteger {
				v = json.Number(strconv.Itoa(i + 100))
			}
		case 1: // all equal
		default:
			v = vs[(i+turn)%len(vs)]
		}
		a = append(a, v)
	}
	return a, true
}

func (s *sampler) objects(f *facts, depth int) []any {
	all, _ := s.possible(f, s.hints...)
	spares := s.spares(all, rulesOf(f, s.hints...))
	low := leastProperties(f)
	base := func(turn int) map[string]any {
		m := map[string]any{}
		for name := range f.required {
			s.put(m, f, class{name: name, named: true}, name, turn, depth)
		}
		return m
	}
	fill := func(m map[string]any, n, turn int) map[string]any {
		for _, c := range all {
			if c.named && len(m) < n {
				s.put(m, f, c, c.name, turn, depth)
			}
		}
		return s.spread(m, f, spares, n, turn, depth)
	}
	list := []any{fill(base(0), low, 0)}
	for turn := range 2 {
		list = append(list, fill(base(turn), 1000, turn))
	}
	bare := list[:1:1]
	for _, c := range all {
		if c.named && !f.required[c.name] && len(list) < 40 {
			for turn := range 2 {
				m := base(0)
				s.put(m, f, c, c.name, turn, depth)
				list = append(list, fill(m, low, 0))
			}
		}
	}
	for _, c := range spares {
		for _, with := range bare {
			m := maps.Clone(with.(map[string]any))
			s.put(m, f, c.class, c.name, 0, depth)
			list = append(list, m)
		}
	}
	for _, n := range append(s.counts(f, schema.MinProperties, schema.MaxProperties), low) {
		list = append(list, fill(base(0), n, 0), s.spread(base(0), f, spares, n, 0, depth))
	}
	return list
}

// spread gives an object properties that nobody lists until it has n.
func (s *sampler) spread(m map[string]any, f *facts, spares []spare, n, turn, depth int) map[string]any {
	for _, c := range spares {
		for i := 0; i < 60 && len(m) < n; i++ {
			s.put(m, f, c.class, c.name+strconv.Itoa(i+2), turn, depth)
		}
	}
	return m
}

// spare is a class without a name, and a name of it.
type spare struct {
	class class
	name  string
}

// spares finds names for the classes that have none.
func (s *sampler) spares(all []class, rules []*schema.Rule) []spare {
	names := []string{"x", "X", "_", "1", "x-a", "a"}
	for _, r := range rules {
		for i := range r.Patterns {
			names = append(names, matching(r.Patterns[i].Pattern.String())...)
		}
		if r.Op == schema.PropertyNames {
			for _, v := range s.texts(s.facts(only(r.Kids[0].Schema))) {
				names = append(names, v.(string))
			}
		}
	}
	var list []spare
	for _, c := range all {
		if c.named {
			continue
		}
		n := 0
		for _, name := range names {
			if n < 12 && belongs(all, rules, c, name) {
				n++
				list = append(list, spare{c, name})
			}
		}
	}
	return list
}

// belongs reports whether a name is of a class without a name.
func belongs(all []class, rules []*schema.Rule, c class, name string) bool {
	for _, other := range all {
		if other.named && other.name == name {
			return false
		}
	}
	for _, r := range rules {
		for i := range r.Kids {
			if r.Op == schema.Properties && r.Kids[i].Name == name {
				return false
			}
		}
		for i := range r.Patterns {
			if r.Patterns[i].Pattern.Match([]byte(name)) != c.patterns[r.Patterns[i].Pattern.String()] {
				return false
			}
		}
	}
	return true
}

// put gives an object a property, if a value for it is found.
func (s *sampler) put(m map[string]any, f *facts, c class, name string, turn, depth int) {
	if _, ok := m[name]; ok || depth <= 0 {
		return
	}
	if vs := s.values(propertyConj(f, c), depth-1); len(vs) > 0 {
		m[name] = vs[turn%len(vs)]
	}
}
