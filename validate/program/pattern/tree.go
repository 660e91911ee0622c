package pattern

import "math"

// op is what a node of the tree stands for.
type op uint8

const (
	opSet        op = iota + 1 // one character of a set
	opConcat                   // subs one after the other; none is the empty expression
	opAlternate                // one of subs
	opRepeat                   // subs[0], min to max times
	opBegin                    // ^
	opEnd                      // $
	opBoundary                 // \b
	opNoBoundary               // \B
	opLook                     // look-around: subs[0] matches ahead or behind, or does not
	opRefused                  // ECMA-262 that has no translation; refusal says why
)

// unbounded is the max of a repetition without one.
const unbounded = math.MaxInt32

// node is an expression's tree. Groups leave no trace in it, for only
// whether an expression matches is ever asked. Nodes are shared between trees
// and never changed.
type node struct {
	op       op
	pos      int // byte of the expression
	set      set
	min, max int
	subs     []*node
	not      bool // opLook: negative
	behind   bool // opLook: look-behind
	refusal  *Error
}

// concat joins nodes, dissolving what is a sequence already.
func concat(pos int, subs ...*node) *node {
	var flat []*node
	for _, n := range subs {
		if n.op == opConcat {
			flat = append(flat, n.subs...)
		} else {
			flat = append(flat, n)
		}
	}
	if len(flat) == 1 {
		return flat[0]
	}
	return &node{op: opConcat, pos: pos, subs: flat}
}

// sequence returns the nodes that n is a sequence of.
func (n *node) sequence() []*node {
	if n.op == opConcat {
		return n.subs
	}
	return []*node{n}
}

// has reports whether a node of the tree satisfies f.
func (n *node) has(f func(*node) bool) bool {
	if f(n) {
		return true
	}
	for _, sub := range n.subs {
		if sub.has(f) {
			return true
		}
	}
	return false
}

func isLook(n *node) bool { return n.op == opLook }

// unsupported returns the first refusal in the tree.
func unsupported(n *node) *Error {
	if n.op == opRefused {
		return n.refusal
	}
	for _, sub := range n.subs {
		if err := unsupported(sub); err != nil {
			return err
		}
	}
	return nil
}

// width returns the characters that n matches, if that is always the same
// number.
func (n *node) width() (int, bool) {
	switch n.op {
	case opSet:
		return 1, true
	case opConcat:
		sum := 0
		for _, sub := range n.subs {
			w, ok := sub.width()
			if !ok {
				return 0, false
			}
			sum += w
		}
		return sum, true
	case opAlternate:
		first, ok := n.subs[0].width()
		for _, sub := range n.subs[1:] {
			w, fixed := sub.width()
			ok = ok && fixed && w == first
		}
		return first, ok
	case opRepeat:
		w, ok := n.subs[0].width()
		if w == 0 {
			return 0, ok
		}
		return w * n.min, ok && n.min == n.max
	default: // assertions
		return 0, true
	}
}

// least returns the fewest characters that n matches.
func (n *node) least() int {
	switch n.op {
	case opSet:
		return 1
	case opConcat:
		sum := 0
		for _, sub := range n.subs {
			sum += sub.least()
		}
		return sum
	case opAlternate:
		least := math.MaxInt32
		for _, sub := range n.subs {
			least = min(least, sub.least())
		}
		return least
	case opRepeat:
		return n.min * n.subs[0].least()
	default:
		return 0
	}
}
