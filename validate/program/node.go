package program

import (
	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/format"
	"github.com/sluicedata/sluice/validate/program/pattern"
	"github.com/sluicedata/sluice/validate/program/schema"
	"github.com/sluicedata/sluice/validate/program/value"
)

// node judges one value.
type node struct {
	// pass are the types of which every value is valid, allowed those of
	// which some value may be.
	pass, allowed jsonscan.Types
	id            int32
	// branches: the node, or one that it leads to, tries alternatives.
	branches bool
	// merged: the ops are the rules of the schemas, none is another node's.
	merged bool
	// quick is str where nothing else is asked of a string.
	quick *stringCheck
	// ints is num where integers that are written as such need only lie
	// between two bounds.
	ints *numberCheck
	// simple tells of most values that are valid that they are.
	simple simple
	// onlyNum: nothing but num is asked of numbers; and so on.
	onlyNum, onlyObj, onlyArr bool
	// The checks of one type each; nil where there are none.
	str *stringCheck
	num *numberCheck
	obj *objectCheck
	arr *arrayCheck
	// ops are the checks that are not of one type.
	ops []op
	// built: the fields above are final, but for the choices of ops.
	built bool
	// of are the schemas that the node judges by.
	of []*schema.Schema
}

// stringCheck is what is asked of a string. Its length counts code points.
type stringCheck struct {
	min, max int
	// only is the one check that there is beside the length, if there is one:
	// format, or match of strings of at most limit bytes.
	only     onlyCheck
	format   format.Func
	match    pattern.Matcher
	limit    int
	sets     []*stringSet
	patterns []*pattern.Pattern
	formats  []format.Func
}

// onlyCheck says which check of a string is the only one.
type onlyCheck uint8

const (
	several onlyCheck = iota
	onlyLength
	onlyMatch
	onlyFormat
)

// numberCheck is what is asked of a number.
type numberCheck struct {
	// least and most bound the integers that are written as such.
	least, most int64
	// easy is up to how many digits all integers from 1 on lie between them.
	easy uint32
	// low and high bound the integer part, rounded down, of numbers that are
	// no integers, and places is how many decimals they may have. wholes says
	// that this is all there is to check besides integer.
	low, high int64
	places    int
	wholes    bool
	// positive: every number above 0 passes.
	positive bool
	// each such integer must be a multiple of all of these.
	multiples []int64
	// exact holds what other numbers are compared with, and what such integers
	// are where smallExact.
	smallExact bool
	integer    bool
	bounds     []bound
	factors    []value.Decimal
	sets       [][]value.Decimal
}

// bound is a minimum or a maximum.
type bound struct {
	value     value.Decimal
	upper     bool
	exclusive bool
}

// arrayCheck is what is asked of an array.
type arrayCheck struct {
	id       int32
	min, max uint32
	prefix   []*node
	rest     *node // nil: all pass
	contains []containsCheck
	unique   bool
}

type containsCheck struct {
	node     *node
	min, max int // max -1: no bound
}

// objectCheck is what is asked of an object.
type objectCheck struct {
	id       int32
	min, max uint32
	names    nameTable
	props    propTable // names, where plain
	// first is the id of the rule whose names are the first entries.
	first int32
	// required is the sum of the required entries' countRequired, and all that
	// of all entries' counts. No name occurs twice, so a sum tells as much as a
	// set.
	required, all uint64
	// rest judges the properties that have no entry, where groups are none;
	// nil passes.
	rest *node
	// open: once all entries were seen, no other property matters.
	open bool
	// plain: neither groups nor propNames nor anything else unusual.
	plain      bool
	groups     []group
	propNames  []*node
	dependents []dependent
}

// The parts of an entry's count: one, one that is required, and from firstBit on
// a bit of its own for each entry whose presence others ask for.
const (
	countOne      = 1
	countRequired = 1 << 20
	requiredMask  = (1<<20 - 1) * countRequired
	firstBit      = 40
)

// group is what one schema asks of properties without an entry.
type group struct {
	patterns []patternNode
	// first has, for the first byte of a name, the bits of the patterns that
	// may match; those from the 32nd on share the last bit.
	first [256]uint32
	rest  *node // where no pattern matches; nil passes
}

type patternNode struct {
	pattern *pattern.Pattern
	node    *node
}

// dependent is what the presence of one property asks for.
type dependent struct {
	entry int32
	needs []int32 // entries
	node  *node   // may be nil
}

// opKind says what an op does.
type opKind uint8

const (
	opAll opKind = iota + 1
	opAny
	opOne
	opNot
	opIf
	opValues
	opUnevaluatedItems
	opUnevaluatedProperties
	opSwitch
)

// op is a check that is not of one type.
type op struct {
	kind opKind
	by   int32 // id of the rule, where notes are taken by it
	// pass are the types that it passes unseen.
	pass jsonscan.Types
	// nodes of the subschemas; of if, then, else for opIf (nil: absent).
	nodes []*node
	// byKind are the nodes that allow a kind of value.
	byKind [jsonscan.Name + 1][]*node
	choice *choice
	values *literals
	marks  *marker
	rule   *schema.Rule // of anyOf and oneOf
	cases  *cases
	spread *spread
}

// choice selects, by the string value of one property, the members of anyOf or
// oneOf that may be valid.
type choice struct {
	key    entry
	values *stringSet
	lists  [][]*node // by index in values
	others []*node   // any other string
	// The same as indexes, for Explain.
	listIndex  [][]int
	otherIndex []int
	message    string // where there are no others
}

// literals are arrays and objects of enum or const.
type literals struct {
	view  value.View
	at    []int
	sums  []uint64
	types jsonscan.Types
}
