// Package infer makes a first JSON Schema from sample records.
//
// What it writes is a draft for a person to review: it knows what the samples
// have in common, not what was promised. It says which types a value has, which
// properties are always there, which texts are drawn from a few, and which
// format all texts have; the bounds that it saw are told in descriptions and
// demanded nowhere, for the next record may well be beyond them.
//
// Every sample is valid under the schema, the same samples in the same order
// give the same schema byte for byte, and memory is bounded whatever the number
// of samples.
package infer

import (
	"errors"

	"github.com/sluicedata/sluice/validate"
	"github.com/sluicedata/sluice/validate/jsonscan"
)

// What is remembered is bounded by these.
const (
	// maxNames of one kind of object; one that has more, or longer ones, is a
	// map.
	maxNames     = 200
	maxNameBytes = 256
	// maxNodes in all; what is found when there are so many stays open.
	maxNodes = 10_000
)

// ErrEmpty is the error of Schema where there was no sample.
var ErrEmpty = errors.New("no record to infer a schema from")

// Inferrer looks at samples. It is not safe for concurrent use.
type Inferrer struct {
	root    *node
	records int
	nodes   int // that may still be made
	names   int // maxNames, but for tests
	tape    jsonscan.Tape
	scratch []byte
	limits  jsonscan.Limits
}

// New makes an Inferrer that takes records within the limits of validate, of
// this size at most; 0 is the standard limit.
func New(recordBytes int) *Inferrer {
	l := validate.DefaultLimits()
	if recordBytes > 0 {
		l.DocumentBytes = recordBytes
	}
	in := &Inferrer{nodes: maxNodes, names: maxNames, limits: jsonscan.Limits{
		Bytes: l.DocumentBytes, Depth: l.Depth, Values: l.Values, Digits: l.NumberDigits, Exponent: l.NumberExponent,
	}}
	in.root = in.node()
	return in
}

// Add looks at one sample. The error, a *jsonscan.Error, says why it is no
// record; then it is left out.
func (in *Inferrer) Add(record []byte) error {
	if err := in.tape.Scan(record, in.limits); err != nil {
		return err
	}
	in.records++
	in.see(in.root, 0)
	return nil
}

// Records is how many samples were looked at.
func (in *Inferrer) Records() int { return in.records }

// node makes a node, or returns nil if there are too many.
func (in *Inferrer) node() *node {
	if in.nodes == 0 {
		return nil
	}
	in.nodes--
	return new(node)
}
