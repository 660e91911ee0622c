package router

import (
	"cmp"
	"slices"
)

// taker is a product that takes a text, and its position in the file.
type taker struct {
	at      int
	product *product
}

// lookup is all that the products of an input ask of one text with equals, in
// and prefix: what it costs does not grow with their number.
type lookup struct {
	condition
	first int // position of the first product that asks
	// exact texts, and prefixes, with the first product that takes each.
	exact, prefixes map[string]taker
	// lengths of the prefixes, ascending, each once.
	lengths []int
}

// search is a product with a regular expression. Those are tried one by one.
type search struct {
	condition
	taker
}

// add appends the product at a position of the file. Positions ascend.
func (in *input) add(at int, c condition, p *product) {
	in.fields = in.fields || c.of == field
	t := taker{at, p}
	if c.exact == nil && c.prefix == nil {
		in.regexes = append(in.regexes, search{c, t})
		return
	}
	i := slices.IndexFunc(in.lookups, func(l lookup) bool { return l.subject == c.subject })
	if i < 0 {
		i = len(in.lookups)
		in.lookups = append(in.lookups, lookup{
			condition: condition{subject: c.subject, pointer: c.pointer}, first: at,
			exact: make(map[string]taker), prefixes: make(map[string]taker),
		})
	}
	l := &in.lookups[i]
	for _, text := range c.exact {
		l.exact[text] = l.exact[text].orLater(t)
	}
	if c.prefix != nil {
		text := string(c.prefix)
		l.prefixes[text] = l.prefixes[text].orLater(t)
		if i, found := slices.BinarySearch(l.lengths, len(text)); !found {
			l.lengths = slices.Insert(l.lengths, i, len(text))
		}
	}
}

// orLater returns the taker that was there, or the later one if none was.
func (t taker) orLater(later taker) taker {
	if t.product != nil {
		return t
	}
	return later
}

// sort puts what looks into values last: a value need not be read for a record
// that a product before takes by its header or key.
func (in *input) sort() {
	slices.SortStableFunc(in.lookups, func(a, b lookup) int { return cmp.Compare(rank(a.of), rank(b.of)) })
}

func rank(k kind) int {
	if k == field {
		return 1
	}
	return 0
}

// find improves best with the products that take a text.
func (l *lookup) find(text []byte, best *taker) {
	if t, ok := l.exact[string(text)]; ok && t.at < best.at {
		*best = t
	}
	for _, n := range l.lengths {
		if n > len(text) {
			break
		}
		if t, ok := l.prefixes[string(text[:n])]; ok && t.at < best.at {
			*best = t
		}
	}
}
