package program

import (
	"slices"
	"strings"
)

// memo is what was said of earlier documents, by their signatures: the invalid
// records of a stream are invalid in few ways.
type memo struct {
	of          *Prog
	most, bytes int
	slots       []*told
	filled      int // slots, ever
}

// told is what was said of the documents of one signature.
type told struct {
	key        []uint32
	violations []Violation
	size       int // of all texts, but for strange names
	// strange are the violations whose location ends in a strange name, which
	// it lacks here.
	strange []strange
}

// strange is a violation and the name that its location ends in, among those of
// the signature.
type strange struct{ violation, name int }

const (
	// memoBits is the binary logarithm of how many signatures are kept.
	memoBits = 11
	// toldSize is about what one takes up.
	toldSize = 600
)

// Violations is Explain as a list, and the count of all violations found. Other
// documents may have the same list: it must not be written to.
func (p *Prog) Violations(m *Machine, most, maxBytes int) (list []Violation, total int) {
	if !m.sign(p) {
		r := p.Explain(m, most, maxBytes)
		return r.list(), r.Total
	}
	x := &m.memo
	if x.of != p || x.most != most || x.bytes != maxBytes {
		*x = memo{of: p, most: most, bytes: maxBytes, slots: make([]*told, 1<<memoBits)}
	}
	slot := &x.slots[m.hash()]
	if *slot != nil && slices.Equal((*slot).key, m.key) {
		if list := (*slot).again(m); list != nil {
			return list, len(list)
		}
	}
	r := p.Explain(m, most, maxBytes)
	list = r.list()
	if s := m.tell(&r, list); s != nil {
		if *slot == nil {
			x.filled++
		}
		*slot = s
	}
	return list, r.Total
}

// list returns the violations that were kept.
func (r *Report) list() []Violation {
	list := make([]Violation, r.Kept())
	for i := range list {
		list[i] = r.Violation(i)
	}
	return list
}

// hash returns the slot of the machine's signature.
func (m *Machine) hash() uint64 {
	h := uint64(len(m.key))
	for _, k := range m.key {
		h = (h ^ uint64(k)) * 0x9E3779B97F4A7C15
		h ^= h >> 29
	}
	return h * 0x9E3779B97F4A7C15 >> (64 - memoBits)
}

// tell returns what holds for all documents of the machine's signature, by what
// was said of one; or nil, because not all was said, or a location has a strange
// name that the signature does not tell of.
func (m *Machine) tell(r *Report, list []Violation) *told {
	if r.Total != len(list) {
		return nil
	}
	s := &told{key: slices.Clone(m.key), violations: list}
	for i := range list {
		v := &list[i]
		s.size += v.size()
		at := slices.Index(m.signature.strange, int32(r.found[i].token-1))
		if at < 0 {
			continue
		}
		name := "/" + string(m.view.Text(r.found[i].token-1, nil))
		if !strings.HasSuffix(v.InstanceLocation, name) {
			return nil
		}
		if s.strange == nil {
			s.violations = slices.Clone(list)
		}
		s.violations[i].InstanceLocation = v.InstanceLocation[:len(v.InstanceLocation)-len(name)+1]
		s.strange = append(s.strange, strange{i, at})
		s.size -= len(name) - 1
	}
	if s.size > m.memo.bytes {
		return nil
	}
	return s
}

// again returns the violations of the machine's document, which has the
// signature, or nil if its names are too long to keep them all.
func (s *told) again(m *Machine) []Violation {
	if len(s.strange) == 0 {
		return s.violations
	}
	size := s.size
	for _, x := range s.strange {
		size += int(m.view.Tokens[m.signature.strange[x.name]].N)
	}
	if size > m.memo.bytes {
		return nil
	}
	list := slices.Clone(s.violations)
	for _, x := range s.strange {
		name := &m.view.Tokens[m.signature.strange[x.name]]
		v := &list[x.violation]
		v.InstanceLocation += string(m.view.Doc[name.Start : name.Start+name.N])
	}
	return list
}

// size returns how much text a violation has.
func (v *Violation) size() int {
	return len(v.InstanceLocation) + len(v.KeywordLocation) + len(v.AbsoluteKeywordLocation) + len(v.Keyword) + len(v.Message)
}
